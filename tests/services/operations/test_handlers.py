"""Journeys and the ledger from real topics: redelivered, replayed, out of order, with poison."""

from __future__ import annotations

import random
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.codec import encode_headers
from contracts.topics import ASSESSMENTS, TOPICS
from contracts.vocabulary import OutcomeKind
from contracts.vocabulary_alerts import AlertKind
from tests.services.operations.conftest import Served, serve
from tests.services.operations.examples import (
    SURNAME,
    Sent,
    Tale,
    first_contact,
    later_contact,
    link_undone,
    linked,
)
from tests.stack import PARTITIONS, Stack, eventually


def _three_tales(stack: Stack) -> list[Sent]:
    household = uuid4()
    first = first_contact(stack, household_id=household)
    later = later_contact(stack, household_id=household, agency="wigan-police")
    reviewed = Tale(stack, household_id=household, agency="wigan-gp").recorded()
    reviewed.front_door().alerted(AlertKind.FRONT_DOOR).review_requested()
    reviewed.told(OutcomeKind.UNDER_REVIEW, final=False).routed(provisional=True)
    reviewed.alerted(AlertKind.POSSIBLE_MATCH).reviewed().routed().alerted().escalated()
    reviewed.told(version=2).acknowledged()
    link, other = uuid4(), uuid4()
    said = [linked(stack, link, household, other), link_undone(stack, link, household, other)]
    return [*first.sent, *later.sent, *reviewed.sent, *said]


async def test_a_journey_has_the_time_of_each_stage(stack: Stack, served: Served) -> None:
    tale = later_contact(stack)
    await stack.publish(*tale.sent)
    await served.has_seen(tale.sent)
    journey = await served.get(f"/v1/journeys/{tale.id}")
    assert [s["name"] for s in journey["stages"]] == [
        "accepted", "matched", "decided", "alerted", "outcome", "acknowledged",
    ]  # fmt: skip
    assert [s["took_ms"] for s in journey["stages"]] == [None, 1000, 1000, 1000, 2000, 2000]
    assert (journey["state"], journey["decision"], journey["outcome"]) == (
        "acknowledged", "routed", "routed",
    )  # fmt: skip
    assert [e["type"].split(".")[-2] for e in journey["events"]] == [
        "recorded", "matched", "routed", "raised", "stated", "acknowledged",
    ]  # fmt: skip
    [entry] = journey["avoided"]
    assert (entry["would_have_referred_for"], entry["match_rule"]) == ("early-help", "strong-link")
    assert entry["acknowledged_by"] == "kw-asha"


async def test_redelivery_of_every_event_changes_nothing(stack: Stack, served: Served) -> None:
    sent = _three_tales(stack)
    await stack.publish(*sent)
    await served.has_seen(sent)
    before = await served.everything()
    flow = await served.get("/v1/flow")
    # Even where the record of what was consumed has been lost: only the flow counts it.
    await stack.publish(*sent)
    last = Tale(stack).recorded()
    await stack.publish(*last.sent)
    await served.has_seen([*sent, *last.sent])
    assert sum(f["last_minute"] for f in await served.get("/v1/flow")) == 1 + sum(
        f["last_minute"] for f in flow
    )
    await served.service.pool.execute("delete from consumed_event")
    await stack.publish(*sent)
    await eventually(
        lambda: served.service.pool.fetchval("select count(*) from consumed_event"),
        lambda count: count == len(sent),
    )
    await served.service.pool.execute("delete from journey where id = $1", last.id)
    await served.service.pool.execute("delete from journey_event where journey_id = $1", last.id)
    assert await served.everything() == before


@pytest.mark.parametrize("seed", range(3))
async def test_any_order_across_topics_gives_the_same_journeys(
    stack: Stack, served: Served, seed: int
) -> None:
    sent = _three_tales(stack)
    await stack.publish(*sent)
    await served.has_seen(sent)
    in_order = await served.everything()
    for table in (*in_order, "consumed_event"):
        await served.service.pool.execute(f"delete from {table}")
    shuffled = random.Random(seed).sample(sent, len(sent))
    await stack.publish(*shuffled)
    await served.has_seen(sent)
    assert await served.everything() == in_order


async def test_replay_from_the_start_into_empty_stores_gives_the_same(stack: Stack) -> None:
    sent = _three_tales(stack)
    await stack.publish(*sent)
    async with serve(stack) as served:
        await served.has_seen(sent)
        first = await served.everything()
    assert len(first["ledger"]) == 2
    await _forget_offsets(stack)
    connection = await asyncpg.connect(stack.dsn, server_settings={"search_path": "operations"})
    tables = ", ".join((*first, "consumed_event", "flow"))
    await connection.execute(f"truncate {tables}")
    await connection.close()
    async with serve(stack) as again:
        await again.has_seen(sent)
        assert await again.everything() == first


async def _forget_offsets(stack: Stack) -> None:
    """Have the service's consumer group begin at the start of every topic."""
    group = AIOKafkaConsumer(
        bootstrap_servers=stack.kafka,
        group_id=f"{stack.namespace}operations.all",
        enable_auto_commit=False,
    )
    await group.start()
    start = {
        TopicPartition(stack.namespace + topic.name, partition): 0
        for topic in TOPICS
        for partition in range(PARTITIONS)
    }
    group.assign(list(start))
    await group.commit(start)
    await group.stop()


async def test_poison_in_the_middle_keeps_nothing_back(stack: Stack, served: Served) -> None:
    before, after = Tale(stack).recorded(), Tale(stack).recorded()
    await stack.publish(*before.sent)
    await stack.publish_raw(ASSESSMENTS, b'{"half":', [("ce_id", b"no uuid")])
    await stack.publish(*after.sent)
    await served.has_seen([*before.sent, *after.sent])
    parked = await eventually(
        lambda: served.service.pool.fetchval("select count(*) from parked_record")
    )
    assert parked == 1


async def test_nothing_personal_is_stored(stack: Stack, served: Served) -> None:
    tale = Tale(stack).recorded()
    envelope, _ = tale.sent[0]
    await stack.publish(*tale.sent)
    # A record that cannot be read is parked without a word of what is in it.
    await stack.publish_raw(
        ASSESSMENTS, f'{{"agency_id": 7, "x": "{SURNAME}"}}'.encode(), encode_headers(envelope)
    )
    await served.has_seen(tale.sent)
    await eventually(lambda: served.service.pool.fetchval("select count(*) from parked_record"))
    for table in ("journey", "journey_event", "parked_record", "outbox", "ledger", "referral"):
        rows = await served.service.pool.fetch(f"select t::text as line from {table} t")
        assert not any(SURNAME in row["line"] or "Wilhelmina" in row["line"] for row in rows)


async def test_ledger_row_is_reversed_when_the_household_was_another(
    stack: Stack, served: Served
) -> None:
    tale = Tale(stack).recorded().matched().routed()
    await stack.publish(*tale.sent)
    await served.has_seen(tale.sent)
    assert (await served.get("/v1/impact"))["referrals_avoided"] == 1
    tale.reversed().reviewed(household_id=uuid4()).opened().assigned()
    await stack.publish(*tale.sent)
    await served.has_seen(tale.sent)
    impact = await served.get("/v1/impact")
    assert (impact["referrals_avoided"], impact["avoided_then_reversed"]) == (0, 1)
    [entry] = (await served.get("/v1/ledger"))["entries"]
    assert entry["reversed_at"] is not None
