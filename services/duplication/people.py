"""Which known person each person of an assessment is: candidates, scores, one-to-one choice.

Two people of one assessment are never the same person. Being seen with the same company is
evidence: it is weighed once the others have been compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.duplication.births import TWO_PARTS
from services.duplication.comparisons import AGREES, BIRTH, GIVEN, MISSING
from services.duplication.model import Model
from services.duplication.profile import Profile
from services.duplication.score import Score, score, with_company
from services.duplication.state import State


@dataclass(frozen=True, slots=True)
class Scored:
    """A known person whom a mention may be of."""

    person_id: UUID
    score: Score


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """The likeliest person for one mention, if any, and the next. ``keys``: its block keys."""

    mention: Profile
    keys: Mapping[int, int]
    best: Scored | None
    runner_up: Scored | None
    candidates: tuple[Scored, ...]

    @property
    def weight(self) -> float:
        return self.best.score.weight if self.best else float("-inf")


def agrees_well(levels: Sequence[int]) -> bool:
    """Whether given name and date of birth both agree: what company is judged by."""
    return 0 <= levels[GIVEN] <= AGREES and 0 <= levels[BIRTH] <= TWO_PARTS


def company_levels(state: State, scored: list[list[Scored]]) -> list[list[int]]:
    """For every candidate of every mention: do the others seen belong to the same household?"""
    if len(scored) == 1:
        return [[MISSING] * len(scored[0])]
    seen: list[set[UUID]] = []
    for found in scored:
        homes: set[UUID] = set()
        for one in found:
            if agrees_well(one.score.levels):
                homes.update(state.people[one.person_id].households)
        seen.append(homes)
    result = []
    for i, found in enumerate(scored):
        others = set().union(*(homes for j, homes in enumerate(seen) if j != i))
        levels = []
        for one in found:
            mine = state.people[one.person_id].households
            if any(household in others for household in mine):
                levels.append(0)
            elif any(len(state.households[household].members) > 1 for household in mine):
                levels.append(1)
            else:
                levels.append(MISSING)
        result.append(levels)
    return result


def score_people(
    model: Model,
    state: State,
    mentions: Sequence[Profile],
    keys: Sequence[Mapping[int, int]],
    year: int,
) -> list[PersonChoice]:
    """Candidates of every mention with their scores, best first, and the one-to-one choice."""
    scored: list[list[Scored]] = []
    for mention, own in zip(mentions, keys, strict=True):
        ids = state.candidates(own, model.candidates)
        scored.append(
            [
                Scored(
                    id_,
                    score(
                        model,
                        state.counts,
                        state.population,
                        mention,
                        state.people[id_].profile,
                        year,
                    ),
                )
                for id_ in ids
            ]
        )
    ranked: list[list[Scored]] = []
    for found, levels in zip(scored, company_levels(state, scored), strict=True):
        adjusted = [
            one
            if level == MISSING
            else Scored(one.person_id, with_company(model, one.score, level))
            for one, level in zip(found, levels, strict=True)
        ]
        ranked.append(sorted(adjusted, key=lambda one: (-one.score.weight, one.person_id)))
    return _assign(mentions, keys, ranked)


def _assign(
    mentions: Sequence[Profile], keys: Sequence[Mapping[int, int]], ranked: list[list[Scored]]
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
            PersonChoice(mention, own, chosen, rest[0] if rest else None, tuple(ranked[i]))
        )
    return choices
