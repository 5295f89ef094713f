"""Whom a mention is compared with, and what comes of it, before anything is scored.

Those who share most block keys come first. Where one of them is the person beyond doubt, whoever
shares but a fraction as many keys is left alone; else everybody whom the model allows is compared.
A batch loads and compares ahead; at its turn a mention takes what was found, or finds it anew
where something that matters to it has changed: so a batch decides what each alone would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from operator import getitem
from typing import NamedTuple
from uuid import UUID

from services.duplication.addresses import SAME as SAME_HOME
from services.duplication.births import TWO_PARTS, TYPO
from services.duplication.comparisons import (
    AGREES,
    BIRTH,
    COMPANY,
    EXACT,
    FAMILY,
    GIVEN,
    HOME,
    PART,
    compare,
)
from services.duplication.model import Model
from services.duplication.profile import Profile
from services.duplication.state import Candidates, Compared, NotLoaded, State, sharing_most

SHOWN = 2
"""Candidates that a decision shows of each mention, likely or not: the best and the runner-up."""
FRACTION = 0.15
"""Of the keys that one person shares: whoever shares fewer comes last. Of 126,000 assessments in
public files and simulated boroughs that leaves none decided otherwise (decision 20)."""


class Wanted(NamedTuple):
    """Whom to compare a mention with first. ``shared``: how many keys everybody shares, where the
    others may have to follow; ``settled``: whether these come first as things stand; ``perhaps``:
    who else may by the time it is its turn."""

    people: list[UUID]
    shared: Mapping[bytes, int] | None
    settled: bool
    perhaps: Collection[UUID] = ()


def agrees_well(levels: Sequence[int]) -> bool:
    """Whether given name and date of birth both agree: what company is judged by."""
    return 0 <= levels[GIVEN] <= AGREES and 0 <= levels[BIRTH] <= TWO_PARTS


def _beyond_doubt(levels: Sequence[int]) -> bool:
    """Of those who agree well: whether family name, all of the date of birth and the home, where it
    is known, agree too. Of whoever moved, who lives at the new home may decide the household."""
    return EXACT <= levels[FAMILY] <= AGREES and levels[BIRTH] <= TYPO and levels[HOME] <= SAME_HOME


def least(model: Model) -> float:
    """The lowest weight, but for the company, from which a candidate can come to something."""
    bounds = model.thresholds
    return min(bounds.link, bounds.review, bounds.within) - max(0.0, *model.weights[COMPANY])


def may_matter(levels: Sequence[int]) -> bool:
    """Whether the household is asked of whoever lives there, however unlike they are."""
    return levels[HOME] == SAME_HOME and EXACT <= levels[FAMILY] <= PART


def nearest(count: int, compared: Sequence[Compared]) -> list[Compared]:
    """So many of these that can come to most."""
    if len(compared) > count > 0:
        enough = sorted([one.reach for one in compared])[-count]
        compared = [one for one in compared if one.reach >= enough]
    return sorted(compared, key=lambda one: (-one.reach, one.person_id))[:count]


def wanted_people(
    model: Model, state: State, keys: Sequence[Mapping[int, int]], often: Mapping[int, int]
) -> list[Wanted]:
    """For each of these mentions, by its keys, whom to compare it with. ``often``: the keys that
    several mentions of a batch have, and how many.

    Where these may put a key past its bound, those who share fewer keys may yet be
    among the candidates, so all are to be known.
    """
    held = state.keys
    wanted = []
    for own in keys:
        filling = any(
            len(found) <= own[key] < len(found) + often[key]
            for key in own.keys() & often.keys()
            if (found := held.get(key))
        )
        shared = state.sharing(own)
        first = _first(model, shared, settled=not filling)
        wanted.append(
            first._replace(perhaps=sharing_most(shared, len(shared))) if filling else first
        )
    return wanted


def _first(model: Model, shared: Mapping[bytes, int], *, settled: bool) -> Wanted:
    fewest = min(SHOWN, model.candidates)
    if len(shared) <= fewest:
        return Wanted(sharing_most(shared, fewest), None, settled)
    enough = FRACTION * max(shared.values())
    near = {person: count for person, count in shared.items() if count >= enough}
    if len(near) < fewest:
        first = sharing_most(shared, fewest)
    else:
        first = sharing_most(near, model.candidates)
    everybody = len(first) == min(len(shared), model.candidates)
    return Wanted(first, None if everybody else shared, settled)


def compare_first(
    model: Model,
    state: State,
    start: float,
    mentions: Sequence[Profile],
    wanted: Sequence[Wanted],
    year: int,
) -> tuple[list[Candidates], set[UUID]]:
    """The mentions of one assessment compared with those who come first, and who else has to be
    loaded for :func:`compare_rest`."""
    found = [
        _compared(model, state, start, mention, one, year, {})
        for mention, one in zip(mentions, wanted, strict=True)
    ]
    rest: set[UUID] = set()
    for i in _unsure(model, start, found):
        rest.update(sharing_most(found[i].shared or {}, model.candidates))
    return found, rest


def compare_rest(
    model: Model,
    state: State,
    start: float,
    mentions: Sequence[Profile],
    found: list[Candidates],
    year: int,
) -> None:
    """The mentions of one assessment, those of whom nobody is sure compared with everybody."""
    for i in _unsure(model, start, found):
        one = found[i]
        people = sharing_most(one.shared or {}, model.candidates)
        wanted = Wanted(people, None, one.settled)
        found[i] = _compared(model, state, start, mentions[i], wanted, year, one.people)


def compare_all(
    model: Model,
    state: State,
    start: float,
    mentions: Sequence[Profile],
    keys: Sequence[Mapping[int, int]],
    year: int,
    ahead: Sequence[Candidates | None],
) -> list[Candidates]:
    """The mentions of one assessment with their candidates, when its turn has come. ``ahead``: of
    each, what was compared ahead, if it was. NotLoaded where the batch loaded too few."""
    found = []
    for i, (mention, own) in enumerate(zip(mentions, keys, strict=True)):
        before = ahead[i] if ahead else None
        if before is None or not _stands(state, before, own):
            wanted = _first(model, state.sharing(own), settled=False)
            known = before.people if before else {}
            before = _compared(model, state, start, mention, wanted, year, known)
        found.append(before)
    compare_rest(model, state, start, mentions, found, year)
    for candidates in found:
        for one in candidates.near:
            if not state.knows_households(state.people[one.person_id].households):
                raise NotLoaded
        for id_ in candidates.here:
            if not state.knows_households(state.people[id_].households[-1:]):
                raise NotLoaded
    return found


def households_near(state: State, found: Iterable[Candidates]) -> set[UUID]:
    """The households of all whom mentions may be of: what else has to be known to decide."""
    people = state.people
    wanted: set[UUID] = set()
    for candidates in found:
        for one in chain(candidates.near, candidates.far):
            if known := people.get(one.person_id):  # Linked with another meanwhile, else.
                wanted.update(known.households)
        for id_ in candidates.here:
            if known := people.get(id_):
                wanted.update(known.households[-1:])
    return wanted


def _stands(state: State, ahead: Candidates, keys: Mapping[int, int]) -> bool:
    """Whether nothing that matters to what was compared ahead has changed since."""
    return (
        ahead.settled
        and state.touched.isdisjoint(keys)
        and state.changed_people.keys().isdisjoint(ahead.people)
        and state.written_people.isdisjoint(ahead.people)
    )


def _unsure(model: Model, start: float, found: Sequence[Candidates]) -> list[int]:
    """The mentions that are of nobody beyond doubt, or of whom another of the assessment is, and
    that have not been compared with everybody."""
    left = [i for i, one in enumerate(found) if one.shared is not None]
    if not left:
        return []
    enough = model.thresholds.join
    sure = [[id_ for id_, bits in one.sure.items() if start + bits >= enough] for one in found]
    times = Counter(chain.from_iterable(sure))
    return [i for i in left if not any(times[id_] == 1 for id_ in sure[i])]


def _compared(
    model: Model,
    state: State,
    start: float,
    mention: Profile,
    wanted: Wanted,
    year: int,
    known: Mapping[UUID, Compared],
) -> Candidates:
    needed, table = least(model) - start, model.most
    people = state.people
    found: dict[UUID, Compared] = {}
    near: list[Compared] = []
    far: list[Compared] = []
    seen: set[UUID] = set()
    sure: dict[UUID, float] = {}
    here: list[UUID] = []
    for id_ in wanted.people:
        person = people.get(id_) or state.known(id_)
        if person is None:
            continue
        profile = person.profile
        one = known.get(id_)
        if one is None or one.profile is not profile:
            levels = compare(mention, profile, year)
            one = _new(Compared, (id_, profile, levels, sum(map(getitem, table, levels))))
        else:
            levels = one.levels
        found[id_] = one
        if levels[HOME] == SAME_HOME:
            here.append(id_)
        if agrees_well(levels):
            seen.update(person.households)
            if _beyond_doubt(levels):
                sure[id_] = sum(map(getitem, model.weights, levels))
        if one.reach >= needed or may_matter(levels):
            near.append(one)
        else:
            far.append(one)
    shown = nearest(SHOWN, far)
    return Candidates(found, near, shown, seen, sure, here, wanted.shared, wanted.settled)


_new = tuple.__new__
"""Without the keyword arguments that a named tuple's own takes: one of them for every candidate."""
