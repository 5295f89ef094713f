"""What was erased is known as such: by id, with when and why, to those who may ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from contracts.erasure import AssessmentsErasedV1
from contracts.vocabulary_erasure import ErasureReason
from services.kit import db
from services.kit.app import Service
from services.kit.erased import (
    WHY,
    create_erasure_routes,
    find_erased,
    forget_samples,
    keep_erased,
)
from tests.kit.probe import probe
from tests.stack import PLACE, TOKEN, Stack

AT = datetime(2031, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
async def pool(stack: Stack) -> AsyncIterator[db.Pool]:
    pool = await db.create_pool(stack.dsn, "probe", 3)
    yield pool
    await pool.close()


def erased(reason: ErasureReason = ErasureReason.RETENTION) -> AssessmentsErasedV1:
    return AssessmentsErasedV1(
        erasure_id=uuid4(),
        household_ids=(uuid4(), uuid4()),
        assessment_ids=(uuid4(),),
        person_ids=(uuid4(), uuid4()),
        reason=reason,
        erased_at=AT,
    )


async def test_every_id_of_the_event_is_known_as_erased_and_no_other(pool: db.Pool) -> None:
    event, other = erased(ErasureReason.WITHDRAWN), uuid4()
    async with db.begin(pool) as connection:
        await keep_erased(connection, event, PLACE, {"assessment": 1})
        ids = [*event.assessment_ids, *event.household_ids, *event.person_ids]
        found = await find_erased(connection, [*ids, other, other])
        assert await find_erased(connection, []) == {}
    assert set(found) == set(ids)
    assert {one.erasure_id for one in found.values()} == {event.erasure_id}
    assert found[ids[0]].sentence() == (
        "This was erased on 2 March 2031, because the agency that had sent it took it back."
    )


async def test_the_same_event_twice_changes_nothing_not_even_what_was_counted(
    pool: db.Pool,
) -> None:
    event = erased()
    async with db.begin(pool) as connection:
        await keep_erased(connection, event, PLACE, {"assessment": 3})
        await keep_erased(connection, event, PLACE, {"assessment": 0})
        assert await connection.fetchval("select counts from erasure") == {"assessment": 3}
        assert await connection.fetchval("select count(*) from erased_id") == 5


async def test_what_was_erased_before_keeps_when_and_why_it_was(pool: db.Pool) -> None:
    first = erased(ErasureReason.IN_ERROR)
    second = erased().model_copy(update={"household_ids": first.household_ids})
    async with db.begin(pool) as connection:
        await keep_erased(connection, first, PLACE, {})
        await keep_erased(connection, second, PLACE, {})
        found = await find_erased(connection, [first.household_ids[0], second.person_ids[0]])
    assert found[first.household_ids[0]].reason is ErasureReason.IN_ERROR
    assert found[second.person_ids[0]].erasure_id == second.erasure_id


def test_every_reason_is_said_in_words() -> None:
    assert set(WHY) == set(ErasureReason)


async def answer(service: Service, erasure_id: object, actor: str) -> httpx.Response:
    transport = httpx.ASGITransport(service.api)
    async with service, httpx.AsyncClient(transport=transport, base_url="http://probe") as http:
        headers = {"Authorization": f"Bearer {TOKEN}", "Kith-Actor": actor}
        return await http.get(f"/v1/erasures/{erasure_id}", headers=headers)


@pytest.mark.parametrize(
    ("actor", "status"), [("officer", 200), ("officer-elsewhere", 404), ("key-worker", 403)]
)
async def test_officers_of_the_place_are_shown_when_why_and_how_much_and_nobody_else(
    stack: Stack, pool: db.Pool, actor: str, status: int
) -> None:
    event = erased()
    async with db.begin(pool) as connection:
        await keep_erased(connection, event, PLACE, {"assessment": 1, "outcome": 2})
        await connection.executemany(
            "insert into privacy_office (place_id, version, officers) values ($1, 1, $2)",
            [(PLACE, ["officer"]), ("elsewhere", ["officer-elsewhere"])],
        )
    service = probe(stack)
    service.api.include_router(create_erasure_routes(service))
    found = await answer(service, event.erasure_id, actor)
    assert found.status_code == status
    if status == 200:
        assert found.json() == {
            "erasure_id": str(event.erasure_id),
            "reason": "retention",
            "erased_at": "2031-03-02T10:00:00Z",
            "counts": {"assessment": 1, "outcome": 2},
        }
        assert not any(str(one) in found.text for one in event.assessment_ids)


async def test_an_officer_who_asks_for_what_was_not_erased_here_is_told_so(
    stack: Stack, pool: db.Pool
) -> None:
    async with db.begin(pool) as connection:
        await connection.execute(
            "insert into privacy_office (place_id, version, officers) values ($1, 1, $2)",
            PLACE,
            ["officer"],
        )
    service = probe(stack)
    service.api.include_router(create_erasure_routes(service))
    found = await answer(service, uuid4(), "officer")
    assert found.status_code == 404
    assert "ask again" in found.json()["detail"]


async def test_no_sample_of_what_was_erased_is_left_for_the_planner(pool: db.Pool) -> None:
    """What PostgreSQL keeps of a column to plan by are values of it."""

    async def sampled() -> str:
        rows = await pool.fetch(
            "select most_common_vals::text, histogram_bounds::text from pg_stats"
            " where schemaname = 'probe'"
        )
        return str([dict(row) for row in rows])

    await pool.execute("create table known (name text)")
    await pool.execute("insert into known select 'Quennell' from generate_series(1, 9)")
    await pool.execute("insert into known select 'Ashworth' from generate_series(1, 9)")
    await pool.execute("analyze known")
    assert "Quennell" in await sampled()
    async with db.begin(pool) as connection:
        await forget_samples(connection)
    assert "Quennell" in await sampled(), "nothing was erased"
    async with db.begin(pool) as connection:
        await connection.execute("delete from known where name = 'Quennell'")
        await keep_erased(connection, erased(), PLACE, {"known": 9})
    async with db.begin(pool) as connection:
        await forget_samples(connection)
    found = await sampled()
    assert "Quennell" not in found
    assert "Ashworth" in found
