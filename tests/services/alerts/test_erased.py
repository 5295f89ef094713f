"""Alerts of what was erased are gone, nothing late raises one again, and nobody goes untold."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from contracts.erasure import AssessmentsErasedV1
from contracts.handovers import KeyWorkerChangedV1
from contracts.keyworkers import AssessmentRoutedV1
from contracts.vocabulary_changes import ChangeReason
from contracts.vocabulary_erasure import ErasureReason
from services.kit.deliveries import NewDelivery, save_deliveries
from tests.services.alerts.conftest import Served
from tests.services.alerts.examples import (
    COVER,
    KEY_WORKER,
    MONDAY_TEN,
    cause,
    front_door,
    plan,
    queued,
    routed,
)
from tests.stack import Stack, eventually


def erased(*assessment_ids: UUID, household_ids: tuple[UUID, ...] = ()) -> AssessmentsErasedV1:
    return AssessmentsErasedV1(
        erasure_id=uuid4(),
        household_ids=household_ids,
        assessment_ids=assessment_ids,
        reason=ErasureReason.RETENTION,
        erased_at=MONDAY_TEN,
    )


def changed(first: AssessmentRoutedV1) -> KeyWorkerChangedV1:
    """The household's next key worker, told of it by the assessment that is known."""
    return KeyWorkerChangedV1(
        engagement_id=first.engagement_id,
        household_id=first.household_id,
        team_id=first.team_id,
        previous_key_worker_id=KEY_WORKER.id,
        key_worker=COVER,
        reason=ChangeReason.LEAVING,
        cause=first.cause,
        alert=plan(),
        reasons=("please",),
    )


@asynccontextmanager
async def store(stack: Stack) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(stack.dsn, server_settings={"search_path": "alerts"})
    try:
        yield connection
    finally:
        await connection.close()


async def is_erased(stack: Stack, event: AssessmentsErasedV1) -> dict[str, int]:
    """Once it is: how many rows went."""

    async def ask() -> str:
        async with store(stack) as connection:
            found = await connection.fetchval(
                "select counts::text from erasure where erasure_id = $1", event.erasure_id
            )
            return found or ""

    counts: dict[str, int] = json.loads(await eventually(ask))
    return counts


async def left(stack: Stack) -> dict[str, int]:
    tables = ("alert", "escalation", "inbox", "reminder", "delivery")
    async with store(stack) as connection:
        return {t: await connection.fetchval(f"select count(*) from {t}") for t in tables}


async def test_alerts_of_it_go_answered_or_not_and_those_of_others_stay(
    served: Served, stack: Stack
) -> None:
    first, other = routed(), routed()
    more = queued(household_id=first.household_id, cause=first.cause)
    door = front_door(first.household_id).model_copy(update={"cause": first.cause})
    await stack.publish(first, more, door, other)
    found = await served.alerts(2)
    mine = next(a for a in found if a["household_id"] == str(first.household_id))
    await served.acknowledge(mine["id"])
    async with store(stack) as connection:
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads
        )
        told: dict[str, Any] = {"alert_id": mine["id"]}
        one = NewDelivery(uuid4(), "email", "kw", "lane", told, first.cause.assessment_id, None)
        await save_deliveries(
            connection,
            [one, replace(one, id=uuid4(), lane="x", content={"alert_id": str(uuid4())})],
            MONDAY_TEN,
        )
    event = erased(first.cause.assessment_id, household_ids=(first.household_id,))
    await stack.publish(event)
    counts = await is_erased(stack, event)
    assert (counts["alert"], counts["inbox"], counts["delivery"]) == (3, 3, 1)
    assert await left(stack) == {
        "alert": 1, "escalation": 0, "inbox": 1, "reminder": 0, "delivery": 1,
    }  # fmt: skip
    [stays] = await served.alerts(1)
    assert stays["household_id"] == str(other.household_id)
    answer = await served.client.get(f"/v1/alerts/{mine['id']}")
    assert answer.status_code == 404


async def test_nothing_late_raises_an_alert_of_what_was_erased(
    served: Served, stack: Stack
) -> None:
    first, probe = routed(), routed()
    event = erased(first.cause.assessment_id, household_ids=(first.household_id,))
    await stack.publish(event)
    await is_erased(stack, event)
    late = changed(routed(household_id=first.household_id))
    door = front_door().model_copy(update={"cause": first.cause})
    await stack.publish(first, late, door, changed(first), probe)
    await served.alerts(1)
    assert (await left(stack))["alert"] == 1


async def test_an_assessment_that_was_not_erased_is_told_of_whatever_became_of_its_household(
    served: Served, stack: Stack
) -> None:
    """It moved on before its household was erased, and that is heard later; or it was found to be
    of a household that a restored service had again."""
    first = routed()
    before, after = front_door(first.household_id), front_door(first.household_id)
    await stack.publish(first, before)
    await served.alerts(1, before.front_door.id)
    event = erased(first.cause.assessment_id, household_ids=(first.household_id,))
    await stack.publish(event)
    assert (await is_erased(stack, event))["alert"] == 1
    await stack.publish(after)
    found = await served.alerts(2, before.front_door.id)
    assert {one["assessment_id"] for one in found} == {
        str(one.cause.assessment_id) for one in (before, after)
    }


async def test_it_comes_again_and_changes_nothing(served: Served, stack: Stack) -> None:
    first, probe = routed(), routed()
    await stack.publish(first)
    await served.alerts(1)
    event = erased(first.cause.assessment_id, household_ids=(first.household_id,))
    await stack.publish(event)
    counts = await is_erased(stack, event)
    second = erased(probe.cause.assessment_id)
    await stack.publish(event, second, probe)
    await is_erased(stack, second)
    assert await is_erased(stack, event) == counts
    assert counts["alert"] == 1


async def test_who_works_with_a_household_that_stays_is_told_whatever_became_of_an_assessment(
    served: Served, stack: Stack
) -> None:
    first = routed(cause=cause(would_have_referred_for="debt-advice"))
    await stack.publish(first, changed(first))
    await served.alerts(2, COVER.id)
    event = erased(first.cause.assessment_id)
    await stack.publish(event)
    assert (await is_erased(stack, event))["alert"] == 1
    [stays] = await served.alerts(1, COVER.id)
    assert stays["kind"] == "changed"
    assert stays["household_id"] == str(first.household_id)
    assert stays["would_have_referred_for"] is None

    await stack.publish(changed(first).model_copy(update={"key_worker": KEY_WORKER}))
    [told] = await served.alerts(1)
    assert told["kind"] == "changed"
