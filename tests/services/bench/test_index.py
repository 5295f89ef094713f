"""An index filled at once holds what the service would have filed, under the same constraints."""

from __future__ import annotations

from collections import Counter

from services.bench.index import PLACE, fill, found
from services.duplication.blocking import block_keys
from services.duplication.frequencies import POPULATION, terms
from services.duplication.model import load
from services.duplication.profile import Profile
from services.duplication.state import State
from services.duplication.store.matching import load_index, salt
from services.kit.db import Pool, create_pool
from tests.conftest import StackFactory

DEFINITIONS = (
    "select indexdef as was from pg_indexes where schemaname = 'duplication'"
    " union all select conrelid::regclass || ' ' || conname || pg_get_constraintdef(oid)"
    " from pg_constraint where connamespace = 'duplication'::regnamespace order by 1"
)


async def definitions(pool: Pool) -> list[str]:
    return [row["was"] for row in await pool.fetch(DEFINITIONS)]


async def test_it_is_what_the_service_would_have_filed(open_stack: StackFactory) -> None:
    model = load()
    async with open_stack("duplication", topics=False) as stack:
        pool = await create_pool(stack.dsn, "duplication", 1)
        before = await definitions(pool)
        world = found(3, 2500, lambda *_: None)
        await fill(pool, model, world, 3, lambda *_: None)
        assert await definitions(pool) == before

        people = await pool.fetch("select id, profile from person")
        assert len(people) == len(world.people) >= 2500
        profiles = {row["id"]: Profile.load(row["profile"]) for row in people}
        counted = Counter(term for profile in profiles.values() for term in terms(profile))
        held = {
            row["term"] ^ salt(PLACE): row["count"]
            for row in await pool.fetch("select term, count from term_frequency")
        }
        assert held == counted | {POPULATION: len(people)}

        bounds: dict[int, int] = {}
        filed: dict[int, set[object]] = {}
        for id_, profile in profiles.items():
            for key, bound in block_keys(model.rules, profile).items():
                bounds[key] = bound
                filed.setdefault(key, set()).add(id_.bytes)
        async with pool.acquire() as connection:
            state = State(asked=set())
            await load_index(connection, PLACE, bounds, [], state)
        await pool.close()
    past = [key for key, who in filed.items() if len(who) > bounds[key]]
    assert past
    assert {key: set(who) for key, who in state.keys.items() if key not in set(past)} == {
        key: who for key, who in filed.items() if key not in set(past)
    }
    assert all(len(state.keys[key]) == bounds[key] + 1 for key in past)
