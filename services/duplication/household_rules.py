"""The rules by which people recognised make a household the one that an assessment is of. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from services.duplication import addresses, births
from services.duplication.addresses import Home
from services.duplication.comparisons import best
from services.duplication.people import PersonChoice
from services.duplication.residence import is_grown_child, is_only_adult, live_apart
from services.duplication.state import HouseholdState

CHILD = 16
"""Years of age below which somebody seen alone is of the household they were last seen in: a child
does not live alone."""
SAME_ADDRESS, SEVERAL_PEOPLE, NO_ADDRESS, WHOLE_HOUSEHOLD, CHILD_ALONE, ONLY_ADULT, SAME_NAME = (
    "person_at_same_address",
    "several_people",
    "person_without_address",
    "whole_household_moved",
    "child_seen_alone",
    "only_adult_of_household",
    "same_address_and_family_name",
)
OLD_ADDRESS = "at_address_they_left"
NAME_SOMEWHERE = "same_street_address_and_family_name"
"""As ``SAME_NAME``, where neither postcode nor town says which street, or no number which house."""
APART, ELSEWHERE, ALONE = "living_apart", "member_seen_elsewhere", "lone_person_elsewhere"
ASK = frozenset({APART, ELSEWHERE, ALONE})
"""Rules by which it is certain who somebody is, and a person must say whether they are of the
household still."""
ORDER = (
    OLD_ADDRESS, SAME_ADDRESS, SEVERAL_PEOPLE, NO_ADDRESS, WHOLE_HOUSEHOLD, CHILD_ALONE, ONLY_ADULT,
    APART, SAME_NAME, NAME_SOMEWHERE, ELSEWHERE, ALONE,
)  # fmt: skip


def rule_for(
    household: HouseholdState,
    seen: Collection[UUID],
    people: int,
    home: Home | None,
    year: int,
    *,
    child_alone: bool = False,
) -> str | None:
    """The rule by which people recognised make this the household, or None.

    ``seen``: those recognised, of ``people`` in all.
    """
    level = best((home,) if home else (), household.homes, addresses.compare)
    if 0 <= level <= addresses.POSTCODE:
        apart = not child_alone and live_apart(household.others, household.homes, seen, home)
        return APART if apart else SAME_ADDRESS
    if len(seen) >= 2:
        return SEVERAL_PEOPLE
    if level == addresses.MISSING:
        return NO_ADDRESS
    if child_alone:
        return CHILD_ALONE
    elsewhere = people == 1 and _is_elsewhere(household, home)
    if len(seen) == people == len(household.others):
        return ALONE if elsewhere else WHOLE_HOUSEHOLD
    return _one_elsewhere(household, seen, year) if elsewhere else None


def _one_elsewhere(household: HouseholdState, seen: Collection[UUID], year: int) -> str | None:
    """One of several, alone in another house: the household may have moved, or they have left it.
    Children who have grown up leave."""
    (person,) = seen
    if person not in household.others or is_grown_child(household.others, person):
        return None
    return ONLY_ADULT if is_only_adult(household.others, person, year) else ELSEWHERE


def _is_elsewhere(household: HouseholdState, home: Home | None) -> bool:
    """Whether this is known to be another house: a postcode alone, which is often wrong, does not
    say so."""
    return bool(home and home.street and any(known.street for known in household.homes))


def is_child_alone(choices: Sequence[PersonChoice], year: int) -> bool:
    """Whether one child, and nobody else, was seen."""
    if len(choices) != 1:
        return False
    born = choices[0].mention.births
    return any(b[:4].isdigit() and births.age(b, year) < CHILD for b in born)
