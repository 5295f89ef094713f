"""Which of the households found for an assessment stand behind the others, because of who moved.

Agencies keep addresses that people have left, and a household that moves is seen bit by bit: the
one known at an address need not be the one that is seen there. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from services.duplication import births
from services.duplication.addresses import Home
from services.duplication.residence import ADULT, were_seen_elsewhere
from services.duplication.state import HouseholdState, State


def answered(state: State, seen: Mapping[UUID, Collection[UUID]], home: Home | None) -> set[UUID]:
    """The households under review of one of those seen, where that one is seen with another of the
    household they were of before, of which nobody was seen at another house since: so it moved."""
    together = [
        (state.households[id_], people)
        for id_, people in seen.items()
        if len(people) > 1 and not state.households[id_].provisional
    ]
    found = set()
    for id_, people in seen.items():
        under_review = state.households[id_]
        if under_review.provisional and len(people) == 1 and together:
            since = max((one.at for one in under_review.residents.values()), default=0)
            if not any(
                were_seen_elsewhere(household.residents, theirs, home, since)
                for household, theirs in together
            ):
                found.add(id_)
    return found


def _is_child(state: State, person: UUID, year: int) -> bool:
    born = births.year_of(state.people[person].profile.births)
    return born is not None and year - born < ADULT


def is_outnumbered(
    state: State, household_id: UUID, seen: Mapping[UUID, Collection[UUID]], year: int
) -> bool:
    """Whether all who live in another household are seen at the address of this one, a grown-up
    among them and more than are seen of this one, so that it is the other which has moved here.
    Some who follow one of theirs have left it; two that a person said are two stay two."""
    for other_id, people in seen.items():
        everybody = state.households[other_id].residents
        if not everybody or not set(everybody) <= set(people):
            continue
        if state.households[other_id].provisional or state.are_apart(other_id, household_id):
            continue
        more = len(people) > max(1, len(seen[household_id]))
        if more and not all(_is_child(state, person, year) for person in people):
            return True
    return False


def have_left(household: HouseholdState, people: Collection[UUID]) -> bool:
    """Whether these are of another household by now, and others live here: agencies keep addresses
    that people have left."""
    return bool(household.others) and not any(one in household.others for one in people)
