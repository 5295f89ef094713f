"""Links and separations: engagements, referrals and assessments follow the household, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contracts.handovers import (
    EngagementEndedV1,
    HouseholdMovedV1,
    ReferralClosedV1,
    RoutingReversedV1,
)
from contracts.keyworkers import AssessmentRoutedV1, FrontDoorNotifiedV1, KeyWorkerAssignedV1
from contracts.vocabulary import Harm
from contracts.vocabulary_changes import ChangeReason, ReversalReason
from tests.services.keyworkers.building import (
    linked,
    matched,
    separated,
    uid,
)
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    events_of,
    handled,
    of,
    put_place,
    running,
    table,
)
from tests.services.keyworkers.relationship import active
from tests.stack import Stack


async def test_rule_8_of_two_engagements_the_longer_stays_when_households_are_linked(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(
        matched(1, "a"), matched(2, "b", 5), linked("b", "a", 10), matched(3, "b", 20)
    )
    async with running(stack, clock) as service:
        await handled(service, 4)
        events = await events_of(stack, 8)
        now = await active(service)
    first, second = of(events, KeyWorkerAssignedV1)
    [ended] = of(events, EngagementEndedV1)
    [moved] = of(events, HouseholdMovedV1)
    [routed] = of(events, AssessmentRoutedV1)
    assert ended.engagement_id == second.engagement_id
    assert ended.reason is ChangeReason.LINKED
    assert moved.engagement_id == first.engagement_id
    assert (moved.previous_household_id, moved.household_id) == (
        uid("household", "a"),
        uid("household", "b"),
    )
    assert routed.engagement_id == first.engagement_id
    assert now == {uid("household", "b"): first.key_worker.id}


async def test_rule_8_undoing_a_link_gives_each_household_its_key_worker_back(
    stack: Stack, clock: Clock
) -> None:
    link = linked("b", "a", 10)
    await stack.publish(matched(1, "a"), matched(2, "b", 5))
    async with running(stack, clock) as service:
        await handled(service, 2)
        before = await active(service)
        await stack.publish(link)
        await handled(service, 3)
        assert len(await active(service)) == 1
        await stack.publish(separated("b", "a", 30, 1, undoes=link.link_id))
        await handled(service, 4)
        events = await events_of(stack, 10)
        assert await active(service) == before
    assert not of(events, RoutingReversedV1)


async def test_what_waited_when_it_was_linked_goes_back_with_the_key_worker_it_got_since(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    await put_place(stack, tmp_path, policy={"caseload_limit": 1, "reserve_for_harm": 0})
    link = linked("b", "a", 10)
    await stack.publish(matched(8, "x"), matched(9, "y", 1), matched(1, "a", 2), link)
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 4)
        [full, _] = await table(service, "select engagement_id from engagement order by 1")
        await client.post(
            f"/v1/engagements/{full['engagement_id']}/close", json={"reason": "Things are well"}
        )
        assert uid("household", "b") in await active(service)
        await stack.publish(separated("b", "a", 30, 1, undoes=link.link_id))
        await handled(service, 5)
        now = await active(service)
        events = await events_of(stack, 12)
    assert uid("household", "a") in now
    assert uid("household", "b") not in now
    there, back = of(events, HouseholdMovedV1)
    assert (there.engagement_id, back.household_id) == (None, uid("household", "a"))
    assert back.engagement_id is not None


async def test_rule_7_not_this_household_is_routed_again_and_taken_back(
    stack: Stack, clock: Clock
) -> None:
    harm: dict[str, Any] = {"significant_harm": (Harm.CHILD_SIGNIFICANT_HARM,)}
    sent = (
        matched(1, "a"),
        matched(2, "a", 5, **harm),
        separated("a", "c", 30, 2, **harm),
    )
    await stack.publish(*sent)
    async with running(stack, clock) as service:
        await handled(service, 3)
        events = await events_of(stack, 7)
        now = await active(service)
        await stack.publish(sent[2], sent[2])  # the same fact under other event ids
        await handled(service, 5)
        assert await active(service) == now
    [taken_back] = of(events, RoutingReversedV1)
    assert taken_back.assessment_id == uid("assessment", 2)
    assert taken_back.household_id == uid("household", "a")
    assert taken_back.reason is ReversalReason.NOT_THIS_HOUSEHOLD
    assert set(now) == {uid("household", "a"), uid("household", "c")}
    assert len(of(events, FrontDoorNotifiedV1)) == 1  # told once, and never again


async def test_a_household_left_without_assessments_keeps_no_referral(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(matched(1, "a"), separated("a", "c", 30, 1))
    async with running(stack, clock) as service:
        await handled(service, 2)
        events = await events_of(stack, 7)
        assert set(await active(service)) == {uid("household", "c")}
    [closed] = of(events, ReferralClosedV1)
    assert closed.household_id == uid("household", "a")
    assert closed.reason is ReversalReason.NO_ASSESSMENT_LEFT
