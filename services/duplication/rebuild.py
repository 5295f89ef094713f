"""People and households as their mentions say: rebuilt whenever pointers have been moved. Pure.

A mention points at a person and its assessment at a household; profiles, members, homes and spells
follow from these alone. So a change is undone by moving the pointers back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.assessments import Address, Person
from services.duplication import births
from services.duplication.blocking import block_keys
from services.duplication.model import Model
from services.duplication.normalise import person_profile
from services.duplication.profile import EMPTY, Profile
from services.duplication.residence import Resident
from services.duplication.restricting import known_in
from services.duplication.state import HouseholdState, PersonState


@dataclass(frozen=True, slots=True)
class Mention:
    """One person in one assessment as stored. Given in the order of arrival."""

    assessment_id: UUID
    position: int
    person_id: UUID
    household_id: UUID
    received_at: datetime
    as_given: Mapping[str, Any]
    address: Mapping[str, Any] | None

    def profile(self) -> Profile:
        """What the matcher makes of it."""
        home = Address.model_validate(self.address) if self.address else None
        return person_profile(Person.model_validate(self.as_given), home)


@dataclass(frozen=True, slots=True)
class Spell:
    """A person's time in a household."""

    household_id: UUID
    person_id: UUID
    since: datetime
    until: datetime | None


@dataclass(slots=True)
class Rebuilt:
    """What the mentions come to. ``keys``: block keys by person."""

    people: dict[UUID, PersonState] = field(default_factory=dict)
    households: dict[UUID, HouseholdState] = field(default_factory=dict)
    spells: list[Spell] = field(default_factory=list)
    keys: dict[UUID, set[int]] = field(default_factory=dict)


def rebuild(model: Model, mentions: Sequence[Mention], households: Sequence[UUID]) -> Rebuilt:
    """``mentions``: all of everybody concerned; ``households``: those to state anew."""
    built = Rebuilt(households={id_: HouseholdState(id_) for id_ in households})
    since: dict[UUID, datetime] = {}
    seen: dict[UUID, Resident] = {}
    alleged = {
        (m.household_id, m.person_id) for m in mentions if m.as_given.get("alleged_perpetrator")
    }
    for mention in mentions:
        person_id, household_id = mention.person_id, mention.household_id
        person = built.people.setdefault(person_id, PersonState(person_id, EMPTY))
        profile = mention.profile()
        person.profile = person.profile.joined(profile)
        person.mentions += 1
        built.keys.setdefault(person_id, set()).update(block_keys(model.rules, profile))
        current = person.households[-1] if person.households else None
        if current is not None and (household_id, person_id) in alleged:
            # Whoever is alleged to have caused harm in a household has not moved there.
            person.households = known_in(person.households, household_id)
            if current != household_id:
                if household_id in built.households and profile.homes:
                    built.households[household_id].seen_at(profile.homes[-1])
                continue
        elif current != household_id:
            if current is not None:
                built.spells.append(
                    Spell(current, person_id, since[person_id], mention.received_at)
                )
            since[person_id] = mention.received_at
            seen.pop(person_id, None)
            rest = tuple(h for h in person.households if h != household_id)
            person.households = (*rest, household_id)
        home = profile.homes[-1] if profile.homes else None
        if household_id in built.households:
            built.households[household_id].seen_at(home)
        born = births.year_of(person.profile.births)
        seen[person_id] = Resident(home, int(mention.received_at.timestamp()), born).after(
            seen.get(person_id)
        )
    for person in built.people.values():
        last = person.households[-1]
        built.spells.append(Spell(last, person.id, since[person.id], None))
        if last in built.households:
            built.households[last].admit(person.id, seen[person.id])
    return built
