"""The whole service over a real PostgreSQL and a real broker."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from contracts.handovers import RoutingReversedV1
from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    ReferralOpenedV1,
)
from contracts.places import PlaceInForceV1
from contracts.topics import HOUSEHOLDS
from contracts.vocabulary import Harm, Severity, Urgency
from contracts.vocabulary_changes import ReversalReason
from services.keyworkers.gathering import gather
from services.keyworkers.handlers import Handlers
from services.keyworkers.loading import Rosters
from services.keyworkers.place import InvalidPlace
from services.keyworkers.routing import decide
from services.keyworkers.store_changes import save_changes
from services.kit.consume import Consumer
from services.kit.db import create_pool
from tests.conftest import StackFactory
from tests.services.keyworkers.building import (
    key_worker,
    linked,
    matched,
    review,
    reviewed,
    uid,
)
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    events_of,
    handled,
    put_place,
    running,
    said,
    table,
    turn,
)
from tests.services.keyworkers.records import record_of
from tests.stack import PLACE, Stack, eventually

HARM: dict[str, Any] = {"significant_harm": (Harm.IMMEDIATE_DANGER,)}
ONE_EACH: dict[str, Any] = {"policy": {"caseload_limit": 1, "reserve_for_harm": 0}}


async def test_invariant_3_the_first_assessment_opens_and_the_next_is_routed(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"), matched(2, "a", 5))
    async with running(stack, clock):
        opened, assigned, routed = await events_of(stack, 3)
    assert isinstance(opened, ReferralOpenedV1)
    assert isinstance(assigned, KeyWorkerAssignedV1)
    assert isinstance(routed, AssessmentRoutedV1)
    assert routed.engagement_id == assigned.engagement_id
    assert routed.key_worker == assigned.key_worker
    assert routed.referral_avoided


async def test_redelivery_changes_nothing(stack: Stack, clock: Clock) -> None:
    sent = await stack.publish(matched(1, "a", **HARM), review(2, "a", 1))
    async with running(stack, clock) as service:
        await handled(service, 2)
        await stack.publish(
            *zip(sent, (matched(1, "a", **HARM), review(2, "a", 1)), strict=True),
            matched(1, "a", **HARM),  # the same fact under another event id
            matched(9, "b", 9),
        )
        await handled(service, 6)
        events = await events_of(stack, 5)
        rows = await table(service, "select state from assessment_route order by received_at")
    assert Counter(type(e).__name__ for e in events) == {
        "FrontDoorNotifiedV1": 1,
        "ReferralOpenedV1": 2,
        "KeyWorkerAssignedV1": 2,
    }
    assert [row["state"] for row in rows] == ["opened", "under_review", "opened"]


async def test_poison_in_the_middle_is_parked_and_keeps_nothing_back(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"))
    await stack.publish_raw(HOUSEHOLDS, b"{not json", [("ce_id", b"x")])
    await stack.publish(matched(2, "a", 1))
    async with running(stack, clock) as service:
        events = await events_of(stack, 3)
        status = await service.status()
    assert isinstance(events[-1], AssessmentRoutedV1)
    assert status["parked"] == 1


async def test_a_place_that_is_not_loaded_is_parked_and_can_be_retried(
    open_stack: StackFactory, clock: Clock, tmp_path: Path
) -> None:
    async with open_stack("keyworkers") as stack, running(stack, clock) as service:
        await stack.publish(matched(1, "a"))

        async def parked() -> list[dict[str, Any]]:
            return await table(service, "select id, reason from parked_record")

        (row,) = await eventually(parked)
        assert row["reason"] == f"place {PLACE} is not loaded: kith place load FILE"
        await put_place(stack, tmp_path)
        async with client_of(service) as client:
            answer = await client.post(f"/parked/{row['id']}/retry")
        assert answer.status_code == 200
        assert len(await events_of(stack, 2)) == 2


async def test_replay_into_empty_stores_gives_the_same_engagements(
    stack: Stack, open_stack: StackFactory, clock: Clock, tmp_path: Path
) -> None:
    history = [
        *(matched(n, n % 4, n, area=("WN7 1", "WN7 3", "BL1", None)[n % 4]) for n in range(20)),
        review(30, 2, 30, urgency=Urgency.URGENT),
        reviewed(30, 3, 30),
    ]
    sent = list(zip([stack.envelope(e) for e in history], history, strict=True))
    found = []
    async with open_stack("keyworkers") as other:
        await put_place(other, tmp_path)
        for where in (stack, other):
            await where.publish(*sent)
            async with running(where, clock) as service:
                await handled(service, len(history))
                found.append(
                    await table(
                        service,
                        "select engagement_id, household_id, key_worker_id, started_at"
                        " from engagement order by 1",
                    )
                    + await table(service, "select event_id, type from outbox order by 1")
                )
    assert found[0] == found[1]
    assert found[0]


async def test_invariant_2_two_transactions_for_one_household_make_one_engagement(
    stack: Stack,
) -> None:
    """Even where nobody holds the place's lock: the unique indexes have the last word."""
    pool = await create_pool(stack.dsn, "keyworkers", 4)
    try:
        async with pool.acquire() as one, pool.acquire() as two:
            first, second = one.transaction(), two.transaction()
            await first.start()
            await second.start()
            rosters = await Rosters().load(one, [PLACE])
            situations = []
            for connection, event in ((one, matched(1, "a")), (two, matched(2, "a"))):
                events = {PLACE: [event]}
                situation = (await gather(connection, rosters, events))[PLACE]
                decide(situation, event)
                situations.append(situation)
            await save_changes(one, PLACE, situations[0].changes)
            waiting = asyncio.create_task(save_changes(two, PLACE, situations[1].changes))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            await first.commit()
            with pytest.raises(asyncpg.UniqueViolationError, match="referral_one_open"):
                await waiting
            await second.rollback()
            with pytest.raises(asyncpg.UniqueViolationError, match="engagement_one_active"):
                await one.execute(
                    "insert into engagement (engagement_id, place_id, household_id, referral_id,"
                    " team_id, key_worker_id, started_at) select gen_random_uuid(), place_id,"
                    " household_id, referral_id, team_id, key_worker_id, started_at"
                    " from engagement"
                )
        assert await pool.fetchval("select count(*) from engagement") == 1
    finally:
        await pool.close()


async def test_invariant_3_two_instances_and_two_agencies_at_once_open_one_referral(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_place(stack, tmp_path, policy={"caseload_limit": 16})
    async with running(stack, clock) as one, running(stack, clock) as two:
        handlers = [Handlers(Rosters()), Handlers(Rosters())]
        consumers = [
            Consumer(service, "keyworkers.race", h.on_households)
            for service, h in zip((one, two), handlers, strict=True)
        ]
        for n in range(10):
            await asyncio.gather(
                *(
                    c.on_records([record_of(stack, matched(f"{n}-{i}", n, n), offset=n)])
                    for i, c in enumerate(consumers)
                )
            )
        counts = await table(
            one,
            "select (select count(*) from engagement) as engagements,"
            " (select count(*) from referral) as referrals,"
            " (select count(*) from assessment_route where state = 'routed') as routed,"
            " (select count(*) from parked_record) as parked",
        )
    assert counts == [{"engagements": 10, "referrals": 10, "routed": 10, "parked": 0}]


async def test_an_overdue_review_is_sent_on_provisionally_once(stack: Stack, clock: Clock) -> None:
    await stack.publish(matched(1, "a"), review(2, "a", 1, due=60))
    async with running(stack, clock) as service:
        await handled(service, 2)
        await turn(service, "untold reviews")
        clock.turn(minutes=61)
        await turn(service, "untold reviews")
        await turn(service, "untold reviews")
        await stack.publish(reviewed(2, "a", 1))
        _, _, possible, taken_back, final = await events_of(stack, 5)
    assert isinstance(possible, AssessmentRoutedV1)
    assert isinstance(taken_back, RoutingReversedV1)
    assert isinstance(final, AssessmentRoutedV1)
    assert (possible.provisional, possible.referral_avoided) == (True, False)
    assert taken_back.reason is ReversalReason.REVIEWED
    assert (final.provisional, final.referral_avoided) == (False, True)


async def test_a_place_file_is_a_version_and_may_not_leave_households_behind(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    assert await put_place(stack, tmp_path) == 1
    assert await put_place(stack, tmp_path, name="Manchester") == 2
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service:
        await handled(service, 1)
    with pytest.raises(InvalidPlace, match="key worker ann is gone, but has households"):
        await put_place(
            stack,
            tmp_path,
            key_workers=[
                key_worker("ben"),
                key_worker("cat", "leigh-west"),
                key_worker("eve", "halliwell"),
                key_worker("fay", "no-fixed-abode"),
            ],
        )


async def test_rule_3_harm_under_review_reaches_the_key_worker_its_likeliest_household_gets_later(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(review(1, "a", due=600, **HARM))
    async with running(stack, clock):
        door, lead = await events_of(stack, 2)
        await stack.publish(matched(2, "a", 5))
        await stack.publish(matched(3, "a", 6), matched(4, "z", 7))  # told once
        events = await events_of(stack, 9)
    assert isinstance(door, FrontDoorNotifiedV1)
    assert isinstance(lead, HouseholdQueuedV1)
    [assigned] = [e for e in events[2:] if isinstance(e, KeyWorkerAssignedV1)][:1]
    told = next(e for e in events if isinstance(e, AssessmentRoutedV1))
    [taken_back] = [e for e in events if isinstance(e, RoutingReversedV1)]
    assert (taken_back.assessment_id, taken_back.reason) == (
        lead.cause.assessment_id,
        ReversalReason.ASSIGNED,
    )
    assert [e.provisional for e in events if isinstance(e, AssessmentRoutedV1)] == [True, False]
    assert told.cause.assessment_id == lead.cause.assessment_id
    assert told.engagement_id == assigned.engagement_id
    assert (told.provisional, told.alert.severity) == (True, Severity.IMMEDIATE)


async def test_rule_3_harm_under_review_follows_its_likeliest_household_into_a_link(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "b"), review(2, "a", 5, due=600, **HARM), linked("b", "a", 10))
    async with running(stack, clock) as service:
        await handled(service, 3)
        events = await events_of(stack, 6)
    told = events[-1]
    assert isinstance(told, AssessmentRoutedV1)
    assert (told.household_id, told.provisional) == (uid("household", "b"), True)


async def test_each_version_of_the_place_is_said_once_with_its_working_time_and_deadlines(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with running(stack, clock) as service:
        await turn(service, "places")
        await turn(service, "places")
        policy = {"caseload_limit": 3, "deadlines": {"urgent_working_minutes": 60}}
        calendar = {"working_days": ["mon", "sat"], "bank_holidays": ["2026-04-03"]}
        await put_place(stack, tmp_path, policy=policy, calendar=calendar)
        await turn(service, "places")
        found = await said(stack, 2)
        assert [envelope.place_id for envelope, _ in found] == [PLACE, PLACE]
        assert len({envelope.id for envelope, _ in found}) == 2
        first, second = (event for _, event in found)
        assert isinstance(first, PlaceInForceV1)
        assert isinstance(second, PlaceInForceV1)
        assert (first.version, first.urgent_working_minutes) == (1, 240)
        assert (second.version, second.urgent_working_minutes) == (2, 60)
        assert second.working_days == (0, 5)
        assert second.bank_holidays == (date(2026, 4, 3),)
        assert await table(service, "select announced_version from place") == [
            {"announced_version": 2}
        ]
