"""The service on real servers: redelivery, replay, poison, simultaneous instances, isolation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg

from contracts.assessments import AssessmentRecordedV1
from contracts.duplication import HouseholdMatchedV1, ReviewRequestedV1
from contracts.envelope import Envelope, Event
from contracts.topics import ASSESSMENTS, HOUSEHOLDS
from contracts.vocabulary import Decision
from services.duplication.__main__ import create_service
from services.duplication.handlers import on_assessments
from services.duplication.model import load
from services.duplication.settings import DuplicationSettings
from services.kit import db
from services.kit.consume import Received
from tests.services.duplication.building import START, person, recorded
from tests.stack import Stack, eventually

OpenStack = Callable[..., AbstractAsyncContextManager[Stack]]
Told = list[tuple[Envelope, Event]]

FAMILY = (
    person("Catherine", "Holroyd", "1988-04-12", sex="female"),
    person("Daniel", "Holroyd", "2014-09-03", sex="male"),
)
MISSPELT = (
    person("Kathryn", "Holroid", "1988-04-12", sex="female"),
    person("Danny", "Holroyd", "2014-09-30", sex="male"),
)
OTHERS = (person("Farida", "Aziz", "1979-11-23"), person("Imran", "Aziz", "1976-02-14"))


def household_of(told: Told, event: AssessmentRecordedV1) -> Any:
    return next(
        e.household_id
        for _, e in told
        if isinstance(e, HouseholdMatchedV1) and e.assessment_id == event.assessment_id
    )


async def rows(stack: Stack, sql: str) -> list[Any]:
    connection = await asyncpg.connect(stack.dsn)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def test_two_agencies_words_for_one_family_come_to_one_household(
    open_stack: OpenStack,
) -> None:
    first, second = recorded(1, *FAMILY), recorded(2, *MISSPELT)
    other = recorded(3, *OTHERS, address={"lines": ["3 Mesnes Street"], "postcode": "WN1 1QP"})
    async with open_stack("duplication") as stack:
        async with create_service(stack.settings(DuplicationSettings)):
            await stack.publish(first, second, other)
            told = await stack.read(HOUSEHOLDS, lambda found: len(found) >= 3)
        assert household_of(told, first) == household_of(told, second)
        assert household_of(told, other) != household_of(told, first)
        decisions = [e.decision for _, e in told if isinstance(e, HouseholdMatchedV1)]
        assert decisions == [Decision.NEW, Decision.MATCHED, Decision.NEW]
        facts = next(e.facts for _, e in told if isinstance(e, HouseholdMatchedV1))
        assert facts.area == "WN1 2"
        assert facts.locality_id == "wigan"
        people = await rows(stack, "select count(*) from duplication.person")
        assert people == [(4,)]


async def test_redelivery_and_poison_in_the_middle_change_nothing_else(
    open_stack: OpenStack,
) -> None:
    first, second = recorded(1, *FAMILY), recorded(2, *OTHERS)
    async with open_stack("duplication") as stack:
        async with create_service(stack.settings(DuplicationSettings)):
            sent = await stack.publish(first)
            await stack.publish_raw(ASSESSMENTS, b"{", [("ce_type", b"\xff")])
            await stack.publish((sent[0], first), first, second)
            told = await stack.read(HOUSEHOLDS, lambda found: len(found) >= 2)
            parked = await eventually(
                lambda: rows(stack, "select count(*) from duplication.parked_record"),
                lambda found: found == [(1,)],
            )
        assert parked == [(1,)]
        assert [type(e) for _, e in told] == [HouseholdMatchedV1] * 2
        assert await rows(stack, "select sum(mentions) from duplication.person") == [(4,)]


async def test_replaying_the_topic_into_empty_stores_gives_the_same_ids(
    open_stack: OpenStack,
) -> None:
    events = [recorded(1, *FAMILY), recorded(2, *MISSPELT), recorded(3, *OTHERS)]

    async def run(stack: Stack, one_by_one: bool) -> set[tuple[Any, ...]]:
        async with create_service(
            stack.settings(DuplicationSettings, batch_records=1 if one_by_one else 100)
        ):
            await stack.publish(*events)
            await stack.read(HOUSEHOLDS, lambda found: len(found) >= len(events))
        return set(
            await rows(stack, "select assessment_id, position, person_id from duplication.mention")
        )

    async with open_stack("duplication") as once, open_stack("duplication") as again:
        assert await run(once, one_by_one=False) == await run(again, one_by_one=True)


async def test_two_instances_seeing_one_new_household_at_once_make_one(
    open_stack: OpenStack,
) -> None:
    """Each handles its record in a transaction of its own, both open at the same time."""
    first, second = recorded(1, *FAMILY), recorded(2, *MISSPELT)
    handle = on_assessments(load())
    async with open_stack("duplication", topics=False) as stack:
        pool = await db.create_pool(stack.dsn, "duplication", 2)

        async def take(event: AssessmentRecordedV1) -> None:
            envelope = stack.envelope(event)
            async with pool.acquire() as connection, connection.transaction():
                await db.lock_places(connection, "duplication", {envelope.place_id})
                await handle(connection, [Received(envelope, event, START)])
                await asyncio.sleep(0.05)

        await asyncio.gather(take(first), take(second))
        await pool.close()
        households = await rows(stack, "select distinct household_id from duplication.assessment")
    assert len(households) == 1


async def test_a_place_never_sees_another_places_people(open_stack: OpenStack) -> None:
    here, there = recorded(1, *FAMILY), recorded(2, *FAMILY)
    async with open_stack("duplication") as stack:
        async with create_service(stack.settings(DuplicationSettings)):
            elsewhere = stack.envelope(there)
            moved = Envelope(
                elsewhere.id,
                elsewhere.type,
                elsewhere.source,
                elsewhere.time,
                elsewhere.subject,
                elsewhere.journey_id,
                "west-midlands",
            )
            await stack.publish(here, (moved, there))
            told = await stack.read(HOUSEHOLDS, lambda found: len(found) >= 2)
        assert household_of(told, here) != household_of(told, there)
        assert not any(isinstance(e, ReviewRequestedV1) for _, e in told)
