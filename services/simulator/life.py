"""What happens to households between assessments: moves, births, deaths, partings, new partners.

Truth follows people. A household that moves whole keeps its id; who leaves it forms a new one or
joins another, and that other keeps its id.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from contracts.vocabulary import Relationship, Sex
from services.simulator.borough import Borough, Household, Person
from services.simulator.founding import TWINS, pick_home, take_name
from services.simulator.places import LOCALITIES, Dwelling, Home

EVENTS_A_YEAR = (0.25, 0.5, 0.9)
"""Life events per household and year, by trouble."""

ADULTS = frozenset({Relationship.PARENT, Relationship.PARTNER, Relationship.OTHER_ADULT})


def live(borough: Borough, household: Household, today: date) -> None:
    """One life event befalls ``household``, whichever its circumstances make likely."""
    people = [borough.people[p] for p in household.members]
    couple = [p for p in people if household.members[p.id] in ADULTS]
    weights = {
        _move: 4.0,
        _die: sum(max(0, p.age(today) - 62) for p in people) * 0.06,
        _have_child: 2.0 if _mother(people, today) else 0.0,
        _part: 1.6 if len(couple) == 2 else 0.0,
        _take_partner: 1.6 if len(couple) == 1 and couple[0].age(today) < 60 else 0.0,
        _leave_home: 2.0 if _grown_child(household, people, today) else 0.0,
        _marry: 0.6 if len({p.family_name for p in couple}) == 2 and len(couple) == 2 else 0.0,
        _new_nhs_number: 0.03,
    }
    happen = borough.rng.choices(tuple(weights), tuple(weights.values()))[0]
    happen(borough, household, today)


def _move(borough: Borough, household: Household, _today: date) -> None:
    """The whole household, mostly within its borough."""
    rng = borough.rng
    locality = household.home.locality if rng.random() < 0.85 else rng.choice(LOCALITIES)
    evicted = household.trouble == 2 and len(household.members) == 1 and rng.random() < 0.2
    home = (
        borough.gazetteer.no_fixed_abode(locality)
        if evicted
        else pick_home(borough, locality, len(household.members))
    )
    borough.change(replace(household, home=home, previous_home=household.home))


def _die(borough: Borough, household: Household, today: date) -> None:
    """The oldest member; children left alone go on being a household with a carer to come."""
    oldest = min((borough.people[p] for p in household.members), key=lambda p: p.born)
    left = {p: tie for p, tie in household.members.items() if p != oldest.id}
    if left and all(borough.people[p].age(today) < 18 for p in left):
        aunt = borough.adult(today, 45, Sex.FEMALE, borough.community_of(household))
        left = {aunt.id: Relationship.CARER, **left}
    borough.change(replace(household, members=left))


def _have_child(borough: Borough, household: Household, today: date) -> None:
    mother = _mother([borough.people[p] for p in household.members], today)
    if mother is None:
        return
    fathers = [borough.people[p] for p, tie in household.members.items() if tie in ADULTS]
    family_name = (fathers or [mother])[-1].family_name
    siblings = {borough.people[p].given_name for p in household.members}
    members: dict[str, Relationship] = {
        p: Relationship.PARENT if tie is Relationship.PARTNER or p == mother.id else tie
        for p, tie in household.members.items()
    }
    for _ in range(2 if borough.rng.random() < TWINS else 1):
        sex = borough.rng.choice((Sex.FEMALE, Sex.MALE))
        child = borough.birth(
            today,
            today,
            sex,
            borough.community_of(household),
            family_name,
            not_named=frozenset(siblings),
        )
        siblings.add(child.given_name)
        members[child.id] = Relationship.CHILD
    borough.change(replace(household, members=members))


def _part(borough: Borough, household: Household, _today: date) -> None:
    """One of a couple leaves, sometimes with a child, for a home or a refuge nearby."""
    rng = borough.rng
    couple = [p for p, tie in household.members.items() if tie in ADULTS]
    goes = couple[1] if rng.random() < 0.75 else couple[0]
    children = [p for p, tie in household.members.items() if tie is Relationship.CHILD]
    taken = [p for p in children if rng.random() < (0.1 if goes == couple[1] else 0.8)]
    own = Relationship.PARENT if taken else Relationship.OTHER_ADULT
    flees = borough.people[goes].sex is Sex.FEMALE and household.trouble == 2 and bool(taken)
    locality = household.home.locality
    home = (
        borough.gazetteer.institution(locality, Dwelling.REFUGE)
        if flees
        else pick_home(borough, locality, 1 + len(taken))
    )
    _set_out(borough, household, {goes: own} | dict.fromkeys(taken, Relationship.CHILD), home)


def _leave_home(borough: Borough, household: Household, today: date) -> None:
    grown = _grown_child(household, [borough.people[p] for p in household.members], today)
    if grown is not None:
        home = borough.gazetteer.flat(household.home.locality)
        _set_out(borough, household, {grown.id: Relationship.OTHER_ADULT}, home)


def _take_partner(borough: Borough, household: Household, today: date) -> None:
    """Someone moves in: from a household of one, who is known elsewhere, or from outside."""
    rng = borough.rng
    adult = next(borough.people[p] for p, tie in household.members.items() if tie in ADULTS)
    age = max(18, adult.age(today) + rng.randrange(-6, 7))
    sex = Sex.MALE if adult.sex is Sex.FEMALE else Sex.FEMALE
    joiner = _single(borough, household, today, age, sex)
    if joiner is None:
        joiner = borough.adult(today, age, sex, borough.community_of(household))
    tie = Relationship.PARTNER
    borough.change(replace(household, members={**household.members, joiner.id: tie}))


def _single(
    borough: Borough, household: Household, today: date, age: int, sex: Sex
) -> Person | None:
    """A known person living alone who would suit, out of a few looked at."""
    ids = tuple(borough.households)
    for household_id in borough.rng.choices(ids, k=12):
        other = borough.households[household_id]
        if other.id == household.id or len(other.members) != 1:
            continue
        person = borough.people[next(iter(other.members))]
        if person.sex is sex and abs(person.age(today) - age) <= 10:
            borough.change(replace(other, members={}))
            return person
    return None


def _marry(borough: Borough, household: Household, _today: date) -> None:
    """She, or now and then he, takes the other's name."""
    first, second = (borough.people[p] for p, tie in household.members.items() if tie in ADULTS)
    changes, keeps = (first, second) if first.sex is Sex.FEMALE else (second, first)
    take_name(borough, changes, keeps.family_name)


def _new_nhs_number(borough: Borough, household: Household, _today: date) -> None:
    """A number is superseded, after adoption or a clerical error."""
    person = borough.people[next(iter(household.members))]
    borough.people[person.id] = replace(person, nhs_number=borough.register.nhs_number())


def _set_out(
    borough: Borough, household: Household, leaving: dict[str, Relationship], home: Home
) -> None:
    left = {p: tie for p, tie in household.members.items() if p not in leaving}
    borough.change(replace(household, members=left))
    community = borough.community_of(replace(household, members=leaving))
    formed = borough.form(home, leaving, household.trouble, community)
    borough.change(replace(formed, previous_home=household.home))


def _mother(people: list[Person], today: date) -> Person | None:
    women = (p for p in people if p.sex is Sex.FEMALE and 18 <= p.age(today) <= 42)
    return next(women, None)


def _grown_child(household: Household, people: list[Person], today: date) -> Person | None:
    grown = (
        p for p in people if household.members[p.id] is Relationship.CHILD and p.age(today) >= 18
    )
    return next(grown, None)
