"""Which known person each person of an assessment is: candidates, scores, one-to-one choice.

Two people of one assessment are never the same person. Being seen with the same company is
evidence: it is weighed once the others have been compared.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from services.duplication.state import State

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
class _Compared:
    """What came of the candidates of one mention, ``compared`` of them. ``likely``: those that may
    come to something; ``seen``: households of whoever agrees well, likely or not."""

    likely: list[Scored]
    compared: int
    seen: set[UUID]


def _company_levels(state: State, compared: Sequence[_Compared]) -> list[list[int]]:
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


def _compare(
    model: Model, state: State, mention: Profile, keys: Mapping[int, int], start: float, year: int
) -> _Compared:
    """Compare with every candidate; score those that can reach a threshold, and only those."""
    bounds = model.thresholds
    enough = min(bounds.link, bounds.review, bounds.within) - max(0.0, *model.weights[COMPANY])
    likely: list[Scored] = []
    unlikely: list[tuple[float, UUID, list[int]]] = []
    seen: set[UUID] = set()
    people, counts = state.people, state.counts
    for id_ in state.candidates(keys, model.candidates):
        person = people[id_]
        levels = compare(mention, person.profile, year)
        if agrees_well(levels):
            seen.update(person.households)
        bound = most(model, start, levels)
        if bound >= enough or _may_matter(levels):
            likely.append(Scored(id_, score(model, counts, start, mention, person.profile, levels)))
        else:
            unlikely.append((bound, id_, levels))
    compared = len(likely) + len(unlikely)
    for _, id_, levels in heapq.nsmallest(
        _SHOWN - len(likely), unlikely, key=lambda one: (-one[0], one[1])
    ):
        likely.append(
            Scored(id_, score(model, counts, start, mention, people[id_].profile, levels))
        )
    return _Compared(likely, compared, seen)


def score_people(
    model: Model,
    state: State,
    mentions: Sequence[Profile],
    keys: Sequence[Mapping[int, int]],
    year: int,
) -> list[PersonChoice]:
    """Candidates of every mention with their scores, best first, and the one-to-one choice."""
    start = prior(model, state.population)
    compared = [
        _compare(model, state, mention, own, start, year)
        for mention, own in zip(mentions, keys, strict=True)
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
