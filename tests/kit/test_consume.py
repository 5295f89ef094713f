"""Consuming once in effect, against a real broker: the invariants of ``services.kit.consume``."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from uuid import uuid4

import asyncpg
import pytest

from contracts.alerts import AlertAcknowledgedV1, AlertRaisedV1
from contracts.codec import encode_headers
from contracts.envelope import Envelope, Event
from contracts.topics import ALERTS
from services.kit.app import Service
from services.kit.consume import Received, decode_only, decode_record
from services.kit.db import Connection
from services.kit.kafka import Record
from services.kit.outbox import Outgoing
from services.kit.settings import ServiceSettings
from tests.kit.probe import POISON, event, make_table, probe, record, seen
from tests.stack import Stack, eventually


async def test_records_written_before_the_consumer_first_starts_are_handled(stack: Stack) -> None:
    await make_table(stack)
    await stack.publish(*(event(str(n)) for n in range(5)))
    async with probe(stack):
        await eventually(lambda: seen(stack), lambda names: len(names) == 5)
    assert await seen(stack) == [str(n) for n in range(5)]


async def test_invariant_5_redelivered_batch_changes_nothing(stack: Stack) -> None:
    await make_table(stack)
    sent = [(stack.envelope(e), e) for e in (event("a"), event("b"))]
    await stack.publish(*sent, *sent)
    await stack.publish(event("last"))
    async with probe(stack):
        await eventually(lambda: seen(stack), lambda names: "last" in names)
    assert await seen(stack) == ["a", "b", "last"]


async def test_poison_in_the_middle_of_a_batch_is_parked_and_keeps_nothing_back(
    stack: Stack,
) -> None:
    await make_table(stack)
    names = ["a", "b", POISON, "c", "d"]
    await stack.publish(*(event(n) for n in names))
    async with probe(stack) as service:
        await eventually(lambda: seen(stack), lambda found: len(found) == 4)
        status = await service.status()
        row = await service.pool.fetchrow("select reason, record_offset from parked_record")
    assert await seen(stack) == ["a", "b", "c", "d"]
    assert status["parked"] == 1
    assert row is not None
    assert (row["reason"], row["record_offset"]) == ("poison", 2)


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (b"{}", [("ce_id", b"\xff\xfe")], "header ce_id is not UTF-8"),
        (b"{}", [("other", b"\xff\xfe")], "header ce_id is missing"),
        (b"", [], "header ce_id is missing"),
    ],
)
async def test_unreadable_record_does_not_lose_its_batch(
    stack: Stack, value: bytes, headers: list[tuple[str, bytes]], reason: str
) -> None:
    await make_table(stack)
    await stack.publish(event("before"))
    await stack.publish_raw(ALERTS, value, headers)
    await stack.publish(event("after"))
    async with probe(stack) as service:
        await eventually(lambda: seen(stack), lambda found: len(found) == 2)
        parked = await service.pool.fetchval("select reason from parked_record")
    assert parked in {reason, "header ce_time is missing"}


@pytest.mark.parametrize("fault", [AttributeError, OSError])
async def test_a_record_at_which_the_reader_itself_fails_is_parked_alone(
    stack: Stack, fault: type[Exception]
) -> None:
    """An ``OSError`` too, for which what others do to the record would be tried again for ever."""

    def decode(record: Record) -> tuple[Envelope, Event]:
        if record.value == b"{}":
            raise fault
        return decode_record(record)

    await make_table(stack)
    await stack.publish(event("before"))
    await stack.publish_raw(ALERTS, b"{}", [])
    await stack.publish(event("after"))
    service = Service("probe", stack.settings(ServiceSettings))
    service.consume(ALERTS, record, decode=decode)
    async with service:
        assert await eventually(lambda: seen(stack), lambda found: len(found) == 2)
        parked = await service.pool.fetchval("select reason from parked_record")
    assert parked == f"{fault.__name__} while handling it; the service's log has the trace"


async def test_what_a_consumer_does_not_act_on_is_passed_over_unread(stack: Stack) -> None:
    await make_table(stack)
    envelope = stack.envelope(event())
    other = dataclasses.replace(envelope, id=uuid4(), type=AlertRaisedV1.TYPE)
    unknown = dataclasses.replace(envelope, id=uuid4(), type="kith.alerts.alert.unheard-of.v1")
    await stack.publish_raw(ALERTS, b"not even JSON", encode_headers(other))
    await stack.publish_raw(ALERTS, b"{}", encode_headers(unknown))
    await stack.publish(event("the last"))
    service = Service("probe", stack.settings(ServiceSettings, newer_release_seconds=0))
    service.consume(ALERTS, record, decode=decode_only([AlertAcknowledgedV1]))
    async with service:
        await eventually(lambda: seen(stack), lambda names: names == ["the last"])
        await eventually(
            service.status, lambda status: status["consumers"]["probe.alerts.alerts"]["lag"] == 0
        )
        parked = await service.pool.fetch("select event_id from parked_record")
        consumed = await service.pool.fetchval("select count(*) from consumed_event")
    assert [row["event_id"] for row in parked] == [unknown.id]  # of the type that nobody knows
    assert consumed == 1


async def test_idle_partitions_do_not_keep_the_busy_one_waiting(stack: Stack) -> None:
    """Where handling takes longer than 0.1 s; the broker's long poll lasts half a second."""
    await make_table(stack)
    began: list[str] = []

    async def slowly(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
        began.extend(getattr(r.event, "acknowledged_by", "?") for r in batch)
        await asyncio.sleep(0.2)
        return await record(connection, batch)

    async def until_begun(name: str) -> None:
        async def has_begun() -> bool:
            return name in began

        await eventually(has_begun)

    waits: list[float] = []
    async with probe(stack, slowly):
        for n in range(20):
            await stack.publish(event(f"{n} being handled"))
            await until_begun(f"{n} being handled")
            await stack.publish(event(f"{n} fetched"))
            await until_begun(f"{n} fetched")
            await stack.publish(event(f"{n} asked for"))
            published = asyncio.get_running_loop().time()
            await until_begun(f"{n} asked for")
            waits.append(asyncio.get_running_loop().time() - published)
            if waits[-1] < 0.3:  # 0.2 s of them while the batch before is handled
                break
    assert waits[-1] < 0.3, waits


async def test_infrastructure_failure_is_retried_until_it_passes(stack: Stack) -> None:
    await make_table(stack)
    failures = iter([asyncpg.ConnectionDoesNotExistError("gone"), OSError("gone"), None])

    async def flaky(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
        if error := next(failures, None):
            raise error
        return await record(connection, batch)

    await stack.publish(event("a"))
    async with probe(stack, flaky) as service:
        await eventually(lambda: seen(stack), lambda names: names == ["a"])
        assert (await service.status())["parked"] == 0


async def test_stray_cancellation_does_not_end_the_consume_task(stack: Stack) -> None:
    await make_table(stack)
    strays = iter([asyncio.CancelledError()])

    async def cancelled(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
        if stray := next(strays, None):
            raise stray
        return await record(connection, batch)

    await stack.publish(event("a"))
    async with probe(stack, cancelled) as service:
        await eventually(lambda: seen(stack), lambda names: names == ["a"])
        assert service.faults() == []


async def test_crash_before_the_commit_leaves_nothing_and_the_next_start_does_it(
    stack: Stack,
) -> None:
    await make_table(stack)
    reached = asyncio.Event()

    async def stuck(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
        await record(connection, batch)
        reached.set()
        await asyncio.Event().wait()
        return []

    await stack.publish(event("a"))
    service = probe(stack, stuck)
    task = asyncio.create_task(_run_until_cancelled(service))
    await asyncio.wait_for(reached.wait(), 20)
    assert await seen(stack) == []
    connection = await asyncpg.connect(stack.dsn)
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'probe'"
        " and datname = current_database()"
    )
    await connection.close()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await seen(stack) == []
    async with probe(stack):
        await eventually(lambda: seen(stack), lambda names: names == ["a"])


async def _run_until_cancelled(service: Service) -> None:
    service.broker.config.broker_config.graceful_timeout = 0.1
    async with service:
        await asyncio.Event().wait()


async def test_too_many_parked_records_stop_the_consumer_and_say_so(stack: Stack) -> None:
    await make_table(stack)
    await stack.publish(*(event(POISON) for _ in range(40)))
    async with probe(stack) as service:
        faults = await eventually(lambda: _faults(service))
        parked = (await service.status())["parked"]
        service.broker.config.broker_config.graceful_timeout = 0.1
    assert "could not be handled" in faults[0]
    assert parked < 40


async def _faults(service: Service) -> list[str]:
    return service.faults()


async def test_dead_consume_task_is_a_fault(stack: Stack) -> None:
    await make_table(stack)
    async with probe(stack) as service:
        await eventually(service.obstacles, lambda found: found == [])
        for subscription in service._subscriptions.values():
            for task in subscription._subscriber.tasks:
                task.cancel()
        faults = await eventually(lambda: _faults(service))
    assert faults == ["probe.alerts.alerts's consume task has ended"]


async def test_idle_consumer_hands_a_record_over_at_once(stack: Stack) -> None:
    """FastStream's batch loop would sleep after an empty poll; nothing here may wait for that."""
    await make_table(stack)
    async with probe(stack) as service:
        await eventually(service.obstacles, lambda found: found == [])
        await stack.publish(event("first"))
        await eventually(lambda: seen(stack), lambda names: "first" in names)
        subscription = next(iter(service._subscriptions.values()))
        assert subscription._subscriber.batch_timeout_ms == 1


async def test_two_instances_share_the_work_and_do_it_once(stack: Stack) -> None:
    await make_table(stack)
    async with probe(stack), probe(stack):
        await stack.publish(*(event(str(n)) for n in range(50)))
        await eventually(lambda: seen(stack), lambda names: len(names) >= 50)
    assert sorted(await seen(stack), key=int) == [str(n) for n in range(50)]


async def test_offsets_are_committed_after_the_batch_is_in_effect(stack: Stack) -> None:
    await make_table(stack)
    await stack.publish(event("a"))
    async with probe(stack):
        await eventually(lambda: seen(stack), lambda names: names == ["a"])
    connection = await asyncpg.connect(stack.dsn)
    await connection.execute("truncate probe.consumed_event")
    await connection.close()
    async with probe(stack):
        await stack.publish(event("b"))
        await eventually(lambda: seen(stack), lambda names: "b" in names)
    assert await seen(stack) == ["a", "b"]
