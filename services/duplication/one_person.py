"""Two people known apart whom an assessment shows to be one: somebody fits both. Pure.

Whoever was written wrongly once is somebody new by it. What comes later, written rightly, may fit
both: then they are linked, reversibly, as far as nothing speaks against it.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar
from uuid import UUID

from services.duplication.comparisons import CONFLICTS, IDENTIFIER, compare
from services.duplication.frequencies import terms
from services.duplication.model import Model
from services.duplication.people import PersonChoice
from services.duplication.profile import Profile
from services.duplication.score import most, prior, score
from services.duplication.state import PersonState, State

_T = TypeVar("_T", bound=Hashable)
WHY = "one_person"
"""Why two households are asked about: everybody of one is somebody of the other."""


class OnePerson(NamedTuple):
    """``other`` is ``kept``. ``weight``: log2 odds, of the two links of the mention that fits both
    the lesser; ``between``: of what is known of the two themselves."""

    kept: UUID
    other: UUID
    weight: float
    between: float


def stands_for(same: Mapping[_T, _T], person: _T) -> _T:
    """Who a person is by now. ``same``: who was found to be whom, as time went by."""
    while person in same:
        person = same[person]
    return person


def one_person(
    model: Model,
    state: State,
    linked: Sequence[tuple[UUID, PersonChoice]],
    seen: Collection[UUID],
    year: int,
) -> tuple[OnePerson, ...]:
    """The people whom an assessment shows to be one with somebody whom it is of.

    ``linked``: known people that it is of, and how that was found, of all the people ``seen``;
    ``state`` is as before it. Both fit the mention at ``join`` bits at least, and each other, with
    the mention's words, clearly enough to be linked; no register gives them two numbers, they were
    never seen together, and nobody said, or is being asked, whether they are two. Where few may
    know of a household of either, or somebody is alleged to have caused harm there, nobody is
    linked.
    """
    taken = set(seen)
    found = []
    for kept, choice in linked:
        if choice.weight < model.thresholds.join:
            continue
        for candidate in choice.candidates:
            other, weight = candidate.person_id, candidate.score.weight
            if weight < model.thresholds.join:
                break
            if other in taken or not _may_be_one(state, state.people[kept], state.people[other]):
                continue
            known = state.people[kept].profile.joined(choice.mention)
            between = _between(model, state, known, state.people[other].profile, year)
            if between is not None:
                taken.add(other)
                found.append(OnePerson(kept, other, min(weight, choice.weight), between))
                break
    return tuple(found)


def _may_be_one(state: State, one: PersonState, other: PersonState) -> bool:
    homes = [state.households[id_] for id_ in (*one.households, *other.households)]
    apart = (
        state.are_apart(one.id, other.id)
        or any(state.are_apart(one.id, id_) for id_ in other.households)
        or any(state.are_apart(other.id, id_) for id_ in one.households)
    )
    guarded = any(home.restrictions or home.alleged or home.provisional for home in homes)
    return not apart and not guarded and not state.were_together(one.id, other.id)


def _between(model: Model, state: State, one: Profile, other: Profile, year: int) -> float | None:
    """The log2 odds that two people as known are one; None where that is not clear enough. What is
    known of them beside the mention may have counts that its batch did not ask for."""
    levels = compare(other, one, year)
    if levels[IDENTIFIER] in CONFLICTS:
        return None
    state.check_counted(chain(terms(one), terms(other)))
    start = prior(model, state.population)
    reach = most(model, levels)
    found = score(model, state.counts, start, other, one, levels, reach, {})
    clear = model.thresholds.link + model.thresholds.margin
    return found.weight if found.weight >= clear else None
