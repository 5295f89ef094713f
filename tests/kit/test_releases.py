"""Events of a newer release: a process that does not know them loses none and overtakes none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from contracts.alerts import AlertAcknowledgedV1
from contracts.topics import ALERTS, EVENT_TYPES
from services.kit.app import Service
from services.kit.releases import Expectation, retry_known
from tests.kit.probe import POISON, event, make_table, probe, seen
from tests.stack import Stack, eventually

NAME = "probe.alerts.alerts"


class Unheard(AlertAcknowledgedV1):
    """What the next release says besides."""

    TYPE = "kith.alerts.alert.unheard-of.v1"


def unheard(by: str) -> Unheard:
    return Unheard(**event(by).model_dump())


@contextmanager
def next_release() -> Iterator[None]:
    EVENT_TYPES[Unheard.TYPE] = Unheard
    try:
        yield
    finally:
        del EVENT_TYPES[Unheard.TYPE]


async def waiting(service: Service) -> list[str]:
    return [said for said in await service.obstacles() if "waits for the release" in said]


async def states(stack: Stack) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(stack.dsn)
    try:
        rows = await connection.fetch(
            "select event_type, state from probe.parked_record order by record_offset"
        )
        return [tuple(row) for row in rows]
    finally:
        await connection.close()


async def test_a_release_waits_at_what_it_does_not_know_and_the_next_goes_on_in_order(
    stack: Stack,
) -> None:
    await make_table(stack)
    await stack.publish(event("before"), unheard("new"), event("after"), unheard("newer"))
    async with probe(stack) as service:
        (said,) = await eventually(lambda: waiting(service))
        assert Unheard.TYPE in said
        assert await seen(stack) == ["before"]
        assert service.faults() == []  # restarting it would not help
        status = await service.status()
        assert (status["parked"], status["consumers"][NAME]["lag"]) == (0, 4)
    assert await seen(stack) == ["before"]
    with next_release():
        async with probe(stack):
            await eventually(lambda: seen(stack), lambda names: "newer" in names)
    assert await seen(stack) == ["before", "new", "after", "newer"]
    assert await states(stack) == []


async def test_where_no_newer_release_comes_it_is_parked_and_handled_by_the_one_that_does(
    stack: Stack,
) -> None:
    await make_table(stack)
    await stack.publish(event("before"), unheard("new"), event("after"), unheard("newer"))
    async with probe(stack, newer_release_seconds=0.3) as service:
        await eventually(lambda: seen(stack), lambda names: "after" in names)
        await eventually(lambda: states(stack), lambda rows: len(rows) == 2)
        assert await waiting(service) == []
    assert await states(stack) == [(Unheard.TYPE, "parked")] * 2
    await stack.publish(event("last"))
    with next_release():
        async with probe(stack):
            await eventually(lambda: seen(stack), lambda names: "last" in names)
    assert await seen(stack) == ["before", "after", "new", "newer", "last"]
    assert await states(stack) == [(Unheard.TYPE, "retried")] * 2


async def test_what_the_release_before_last_parked_is_handled_too_and_nothing_else(
    stack: Stack,
) -> None:
    """It noted neither id nor type of what it could not read; other parked records are left."""
    await make_table(stack)
    await stack.publish(unheard("new"), event(POISON), unheard("cannot be"))
    async with probe(stack, newer_release_seconds=0) as service:
        await eventually(lambda: states(stack), lambda rows: len(rows) == 3)
        await service.pool.execute("update parked_record set event_id = null, event_type = null")
        assert await retry_known(service) == 0
        with next_release():
            assert await retry_known(service) == 2
            assert await retry_known(service) == 0
    assert await seen(stack) == ["new", "cannot be"]
    assert [state for _, state in await states(stack)] == ["retried", "parked", "retried"]


async def test_what_kafka_no_longer_keeps_stays_parked_and_says_so(stack: Stack) -> None:
    await make_table(stack)
    await stack.publish(unheard(POISON), unheard("gone"))
    async with probe(stack, newer_release_seconds=0) as service:
        await eventually(lambda: states(stack), lambda rows: len(rows) == 2)
        row = await service.pool.fetchrow("select topic, partition from parked_record")
        assert row is not None
        admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
        await admin.start()
        try:
            where = TopicPartition(row["topic"], row["partition"])
            await admin.delete_records({where: RecordsToDelete(before_offset=2)})
        finally:
            await admin.close()
        with next_release():
            assert await retry_known(service) == 0
        reasons = await service.pool.fetch("select reason from parked_record")
    assert {row["reason"].partition(".")[0] for row in reasons} == {
        "Kafka no longer keeps this record"
    }
    assert ALERTS.name in row["topic"]


def test_one_upgrade_is_waited_for_once_and_the_next_one_anew() -> None:
    times = (0.0, 10.0, 239.0, 240.0, 241.0, 470.0, 800.0, 1039.0, 1041.0)
    clock = iter(times)
    expectation = Expectation(240.0, lambda: next(clock))
    told = [expectation.goes_on() for _ in times]
    assert told == [True, True, True, False, False, False, True, True, False]
    assert not Expectation(0.0, lambda: 1.0).goes_on()
