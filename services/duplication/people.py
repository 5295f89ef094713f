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
from services.duplication.score import Score, most, prior, score, with_company
from services.duplication.state import Compared, State

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


def _company_levels(state: State, compared: Sequence[_Found]) -> list[list[int]]:
    """For every likely candidate of every mention: are the others seen of the same household?"""
    if len(compared) == 1:
        return [[MISSING] * len(compared[0].likely)]
    result = []
    for i, own in enumerate(compared):
        others = set().union(*(one.seen for j, one in enumerate(compared) if j != i))
        levels = []
        for one in own.likely:
            mine = state.people[one.person_id].households
            if any(household in others for household in mine):
                levels.append(0)
            elif any(len(state.households[household].members) > 1 for household in mine):
                levels.append(1)
            else:
                levels.append(MISSING)
        result.append(levels)
    return result


def _may_matter(levels: Sequence[int]) -> bool:
    """Whether the household is asked of whoever lives there, however unlike they are."""
    return levels[HOME] == SAME_HOME and EXACT <= levels[FAMILY] <= PART


def _least(model: Model) -> float:
    """The lowest weight, but for the company, from which a candidate can come to something."""
    bounds = model.thresholds
    return min(bounds.link, bounds.review, bounds.within) - max(0.0, *model.weights[COMPANY])


def wanted_people(
    model: Model, state: State, keys: Sequence[Mapping[int, int]]
) -> list[list[UUID]]:
    """For each mention of a batch, by its keys, whoever may be a candidate when its turn comes.

    The batch files people as it goes. Where that may put a key past its bound, those who share
    fewer keys may yet be among the candidates, so all are wanted.
    """
    coming = Counter(chain.from_iterable(keys))
    held = state.keys
    wanted = []
    for own in keys:
        filling = any(
            len(found) <= bound < len(found) + coming[key]
            for key, bound in own.items()
            if (found := held.get(key))
        )
        wanted.append(state.candidates(own, None if filling else model.candidates))
    return wanted


def compare_ahead(
    model: Model,
    state: State,
    mention: tuple[UUID, int],
    profile: Profile,
    wanted: Sequence[UUID],
    year: int,
) -> set[UUID]:
    """Compare a mention with those it may be of, and note what came of it in the state. The
    households of all whom it may be of: what else has to be known to decide."""
    least, start = _least(model), prior(model, state.population)
    found: dict[UUID, Compared] = {}
    near: set[UUID] = set()
    unlikely: list[tuple[float, UUID]] = []
    for id_ in wanted:
        if (person := state.people.get(id_)) is None:
            continue
        levels = compare(profile, person.profile, year)
        reach = most(model, levels)
        found[id_] = (person.profile, levels, reach)
        if start + reach >= least or _may_matter(levels):
            near.update(person.households)
        else:
            unlikely.append((-reach, id_))
    for _, id_ in heapq.nsmallest(_SHOWN, unlikely):
        near.update(state.people[id_].households)
    state.compared[mention] = found
    return near


def _compare(
    model: Model,
    state: State,
    ahead: Mapping[UUID, Compared],
    mention: Profile,
    keys: Mapping[int, int],
    start: float,
    year: int,
) -> _Found:
    """Compare with every candidate; score those that can come to something, and only those."""
    least = _least(model)
    likely: list[Scored] = []
    unlikely: list[tuple[float, UUID, list[int]]] = []
    seen: set[UUID] = set()
    people, counts = state.people, state.counts
    for id_ in state.candidates(keys, model.candidates):
        person = people.get(id_)
        if person is None:
            continue
        known = ahead.get(id_)
        if known is not None and known[0] is person.profile:
            _, levels, reach = known
        else:
            levels = compare(mention, person.profile, year)
            reach = most(model, levels)
        if agrees_well(levels):
            seen.update(person.households)
        if start + reach >= least or _may_matter(levels):
            likely.append(Scored(id_, score(model, counts, start, mention, person.profile, levels)))
        else:
            unlikely.append((-reach, id_, levels))
    compared = len(likely) + len(unlikely)
    if len(likely) < _SHOWN:
        shown = [one for one in unlikely if state.knows_households(people[one[1]].households)]
        for _, id_, levels in heapq.nsmallest(_SHOWN - len(likely), shown):
            likely.append(
                Scored(id_, score(model, counts, start, mention, people[id_].profile, levels))
            )
    return _Found(likely, compared, seen)


def score_people(
    model: Model,
    state: State,
    mentions: Sequence[Profile],
    keys: Sequence[Mapping[int, int]],
    year: int,
    ahead: Sequence[Mapping[UUID, Compared]] = (),
) -> list[PersonChoice]:
    """Candidates of every mention with their scores, best first, and the one-to-one choice.
    ``ahead``: of each mention, what was compared ahead, if it was."""
    start = prior(model, state.population)
    compared = [
        _compare(model, state, ahead[i] if ahead else {}, mention, own, start, year)
        for i, (mention, own) in enumerate(zip(mentions, keys, strict=True))
    ]
    ranked: list[list[Scored]] = []
    for found, levels in zip(compared, _company_levels(state, compared), strict=True):
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
