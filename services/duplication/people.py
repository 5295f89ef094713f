"""Which known person each person of an assessment is: candidates, scores, one-to-one choice.

Two people of one assessment are never the same person. Being seen with the same company is
evidence: it is weighed once the others have been compared.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from services.duplication.addresses import SAME as SAME_HOME
from services.duplication.births import TWO_PARTS
from services.duplication.comparisons import (
    AGREES,
    BIRTH,
    COMPANY,
    EXACT,
    FAMILY,
    GIVEN,
    HOME,
    MISSING,
    PART,
    compare,
)
from services.duplication.model import Model
from services.duplication.profile import Profile
from services.duplication.score import Bits, Score, most, prior, score, with_company
from services.duplication.state import Ahead, Compared, State

_SHOWN = 2
"""Candidates that a decision shows of each mention, likely or not: the best and the runner-up."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A known person whom a mention may be of."""

    person_id: UUID
    score: Score


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """The likeliest person for one mention, if any, and the next. ``keys``: its block keys;
    ``candidates``: likeliest first, without those, of ``compared``, that no evidence still to be
    weighed can bring near a threshold."""

    mention: Profile
    keys: Mapping[int, int]
    best: Scored | None
    runner_up: Scored | None
    candidates: tuple[Scored, ...]
    compared: int

    @property
    def weight(self) -> float:
        return self.best.score.weight if self.best else float("-inf")


def agrees_well(levels: Sequence[int]) -> bool:
    """Whether given name and date of birth both agree: what company is judged by."""
    return 0 <= levels[GIVEN] <= AGREES and 0 <= levels[BIRTH] <= TWO_PARTS


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of the candidates of one mention, ``compared`` of them. ``likely``: those that may
    come to something; ``seen``: households of whoever agrees well, likely or not."""

    likely: list[Scored]
    compared: int
    seen: set[UUID]


def company_levels(
    state: State, candidates: Sequence[Sequence[UUID]], seen: Sequence[set[UUID]]
) -> list[list[int]]:
    """For every candidate of every mention: are the others seen of the same household?

    ``seen``: for every mention, the households of whoever :func:`agrees_well` with it."""
    if len(candidates) == 1:
        return [[MISSING] * len(candidates[0])]
    result = []
    for i, own in enumerate(candidates):
        others = set().union(*(theirs for j, theirs in enumerate(seen) if j != i))
        levels = []
        for person_id in own:
            mine = state.people[person_id].households
            if any(household in others for household in mine):
                levels.append(0)
            elif any(len(state.households[household].residents) > 1 for household in mine):
                levels.append(1)
            else:
                levels.append(MISSING)
        result.append(levels)
    return result


def _least(model: Model) -> float:
    """The lowest weight, but for the company, from which a candidate can come to something."""
    bounds = model.thresholds
    return min(bounds.link, bounds.review, bounds.within) - max(0.0, *model.weights[COMPANY])


def _may_matter(levels: Sequence[int]) -> bool:
    """Whether the household is asked of whoever lives there, however unlike they are."""
    return levels[HOME] == SAME_HOME and EXACT <= levels[FAMILY] <= PART


def wanted_people(
    model: Model, state: State, keys: Sequence[Mapping[int, int]]
) -> list[tuple[list[UUID], bool]]:
    """For each mention of a batch, by its keys, whoever may be a candidate when its turn comes, and
    whether these are the candidates as things stand.

    The batch files people as it goes. Where that may put a key past its bound, those who share
    fewer keys may yet be among the candidates, so all are wanted.
    """
    coming = Counter(chain.from_iterable(keys))
    often = {key for key, times in coming.items() if times > 1}
    held = state.keys
    wanted = []
    for own in keys:
        filling = any(
            len(found) <= own[key] < len(found) + coming[key]
            for key in own.keys() & often
            if (found := held.get(key))
        )
        wanted.append((state.candidates(own, None if filling else model.candidates), not filling))
    return wanted


def compare_ahead(
    model: Model,
    state: State,
    mention: tuple[UUID, int],
    profile: Profile,
    wanted: tuple[Sequence[UUID], bool],
    year: int,
) -> set[UUID]:
    """Compare a mention with those it may be of, and note what came of it in the state. The
    households of all whom it may be of: what else has to be known to decide."""
    found = _compared(model, state, profile, wanted[0], year, {}, settled=wanted[1])
    state.ahead[mention] = found
    people = state.people
    return {
        household
        for one in chain(found.near, found.far)
        for household in people[one.person_id].households
    }


def _compared(
    model: Model,
    state: State,
    mention: Profile,
    candidates: Sequence[UUID],
    year: int,
    known: Mapping[UUID, Compared],
    *,
    settled: bool,
) -> Ahead:
    least = _least(model) - prior(model, state.population)
    found: dict[UUID, Compared] = {}
    near: list[Compared] = []
    far: list[Compared] = []
    seen: set[UUID] = set()
    people = state.people
    for id_ in candidates:
        person = people.get(id_)
        if person is None:
            continue
        one = known.get(id_)
        if one is None or one.profile is not person.profile:
            levels = compare(mention, person.profile, year)
            one = Compared(id_, person.profile, levels, most(model, levels))
        found[id_] = one
        levels = one.levels
        if agrees_well(levels):
            seen.update(person.households)
        if one.reach >= least or _may_matter(levels):
            near.append(one)
        else:
            far.append(one)
    return Ahead(found, near, heapq.nsmallest(_SHOWN, far, key=_nearest), seen, settled)


def _nearest(one: Compared) -> tuple[float, UUID]:
    return (-one.reach, one.person_id)


def _as_compared(
    model: Model,
    state: State,
    ahead: Ahead | None,
    mention: Profile,
    keys: Mapping[int, int],
    year: int,
) -> Ahead:
    """The candidates compared: as it was done ahead, where nothing that matters to it has changed
    since, else anew but for those who are as they were."""
    if (
        ahead is not None
        and ahead.settled
        and state.touched.isdisjoint(keys)
        and state.changed_people.keys().isdisjoint(ahead.people)
    ):
        return ahead
    candidates = state.candidates(keys, model.candidates)
    known = ahead.people if ahead is not None else {}
    return _compared(model, state, mention, candidates, year, known, settled=False)


def _find(model: Model, state: State, start: float, mention: Profile, compared: Ahead) -> _Found:
    """Score those that can come to something, and only those; where there are not two such, the
    nearest of the others, to be shown."""
    least = _least(model) - start
    known: Bits = {}
    near = [one for one in compared.near if one.reach >= least or _may_matter(one.levels)]
    if len(near) < _SHOWN:
        rest = [one for one in (*compared.near, *compared.far) if one not in near]
        shown = [
            one for one in rest if state.knows_households(state.people[one.person_id].households)
        ]
        near += heapq.nsmallest(_SHOWN - len(near), shown, key=_nearest)
    likely = [
        Scored(
            one.person_id,
            score(
                model,
                state.counts,
                start,
                mention,
                one.profile,
                one.levels,
                one.reach,
                known,
            ),
        )
        for one in near
    ]
    return _Found(likely, len(compared.people), compared.seen)


def score_people(
    model: Model,
    state: State,
    mentions: Sequence[Profile],
    keys: Sequence[Mapping[int, int]],
    year: int,
    ahead: Sequence[Ahead | None] = (),
) -> list[PersonChoice]:
    """Candidates of every mention with their scores, best first, and the one-to-one choice.
    ``ahead``: of each mention, what was compared ahead of its turn, if it was."""
    start = prior(model, state.population)
    compared = []
    for i, (mention, own) in enumerate(zip(mentions, keys, strict=True)):
        seen = _as_compared(model, state, ahead[i] if ahead else None, mention, own, year)
        compared.append(_find(model, state, start, mention, seen))
    ranked: list[list[Scored]] = []
    company = company_levels(
        state,
        [[one.person_id for one in found.likely] for found in compared],
        [found.seen for found in compared],
    )
    for found, levels in zip(compared, company, strict=True):
        adjusted = [
            one
            if level == MISSING
            else Scored(one.person_id, with_company(model, one.score, level))
            for one, level in zip(found.likely, levels, strict=True)
        ]
        ranked.append(sorted(adjusted, key=lambda one: (-one.score.weight, one.person_id)))
    return _assign(mentions, keys, ranked, [one.compared for one in compared])


def _assign(
    mentions: Sequence[Profile],
    keys: Sequence[Mapping[int, int]],
    ranked: list[list[Scored]],
    compared: list[int],
) -> list[PersonChoice]:
    order = sorted(
        ((one.score.weight, i, one) for i, found in enumerate(ranked) for one in found),
        key=lambda entry: (-entry[0], entry[1], entry[2].person_id),
    )
    best: dict[int, Scored] = {}
    taken: set[UUID] = set()
    for _, i, one in order:
        if i not in best and one.person_id not in taken:
            best[i] = one
            taken.add(one.person_id)
    choices = []
    for i, (mention, own) in enumerate(zip(mentions, keys, strict=True)):
        chosen = best.get(i)
        rest = [one for one in ranked[i] if chosen is None or one.person_id != chosen.person_id]
        choices.append(
            PersonChoice(
                mention, own, chosen, rest[0] if rest else None, tuple(ranked[i]), compared[i]
            )
        )
    return choices
