"""What a verdict on a possible match does to the people and households it concerns. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.duplication.profile import MAX_VALUES
from services.duplication.restricting import both
from services.duplication.state import State

Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Considered:
    """A person of the assessment under review, and the known person they may be."""

    person_id: UUID
    best: UUID
    weight: float


def considered(detail: Mapping[str, Any]) -> tuple[Considered, ...]:
    """The pairs that the stored decision held possible; not those who are one already, because
    only the household was in doubt."""
    floor = float(detail["thresholds"]["review"])
    return tuple(
        Considered(UUID(p["person_id"]), UUID(p["best"]["person_id"]), p["best"]["weight"])
        for p in detail["people"]
        if p["best"] is not None
        and p["best"]["weight"] >= floor
        and p["best"]["person_id"] != p["person_id"]
    )


def pairs_to_join(state: State, pairs: Sequence[Considered], target: UUID) -> tuple[Pair, ...]:
    """Of the possible pairs, those whose known person is of the household said to be the same."""
    return tuple(
        (pair.person_id, pair.best)
        for pair in pairs
        if pair.person_id in state.people
        and pair.best in state.people
        and target in state.people[pair.best].households
        and not state.are_apart(pair.person_id, pair.best)
    )


def pairs_to_part(
    pairs: Sequence[Considered], provisional: UUID, candidates: Sequence[UUID]
) -> tuple[Pair, ...]:
    """What "different" keeps apart: each person from whom they might have been, and from the
    households; the provisional household from them too."""
    apart = [(pair.person_id, pair.best) for pair in pairs]
    apart += [(pair.person_id, household) for pair in pairs for household in candidates]
    apart += [(provisional, household) for household in candidates]
    return tuple(apart)


def join(state: State, retired: UUID, target: UUID, pairs: Sequence[Pair]) -> None:
    """Join people pair by pair and the provisional household into the target, in the state: as a
    link does in the store."""
    into = dict(pairs)
    former, household = state.households[retired], state.households[target]
    for one, other in pairs:
        state.people[other].profile = state.people[other].profile.joined(state.people[one].profile)
        state.people[other].mentions += state.people[one].mentions
        state.changed_people[other] = None
    for member, seen in former.residents.items():
        person = into.get(member, member)
        known = state.people.get(person)
        if known is None:
            continue
        rest = tuple(h for h in known.households if h not in (retired, target))
        known.households = (*rest, target)
        state.changed_people[person] = None
        household.admit(person, seen)
    added = [home for home in former.homes if home not in household.homes]
    household.homes = (*household.homes, *added)[-MAX_VALUES:]
    household.restrictions = both(household.restrictions, former.restrictions)
    household.alleged = both(household.alleged, [into.get(one, one) for one in former.alleged])
    state.changed_households[target] = None
