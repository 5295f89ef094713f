"""A new place is matched by indexes from the first on, before PostgreSQL has analysed."""

from __future__ import annotations

from uuid import uuid4

from services.duplication.state import State
from services.duplication.store.linking import FORGET_SPELLS
from services.duplication.store.matching import load_index
from services.kit import db
from tests.conftest import StackFactory
from tests.stack import PLACE

FILED = 3000


async def test_a_plan_made_while_a_table_was_empty_does_not_read_all_of_it_later(
    open_stack: StackFactory,
) -> None:
    async with open_stack("duplication") as stack:
        pool = await db.create_pool(stack.dsn, "duplication", size=1)
        try:
            async with pool.acquire() as connection:
                await connection.execute("alter table block_key set (autovacuum_enabled = off)")
                keys = dict.fromkeys(range(20), 50)
                await load_index(connection, PLACE, keys, [], State())
                await connection.execute(
                    "insert into block_key select n, gen_random_uuid()"
                    " from generate_series(1, $1::bigint) n",
                    FILED,
                )
                before = await connection.fetchval(
                    "select pg_stat_get_xact_tuples_returned('block_key'::regclass)"
                )
                async with connection.transaction():
                    await load_index(connection, PLACE, keys, [], State())
                    read = await connection.fetchval(
                        "select pg_stat_get_xact_tuples_returned('block_key'::regclass)"
                    )
            assert read - before < FILED
        finally:
            await pool.close()


async def test_linking_people_finds_their_spells_by_an_index(open_stack: StackFactory) -> None:
    async with open_stack("duplication", topics=False) as stack:
        pool = await db.create_pool(stack.dsn, "duplication", size=1)
        try:
            rows = await pool.fetch(f"explain {FORGET_SPELLS}", [uuid4(), uuid4()])
        finally:
            await pool.close()
    plan = "\n".join(row[0] for row in rows)
    assert "membership_person" in plan
