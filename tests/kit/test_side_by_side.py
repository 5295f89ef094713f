"""What goes on side by side on a connection ends together, and fails as it would by itself."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from services.kit.db import Pool, begin, create_pool
from services.kit.side_by_side import Turns, side_by_side
from services.kit.tasks import is_being_cancelled
from tests.conftest import StackFactory
from tests.stack import eventually


async def test_an_error_of_the_database_is_raised_as_it_is(open_stack: StackFactory) -> None:
    async def divide(pool: Pool) -> None:
        async with begin(pool) as connection, side_by_side() as group:
            group.create_task(connection.execute("select 1 / 0"))
            await asyncio.Event().wait()

    async with open_stack("duplication", topics=False) as stack:
        pool = await create_pool(stack.dsn, "duplication", 1)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await divide(pool)
        assert await pool.fetchval("select 1") == 1
        await pool.close()


async def test_an_error_ends_the_statement_under_way_so_that_the_transaction_is_taken_back(
    open_stack: StackFactory,
) -> None:
    async def fail(pool: Pool, other: Pool) -> None:
        async def is_under_way() -> bool:
            # PostgreSQL drops what would cancel a statement that it has not begun yet.
            found: bool = await other.fetchval(
                "select exists (select from pg_stat_activity where datname = current_database()"
                " and state = 'active' and query = 'select pg_sleep(600)')"
            )
            return found

        async with begin(pool) as connection:
            await connection.execute("insert into term_frequency values (1, 1)")
            async with side_by_side() as group:
                group.create_task(connection.execute("select pg_sleep(600)"))
                await eventually(is_under_way)
                raise ZeroDivisionError

    async with open_stack("duplication", topics=False) as stack:
        pool = await create_pool(stack.dsn, "duplication", 1)
        other = await create_pool(stack.dsn, "duplication", 1)
        with pytest.raises(ZeroDivisionError):
            await fail(pool, other)
        assert await pool.fetchval("select count(*) from term_frequency") == 0
        await other.close()
        await pool.close()


async def test_an_error_that_comes_when_all_is_begun_leaves_the_task_as_it_was(
    open_stack: StackFactory,
) -> None:
    """A consumer whose task seems to be cancelled gives its batch up instead of trying it again."""

    async def divide(pool: Pool) -> None:
        async with begin(pool) as connection, side_by_side() as group:
            group.create_task(connection.execute("select 1 / 0"))

    async with open_stack("duplication", topics=False) as stack:
        pool = await create_pool(stack.dsn, "duplication", 1)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await divide(pool)
        assert not is_being_cancelled()
        await pool.close()


async def test_a_task_that_is_cancelled_while_an_error_comes_stays_cancelled() -> None:
    async def fail(begun: asyncio.Event) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise ZeroDivisionError

    async def both() -> None:
        begun = asyncio.Event()
        async with side_by_side() as group:
            group.create_task(fail(begun))
            await begun.wait()
            task = asyncio.current_task()
            assert task is not None
            task.cancel()

    async def work() -> bool:
        with pytest.raises(ZeroDivisionError):
            await both()
        return is_being_cancelled()

    assert await asyncio.create_task(work())


async def test_of_those_who_wait_for_a_turn_the_lowest_is_next_and_of_equals_the_first() -> None:
    turns, had = Turns(), list[str]()
    free = asyncio.Event()

    async def have(number: int, name: str) -> None:
        async with turns.take(number):
            had.append(name)
            await free.wait()
            await asyncio.sleep(0)

    async with side_by_side() as group:
        for number, name in ((9, "first"), (2, "later"), (1, "soon"), (2, "last"), (1, "then")):
            group.create_task(have(number, name))
        await asyncio.sleep(0)
        assert had == ["first"]
        free.set()
    assert had == ["first", "soon", "then", "later", "last"]


async def test_a_turn_is_passed_on_by_whoever_fails_or_is_cancelled_while_they_wait() -> None:
    turns, had = Turns(), list[str]()

    async def have(name: str) -> None:
        async with turns.take(0):
            had.append(name)
            if name == "fails":
                raise ZeroDivisionError

    async with turns.take(0):
        called, waits = asyncio.create_task(have("called")), asyncio.create_task(have("waits"))
        fails, rest = asyncio.create_task(have("fails")), asyncio.create_task(have("rest"))
        await asyncio.sleep(0)
        waits.cancel()
    called.cancel()
    with pytest.raises(ZeroDivisionError):
        await fails
    await rest
    assert had == ["fails", "rest"]
    assert called.cancelled()
    assert waits.cancelled()
