"""One assessment decided and applied to what is known: the step that a place's history folds over.

Ids derive from the assessment alone, so that deciding the same history again gives the same people
and households, in whatever batches it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.assessments import Submission
from contracts.envelope import derive_id
from services.duplication import addresses, births, strangers
from services.duplication.addresses import Home
from services.duplication.blocking import block_keys
from services.duplication.frequencies import POPULATION, terms
from services.duplication.household import HouseholdChoice, decide_household
from services.duplication.household_rules import SAME_ADDRESS
from services.duplication.joining import Joined, joined_households
from services.duplication.model import Model
from services.duplication.normalise import submission_profiles
from services.duplication.one_person import OnePerson, one_person
from services.duplication.people import PersonChoice, Scored, homes_counted, score_people
from services.duplication.profile import Profile
from services.duplication.residence import Resident
from services.duplication.restricting import (
    alleged_here,
    both,
    carried,
    kept_apart,
    known_in,
    restrictions_of,
    silent_positions,
)
from services.duplication.state import HouseholdState, PersonState, Sighting, State
from services.duplication.strangers import strangers_at_home


@dataclass(frozen=True, slots=True)
class Assessed:
    """An assessment as matching takes it. ``keys``: of each mention; ``year``: when recorded;
    ``at``: when received, in seconds since 1970.

    ``alleged``: which mentions are of somebody alleged to have caused harm; ``restrictions``: why
    few may know of it.
    """

    id: UUID
    mentions: tuple[Profile, ...]
    keys: tuple[Mapping[int, int], ...]
    home: Home | None
    year: int
    at: int
    alleged: frozenset[int] = frozenset()
    restrictions: tuple[str, ...] = ()


def assessed(model: Model, id_: UUID, submission: Submission, received: datetime) -> Assessed:
    """A submission as the matcher takes it."""
    mentions = submission_profiles(submission)
    return Assessed(
        id_,
        mentions,
        tuple(block_keys(model.rules, mention) for mention in mentions),
        addresses.home(submission.address),
        submission.recorded_at.year,
        int(received.timestamp()),
        frozenset(i for i, person in enumerate(submission.people) if person.alleged_perpetrator),
        restrictions_of(submission),
    )


@dataclass(frozen=True, slots=True)
class Link:
    """The person that a mention is said to be of. ``new``: first seen here."""

    person_id: UUID
    new: bool
    choice: PersonChoice


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was decided of one assessment. ``left``: (person, household) memberships that ended;
    ``joins``: other households that it connects with this one; ``alleged``: those of the people who
    are alleged to have caused harm in this household; ``apart``: the households of others that are
    kept apart from it because of them. ``elsewhere``: people seen who live in another household;
    ``restrictions``: why few may know of the assessment; ``restricts``: whether that is news of
    the household; ``same``: people known apart whom it shows to be one."""

    assessment_id: UUID
    links: tuple[Link, ...]
    household_id: UUID
    new_household: bool
    choice: HouseholdChoice
    previous_households: tuple[UUID, ...]
    left: tuple[tuple[UUID, UUID], ...]
    joins: tuple[Joined, ...] = ()
    alleged: tuple[UUID, ...] = ()
    apart: tuple[UUID, ...] = ()
    elsewhere: tuple[UUID, ...] = ()
    restrictions: tuple[str, ...] = ()
    restricts: bool = False
    same: tuple[OnePerson, ...] = ()

    @property
    def review(self) -> bool:
        return self.choice.review


def resolve(
    model: Model,
    state: State,
    taken: Assessed,
    answered: Callable[[HouseholdChoice], HouseholdChoice] = lambda choice: choice,
) -> Resolution:
    """Decide one assessment against the state, and apply it to the state. ``answered``: the choice
    of a household as it stands when questions are answered at once; nobody does, but to measure."""
    ahead = [state.ahead.get((taken.id, i)) for i in range(len(taken.mentions))]
    choices = score_people(model, state, taken.mentions, taken.keys, taken.year, ahead)
    silent = silent_positions(state, choices, taken.alleged, model.thresholds.review)
    choice = answered(
        decide_household(
            model,
            state,
            choices,
            taken.home,
            taken.year,
            silent,
            # A name at an address may be the very person from whom the others are kept.
            by_name=not (taken.restrictions or taken.alleged),
        )
    )
    links = _links(model, state, taken, choices, choice)
    new_household = choice.household_id is None or choice.review
    household_id = (
        derive_id(taken.id, "household")
        if new_household or choice.household_id is None
        else choice.household_id
    )
    people = [link.person_id for link in links]
    alleged = alleged_here(state, household_id, people, taken.alleged)
    previous = _previous(state, links, alleged)
    apart = kept_apart(state, household_id, people, alleged)
    others = [link for link in links if link.person_id not in alleged]
    elsewhere = tuple(
        one
        for one in alleged
        if (known := state.people.get(one)) and known.households[-1:] not in ((), (household_id,))
    )
    restrictions = both(
        taken.restrictions,
        carried(state, [link.person_id for link in links if not link.new], alleged),
    )
    if choice.review:
        # Until a person has said, it may be of any of these.
        for possible in choice.candidates:
            restrictions = both(restrictions, state.households[possible.household_id].restrictions)
    before = state.households.get(household_id)
    restricted = set(before.restrictions) if before else set()
    # Where few may know of this household, nothing of it leads to another.
    guarded = restrictions or alleged or (before is not None and before.guarded)
    known_people = [(link.person_id, link.choice) for link in others if not link.new]
    same: tuple[OnePerson, ...] = ()
    if not choice.review and not guarded:
        same = one_person(model, state, known_people, people, taken.year)
    joins: tuple[Joined, ...] = ()
    if not new_household:
        linked = [(person_id, own.weight) for person_id, own in known_people]
        linked += [(one.other, one.weight) for one in same]
        joins = joined_households(state, household_id, linked)
    elif not choice.review and not guarded:
        at_home = (person for one in choices for person in one.here)
        joins = strangers_at_home(state, household_id, people, taken.home, at_home)
    counted = homes_counted(model, taken.home is not None, [link.choice for link in links])
    if choice.rule == SAME_ADDRESS and before is not None and not choice.review:
        counted += strangers.counted(before.residents, people)
    state.count(counted)
    left = apply(
        state,
        taken,
        links,
        household_id,
        review=choice.review,
        alleged=alleged,
        restrictions=restrictions,
    )
    if state.asked is None:
        for one in same:
            state.link_people(one.kept, one.other)
    return Resolution(
        taken.id,
        links,
        household_id,
        new_household,
        choice,
        previous,
        left,
        joins,
        alleged,
        apart,
        elsewhere,
        restrictions,
        set(state.households[household_id].restrictions) != restricted,
        same,
    )


def _links(
    model: Model,
    state: State,
    taken: Assessed,
    choices: Sequence[PersonChoice],
    choice: HouseholdChoice,
) -> tuple[Link, ...]:
    links = []
    for position, person in enumerate(choices):
        doubtful = choice.review and not choice.people_stand
        known = None if doubtful else _known(model, state, person.best, choice)
        if known is None:
            links.append(Link(derive_id(taken.id, "person", position), new=True, choice=person))
        else:
            links.append(Link(known.person_id, new=False, choice=person))
    return tuple(links)


def _known(
    model: Model, state: State, one: Scored | None, choice: HouseholdChoice
) -> Scored | None:
    if one is None:
        return None
    if one.score.weight >= model.thresholds.link:
        return one
    inside = choice.household_id in state.people[one.person_id].households
    return one if inside and one.score.weight >= model.thresholds.within else None


def _previous(state: State, links: Sequence[Link], alleged: Sequence[UUID]) -> tuple[UUID, ...]:
    """Where they were before: never through somebody alleged to have caused harm, here or there."""
    found: dict[UUID, None] = {}
    for link in links:
        if link.new or link.person_id in alleged:
            continue
        for household_id in state.people[link.person_id].households:
            if link.person_id not in state.households[household_id].alleged:
                found[household_id] = None
    return tuple(found)


def apply(
    state: State,
    taken: Assessed,
    links: Sequence[Link],
    household_id: UUID,
    *,
    review: bool,
    alleged: Sequence[UUID] = (),
    restrictions: tuple[str, ...] = (),
) -> tuple[tuple[UUID, UUID], ...]:
    """Put what was decided of an assessment into the state: its people, and all of them into the
    household. The (person, household) memberships that ended."""
    _apply_people(state, links)
    return _apply_household(state, taken, links, household_id, review, alleged, restrictions)


def _apply_people(state: State, links: Sequence[Link]) -> None:
    for link in links:
        mention = link.choice.mention
        known = state.people.get(link.person_id)
        if known is None:
            state.people[link.person_id] = PersonState(link.person_id, mention, (), 1)
            state.population += 1
            state.count([POPULATION])
        else:
            known.profile = known.profile.joined(mention)
            known.mentions += 1
        state.index(link.choice.keys, link.person_id)
        if state.asked is None:
            seen = Sighting(state.mentions, mention, link.choice.keys)
            state.sightings.setdefault(link.person_id, []).append(seen)
            state.mentions += 1
        state.count(terms(mention))
        state.changed_people[link.person_id] = None
    if len(links) > 1:
        state.see_together([link.person_id for link in links])


def _apply_household(
    state: State,
    taken: Assessed,
    links: Sequence[Link],
    household_id: UUID,
    review: bool,
    alleged: Sequence[UUID],
    restrictions: tuple[str, ...],
) -> tuple[tuple[UUID, UUID], ...]:
    """Put everybody seen into the household; whoever was in another has left it, but for those who
    are alleged to have caused harm in this one: they stay where they are."""
    household = state.households.get(household_id)
    if household is None:
        household = HouseholdState(household_id, provisional=review)
        state.households[household_id] = household
    household.seen_at(taken.home)
    household.restrictions = both(household.restrictions, restrictions)
    household.alleged = both(household.alleged, alleged)
    state.changed_households[household_id] = None
    left = []
    for link in links:
        person = state.people[link.person_id]
        current = person.households[-1] if person.households else None
        if link.person_id in alleged and current not in (None, household_id):
            person.households = known_in(person.households, household_id)
            continue
        if current is not None and current != household_id:
            former = state.households.get(current)
            if former is not None and link.person_id in former.residents:
                del former.residents[link.person_id]
                state.changed_households[current] = None
            left.append((link.person_id, current))
        if current != household_id:
            others = tuple(h for h in person.households if h != household_id)
            person.households = (*others, household_id)
        born = births.year_of(person.profile.births)
        household.admit(link.person_id, Resident(taken.home, taken.at, born))
    return tuple(left)
