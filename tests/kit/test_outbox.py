"""Events go out if and only if their transaction committed, in order, whatever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from uuid import uuid4

import asyncpg
import pytest

from contracts.alerts import AlertAcknowledgedV1
from contracts.envelope import Envelope, Event
from contracts.topics import ALERTS, OUTCOMES
from services.kit.app import Service
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.outbox import Outgoing
from services.kit.settings import ServiceSettings
from services.kit.work import Work
from tests.kit.probe import event, make_table, probe, record
from tests.stack import PLACE, Stack, eventually


def idle(stack: Stack) -> Service:
    return Service("probe", stack.settings(ServiceSettings))


def emit(work: Work, name: str, place_id: str = PLACE) -> None:
    said = event(name)
    work.emit(said, place_id=place_id, journey_id=said.assessment_id, cause=uuid4())


def names(found: Sequence[tuple[Envelope, Event]]) -> list[str]:
    return [e.acknowledged_by for _, e in found if isinstance(e, AlertAcknowledgedV1)]


async def unsent(stack: Stack) -> int:
    connection = await asyncpg.connect(stack.dsn)
    try:
        count: int = await connection.fetchval(
            "select count(*) from probe.outbox where sent_at is null"
        )
        return count
    finally:
        await connection.close()


async def test_committed_events_are_sent_in_order_with_their_envelope(stack: Stack) -> None:
    async with idle(stack) as service:
        for n in range(30):
            async with service.work() as work:
                emit(work, str(n))
        found = await stack.read(ALERTS, lambda f: len(f) >= 30)
    assert names(found) == [str(n) for n in range(30)]
    assert {e.source for e, _ in found} == {"/kith/probe"}
    assert {e.place_id for e, _ in found} == {PLACE}


async def fail_after_emitting(service: Service) -> None:
    async with service.work() as work:
        emit(work, "never")
        raise RuntimeError


async def test_nothing_of_a_failed_transaction_is_sent(stack: Stack) -> None:
    async with idle(stack) as service:
        with pytest.raises(RuntimeError):
            await fail_after_emitting(service)
        async with service.work() as work:
            emit(work, "after")
        found = await stack.read(ALERTS, lambda f: len(f) >= 1)
    assert names(found) == ["after"]


async def test_events_of_a_process_that_died_before_sending_are_sent_by_the_next(
    stack: Stack,
) -> None:
    service = idle(stack)
    async with service:
        await service.relay.stop()
        async with service.work() as work:
            emit(work, "left behind")
    assert await unsent(stack) == 1
    async with idle(stack):
        found = await stack.read(ALERTS, lambda f: len(f) >= 1)
    assert names(found) == ["left behind"]


async def test_event_of_an_instance_that_does_not_lead_is_sent_at_once_by_the_one_that_does(
    stack: Stack,
) -> None:
    async with idle(stack) as one, idle(stack) as two:
        leader, other = await eventually(
            lambda: _leader(one, two), lambda pair: pair is not None and pair[0].relay.leading
        )
        assert not other.relay.leading
        async with asyncio.timeout(60):
            async with other.work() as work:
                emit(work, "told")
            await eventually(lambda: unsent(stack), lambda count: count == 0)
        assert leader.relay.leading


async def _leads(service: Service) -> bool:
    return service.relay.leading


async def _leader(one: Service, two: Service) -> tuple[Service, Service]:
    return (one, two) if one.relay.leading else (two, one)


async def test_relay_comes_back_after_its_database_connection_is_cut(stack: Stack) -> None:
    async with idle(stack) as service:
        async with service.work() as work:
            emit(work, "before")
        await stack.read(ALERTS, lambda f: len(f) >= 1)
        connection = await asyncpg.connect(stack.dsn)
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'probe' and datname = current_database()"
        )
        await connection.close()
        async with service.work() as work:
            emit(work, "after")
        # What was sent and not marked when the connection went is sent again, under its own id.
        found = await stack.read(ALERTS, lambda f: names(f)[-1:] == ["after"])
    assert len({e.id for e, _ in found}) == 2


async def test_work_begins_on_a_connection_that_works_however_many_the_server_ended(
    stack: Stack,
) -> None:
    """No request fails because PostgreSQL was restarted since the last one."""
    async with idle(stack) as service:
        await eventually(partial(_leads, service))
        held = [await service.pool.acquire() for _ in range(service.pool.get_max_size() - 1)]
        for each in held:
            await service.pool.release(each)
        connection = await asyncpg.connect(stack.dsn)
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'probe' and datname = current_database()"
        )
        async with service.work() as work:
            assert await work.connection.fetchval("select 1") == 1
        await connection.close()


async def test_refilling_a_lost_log_sends_again_and_consumers_drop_what_they_have_seen(
    stack: Stack,
) -> None:
    await make_table(stack)
    async with idle(stack) as service:
        async with service.work() as work:
            emit(work, "once")
        await stack.read(ALERTS, lambda f: len(f) >= 1)
        await eventually(lambda: unsent(stack), lambda count: count == 0)
        async with service.pool.acquire() as connection:
            await connection.execute("update outbox set sent_at = null")
        service.relay.wake()
        found = await stack.read(ALERTS, lambda f: len(f) >= 2)
    assert len({e.id for e, _ in found}) == 1
    async with probe(stack) as service:
        await eventually(service.status, lambda s: _handled(s) >= 1)
        seen = await service.pool.fetchval("select count(*) from seen")
    assert seen == 1


def _handled(status: dict[str, object]) -> int:
    consumers = status["consumers"]
    assert isinstance(consumers, dict)
    return int(next(iter(consumers.values()))["handled"])


async def test_event_that_follows_keeps_place_journey_and_trace(stack: Stack) -> None:
    await make_table(stack)

    async def answer(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
        await record(connection, batch)
        from contracts.samples import SAMPLES

        outcome = next(s for s in SAMPLES if OUTCOMES.name == s.TOPIC)
        return [received.emit(outcome) for received in batch]

    said = event("a")
    cause = stack.envelope(said)
    await stack.publish((cause, said))
    async with probe(stack, answer):
        found = await stack.read(OUTCOMES, lambda f: len(f) >= 1)
    envelope, _ = found[0]
    assert (envelope.journey_id, envelope.place_id) == (cause.journey_id, cause.place_id)
    assert envelope.traceparent == cause.traceparent
