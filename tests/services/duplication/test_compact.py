"""The migration "compact" on real PostgreSQL: what was stored is found as it was."""

from __future__ import annotations

import json
from importlib.resources import files
from uuid import uuid4

import asyncpg

from services.duplication.addresses import Home
from services.duplication.blocking import block_keys
from services.duplication.frequencies import POPULATION, term
from services.duplication.model import load
from services.duplication.profile import EMPTY, Profile
from services.duplication.state import State
from services.duplication.store.matching import load_index, load_people
from services.kit import db
from tests.conftest import StackFactory
from tests.stack import PLACE

MIGRATIONS = files("services.duplication") / "migrations"
KNOWN = Profile(
    given=("amina", "mina"),
    family=("el sayed", "o'neill"),
    births=("19880412", "1988XX12"),
    identifiers=("nhs_number:9990000018", "other.gp:A|B\\1"),
    emails=("a.sayed@example.org",),
    homes=(Home("3/12", "milton road", "WN12AB", ""), Home("", "", "M11AA", "900000000001")),
    towns=("wigan",),
)


def as_it_was(profile: Profile) -> str:
    return json.dumps({field: value for field, value in profile._asdict().items() if value})


async def test_profiles_homes_keys_and_counts_are_carried_over(open_stack: StackFactory) -> None:
    person, nobody, household, elsewhere = (uuid4() for _ in range(4))
    keys = block_keys(load().rules, KNOWN)
    terms = [POPULATION, term("given", "amina")]
    async with open_stack(topics=False) as stack:
        connection = await asyncpg.connect(stack.dsn, server_settings={"search_path": "old"})
        await connection.execute("create schema old")
        scripts = sorted(f.name for f in MIGRATIONS.iterdir() if f.name.endswith(".sql"))
        compact = next(n for n, name in enumerate(scripts) if name.endswith("_compact.sql"))
        kit = files("services.kit") / "migrations"
        for script in sorted(kit.iterdir(), key=lambda f: f.name):
            await connection.execute(script.read_text("utf-8"))
        for name in scripts[:compact]:
            await connection.execute((MIGRATIONS / name).read_text("utf-8"))
        await connection.executemany(
            "insert into person (id, place_id, profile, households, mentions)"
            " values ($1, $2, $3, $4, $5)",
            [
                (person, PLACE, as_it_was(KNOWN), [household], 2),
                (nobody, PLACE, "{}", [], 0),
                (elsewhere, "west-midlands", as_it_was(KNOWN), [household], 1),
            ],
        )
        await connection.execute(
            "insert into household (id, place_id, homes, members, provisional, first_seen)"
            " values ($1, $2, $3, $4, true, now())",
            household,
            PLACE,
            json.dumps(KNOWN.homes),
            [person],
        )
        await connection.executemany(
            "insert into block_key (place_id, key, person_id) values ($1, $2, $3)",
            [(PLACE, key, person) for key in keys]
            + [("west-midlands", key, elsewhere) for key in keys],
        )
        await connection.executemany(
            "insert into term_frequency (place_id, term, count) values ($1, $2, $3)",
            [(PLACE, one, 7) for one in terms] + [("west-midlands", one, 1) for one in terms],
        )
        for name in scripts[compact:]:
            await connection.execute((MIGRATIONS / name).read_text("utf-8"))
        await connection.close()

        pool = await db.create_pool(stack.dsn, "old", 1)
        async with pool.acquire() as held:
            state = State(asked=set())
            await load_index(held, PLACE, keys, terms[1:], state)
            found = State()
            await load_people(held, PLACE, [person, nobody, elsewhere], found)
        await pool.close()
    assert state.keys == {key: [person.bytes] for key in keys}
    assert state.counts == dict.fromkeys(terms, 7)
    assert state.population == 7
    assert found.people.keys() == {person, nobody}
    assert found.people[person].profile == KNOWN
    assert found.people[nobody].profile == EMPTY
    assert found.households[household].homes == KNOWN.homes
    assert found.households[household].provisional
