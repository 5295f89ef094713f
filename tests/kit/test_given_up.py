"""What could not be told: seen by operations without what it says, tried again in order, let go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.kit import db
from services.kit.deliveries import (
    NewDelivery,
    claim_deliveries,
    give_up_waiting,
    save_deliveries,
    save_result,
)
from services.kit.given_up import (
    Decided,
    find_deliveries_of_all,
    let_go_given_up,
    load_delivery_status,
    retry_given_up,
)
from tests.stack import Stack

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
DAYS_LATER = NOW + timedelta(days=4)


@pytest.fixture
async def pool(stack: Stack) -> AsyncIterator[db.Pool]:
    pool = await db.create_pool(stack.dsn, "probe", 3)
    yield pool
    await pool.close()


def delivery(lane: str = "lane", to: str = "agency") -> NewDelivery:
    content = {"to": "zzyzx@council.example"}
    return NewDelivery(uuid4(), "webhook", to, lane, content, uuid4(), None)


async def give_up(pool: db.Pool, *lanes: str, needless: bool = False) -> list[UUID]:
    """Deliveries that were tried once and given up, one of each lane."""
    given = [delivery(lane) for lane in lanes]
    async with db.begin(pool) as connection:
        await save_deliveries(connection, given, NOW)
        for claimed in await claim_deliveries(connection, NOW, LATER, [], 32):
            await save_result(connection, claimed, "given_up", "500", None, NOW, needless=needless)
    return [one.id for one in given]


async def test_what_was_given_up_is_seen_by_whom_and_how_often_but_not_what_it_says(
    pool: db.Pool,
) -> None:
    [id_] = await give_up(pool, "a")
    await give_up(pool, "b", needless=True)
    async with pool.acquire() as connection:
        [row] = await find_deliveries_of_all(connection, "given_up", 0, 10)
    assert (row["id"], row["destination"], row["attempts"]) == (id_, "agency", 1)
    assert (row["last_status"], row["overtaken"]) == ("500", False)
    assert "zzyzx" not in str(dict(row))
    status = await load_delivery_status(pool, LATER)
    assert status == {"waiting": {}, "given_up": {"webhook": 1}, "oldest_waiting_seconds": 0.0}


async def test_a_retry_is_the_same_message_at_once_with_patience_anew(pool: db.Pool) -> None:
    [id_] = await give_up(pool, "a")
    async with db.begin(pool) as connection:
        assert await retry_given_up(connection, DAYS_LATER, "ops", id_) == Decided(1, 0)
        assert await retry_given_up(connection, DAYS_LATER, "ops", id_) == Decided(0, 0)
        [again] = await claim_deliveries(connection, DAYS_LATER, DAYS_LATER, [], 10)
    assert (again.id, again.created_at, again.since) == (id_, NOW, DAYS_LATER)
    assert again.attempts == 2


async def test_a_retry_never_tells_after_what_came_later_in_its_lane(pool: db.Pool) -> None:
    [first] = await give_up(pool, "a")
    other, second = await give_up(pool, "b", "a")
    async with db.begin(pool) as connection:
        assert await retry_given_up(connection, LATER, "ops") == Decided(3, 0)
        claimed = await claim_deliveries(connection, LATER, DAYS_LATER, [], 10)
        assert {c.id for c in claimed} == {first, other}, "the second waits for the first"
        for one in claimed:
            state = "given_up" if one.id == first else "delivered"
            await save_result(connection, one, state, "500", None, LATER)
        [later] = await claim_deliveries(connection, LATER, DAYS_LATER, [], 10)
        assert later.id == second
        assert await retry_given_up(connection, LATER, "ops") == Decided(0, 1), "under way"
        await save_result(connection, later, "delivered", "204", None, LATER)
        assert await retry_given_up(connection, LATER, "ops", first) == Decided(0, 1)
        [row] = await find_deliveries_of_all(connection, "given_up", 0, 10)
        assert (row["id"], row["overtaken"]) == (first, True)


async def test_what_is_let_go_is_gone_from_the_list_and_who_decided_is_kept(
    pool: db.Pool,
) -> None:
    one, _ = await give_up(pool, "a", "b")
    async with db.begin(pool) as connection:
        assert await let_go_given_up(connection, LATER, "ops", one) == Decided(1, 0)
        assert await retry_given_up(connection, LATER, "ops", one) == Decided(0, 0)
        assert await let_go_given_up(connection, LATER, "ops") == Decided(1, 0)
        assert await find_deliveries_of_all(connection, "given_up", 0, 10) == []
    rows = await pool.fetch("select decided_by, decided_at from delivery")
    assert [tuple(row) for row in rows] == [("ops", LATER)] * 2


async def test_what_is_put_off_is_neither_claimed_nor_old_before_its_time(pool: db.Pool) -> None:
    put_off = delivery("a")
    put_off = NewDelivery(
        put_off.id, "email", "kw", "a", {}, put_off.journey_id, None, not_before=DAYS_LATER
    )
    async with db.begin(pool) as connection:
        await save_deliveries(connection, [put_off, delivery("b")], NOW)
        [now] = await claim_deliveries(connection, LATER, LATER, [], 10)
        assert now.channel == "webhook"
        assert await give_up_waiting(connection, "agency", "gone", NOW) == 1
        assert await claim_deliveries(connection, LATER, LATER, [], 10) == []
        [then] = await claim_deliveries(connection, DAYS_LATER, DAYS_LATER, [], 10)
    assert (then.created_at, then.since) == (NOW, DAYS_LATER)
