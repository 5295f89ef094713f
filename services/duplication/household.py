"""Which household an assessment is of, once it is known who its people may be.

Evidence is who is seen together and where. An address alone is never a household: somebody known
must be recognised there, or at least the family name. Rules are tried in order; the first wins.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.duplication import addresses, births
from services.duplication.addresses import Home
from services.duplication.comparisons import EXACT, FAMILY, HOME, PART, best
from services.duplication.frequencies import term
from services.duplication.model import Model
from services.duplication.people import PersonChoice, Scored
from services.duplication.residence import is_grown_child, is_only_adult, live_apart
from services.duplication.state import HouseholdState, State

CHILD = 16
"""Years of age below which somebody seen alone is of the household they were last seen in: a child
does not live alone."""
SHARED_BY_MANY = 24
"""Mentions at one address above which sharing it and a family name says nothing: a hostel."""
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
APART, ELSEWHERE, ALONE = "living_apart", "member_seen_elsewhere", "lone_person_elsewhere"
NEW_RULES = ("nobody_known", "moved_out")
ASK = frozenset({APART, ELSEWHERE, ALONE})
"""Rules by which it is certain who somebody is, and a person must say whether they are of the
household still."""
_ORDER = (
    OLD_ADDRESS, SAME_ADDRESS, SEVERAL_PEOPLE, NO_ADDRESS, WHOLE_HOUSEHOLD, CHILD_ALONE, ONLY_ADULT,
    APART, SAME_NAME, ELSEWHERE, ALONE,
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
        apart = not child_alone and live_apart(household.residents, household.homes, seen, home)
        return APART if apart else SAME_ADDRESS
    if len(seen) >= 2:
        return SEVERAL_PEOPLE
    if level == addresses.MISSING:
        return NO_ADDRESS
    if child_alone:
        return CHILD_ALONE
    elsewhere = people == 1 and _is_elsewhere(household, home)
    if len(seen) == people == len(household.residents):
        return ALONE if elsewhere else WHOLE_HOUSEHOLD
    return _one_elsewhere(household, seen, year) if elsewhere else None


def _one_elsewhere(household: HouseholdState, seen: Collection[UUID], year: int) -> str | None:
    """One of several, alone in another house: the household may have moved, or they have left it.
    Children who have grown up leave."""
    (person,) = seen
    if person not in household.residents or is_grown_child(household.residents, person):
        return None
    return ONLY_ADULT if is_only_adult(household.residents, person, year) else ELSEWHERE


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
    seen: dict[UUID, set[UUID]] = {}
    weight: dict[UUID, float] = {}
    now: set[UUID] = set()
    for _, one in usable:
        known = state.people[one.person_id].households
        now.update(known[-1:])
        for household_id in known:
            seen.setdefault(household_id, set()).add(one.person_id)
            weight[household_id] = max(weight.get(household_id, one.score.weight), one.score.weight)
    found = []
    for household_id, people in seen.items():
        if any(state.are_apart(one.person_id, household_id) for _, one in usable):
            continue
        household = state.households[household_id]
        rule = rule_for(household, people, len(choices), home, year, child_alone=alone)
        everybody = len(people) == len(choices) and len(now) == 1
        if rule == SAME_ADDRESS and everybody and _have_left(household, people):
            (present,) = now
            found.append(Possible(present, OLD_ADDRESS, len(people), weight[household_id]))
        elif rule:
            found.append(Possible(household_id, rule, len(people), weight[household_id]))
    return _ranked(state, found, home, now)


def _have_left(household: HouseholdState, people: Collection[UUID]) -> bool:
    """Whether these are of another household by now, and others live here: agencies keep addresses
    that people have left."""
    return bool(household.residents) and not any(one in household.residents for one in people)


def _ranked(
    state: State, found: list[Possible], home: Home | None, now: Collection[UUID] = ()
) -> list[Possible]:
    """Likeliest first. ``now``: the households in which those recognised were last.

    Where two people of one household are seen, one of whom is in a household under review, that
    question is answered by what is seen.
    """
    together = any(p.shared > 1 and not state.households[p.household_id].provisional for p in found)

    def order(one: Possible) -> tuple[bool, int, int, bool, int, float, UUID]:
        household = state.households[one.household_id]
        level = best((home,) if home else (), household.homes, addresses.compare)
        return (
            together and household.provisional and one.shared == 1,
            _ORDER.index(one.rule),
            -one.shared,
            one.household_id not in now,
            level,
            -one.weight,
            one.household_id,
        )

    return sorted(found, key=order)


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
    return _ranked(state, list(found.values()), home)


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
    if sure and sure[0].rule not in ASK:
        rival = _rival(model, state, choices, sure[0])
        return _chosen(sure, review=rival)
    unsure = _possible(state, choices, certain + perhaps, home, year) if perhaps else []
    if unsure and unsure[0].rule not in ASK:
        return _chosen(unsure, review=True)
    if sure and sure[0].rule == APART:
        return _chosen(sure, review=True, people_stand=True)
    named = same_name_at_address(state, choices, home)
    if named:
        return _chosen(named)
    if sure:
        return _chosen(sure, review=True, people_stand=True)
    if unsure:
        return _chosen(unsure, review=True)
    weights = [b.score.weight for _, b in best_of]
    rule = "moved_out" if certain else "nobody_known"
    return HouseholdChoice(None, rule, max(weights, default=None), review=False, candidates=())


def _chosen(
    found: Sequence[Possible], *, review: bool = False, people_stand: bool = False
) -> HouseholdChoice:
    first = found[0]
    return HouseholdChoice(
        first.household_id, first.rule, first.weight, review, tuple(found), people_stand
    )


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
