"""History decided again under another model, beside what stands: what would change. Pure.

What people said holds under any model: assessments that they linked stay together, households that
they keep apart stay apart, and no difference is reported there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.duplication.fold import Assessed, resolve
from services.duplication.model import Model
from services.duplication.state import State

Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Past:
    """An assessment of the past: the household it was said to be of at arrival, and is of now."""

    taken: Assessed
    arrived_in: UUID
    household_id: UUID


@dataclass(frozen=True, slots=True)
class Affected:
    """A household that would change. ``parts``: how many of its assessments would stay together,
    the largest number first; ``joins``: households whose assessments would come to its own."""

    household_id: UUID
    parts: tuple[int, ...]
    joins: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pairs of assessments: of one household now and under the model (``both``), now only, then
    only. ``reviews``: assessments that the model would send to review."""

    assessments: int
    both: int
    now_only: int
    then_only: int
    reviews: int
    affected: tuple[Affected, ...]


def compare_history(
    model: Model, history: Sequence[Past], together: Sequence[Pair], apart: Sequence[Pair]
) -> Comparison:
    """``history`` in order of arrival; ``together`` and ``apart``: pairs of people, households, or
    one of each, as people said."""
    state = State(apart=set(apart))
    groups: dict[UUID, UUID] = {}
    reviews = 0
    for past in history:
        resolution = resolve(model, state, past.taken)
        groups[past.taken.id] = resolution.household_id
        reviews += resolution.review
    groups = _as_people_said(history, groups, together, apart)
    now = {past.taken.id: past.household_id for past in history}
    both = _pairs(Counter((now[one], groups[one]) for one in now).values())
    return Comparison(
        len(history),
        both,
        _pairs(Counter(now.values()).values()) - both,
        _pairs(Counter(groups.values()).values()) - both,
        reviews,
        _affected(now, groups),
    )


def _as_people_said(
    history: Sequence[Past],
    groups: Mapping[UUID, UUID],
    together: Sequence[Pair],
    apart: Sequence[Pair],
) -> dict[UUID, UUID]:
    """The groups, with what people linked made one and what they keep apart put back."""
    into: dict[UUID, UUID] = {}

    def find(group: UUID) -> UUID:
        while group in into:
            group = into[group]
        return group

    by_arrival: dict[UUID, list[UUID]] = defaultdict(list)
    for past in history:
        by_arrival[past.arrived_in].append(groups[past.taken.id])
    for one, other in together:
        for first in by_arrival.get(one, ())[:1]:
            for second in by_arrival.get(other, ())[:1]:
                if find(first) != find(second):
                    into[find(second)] = find(first)
    found = {id_: find(group) for id_, group in groups.items()}
    now = {past.taken.id: past.household_id for past in history}
    forbidden = {frozenset(pair) for pair in apart}
    held: dict[UUID, set[UUID]] = defaultdict(set)
    for id_, group in found.items():
        held[group].add(now[id_])
    for group, households in held.items():
        if any(frozenset((a, b)) in forbidden for a in households for b in households if a != b):
            for id_ in [one for one, its in found.items() if its == group]:
                found[id_] = now[id_]
    return found


def _affected(now: Mapping[UUID, UUID], then: Mapping[UUID, UUID]) -> tuple[Affected, ...]:
    parts: dict[UUID, Counter[UUID]] = defaultdict(Counter)
    holds: dict[UUID, set[UUID]] = defaultdict(set)
    for id_, household in now.items():
        parts[household][then[id_]] += 1
        holds[then[id_]].add(household)
    found = []
    for household, groups in parts.items():
        joins = {other for group in groups for other in holds[group]} - {household}
        if len(groups) > 1 or joins:
            sizes = tuple(sorted(groups.values(), reverse=True))
            found.append(Affected(household, sizes, tuple(sorted(joins))))
    return tuple(sorted(found, key=lambda one: (-sum(one.parts), one.household_id)))


def _pairs(sizes: Iterable[int]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes)
