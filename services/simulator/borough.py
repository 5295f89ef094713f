"""Who lives in the simulated borough: people and households as they truly are.

Ids here are the truth. ``Borough`` is the one mutable thing; people and households are values.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date

from contracts.vocabulary import Need, Relationship, Restriction, Sex
from services.simulator import region
from services.simulator.communities import (
    COMMUNITIES,
    Community,
    pick_family_name,
    pick_given_name,
)
from services.simulator.identifiers import Register
from services.simulator.places import Dwelling, Gazetteer, Home


@dataclass(frozen=True, slots=True)
class Person:
    """A person. Identifiers are empty where the person has none."""

    id: str
    given_name: str
    middle_names: str
    family_name: str
    born: date
    sex: Sex
    community: str
    nhs_number: str
    nino: str = ""
    upn: str = ""
    uln: str = ""
    pnc_id: str = ""
    phone: str = ""
    email: str = ""
    previous_family_names: tuple[str, ...] = ()

    def age(self, today: date) -> int:
        """Whole years on ``today``."""
        had_birthday = (today.month, today.day) >= (self.born.month, self.born.day)
        return today.year - self.born.year - (not had_birthday)


@dataclass(frozen=True, slots=True)
class Household:
    """People who live as one, now. ``trouble``: 0 little, 1 some, 2 much."""

    id: str
    home: Home
    members: dict[str, Relationship]
    trouble: int
    needs: tuple[Need, ...]
    restrictions: tuple[Restriction, ...] = ()
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    previous_home: Home | None = None


class Borough:
    """The people and households of a simulation, and what issues their ids and homes."""

    def __init__(self, rng: random.Random, households: int, *, wide: bool = False) -> None:
        """``size``: households to be founded. ``wide``: names, streets and numbers of a region."""
        self.rng = rng
        self.size = households
        self.register = Register(rng, wide=wide)
        self.gazetteer = Gazetteer(rng, self.register, households, wide=wide)
        self._given_name = region.given_name if wide else pick_given_name
        self._family_name = region.family_name if wide else pick_family_name
        self.people: dict[str, Person] = {}
        self.households: dict[str, Household] = {}
        self.formed: list[str] = []
        """Households formed, the newest last; whoever reads it clears it."""
        self._people_born = 0
        self._households_formed = 0

    def birth(
        self,
        today: date,
        born: date,
        sex: Sex,
        community: Community,
        family_name: str,
        *,
        given_name: str = "",
        not_named: frozenset[str] = frozenset(),
    ) -> Person:
        """A new person, born on ``born``. ``not_named``: their siblings' names, not given twice."""
        rng, register = self.rng, self.register
        self._people_born += 1
        while not given_name or given_name in not_named:
            given_name = self._given_name(rng, community.name, sex, born.year)
        middle = rng.random() < (0.1 if community.name == "south_asian" else 0.55)
        draft = Person(
            f"p{self._people_born:07d}",
            given_name,
            self._given_name(rng, community.name, sex, born.year - 25) if middle else "",
            family_name,
            born,
            sex,
            community.name,
            register.nhs_number(),
        )
        age = draft.age(today)
        person = replace(
            draft,
            nino=register.nino() if age >= 16 else "",
            upn=register.upn() if 4 <= age < 17 else "",
            uln=register.uln() if 14 <= age < 24 else "",
            pnc_id=register.pnc_id(today.year - rng.randrange(5))
            if 14 <= age < 70 and rng.random() < 0.08
            else "",
            phone=register.phone(landline=age > 65) if age >= 13 and rng.random() < 0.9 else "",
            email=register.email(given_name, family_name)
            if age >= 13 and rng.random() < 0.6
            else "",
        )
        self.people[person.id] = person
        return person

    def adult(
        self, today: date, age: int, sex: Sex, community: Community, family_name: str = ""
    ) -> Person:
        """A new adult of about ``age``, with a family name of their community unless given."""
        return self.birth(
            today,
            self.birthday(today, age),
            sex,
            community,
            family_name or self._family_name(self.rng, community.name),
        )

    def birthday(self, today: date, age: int) -> date:
        """A date of birth that makes someone ``age`` on ``today``."""
        return date.fromordinal(today.toordinal() - int((age + self.rng.random()) * 365.25))

    def form(
        self, home: Home, members: dict[str, Relationship], trouble: int, community: Community
    ) -> Household:
        """A new household with needs, and the languages and skills it asks for."""
        rng = self.rng
        self._households_formed += 1
        needs = tuple(rng.sample(tuple(Need), 1 + trouble + rng.randrange(2)))
        foreign = community.languages and rng.random() < 0.3
        restrictions: tuple[Restriction, ...] = ()
        if home.dwelling is Dwelling.REFUGE:
            restrictions = (Restriction.REFUGE, Restriction.DOMESTIC_ABUSE)
        elif rng.random() < 0.008:
            restrictions = (rng.choice(tuple(Restriction)[:3]),)
        household = Household(
            f"h{self._households_formed:07d}",
            home,
            members,
            trouble,
            needs,
            restrictions,
            (rng.choice(community.languages),) if foreign else (),
            (rng.choice(_SKILLS),) if rng.random() < 0.06 else (),
        )
        self.households[household.id] = household
        self.formed.append(household.id)
        return household

    def community_of(self, household: Household) -> Community:
        """The community of the first member."""
        first = next(iter(household.members))
        return COMMUNITIES[self.people[first].community]

    def change(self, household: Household) -> None:
        """Store ``household`` as it is now; one with no member left is gone."""
        if household.members:
            self.households[household.id] = household
        else:
            self.households.pop(household.id, None)


_SKILLS = ("young-carers", "autism", "british-sign-language", "substance-use", "trauma", "debt")
