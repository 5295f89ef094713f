"""What the matcher knows, in PostgreSQL, loaded for a batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from uuid import UUID

from services.duplication import cohabitation, strangers
from services.duplication.frequencies import POPULATION
from services.duplication.profile import Profile, load_homes
from services.duplication.residence import load_residents
from services.duplication.state import NOBODY, HouseholdState, PersonState, State
from services.kit.db import Connection

_COUNTED = (POPULATION, *cohabitation.COUNTED, *strangers.COUNTED)
"""The counts of a place that every decision may need."""


async def find_decided(connection: Connection, assessment_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the assessments that were decided before, or erased since: neither is decided."""
    rows = await connection.fetch(
        "select id from assessment where id = any($1::uuid[])"
        " union all select id from erased_id where id = any($1::uuid[])",
        assessment_ids,
    )
    return {row["id"] for row in rows}


@lru_cache(maxsize=4096)
def salt(place_id: str) -> int:
    """What a place's keys and terms are stored under, besides their own number: so that one column
    says both. Migration "compact" has the same."""
    return int.from_bytes(sha256(place_id.encode()).digest()[:8], signed=True)


async def load_index(
    connection: Connection,
    place_id: str,
    keys: Mapping[int, int],
    terms: Sequence[int],
    state: State,
) -> None:
    """Put into the state who in the place is filed under each key, and the terms' counts: no person
    yet. What the state has counted already is left as it is there.

    Of a key with more people than are used, only that it is so.
    """
    own = salt(place_id)
    known, wanted = list(keys), (*_COUNTED, *terms)
    row = await connection.fetchrow(
        "select b.numbers, b.people, t.numbers, t.counts from"
        " (select coalesce(array_agg(k.n), '{}') as numbers,"
        " coalesce(array_agg(people), '{}') as people"
        " from unnest($1::bigint[], $2::int[]) with ordinality as k(key, most, n)"
        " cross join lateral (select case when count(*) > k.most then ''"
        " else array_send(array_agg(person_id)) end as people from (select person_id from block_key"
        " where key = k.key limit k.most + 1) p having count(*) > 0) b) b,"
        " (select coalesce(array_agg(t.n), '{}') as numbers,"
        " coalesce(array_agg(f.count), '{}') as counts"
        " from unnest($3::bigint[]) with ordinality as t(term, n)"
        " join term_frequency f on f.term = t.term) t",
        [key ^ own for key in known],
        list(keys.values()),
        [term ^ own for term in wanted],
    )
    filed, people, counted, counts = row or ((), (), (), ())
    for number, packed in zip(filed, people, strict=True):
        key = known[number - 1]
        state.keys[key] = _ids(packed) if packed else _full(keys[key])
    for number, count in zip(counted, counts, strict=True):
        state.counts.setdefault(wanted[number - 1], count)
    state.counted.update(wanted)
    state.population = state.counts.get(POPULATION, 0)


def _ids(packed: bytes) -> list[bytes]:
    """The ids of an array as PostgreSQL sends it: 20 bytes about it, then 4 and 16 of each."""
    return list(_array_of(len(packed) // 20 - 1).unpack(packed))


@lru_cache(maxsize=1024)
def _array_of(ids: int) -> Struct:
    return Struct("20x" + ids * "4x16s")


@lru_cache(maxsize=64)
def _full(most: int) -> list[bytes]:
    """A key that more people hold than are used. Nobody is added to it."""
    return [NOBODY] * (most + 1)


async def load_profiles(
    connection: Connection, place_id: str, people: Collection[UUID], state: State
) -> None:
    """Put people into the state, but those that were asked for before; their households not yet."""
    asked = state.asked = set() if state.asked is None else state.asked
    wanted = [id_ for id_ in people if id_ not in asked]
    if not wanted:
        return
    rows = await connection.fetch(
        "select id, profile, households, mentions from person"
        " where id = any($1::uuid[]) and place_id = $2",
        wanted,
        place_id,
    )
    asked.update(wanted)
    for row in rows:
        id_, profile, households, mentions = row
        state.people[id_] = PersonState(id_, Profile.load(profile), tuple(households), mentions)


async def load_households(
    connection: Connection, households: Sequence[UUID], people: Collection[UUID], state: State
) -> None:
    """Put households into the state, and what was said of them and of these people."""
    if not people:
        return
    for row in await connection.fetch(
        "select id, homes, members, residents, provisional, restrictions, alleged from household"
        " where id = any($1::uuid[])"
        " union all select one, null, array[other], null, null, null, null from cannot_link"
        " where one = any($2::uuid[]) or other = any($2::uuid[])",
        households,
        [*households, *people],
    ):
        id_, homes, members, residents, provisional, restrictions, alleged = row
        if homes is None:
            state.apart.add((id_, members[0]))
        else:
            state.households[id_] = HouseholdState(
                id_,
                load_homes(homes),
                load_residents(residents, members),
                provisional,
                tuple(restrictions),
                tuple(alleged),
            )


async def load_meetings(connection: Connection, people: tuple[UUID, UUID], state: State) -> None:
    """Put into the state whether these two were ever seen in one assessment."""
    met: bool = await connection.fetchval(
        "select exists (select from mention one join mention other"
        " on other.assessment_id = one.assessment_id and other.person_id = $2"
        " where one.person_id = $1)",
        *people,
    )
    state.met.add(frozenset(people))
    if met:
        state.see_together(people)


async def find_keys(connection: Connection, place_id: str, person: UUID) -> set[int]:
    """The block keys that a person of the place is filed under."""
    rows = await connection.fetch("select key from block_key where person_id = $1", person)
    own = salt(place_id)
    return {row["key"] ^ own for row in rows}


async def have_room(connection: Connection, place_id: str, most: Mapping[int, int]) -> bool:
    """Whether any of these keys is held by so many people at most."""
    own = salt(place_id)
    found: bool = await connection.fetchval(
        "select exists (select from unnest($1::bigint[], $2::int[]) as k(key, most) where k.most >="
        " (select count(*) from (select from block_key where key = k.key limit k.most + 1) p))",
        [key ^ own for key in most],
        list(most.values()),
    )
    return found


async def load_people(
    connection: Connection, place_id: str, people: Sequence[UUID], state: State
) -> None:
    """Put people, every household they were in, and what was said of either into the state."""
    await load_profiles(connection, place_id, people, state)
    theirs = {h for person in state.people.values() for h in person.households}
    await load_households(connection, list(theirs), state.people, state)
