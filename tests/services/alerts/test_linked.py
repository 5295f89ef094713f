"""Alerts when households are linked, and when they are two again."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from contracts.alerts import AlertWithdrawnV1
from contracts.handovers import (
    AssessmentsMovedV1,
    EngagementEndedV1,
    HouseholdMovedV1,
    RoutingReversedV1,
)
from contracts.keyworkers import AlertPlan, AssessmentRoutedV1
from contracts.topics import ALERTS
from contracts.vocabulary import Severity
from contracts.vocabulary_alerts import RecipientKind
from contracts.vocabulary_changes import ChangeReason, ReversalReason
from tests.services.alerts.conftest import Served
from tests.services.alerts.examples import (
    COVER,
    DESK,
    FRONT_DOOR,
    KEY_WORKER,
    LEAD,
    MONDAY_TEN,
    cause,
    front_door,
    plan,
    recipient,
    routed,
)
from tests.stack import Stack, eventually

NEXT = recipient(RecipientKind.KEY_WORKER, "kw-next")


def _linked(ours: AssessmentRoutedV1, theirs: AssessmentRoutedV1) -> EngagementEndedV1:
    """Theirs stays, and ours ends: our household is theirs from now on."""
    return EngagementEndedV1(
        engagement_id=ours.engagement_id,
        referral_id=uuid4(),
        household_id=theirs.household_id,
        key_worker_id=KEY_WORKER.id,
        reason=ChangeReason.LINKED,
        ended_at=MONDAY_TEN,
        kept_engagement_id=theirs.engagement_id,
        key_worker=NEXT,
        alert=plan(),
        previous=KEY_WORKER,
        cause=cause(),
        asked=AlertPlan(severity=Severity.ROUTINE, escalation=(LEAD,)),
        reasons=("please hand over to Kw-Next",),
    )


def _taken_up(ended: EngagementEndedV1, household: Any) -> HouseholdMovedV1:
    return HouseholdMovedV1(
        previous_household_id=ended.household_id,
        household_id=household,
        referral_id=ended.referral_id,
        engagement_id=ended.engagement_id,
        key_worker=KEY_WORKER,
        alert=AlertPlan(severity=Severity.ROUTINE, escalation=(COVER, DESK)),
        reason=ReversalReason.SEPARATED,
    )


async def test_rule_8_the_other_key_worker_is_asked_to_hand_over_and_theirs_follow(
    stack: Stack, served: Served
) -> None:
    ours, theirs = routed(), routed(key_worker=NEXT)
    await stack.publish(ours, theirs, _linked(ours, theirs))
    found = await served.alerts(2, NEXT.id)
    assert {a["household_id"] for a in found} == {str(theirs.household_id)}
    [asked] = await served.alerts(1)
    assert (asked["kind"], asked["reasons"]) == ("linked", ["please hand over to Kw-Next"])
    assert (await served.acknowledge(asked["id"])).status_code == 200


async def test_two_again_each_key_worker_has_the_alerts_that_are_theirs(
    stack: Stack, served: Served
) -> None:
    ours, theirs = routed(), routed(key_worker=NEXT)
    ended = _linked(ours, theirs)
    meanwhile = routed(
        key_worker=NEXT, household_id=theirs.household_id, engagement_id=theirs.engagement_id
    )
    await stack.publish(ours, theirs, ended, meanwhile)
    await served.alerts(3, NEXT.id)
    await stack.publish(_taken_up(ended, ours.household_id))
    [mine] = await eventually(
        lambda: served.alerts(1),
        lambda found: found[0]["household_id"] == str(ours.household_id),
    )
    assert mine["kind"] == "routed"
    left = await served.alerts(2, NEXT.id)
    assert {a["household_id"] for a in left} == {str(theirs.household_id)}
    sent = await stack.read(ALERTS, lambda e: any(isinstance(x, AlertWithdrawnV1) for _, x in e))
    [gone] = [e for _, e in sent if isinstance(e, AlertWithdrawnV1)]
    assert gone.reason is ReversalReason.SEPARATED  # nothing to hand over any more
    plan_now = await served.service.pool.fetchval(
        "select plan from alert where id = $1", mine["id"]
    )
    assert [one["id"] for one in plan_now["escalation"]] == [COVER.id, DESK.id]


async def test_what_two_links_handed_on_comes_back_one_by_one(stack: Stack, served: Served) -> None:
    ours, theirs, last = routed(), routed(key_worker=NEXT), routed(key_worker=COVER)
    first = _linked(ours, theirs)
    second = _linked(theirs, last).model_copy(
        update={"key_worker_id": NEXT.id, "key_worker": COVER, "previous": None}
    )
    await stack.publish(ours, theirs, last, first, second)
    await served.alerts(3, COVER.id)
    back = _taken_up(second, theirs.household_id).model_copy(update={"key_worker": NEXT})
    await stack.publish(back)
    assert len(await served.alerts(2, NEXT.id)) == 2
    again = _taken_up(first, ours.household_id).model_copy(
        update={"previous_household_id": theirs.household_id}
    )
    await stack.publish(again)
    await eventually(
        lambda: served.alerts(1),
        lambda found: found[0]["household_id"] == str(ours.household_id),
    )
    assert len(await served.alerts(1, NEXT.id)) == 1


async def test_the_front_doors_alert_follows_its_assessment_and_is_never_withdrawn(
    stack: Stack, served: Served
) -> None:
    event = routed()
    door = front_door(event.household_id).model_copy(update={"cause": event.cause})
    await stack.publish(event, door)
    await served.alerts(1, FRONT_DOOR.id)
    now = uuid4()
    reversed_ = RoutingReversedV1(
        assessment_id=event.cause.assessment_id,
        household_id=event.household_id,
        engagement_id=event.engagement_id,
        now_household_id=now,
        reason=ReversalReason.SEPARATED,
    )
    await stack.publish(reversed_)
    [alert] = await eventually(
        lambda: served.alerts(1, FRONT_DOOR.id),
        lambda found: found[0]["household_id"] == str(now),
    )
    assert alert["state"] != "withdrawn"
    back = AssessmentsMovedV1(
        household_id=event.household_id,
        assessment_ids=(event.cause.assessment_id,),
        reason=ReversalReason.SEPARATED,
    )
    await stack.publish(back)
    await eventually(
        lambda: served.alerts(1, FRONT_DOOR.id),
        lambda found: found[0]["household_id"] == str(event.household_id),
    )
