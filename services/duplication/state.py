"""What is known of one place, as far as a batch needs it: people, households, keys, counts.

In memory and mutable, so that each decision of a batch sees the ones before it. The same class
holds a whole place (tests, development) or what the store loaded for a batch. It also notes what
changed, which is what the store writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from asyncpg.pgproto import pgproto

from services.duplication import births
from services.duplication.addresses import Home
from services.duplication.profile import EMPTY, MAX_VALUES, Profile
from services.duplication.residence import Resident


@dataclass(slots=True)
class PersonState:
    """A person: profile over all mentions; ``households``: every one they were in, newest last."""

    id: UUID
    profile: Profile
    households: tuple[UUID, ...] = ()
    mentions: int = 0


@dataclass(slots=True)
class HouseholdState:
    """A household: ``homes``, where it was found, oldest first; ``residents``: who is in it now,
    and where each of them was seen last.

    ``restrictions``: why few may know of it; ``alleged``: who is alleged to have caused harm there.
    """

    id: UUID
    homes: tuple[Home, ...] = ()
    residents: dict[UUID, Resident] = field(default_factory=dict)
    provisional: bool = False
    restrictions: tuple[str, ...] = ()
    alleged: tuple[UUID, ...] = ()

    @property
    def members(self) -> tuple[UUID, ...]:
        """Those in it now."""
        return tuple(self.residents)

    @property
    def others(self) -> dict[UUID, Resident]:
        """Those in it now, without whoever is alleged to have caused harm there."""
        return {id_: one for id_, one in self.residents.items() if id_ not in self.alleged}

    @property
    def guarded(self) -> bool:
        """Whether few may know of it, or somebody is alleged to have caused harm there: then
        nothing but somebody recognised leads to it, and nothing of it to another."""
        return bool(self.restrictions or self.alleged)

    def seen_at(self, home: Home | None) -> None:
        if home is not None and home not in self.homes:
            self.homes = (*self.homes, home)[-MAX_VALUES:]

    def admit(self, person: UUID, seen: Resident) -> None:
        """Put a person in, or say where somebody in it was seen now."""
        self.residents[person] = seen.after(self.residents.get(person))


class Compared(NamedTuple):
    """A person whom a mention may be of: the profile compared with, the levels, and the most that
    these can come to."""

    person_id: UUID
    profile: Profile
    levels: list[int]
    reach: float


@dataclass(slots=True)
class Candidates:
    """A mention compared with those it may be of. ``people``: with whom; ``near`` and ``far``: who
    may come to something, and of the others the nearest; ``seen``: households of whoever agrees
    well; ``sure``: what each of these comes to above the prior, however common its values are.

    ``here``: who was at the very home; ``shared``: how many keys everybody shares, where those who
    share few are not compared yet. ``settled``: nothing but what is filed under the mention's own
    keys can change all that.
    """

    people: dict[UUID, Compared]
    near: list[Compared]
    far: list[Compared]
    seen: set[UUID]
    sure: dict[UUID, float]
    here: list[UUID]
    shared: Mapping[bytes, int] | None
    settled: bool


class Changes(NamedTuple):
    """What is to be written of a state. ``keys``: who was filed, and under which; ``counts``: to
    add."""

    people: list[PersonState]
    households: list[HouseholdState]
    keys: list[tuple[UUID, list[int]]]
    counts: dict[int, int]


as_id: Callable[[bytes], UUID] = pgproto.UUID
"""The id of 16 bytes, as the store's driver has ids: made in a tenth of the time."""
NOBODY = UUID(int=0).bytes
"""Stands for the people of a key that more of them hold than are used."""


class Sighting(NamedTuple):
    """One mention of a person: which of all mentions it was, its profile, and its block keys."""

    number: int
    profile: Profile
    keys: Mapping[int, int]


class NotLoaded(Exception):
    """Somebody, or their household, has to be known whom the batch did not load."""


class MeetingUnknown(Exception):
    """It has to be known whether ``people`` were ever seen together; nothing has changed yet."""

    def __init__(self, one: UUID, other: UUID) -> None:
        super().__init__("whether two people were seen together has to be asked of the store")
        self.people = (one, other)


class CountsUnknown(Exception):
    """It has to be known how often these ``terms`` were counted; nothing has changed yet."""

    def __init__(self, terms: Set[int]) -> None:
        super().__init__("how often values were counted has to be asked of the store")
        self.terms = terms


@dataclass(slots=True)
class State:
    """One place. ``keys``: people per block key, oldest first, at most one more than are used: of
    each the 16 bytes of the id, because what is counted of a batch are tens of thousands.
    ``ahead``: mentions (assessment, position) compared ahead; ``touched``: keys filed under since.
    ``asked``: whom the store was asked for; None where everybody is here. ``counted``: the terms
    whose counts it was asked for. ``written_people``:
    those who changed and were taken to be written. ``together``: with whom each was seen in one
    assessment, as far as that is here, which it is of the pairs ``met``. ``sightings``: where
    everybody is here, the mentions of each.
    """

    people: dict[UUID, PersonState] = field(default_factory=dict)
    households: dict[UUID, HouseholdState] = field(default_factory=dict)
    keys: dict[int, list[bytes]] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    apart: set[tuple[UUID, UUID]] = field(default_factory=set)
    population: int = 0
    ahead: dict[tuple[UUID, int], Candidates] = field(default_factory=dict)
    asked: set[UUID] | None = None
    counted: set[int] = field(default_factory=set)
    met: set[frozenset[UUID]] = field(default_factory=set)
    together: dict[UUID, set[UUID]] = field(default_factory=dict)
    sightings: dict[UUID, list[Sighting]] = field(default_factory=dict)
    mentions: int = 0
    touched: set[int] = field(default_factory=set)
    new_keys: list[tuple[UUID, list[int]]] = field(default_factory=list)
    new_counts: dict[int, int] = field(default_factory=dict)
    changed_people: dict[UUID, None] = field(default_factory=dict)
    changed_households: dict[UUID, None] = field(default_factory=dict)
    written_people: set[UUID] = field(default_factory=set)

    def sharing(self, keys: Mapping[int, int]) -> Mapping[bytes, int]:
        """People who share a usable key, by the bytes of their ids, and how many of these each
        shares."""
        held = self.keys
        usable = [
            found for key, bound in keys.items() if (found := held.get(key)) and len(found) <= bound
        ]
        return Counter(chain.from_iterable(usable))

    def candidates(self, keys: Mapping[int, int], most: int) -> list[UUID]:
        """People who share a usable key, at most ``most``: those who share most of them."""
        return sharing_most(self.sharing(keys), most)

    def crowded(self, keys: Set[int]) -> dict[int, int]:
        """Of these keys, those that more people hold than are used, whose people are not here; and
        how many that is at most."""
        found = {key: self.keys[key] for key in keys & self.keys.keys()}
        return {key: len(held) - 1 for key, held in found.items() if held and held[0] is NOBODY}

    def known(self, person: UUID) -> PersonState | None:
        """The person, or None where there is nobody of that id. NotLoaded where that is not known,
        because the store was not asked."""
        found = self.people.get(person)
        if found is None and self.asked is not None and person not in self.asked:
            raise NotLoaded
        return found

    def index(self, keys: Mapping[int, int], person: UUID) -> None:
        """File a person under keys. A key past its bound is left as it is: it is not used."""
        held, own = self.keys, person.bytes
        new = [
            key
            for key, bound in keys.items()
            if len(found := held.get(key, ())) <= bound and own not in found
        ]
        for key in new:
            held.setdefault(key, []).append(own)
        self.new_keys.append((person, new))
        self.touched.update(new)

    def check_counted(self, terms: Iterable[int]) -> None:
        """CountsUnknown where the store was not asked how often these were counted."""
        if self.asked is not None and (missing := set(terms) - self.counted):
            raise CountsUnknown(missing)

    def count(self, terms: list[int]) -> None:
        """Count the terms of a mention."""
        for term in terms:
            self.counts[term] = self.counts.get(term, 0) + 1
            self.new_counts[term] = self.new_counts.get(term, 0) + 1

    def take_changes(self) -> Changes:
        """What changed since this was last asked for, to be written."""
        taken = Changes(
            [self.people[id_] for id_ in self.changed_people],
            [self.households[id_] for id_ in self.changed_households],
            self.new_keys,
            self.new_counts,
        )
        self.written_people.update(self.changed_people)
        self.changed_people, self.changed_households = {}, {}
        self.new_keys, self.new_counts = [], {}
        return taken

    def knows_households(self, households: Iterable[UUID]) -> bool:
        """Whether all of these are in the state: a batch loads those that it needs."""
        return all(household in self.households for household in households)

    def see_together(self, people: Collection[UUID]) -> None:
        """These were seen in one assessment, so they are several."""
        for person in people:
            self.together.setdefault(person, set()).update(one for one in people if one != person)

    def were_together(self, one: UUID, other: UUID) -> bool:
        """Whether these were ever seen in one assessment. MeetingUnknown where the store was not
        asked that."""
        if other in self.together.get(one, ()):
            return True
        stored = self.asked is not None and {one, other} <= self.asked
        if stored and frozenset((one, other)) not in self.met:
            raise MeetingUnknown(one, other)
        return False

    def link_people(self, kept: UUID, other: UUID) -> None:
        """Make one person of two, where everybody is here: as a link does in the store. Whose
        households they are does not change."""
        gone, person = self.people[other], self.people[kept]
        self.take_over(kept, other)
        person.profile = EMPTY
        for one in self.sightings[kept]:
            person.profile = person.profile.joined(one.profile)
        person.mentions = len(self.sightings[kept])
        rest = [id_ for id_ in gone.households if id_ not in person.households]
        person.households = (*rest, *person.households)
        for id_ in gone.households[-1:]:
            self.households[id_].residents.pop(other, None)
        residents = self.households[person.households[-1]].residents
        if kept in residents:
            born = births.year_of(person.profile.births)
            residents[kept] = residents[kept]._replace(born=born)

    def hear_of_link(self, other: UUID, now: PersonState, keys: Set[int]) -> None:
        """The store has made one person of two, where a batch is here: ``now`` is known as either
        was. ``keys``: under which the other was filed."""
        kept = now.id
        del self.people[other]
        self.people[kept] = now
        if self.asked is not None:
            self.asked |= {kept, other}
        self.written_people.add(kept)
        for key in keys & self.keys.keys():
            held = self.keys[key]
            if other.bytes in held:
                held.remove(other.bytes)
                if kept.bytes not in held:
                    held.append(kept.bytes)
                self.touched.add(key)
        self.met = {pair for pair in self.met if kept not in pair}
        self._meet_as(kept, other)

    def _meet_as(self, kept: UUID, other: UUID) -> None:
        for met in self.together.pop(other, ()):
            self.together[met].discard(other)
            self.see_together((kept, met))

    def take_over(self, kept: UUID, other: UUID) -> None:
        """Nobody is ``other`` any more: file ``kept`` under what was said of either."""
        del self.people[other]
        seen = self.sightings[kept] = sorted(
            (*self.sightings.pop(kept), *self.sightings.pop(other))
        )
        for key in {key for one in seen for key in one.keys}:
            if other.bytes in (held := self.keys[key]):
                held.remove(other.bytes)
        for one in seen:
            self.index(one.keys, kept)
        self._meet_as(kept, other)

    def are_apart(self, one: UUID, other: UUID) -> bool:
        """Whether a person said that these two (people or households) are not one."""
        return (one, other) in self.apart or (other, one) in self.apart


def sharing_most(shared: Mapping[bytes, int], most: int) -> list[UUID]:
    """At most so many people, those who share most keys."""
    people: Iterable[bytes] = shared
    if len(shared) > most:
        people = sorted(sorted(shared), key=shared.__getitem__, reverse=True)[:most]
    return [as_id(person) for person in people]
