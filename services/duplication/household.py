"""Which household an assessment is of, once it is known who its people may be.

Evidence is who is seen together and where. An address alone is never a household: somebody known
must be recognised there, or at least the family name. Rules are tried in order; the first wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.duplication import addresses, births
from services.duplication.addresses import Home
from services.duplication.comparisons import EXACT, FAMILY, HOME, PART, best
from services.duplication.frequencies import term
from services.duplication.model import Model
from services.duplication.people import PersonChoice, Scored
from services.duplication.state import HouseholdState, State

CHILD = 16
"""Years of age below which somebody seen alone is of the household they were last seen in: a child
does not live alone."""
SHARED_BY_MANY = 24
"""Mentions at one address above which sharing it and a family name says nothing: a hostel."""
SAME_ADDRESS, SEVERAL_PEOPLE, NO_ADDRESS, WHOLE_HOUSEHOLD, CHILD_ALONE, SAME_NAME, ALONE = (
    "person_at_same_address",
    "several_people",
    "person_without_address",
    "whole_household_moved",
    "child_seen_alone",
    "same_address_and_family_name",
    "lone_person_elsewhere",
)
NEW_RULES = ("nobody_known", "moved_out")
_ORDER = (
    SAME_ADDRESS, SEVERAL_PEOPLE, NO_ADDRESS, WHOLE_HOUSEHOLD, CHILD_ALONE, SAME_NAME, ALONE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Possible:
    """A household the assessment may be of. ``weight``: log2 odds of its best person link."""

    household_id: UUID
    rule: str
    shared: int
    weight: float


@dataclass(frozen=True, slots=True)
class HouseholdChoice:
    """``household_id`` is None for a new one. ``candidates`` are for review, likeliest first.
    ``people_stand``: who the people are is certain, and only the household is under review."""

    household_id: UUID | None
    rule: str
    weight: float | None
    review: bool
    candidates: tuple[Possible, ...]
    people_stand: bool = False


def rule_for(
    household: HouseholdState,
    shared: int,
    people: int,
    home: Home | None,
    *,
    child_alone: bool = False,
) -> str | None:
    """The rule by which people recognised make this the household, or None."""
    level = best((home,) if home else (), household.homes, addresses.compare)
    if shared and 0 <= level <= addresses.POSTCODE:
        return SAME_ADDRESS
    if shared >= 2:
        return SEVERAL_PEOPLE
    if shared and level == addresses.MISSING:
        return NO_ADDRESS
    if shared and child_alone:
        return CHILD_ALONE
    if shared and shared == people == len(household.members):
        return ALONE if people == 1 and _is_elsewhere(household, home) else WHOLE_HOUSEHOLD
    return None


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


def _possible(
    state: State,
    choices: Sequence[PersonChoice],
    usable: Sequence[tuple[int, Scored]],
    home: Home | None,
    year: int,
) -> list[Possible]:
    alone = is_child_alone(choices, year)
    shared: dict[UUID, set[int]] = {}
    weight: dict[UUID, float] = {}
    for position, one in usable:
        for household_id in state.people[one.person_id].households:
            shared.setdefault(household_id, set()).add(position)
            weight[household_id] = max(weight.get(household_id, one.score.weight), one.score.weight)
    found = []
    for household_id, positions in shared.items():
        if any(state.are_apart(one.person_id, household_id) for _, one in usable):
            continue
        household = state.households[household_id]
        if rule := rule_for(household, len(positions), len(choices), home, child_alone=alone):
            found.append(Possible(household_id, rule, len(positions), weight[household_id]))
    return _ranked(found)


def _ranked(found: list[Possible]) -> list[Possible]:
    return sorted(
        found,
        key=lambda p: (_ORDER.index(p.rule), -p.shared, -p.weight, p.household_id),
    )


def same_name_at_address(
    state: State, choices: Sequence[PersonChoice], home: Home | None
) -> list[Possible]:
    """Households at the very address with the family name, where none is of those recognised.

    Not where many live: an address that is common in this place (a hostel, a tower) says nothing.
    """
    found: dict[UUID, Possible] = {}
    likeliest = [choice.best.person_id for choice in choices if choice.best]
    for choice in choices:
        for one in choice.candidates:
            levels = one.score.levels
            if levels[HOME] != addresses.SAME or not EXACT <= levels[FAMILY] <= PART:
                continue
            common = any(
                state.counts.get(term("homes", home), 0) > SHARED_BY_MANY
                for home in choice.mention.homes
            )
            here = None if common else _at(state, one.person_id, home)
            if here and not any(state.are_apart(known, here) for known in likeliest):
                found[here] = Possible(here, SAME_NAME, 0, one.score.weight)
    return _ranked(list(found.values()))


def _at(state: State, person_id: UUID, home: Home | None) -> UUID | None:
    """The household in which this person was at the very address: not one they moved on to."""
    for household_id in reversed(state.people[person_id].households):
        known = state.households[household_id].homes
        if home and best((home,), known, addresses.compare) == addresses.SAME:
            return household_id
    return None


def decide_household(
    model: Model, state: State, choices: Sequence[PersonChoice], home: Home | None, year: int
) -> HouseholdChoice:
    """The household, or that it is new, or that a person must say."""
    bounds = model.thresholds
    best_of = [(i, c.best) for i, c in enumerate(choices) if c.best is not None]
    certain = [(i, b) for i, b in best_of if b.score.weight >= bounds.link]
    perhaps = [(i, b) for i, b in best_of if bounds.review <= b.score.weight < bounds.link]
    sure = _possible(state, choices, certain, home, year)
    if sure and sure[0].rule != ALONE:
        rival = _rival(model, state, choices, sure[0])
        return HouseholdChoice(
            sure[0].household_id, sure[0].rule, sure[0].weight, review=rival, candidates=tuple(sure)
        )
    unsure = _possible(state, choices, certain + perhaps, home, year) if perhaps else []
    if unsure:
        return HouseholdChoice(
            unsure[0].household_id,
            unsure[0].rule,
            unsure[0].weight,
            review=True,
            candidates=tuple(unsure),
        )
    named = same_name_at_address(state, choices, home)
    if named:
        return HouseholdChoice(
            named[0].household_id,
            SAME_NAME,
            named[0].weight,
            review=False,
            candidates=tuple(named),
        )
    if sure:
        return HouseholdChoice(
            sure[0].household_id,
            ALONE,
            sure[0].weight,
            review=True,
            candidates=tuple(sure),
            people_stand=True,
        )
    weights = [b.score.weight for _, b in best_of]
    rule = "moved_out" if certain else "nobody_known"
    return HouseholdChoice(None, rule, max(weights, default=None), review=False, candidates=())


def _rival(model: Model, state: State, choices: Sequence[PersonChoice], chosen: Possible) -> bool:
    """Whether another person, of another household, fits a lone link almost as well."""
    if chosen.shared > 1:
        return False
    for choice in choices:
        one, next_one = choice.best, choice.runner_up
        if one is None or next_one is None or one.score.weight < model.thresholds.link:
            continue
        if next_one.score.weight < model.thresholds.link:
            continue
        if one.score.weight - next_one.score.weight >= model.thresholds.margin:
            continue
        theirs = state.people[next_one.person_id].households
        if chosen.household_id not in theirs:
            return True
    return False
