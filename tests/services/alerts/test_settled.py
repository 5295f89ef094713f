"""What was asked or announced is closed when it is settled, and nobody's alert is left lying."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.alerts import AlertAcknowledgedV1, AlertMovedV1, AlertWithdrawnV1
from contracts.handovers import (
    EngagementEndedV1,
    HandoverDeclinedV1,
    HandoverProposedV1,
    HouseholdOfferedV1,
)
from contracts.topics import ALERTS
from contracts.vocabulary_alerts import RecipientKind
from contracts.vocabulary_changes import ChangeReason, HandoverOutcome, ReversalReason
from tests.services.alerts.conftest import Served
from tests.services.alerts.examples import (
    KEY_WORKER,
    LEAD,
    MONDAY_TEN,
    assigned,
    cause,
    front_door,
    plan,
    queued,
    recipient,
    routed,
)
from tests.stack import Stack, eventually

NEXT = recipient(RecipientKind.KEY_WORKER, "kw-next")


def _proposed(**changes: Any) -> HandoverProposedV1:
    values: dict[str, Any] = {
        "handover_id": uuid4(),
        "engagement_id": uuid4(),
        "household_id": uuid4(),
        "from_key_worker": KEY_WORKER,
        "to_key_worker": NEXT,
        "reason": ChangeReason.REQUESTED,
        "proposed_by": KEY_WORKER.id,
        "expires_at": MONDAY_TEN + timedelta(days=2),
        "cause": cause(),
        "alert": plan(),
    }
    return HandoverProposedV1(**(values | changes))


def _ended(before: Any, **changes: Any) -> EngagementEndedV1:
    values: dict[str, Any] = {
        "engagement_id": before.engagement_id,
        "referral_id": uuid4(),
        "household_id": before.household_id,
        "key_worker_id": KEY_WORKER.id,
        "reason": ChangeReason.HELPED,
        "ended_at": MONDAY_TEN,
    }
    return EngagementEndedV1(**(values | changes))


async def _none_left(served: Served, recipient_id: str) -> None:
    await eventually(lambda: served.inbox(recipient_id), lambda page: page["alerts"] == [])


@pytest.mark.parametrize(
    ("outcome", "by", "reason"),
    [
        (HandoverOutcome.WITHDRAWN, KEY_WORKER.id, ReversalReason.HANDOVER_WITHDRAWN),
        (HandoverOutcome.EXPIRED, None, ReversalReason.HANDOVER_EXPIRED),
        (None, None, ReversalReason.HANDOVER_EXPIRED),  # said before there were outcomes
    ],
)
async def test_a_question_that_came_to_nothing_is_taken_back_from_whom_it_was_asked(
    stack: Stack, served: Served, outcome: HandoverOutcome | None, by: str, reason: ReversalReason
) -> None:
    asked, other = _proposed(), _proposed()
    await stack.publish(asked, other)
    await served.alerts(2, NEXT.id)
    over = HandoverDeclinedV1(
        handover_id=asked.handover_id,
        engagement_id=asked.engagement_id,
        household_id=asked.household_id,
        decided_by=by,
        outcome=outcome,
    )
    await stack.publish(over)
    found = await stack.read(ALERTS, lambda events: len(events) >= 3)
    [gone] = [e for _, e in found if isinstance(e, AlertWithdrawnV1)]
    assert gone.reason is reason
    [left] = await served.alerts(1, NEXT.id)
    assert left["household_id"] == str(other.household_id)


async def test_an_offer_is_known_to_who_claims_it_and_taken_back_where_it_is_assigned(
    stack: Stack, served: Served
) -> None:
    offers = [
        HouseholdOfferedV1(
            household_id=uuid4(),
            referral_id=uuid4(),
            team_id="wigan-north",
            offered_to=LEAD,
            claim_by=MONDAY_TEN + timedelta(hours=4),
            cause=cause(),
            alert=plan(),
        )
        for _ in range(3)
    ]
    waits = queued()
    claimed = assigned(referral_id=offers[0].referral_id, claimed=True)
    given = assigned(referral_id=offers[1].referral_id)
    drained = assigned(referral_id=waits.referral_id)
    await stack.publish(*offers, waits, claimed, given, drained)
    found = await stack.read(ALERTS, lambda events: len(events) >= 10)
    [left] = await served.alerts(1, LEAD.id)
    assert left["household_id"] == str(offers[2].household_id)
    [known] = [e for _, e in found if isinstance(e, AlertAcknowledgedV1)]
    assert (known.acknowledged_by, known.household_id) == (
        KEY_WORKER.id, offers[0].household_id,
    )  # fmt: skip
    gone = [e for _, e in found if isinstance(e, AlertWithdrawnV1)]
    assert [e.reason for e in gone] == [ReversalReason.ASSIGNED] * 2


async def test_when_the_work_ends_the_lead_is_told_of_what_nobody_has_answered(
    stack: Stack, served: Served
) -> None:
    event = routed()
    asked = _proposed(engagement_id=event.engagement_id, household_id=event.household_id)
    await stack.publish(event, asked, front_door(event.household_id), routed())
    await served.alerts(2)
    await stack.publish(_ended(event))
    [lead] = await served.alerts(1, LEAD.id)
    assert (lead["kind"], lead["household_id"]) == ("routed", str(event.household_id))
    assert lead["recipient"]["id"] == LEAD.id
    await _none_left(served, NEXT.id)
    assert len(await served.alerts(1)) == 1  # the other household's
    found = await stack.read(ALERTS, lambda events: len(events) >= 6)
    assert [e.reason for _, e in found if isinstance(e, AlertWithdrawnV1)] == [
        ReversalReason.ENGAGEMENT_ENDED
    ]


async def test_after_a_link_the_other_key_worker_has_the_alerts_of_both(
    stack: Stack, served: Served
) -> None:
    lost = routed()
    kept_household, kept_engagement = uuid4(), uuid4()
    await stack.publish(lost)
    await served.alerts(1)
    linked = _ended(
        lost,
        household_id=kept_household,
        reason=ChangeReason.LINKED,
        kept_engagement_id=kept_engagement,
        key_worker=NEXT,
        alert=plan(),
    )
    await stack.publish(linked)
    [alert] = await served.alerts(1, NEXT.id)
    assert alert["household_id"] == str(kept_household)
    await _none_left(served, KEY_WORKER.id)
    found = await stack.read(ALERTS, lambda events: len(events) >= 2)
    [moved] = [e for _, e in found if isinstance(e, AlertMovedV1)]
    assert (moved.recipient, moved.household_id) == (NEXT, kept_household)
    # It is the kept engagement's now, and follows that.
    after = lost.model_copy(update={"engagement_id": kept_engagement})
    await stack.publish(_ended(after, household_id=kept_household, key_worker_id=NEXT.id))
    assert len(await served.alerts(1, LEAD.id)) == 1
