"""Rows that are told: one for each id, recorded only by whoever still holds them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.kit import db
from services.kit.deliveries import (
    NewDelivery,
    claim_deliveries,
    give_up_waiting,
    save_deliveries,
    save_result,
)
from services.kit.settings import DeliverySettings
from tests.stack import Stack

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
async def pool(stack: Stack) -> AsyncIterator[db.Pool]:
    pool = await db.create_pool(stack.dsn, "probe", 3)
    yield pool
    await pool.close()


def delivery(lane: str = "lane", to: str = "agency", id_: UUID | None = None) -> NewDelivery:
    return NewDelivery(id_ or uuid4(), "webhook", to, lane, {"n": [1]}, uuid4(), None)


async def test_the_same_id_twice_is_one_delivery(pool: db.Pool) -> None:
    one = delivery()
    async with db.begin(pool) as connection:
        await save_deliveries(connection, [one, one], NOW)
        await save_deliveries(connection, [one], LATER)
        [claimed] = await claim_deliveries(connection, LATER, LATER, [], 10)
    assert (claimed.id, claimed.content, claimed.created_at) == (one.id, {"n": [1]}, NOW)


async def test_only_the_first_of_a_lane_is_claimed_and_a_destination_has_its_share(
    pool: db.Pool,
) -> None:
    many = [delivery(lane=f"lane-{n}") for n in range(6)]
    ordered = [delivery(lane="one", to="other") for _ in range(3)]
    async with db.begin(pool) as connection:
        await save_deliveries(connection, [*many, *ordered], NOW)
        claimed = await claim_deliveries(connection, NOW, LATER, [], 32)
        assert {c.id for c in claimed} == {*(d.id for d in many[:4]), ordered[0].id}
        assert await claim_deliveries(connection, NOW, LATER, ["agency"], 32) == []
        await save_result(connection, claimed[-1], "waiting", "500", LATER, NOW)


async def test_what_another_transaction_holds_is_passed_by(pool: db.Pool) -> None:
    async with db.begin(pool) as connection:
        await save_deliveries(connection, [delivery("a"), delivery("b")], NOW)
    async with db.begin(pool) as first:
        [held] = await claim_deliveries(first, NOW, LATER, [], 1)
        async with db.begin(pool) as second:
            [other] = await claim_deliveries(second, NOW, LATER, [], 10)
    assert held.id != other.id


async def test_who_let_a_claim_lapse_records_nothing(pool: db.Pool) -> None:
    async with db.begin(pool) as connection:
        await save_deliveries(connection, [delivery()], NOW)
        [slow] = await claim_deliveries(connection, NOW, LATER, [], 1)
        assert await claim_deliveries(connection, NOW, LATER, [], 1) == []
        [quick] = await claim_deliveries(connection, LATER, LATER + timedelta(minutes=1), [], 1)
        assert not await save_result(connection, slow, "given_up", "late", None, LATER)
        assert await save_result(connection, quick, "delivered", "204", None, LATER)
        assert not await save_result(connection, quick, "waiting", "500", LATER, LATER)


async def test_what_was_given_up_is_neither_claimed_nor_recorded(pool: db.Pool) -> None:
    async with db.begin(pool) as connection:
        await save_deliveries(connection, [delivery("a"), delivery("b")], NOW)
        [flying] = await claim_deliveries(connection, NOW, LATER, [], 1)
        assert await give_up_waiting(connection, "agency", "gone", NOW) == 2
        assert not await save_result(connection, flying, "delivered", "204", None, NOW)
        assert await claim_deliveries(connection, LATER, LATER, [], 10) == []


async def test_settled_deliveries_are_forgotten_in_time_and_waiting_ones_never(
    pool: db.Pool,
) -> None:
    async with db.begin(pool) as connection:
        await save_deliveries(connection, [delivery("a"), delivery("b")], NOW)
        [done] = await claim_deliveries(connection, NOW, LATER, [], 1)
        await save_result(connection, done, "delivered", "204", None, NOW)
        year = NOW + timedelta(days=365)
        await db.prune(connection, year, timedelta(days=7), timedelta(days=30))
        left = await connection.fetch("select id, state from delivery")
    assert [row["state"] for row in left] == ["waiting"]
    assert left[0]["id"] != done.id


def test_claims_outlast_attempts() -> None:
    with pytest.raises(ValueError, match="KITH_DELIVERY_CLAIM_SECONDS"):
        DeliverySettings(
            postgres="postgresql://x@/x",
            service_token="a-long-test-service-token",
            delivery_timeout_seconds=10,
            delivery_claim_seconds=10,
        )


async def test_a_waiting_row_says_when_and_a_settled_one_does_not(pool: db.Pool) -> None:
    async with db.begin(pool) as connection:
        await save_deliveries(connection, [delivery()], NOW)
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("update delivery set next_attempt_at = null")
