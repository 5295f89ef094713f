"""Which household an assessment is of, once it is known who its people may be.

Evidence is who is seen together and where. An address alone is never a household: somebody known
must be recognised there, or at least the family name. Rules are tried in order; the first wins.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.duplication import addresses
from services.duplication.addresses import Home
from services.duplication.comparisons import EXACT, FAMILY, HOME, PART, TOWN, TOWN_DIFFERS, best
from services.duplication.frequencies import term
from services.duplication.household_moves import answered, have_left, is_outnumbered
from services.duplication.household_rules import (
    APART,
    ASK,
    NAME_SOMEWHERE,
    OLD_ADDRESS,
    ORDER,
    SAME_ADDRESS,
    SAME_NAME,
    is_child_alone,
    rule_for,
)
from services.duplication.model import Model
from services.duplication.people import PersonChoice, Scored
from services.duplication.state import State

SHARED_BY_MANY = 24
"""Mentions at one address above which sharing it and a family name says nothing: a hostel."""


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


def _possible(
    state: State,
    choices: Sequence[PersonChoice],
    usable: Sequence[tuple[int, Scored]],
    home: Home | None,
    year: int,
    silent: frozenset[int],
) -> list[Possible]:
    alone = is_child_alone(choices, year)
    count = len(choices) - len(silent)
    seen: dict[UUID, set[UUID]] = {}
    weight: dict[UUID, float] = {}
    now: set[UUID] = set()
    for position, one in usable:
        if position in silent:
            continue
        # Nobody leads to a household in which they are alleged to have caused harm.
        known = [
            household_id
            for household_id in state.people[one.person_id].households
            if one.person_id not in state.households[household_id].alleged
        ]
        now.update(set(known[-1:]) & set(state.people[one.person_id].households[-1:]))
        for household_id in known:
            seen.setdefault(household_id, set()).add(one.person_id)
            weight[household_id] = max(weight.get(household_id, one.score.weight), one.score.weight)
    found: dict[UUID, Possible] = {}
    for household_id, people in seen.items():
        if any(state.are_apart(one.person_id, household_id) for _, one in usable):
            continue
        household = state.households[household_id]
        rule = rule_for(household, people, count, home, year, child_alone=alone)
        everybody = len(people) == count and len(now) == 1
        if rule == SAME_ADDRESS and everybody and have_left(household, people):
            (present,) = now
            found[present] = Possible(present, OLD_ADDRESS, len(people), weight[household_id])
        elif rule and household_id not in found:
            found[household_id] = Possible(household_id, rule, len(people), weight[household_id])
    late = answered(state, seen, home)
    at_home = [one.household_id for one in found.values() if one.rule == SAME_ADDRESS]
    late |= {id_ for id_ in at_home if is_outnumbered(state, id_, seen, year)}
    return _ranked(state, list(found.values()), home, now, late)


def _ranked(
    state: State,
    found: list[Possible],
    home: Home | None,
    now: Collection[UUID] = (),
    late: Collection[UUID] = (),
) -> list[Possible]:
    """Likeliest first. ``now``: the households in which those recognised were last; ``late``: those
    that come after all others."""

    def order(one: Possible) -> tuple[bool, int, int, bool, int, float, UUID]:
        household = state.households[one.household_id]
        level = best((home,) if home else (), household.homes, addresses.compare)
        return (
            one.household_id in late,
            ORDER.index(one.rule),
            -one.shared,
            one.household_id not in now,
            level,
            -one.weight,
            one.household_id,
        )

    return sorted(found, key=order)


def is_shared_by_many(state: State, home: Home) -> bool:
    """Whether an address is so common in this place that sharing it says nothing."""
    return state.counts.get(term("homes", home), 0) > SHARED_BY_MANY


def same_name_at_address(
    state: State,
    choices: Sequence[PersonChoice],
    home: Home | None,
    silent: frozenset[int],
) -> list[Possible]:
    """Households at the very address with the family name, where none is of those recognised.

    Not where many live: an address that is common in this place (a hostel, a tower) says nothing.
    Nor is it enough for a restricted household: who is not recognised there may be the very person
    from whom it is kept.
    """
    found: dict[UUID, Possible] = {}
    likeliest = [choice.best.person_id for choice in choices if choice.best]
    for position, choice in enumerate(choices):
        if position in silent:
            continue
        for one in choice.candidates:
            levels = one.score.levels
            if levels[HOME] != addresses.SAME or not EXACT <= levels[FAMILY] <= PART:
                continue
            common = any(is_shared_by_many(state, home) for home in choice.mention.homes)
            here = None if common else _at(state, one.person_id, home)
            if here is None or state.households[here].guarded:
                continue
            if not any(state.are_apart(known, here) for known in likeliest):
                placed = _is_placed(home, state.households[here].homes, levels[TOWN])
                rule = SAME_NAME if placed else NAME_SOMEWHERE
                found[here] = Possible(here, rule, 0, one.score.weight)
    return _ranked(state, list(found.values()), home)


def _is_placed(home: Home | None, known: Sequence[Home], towns: int) -> bool:
    """Whether an address that is the same is known to be one house: a street alone has many, and
    the commonest streets are in many towns. ``towns``: the level at which these agree; a postcode,
    or a UPRN, of either side would say if it were another."""
    if home is None or not (home.number or home.uprn):
        return False
    return 0 <= towns < TOWN_DIFFERS or any(one.postcode or one.uprn for one in (home, *known))


def _at(state: State, person_id: UUID, home: Home | None) -> UUID | None:
    """The household in which this person was at the very address: not one they moved on to."""
    for household_id in reversed(state.people[person_id].households):
        known = state.households[household_id].homes
        if home and best((home,), known, addresses.compare) == addresses.SAME:
            return household_id
    return None


def decide_household(
    model: Model,
    state: State,
    choices: Sequence[PersonChoice],
    home: Home | None,
    year: int,
    silent: frozenset[int] = frozenset(),
    *,
    by_name: bool = True,
) -> HouseholdChoice:
    """The household, or that it is new, or that a person must say.

    ``silent``: the positions of people who say nothing of it, such as an alleged perpetrator.
    ``by_name``: whether a family name at an address may be enough.
    """
    bounds = model.thresholds
    best_of = [(i, c.best) for i, c in enumerate(choices) if c.best is not None]
    certain = [(i, b) for i, b in best_of if b.score.weight >= bounds.link]
    perhaps = [(i, b) for i, b in best_of if bounds.review <= b.score.weight < bounds.link]
    sure = _possible(state, choices, certain, home, year, silent)
    if sure and sure[0].rule not in ASK:
        rival = _rival(model, state, choices, sure[0])
        return _chosen(sure, review=rival)
    unsure = _possible(state, choices, certain + perhaps, home, year, silent) if perhaps else []
    if unsure and unsure[0].rule not in ASK:
        return _chosen(unsure, review=True)
    if sure and sure[0].rule == APART:
        return _chosen(sure, review=True, people_stand=True)
    named = same_name_at_address(state, choices, home, silent) if by_name else []
    if named:
        return _chosen(named, review=named[0].rule == NAME_SOMEWHERE)
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
