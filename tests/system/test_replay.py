"""Twice is once: redelivery, replay into empty stores, and poison in the middle of a topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.topics import ALERTS, ASSESSMENTS, ASSIGNMENTS, HOUSEHOLDS, TOPICS, Topic
from tests.stack import PARTITIONS, eventually, open_stack
from tests.system.town import (
    POLICE,
    SCHOOL,
    SERVICES,
    Town,
    household,
    invariants,
    open_town,
)
from tests.system.week import FAMILIES, all_settled, send_week

STATE = {
    "households": "select household_id, person_id from duplication.membership where until is null",
    "engagements": "select household_id, key_worker_id from keyworkers.engagement",
    "referrals": "select referral_id, household_id from keyworkers.referral",
    "alerts": "select id, recipient->>'id' from alerts.alert",
    "ledger": "select assessment_id, household_id from operations.ledger",
    "outcomes": "select assessment_id, version from agencies.outcome",
}

pytestmark = pytest.mark.timeout(300)  # the machine that runs this may be a busy one


async def state(town: Town) -> dict[str, list[tuple[Any, ...]]]:
    return {
        what: sorted(tuple(map(str, row)) for row in await town.rows(sql))
        for what, sql in STATE.items()
    }


async def test_invariant_5_redelivery_of_every_topic_from_the_start_changes_nothing(
    town: Town,
) -> None:
    accepted = await send_week(town)
    await all_settled(town, accepted)
    before = await state(town)
    groups = [name for s in SERVICES for name in (await town.get(s, "/health/status"))["consumers"]]
    for service in SERVICES:
        town.stop(service)
    for group in groups:
        await rewind(town, town.stack.namespace + group)
    await town.start(*SERVICES)
    extra = await town.send(SCHOOL, household("Zofia", "Adam", "Wrona", "after"))
    await town.settled(SCHOOL, extra)
    await all_settled(town, [extra])
    await nothing_left(town)
    after = await state(town)
    assert {what: set(rows) - set(after[what]) for what, rows in before.items()} == {
        what: set() for what in before
    }
    assert len(after["engagements"]) == len(before["engagements"]) + 1
    assert len(after["ledger"]) == len(before["ledger"])


async def test_invariant_6_replay_gives_the_same_households_engagements_and_ledger(
    town: Town, tmp_path: Any
) -> None:
    accepted = await send_week(town)
    await all_settled(town, accepted)
    before = await state(town)
    for service in SERVICES:
        town.stop(service)
    async with open_stack(town.stack.admin_dsn, town.stack.kafka, SERVICES) as empty:
        folder = tmp_path / "replayed"
        folder.mkdir()
        async with open_town(empty, folder) as other:
            await copy(town, other, ASSESSMENTS)
            await all_settled(other, accepted)
            after = await state(other)
    for what in ("households", "engagements", "referrals", "ledger"):
        assert after[what] == before[what], what


@pytest.mark.parametrize("topic", [ASSESSMENTS, HOUSEHOLDS, ASSIGNMENTS, ALERTS], ids=str)
async def test_poison_in_every_topic_is_parked_and_keeps_nothing_back(
    town: Town, topic: Topic
) -> None:
    before = await town.send(SCHOOL, household("Danielle", "Riley", "Ashworth", "one"))
    poison = [("ce_id", str(uuid4()).encode()), ("ce_type", b"\xff")]
    await town.stack.publish_raw(topic, b"not json", poison)
    after = await town.send(POLICE, household("Danielle", "Riley", "Ashworth", "two"))
    await all_settled(town, [before, after])
    parked = {s: (await town.get(s, "/health/status"))["parked"] for s in topic.consumers}
    assert parked == dict.fromkeys(topic.consumers, 1)
    await invariants(town, [before, after])


async def rewind(town: Town, group: str) -> None:
    """Have the group begin every topic again."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=town.stack.kafka, group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        everywhere = [
            TopicPartition(town.stack.namespace + t.name, p)
            for t in TOPICS
            for p in range(PARTITIONS)
        ]
        consumer.assign(everywhere)
        await consumer.commit(dict.fromkeys(everywhere, 0))
    finally:
        await consumer.stop()


async def nothing_left(town: Town) -> None:
    """Every consumer has handled all that was written, and every outbox is empty."""

    async def left() -> int:
        total = 0
        for service in SERVICES:
            status = await town.get(service, "/health/status")
            total += status["unsent"] + sum(c["lag"] for c in status["consumers"].values())
        return total

    await eventually(left, lambda total: total == 0, seconds=60)


async def copy(source: Town, target: Town, topic: Topic) -> None:
    """Write one town's records of a topic into another's, as they are."""
    said = await source.stack.read(topic, _at_least(3 * len(FAMILIES)))
    await target.stack.publish(*said)


def _at_least(number: int) -> Callable[[list[Any]], bool]:
    return lambda found: len(found) >= number
