"""A place's history decided again by another model, beside what stands. Pure.

Where the model would ask a person, what stands is taken for the answer: nothing is taken apart, or
put together, because a model is in doubt.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from services.duplication import evidence, review
from services.duplication.fold import Assessed, Link, Resolution, resolve
from services.duplication.model import Model
from services.duplication.one_person import stands_for
from services.duplication.state import State

Place: TypeAlias = tuple[UUID, int]
"""A mention's: the assessment, and which person of it."""


@dataclass(frozen=True, slots=True)
class Past:
    """An assessment of the past: the household, and by mention the people, that it is of now."""

    taken: Assessed
    household_id: UUID
    people: tuple[UUID, ...]
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Again:
    """The model's decision on an assessment that it decides otherwise, as the store keeps one."""

    rule: str
    weight: float | None
    detail: dict[str, Any]


@dataclass(slots=True)
class Replayed:
    """What the model makes of a history. ``groups``: the household of each assessment, under ids of
    the replay's own; ``people``: the person of each mention; ``reviews``: those it would ask of;
    ``same``: people who turned out to be another."""

    groups: dict[UUID, UUID] = field(default_factory=dict)
    people: dict[Place, UUID] = field(default_factory=dict)
    again: dict[UUID, Again] = field(default_factory=dict)
    reviews: int = 0
    same: dict[UUID, UUID] = field(default_factory=dict)


def replay(
    model: Model, history: Sequence[Past], tell: Callable[[int], None] = lambda _: None
) -> Replayed:
    """Decide ``history``, in order of arrival, from nothing. ``tell`` is told how far it is."""
    state, found = State(), Replayed()
    houses: dict[UUID, set[UUID]] = defaultdict(set)
    people: dict[UUID, set[UUID]] = defaultdict(set)
    seen: set[UUID] = set()
    for number, past in enumerate(history, 1):
        resolution = resolve(model, state, past.taken)
        group, same = resolution.household_id, dict[UUID, UUID]()
        if resolution.review:
            found.reviews += 1
            stands = [
                c.household_id
                for c in resolution.choice.candidates
                if past.household_id in houses[c.household_id]
            ]
            if stands:
                group = stands[0]
                same = _pairs_that_stand(model, state, past, resolution, group, people)
                _join(state, resolution, group, same)
        expected = houses[group]
        if past.household_id not in expected and (expected or past.household_id in seen):
            weight = resolution.choice.weight
            found.again[past.taken.id] = Again(
                resolution.choice.rule,
                None if weight is None else round(weight, 3),
                evidence.detail(resolution, model),
            )
        found.groups[past.taken.id] = group
        expected.add(past.household_id)
        seen.add(past.household_id)
        for i, (link, now) in enumerate(zip(resolution.links, past.people, strict=True)):
            person = same.get(link.person_id, link.person_id)
            found.people[past.taken.id, i] = person
            people[person].add(now)
        for one in resolution.same:
            found.same[one.other] = one.kept
            people[one.kept] |= people.pop(one.other)
        _forget_what_changed(state)
        tell(number)
    for place, person in found.people.items():
        found.people[place] = stands_for(found.same, person)
    return found


def _pairs_that_stand(
    model: Model,
    state: State,
    past: Past,
    resolution: Resolution,
    target: UUID,
    people: dict[UUID, set[UUID]],
) -> dict[UUID, UUID]:
    """The likely pairs that are one person as it stands, as a reviewer's "same" would join them."""

    def stands(link: Link, now: UUID) -> bool:
        best = link.choice.best
        return (
            link.new
            and best is not None
            and best.score.weight >= model.thresholds.review
            and now in people[best.person_id]
            and target in state.people[best.person_id].households
        )

    return {
        link.person_id: link.choice.best.person_id
        for link, now in zip(resolution.links, past.people, strict=True)
        if stands(link, now) and link.choice.best is not None
    }


def _join(state: State, resolution: Resolution, target: UUID, same: dict[UUID, UUID]) -> None:
    review.join(state, resolution.household_id, target, list(same.items()))
    del state.households[resolution.household_id]
    for one, other in same.items():
        state.take_over(other, one)


def _forget_what_changed(state: State) -> None:
    """Nothing is written, so that a long history takes no more memory than what is known."""
    state.new_keys.clear()
    state.new_counts.clear()
    state.changed_people.clear()
    state.changed_households.clear()


@dataclass(frozen=True, slots=True)
class Confusion:
    """Pairs of assessments: of one household now and under the model (``both``), now only, then
    only, neither."""

    both: int
    now_only: int
    then_only: int
    neither: int


def confusion(now: dict[UUID, UUID], then: dict[UUID, UUID]) -> Confusion:
    """Of the same assessments: their households now, and then."""

    def pairs(sizes: Counter[Any]) -> int:
        return sum(n * (n - 1) // 2 for n in sizes.values())

    both = pairs(Counter((now[one], then[one]) for one in now))
    now_only, then_only = (pairs(Counter(side.values())) - both for side in (now, then))
    every = len(now) * (len(now) - 1) // 2
    return Confusion(both, now_only, then_only, every - both - now_only - then_only)
