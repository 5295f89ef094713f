"""How a simulation's first households are made up: sizes, ages and ties as in life.

Shares are rough readings of the 2021 census: lone adults 30 %, couples without children 25 %,
couples with children 20 %, lone parents 11 %, the rest larger or unusual. A parent and a child of
one name, and twins, are there on purpose: they are what matching gets wrong.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from contracts.vocabulary import Relationship, Sex
from services.simulator.borough import Borough, Household, Person
from services.simulator.communities import Community, pick_community
from services.simulator.places import LOCALITIES, POPULATION, Dwelling, Home

TWINS = 0.016
SAME_NAME = 0.06
"""Share of eldest sons (and a few daughters) called after the parent."""

Members = dict[str, Relationship]
_Maker = Callable[[Borough, date, Community], Members]


def found_household(borough: Borough, today: date) -> Household:
    """A new household in a borough drawn by population, already settled on ``today``."""
    rng = borough.rng
    locality = rng.choices(LOCALITIES, POPULATION)[0]
    community = pick_community(rng, locality)
    special = rng.random()
    if special < 0.005:
        home = borough.gazetteer.institution(locality, Dwelling.REFUGE)
        return borough.form(home, _lone_mother(borough, today, community), 2, community)
    if special < 0.015:
        home = borough.gazetteer.institution(locality, Dwelling.HOSTEL)
        return borough.form(home, _lone_adult(borough, today, community), 2, community)
    if special < 0.023:
        home = borough.gazetteer.no_fixed_abode(locality)
        return borough.form(home, _lone_adult(borough, today, community), 2, community)
    if special < 0.035:
        return _sharers(borough, today, locality, community)
    if rng.random() < community.multigenerational:
        members = _three_generations(borough, today, community)
    else:
        members = rng.choices(tuple(_SHARES), tuple(_SHARES.values()))[0](borough, today, community)
    children = Relationship.CHILD in members.values()
    trouble = rng.choices((0, 1, 2), (50, 32, 18) if children else (74, 20, 6))[0]
    return borough.form(pick_home(borough, locality, len(members)), members, trouble, community)


def pick_home(borough: Borough, locality: str, people: int) -> Home:
    """Small households live in flats more often."""
    flat = borough.rng.random() < (0.4 if people == 1 else 0.2 if people == 2 else 0.08)
    return borough.gazetteer.flat(locality) if flat else borough.gazetteer.house(locality)


def children_of(
    borough: Borough, today: date, community: Community, parents: list[Person], count: int
) -> Members:
    """``count`` children of ``parents`` (the first is the mother or the only one)."""
    rng = borough.rng
    family_name = parents[-1].family_name
    ages = [min(p.age(today) for p in parents) - 19]
    age = rng.uniform(0, min(17.0, max(1.0, ages[0])))
    taken: set[str] = set()
    members: Members = {}
    while len(members) < count:
        twins = rng.random() < TWINS
        born = date.fromordinal(today.toordinal() - int(age * 365.25))
        for _ in range(2 if twins else 1):
            child = _child(borough, today, born, community, parents, family_name, taken)
            taken.add(child.given_name)
            members[child.id] = Relationship.CHILD
        age = (age + rng.uniform(1.0, 4.5)) % 17.5
    return members


def _child(
    borough: Borough,
    today: date,
    born: date,
    community: Community,
    parents: list[Person],
    family_name: str,
    taken: set[str],
) -> Person:
    rng = borough.rng
    sex = rng.choice((Sex.FEMALE, Sex.MALE))
    namesake = next((p.given_name for p in parents if p.sex is sex), "")
    named_after = sex is Sex.MALE or rng.random() < 0.2
    if taken or not (namesake and named_after and rng.random() < SAME_NAME):
        namesake = ""
    return borough.birth(
        today, born, sex, community, family_name, given_name=namesake, not_named=frozenset(taken)
    )


def _couple_of(borough: Borough, today: date, community: Community, age: int) -> list[Person]:
    """A woman and a man, or now and then a couple of one sex; married ones may share a name."""
    rng = borough.rng
    sexes = [Sex.FEMALE, Sex.MALE]
    if rng.random() < 0.03:
        sexes = [rng.choice(sexes)] * 2
    second = borough.adult(today, age + rng.randrange(-2, 5), sexes[1], community)
    first = borough.adult(today, age, sexes[0], community)
    if rng.random() < 0.6 and rng.random() >= community.wife_keeps_name:
        first = take_name(borough, first, second.family_name)
    return [first, second]


def take_name(borough: Borough, person: Person, family_name: str) -> Person:
    """``person`` under a new family name; the old one is remembered."""
    if person.family_name == family_name:
        return person
    names = (*person.previous_family_names, person.family_name)[-5:]
    renamed = replace(person, family_name=family_name, previous_family_names=names)
    borough.people[person.id] = renamed
    return renamed


def _lone_adult(borough: Borough, today: date, community: Community) -> Members:
    rng = borough.rng
    sex = rng.choice((Sex.FEMALE, Sex.MALE))
    person = borough.adult(today, rng.randrange(19, 66), sex, community)
    return {person.id: Relationship.OTHER_ADULT}


def _older_adult(borough: Borough, today: date, community: Community) -> Members:
    sex = Sex.FEMALE if borough.rng.random() < 0.65 else Sex.MALE
    person = borough.adult(today, borough.rng.randrange(66, 94), sex, community)
    return {person.id: Relationship.OTHER_ADULT}


def _couple(borough: Borough, today: date, community: Community) -> Members:
    age = borough.rng.randrange(22, 85)
    first, second = _couple_of(borough, today, community, age)
    return {first.id: Relationship.PARTNER, second.id: Relationship.PARTNER}


def _couple_with_children(borough: Borough, today: date, community: Community) -> Members:
    parents = _couple_of(borough, today, community, borough.rng.randrange(21, 48))
    members: Members = {p.id: Relationship.PARENT for p in parents}
    return members | children_of(borough, today, community, parents, _family_size(borough.rng))


def _lone_mother(borough: Borough, today: date, community: Community) -> Members:
    return _lone_parent(borough, today, community, Sex.FEMALE)


def _any_lone_parent(borough: Borough, today: date, community: Community) -> Members:
    sex = Sex.FEMALE if borough.rng.random() < 0.86 else Sex.MALE
    return _lone_parent(borough, today, community, sex)


def _lone_parent(borough: Borough, today: date, community: Community, sex: Sex) -> Members:
    parent = borough.adult(today, borough.rng.randrange(19, 50), sex, community)
    children = children_of(borough, today, community, [parent], _family_size(borough.rng))
    return {parent.id: Relationship.PARENT, **children}


def _kinship_care(borough: Borough, today: date, community: Community) -> Members:
    carer = borough.adult(today, borough.rng.randrange(48, 72), Sex.FEMALE, community)
    children = children_of(borough, today, community, [carer], borough.rng.randrange(1, 3))
    return {carer.id: Relationship.GRANDPARENT, **children}


def _three_generations(borough: Borough, today: date, community: Community) -> Members:
    members = _couple_with_children(borough, today, community)
    father = borough.people[list(members)[1]]
    age = max(55, father.age(today) + borough.rng.randrange(20, 30))
    elder = borough.adult(today, min(age, 92), Sex.FEMALE, community, father.family_name)
    return {**members, elder.id: Relationship.GRANDPARENT}


def _sharers(borough: Borough, today: date, locality: str, community: Community) -> Household:
    """Three households of one, strangers in one house; the last is returned, all are formed."""
    home = borough.gazetteer.shared_house(locality)
    for _ in range(2):
        borough.form(home, _lone_adult(borough, today, community), 1, community)
    other = pick_community(borough.rng, locality)
    return borough.form(home, _lone_adult(borough, today, other), 1, other)


def _family_size(rng: random.Random) -> int:
    return rng.choices((1, 2, 3, 4, 5), (40, 38, 15, 5, 2))[0]


_SHARES: dict[_Maker, int] = {
    _lone_adult: 17,
    _older_adult: 14,
    _couple: 24,
    _couple_with_children: 26,
    _any_lone_parent: 17,
    _kinship_care: 2,
}
