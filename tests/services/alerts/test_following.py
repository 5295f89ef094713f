"""Alerts follow their household, and are answered in more words than "I know"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from contracts.alerts import (
    AlertAcknowledgedV1,
    AlertAnsweredV1,
    AlertEscalatedV1,
    AlertMovedV1,
    AlertWithdrawnV1,
)
from contracts.envelope import Event
from contracts.handovers import (
    HandoverProposedV1,
    HouseholdMovedV1,
    HouseholdOfferedV1,
    KeyWorkerChangedV1,
    RoutingReversedV1,
)
from contracts.topics import ALERTS
from contracts.vocabulary_alerts import AlertAnswer, RecipientKind
from contracts.vocabulary_changes import ChangeReason, ReversalReason
from tests.services.alerts.conftest import Served
from tests.services.alerts.examples import (
    COVER,
    FRONT_DOOR,
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
from tests.stack import Stack

NEXT = recipient(RecipientKind.KEY_WORKER, "kw-next")


async def _sent(stack: Stack, count: int) -> list[Event]:
    found = await stack.read(ALERTS, lambda events: len(events) >= count)
    return [event for _, event in found]


def _changed(before: Any, **changes: Any) -> KeyWorkerChangedV1:
    values: dict[str, Any] = {
        "engagement_id": before.engagement_id,
        "household_id": before.household_id,
        "team_id": "wigan-north",
        "previous_key_worker_id": KEY_WORKER.id,
        "key_worker": NEXT,
        "reason": ChangeReason.REQUESTED,
        "cause": before.cause,
        "alert": plan(),
    }
    return KeyWorkerChangedV1(**(values | changes))


async def test_an_answer_acknowledges_and_says_what_should_happen(
    stack: Stack, served: Served
) -> None:
    event = routed()
    await stack.publish(event)
    [alert] = await served.alerts(1)
    for _ in range(2):
        said = await served.acknowledge(alert["id"], answer="not_this_household")
        assert (said.json()["state"], said.json()["answer"]) == (
            "acknowledged", "not_this_household",
        )  # fmt: skip
    sent = await _sent(stack, 3)
    assert len([e for e in sent if isinstance(e, AlertAcknowledgedV1)]) == 1
    [answer] = [e for e in sent if isinstance(e, AlertAnsweredV1)]
    assert answer.answer is AlertAnswer.NOT_THIS_HOUSEHOLD
    assert (answer.household_id, answer.assessment_id) == (
        event.household_id, event.cause.assessment_id,
    )  # fmt: skip


async def test_acknowledged_alert_can_still_be_handed_over(stack: Stack, served: Served) -> None:
    await stack.publish(assigned())
    [alert] = await served.alerts(1)
    await served.acknowledge(alert["id"])
    said = await served.acknowledge(alert["id"], answer="hand_over", hand_over_to=NEXT.id)
    assert said.json()["hand_over_to"] == NEXT.id
    assert (await served.acknowledge(alert["id"])).json()["answer"] == "hand_over"
    sent = await _sent(stack, 3)
    assert [e.hand_over_to for e in sent if isinstance(e, AlertAnsweredV1)] == [NEXT.id]
    assert len([e for e in sent if isinstance(e, AlertAcknowledgedV1)]) == 1
    refused = await served.acknowledge(alert["id"], answer="spoken_to_them", hand_over_to=NEXT.id)
    assert refused.status_code == 422
    stranger = await served.acknowledge(alert["id"], actor="kw-else", answer="spoken_to_them")
    assert stranger.status_code == 403


async def test_offer_and_proposed_handover_alert_whom_they_ask(
    stack: Stack, served: Served
) -> None:
    offered = HouseholdOfferedV1(
        household_id=uuid4(),
        referral_id=uuid4(),
        team_id="wigan-north",
        offered_to=LEAD,
        claim_by=MONDAY_TEN + timedelta(hours=4),
        cause=cause(),
        alert=plan(),
    )
    proposed = HandoverProposedV1(
        handover_id=uuid4(),
        engagement_id=uuid4(),
        household_id=uuid4(),
        from_key_worker=KEY_WORKER,
        to_key_worker=NEXT,
        reason=ChangeReason.REQUESTED,
        proposed_by=KEY_WORKER.id,
        expires_at=MONDAY_TEN + timedelta(days=2),
        cause=cause(),
        alert=plan(),
    )
    await stack.publish(offered, proposed)
    assert [a["kind"] for a in await served.alerts(1, LEAD.id)] == ["offered"]
    assert [a["kind"] for a in await served.alerts(1, NEXT.id)] == ["handover"]
    await stack.publish(_changed(proposed, handover_id=proposed.handover_id))
    sent = await _sent(stack, 4)
    [known] = [e for e in sent if isinstance(e, AlertAcknowledgedV1)]
    assert known.acknowledged_by == NEXT.id
    assert [a["kind"] for a in await served.alerts(1, NEXT.id)] == ["changed"]


async def test_open_alerts_go_to_the_next_key_worker(stack: Stack, served: Served) -> None:
    before, elsewhere = assigned(), assigned()
    await stack.publish(before, elsewhere, front_door(before.household_id))
    await served.alerts(2)
    await stack.publish(_changed(before))
    found = await served.alerts(2, NEXT.id)
    assert {a["kind"] for a in found} == {"assigned", "changed"}
    assert [a["household_id"] for a in await served.alerts(1)] == [str(elsewhere.household_id)]
    assert len(await served.alerts(1, FRONT_DOOR.id)) == 1
    [moved] = [e for e in await _sent(stack, 5) if isinstance(e, AlertMovedV1)]
    assert moved.recipient == NEXT
    [alert] = [a for a in found if a["kind"] == "assigned"]
    assert (await served.acknowledge(alert["id"])).status_code == 403
    assert (await served.acknowledge(alert["id"], actor=NEXT.id)).status_code == 200


async def test_alert_of_reversed_routing_is_withdrawn_and_the_front_doors_never(
    stack: Stack, served: Served
) -> None:
    event = routed()
    door = front_door(event.household_id).model_copy(update={"cause": event.cause})
    await stack.publish(event, door)
    [alert] = await served.alerts(1)
    reversed_ = RoutingReversedV1(
        assessment_id=event.cause.assessment_id,
        household_id=event.household_id,
        engagement_id=event.engagement_id,
        reason=ReversalReason.SEPARATED,
    )
    # Routed anew in the same batch, elsewhere: that alert stays.
    again = routed(cause=event.cause)
    await stack.publish(reversed_, again)
    sent = await _sent(stack, 4)
    [gone] = [e for e in sent if isinstance(e, AlertWithdrawnV1)]
    assert (str(gone.alert_id), gone.reason) == (alert["id"], ReversalReason.SEPARATED)
    [left] = await served.alerts(1)
    assert left["household_id"] == str(again.household_id)
    assert len(await served.alerts(1, FRONT_DOOR.id)) == 1
    late = await served.acknowledge(alert["id"])
    assert (late.json()["state"], late.json()["acknowledged_by"]) == ("withdrawn", None)


async def test_alerts_go_with_the_household_and_back(stack: Stack, served: Served) -> None:
    mine, other = queued(), queued()
    await stack.publish(mine, other)
    await served.alerts(2, LEAD.id)

    def moved(here: Any, there: Any) -> HouseholdMovedV1:
        return HouseholdMovedV1(
            previous_household_id=here,
            household_id=there,
            referral_id=mine.referral_id,
            reason=ReversalReason.LINKED,
        )

    await stack.publish(moved(mine.household_id, other.household_id))
    await _sent(stack, 3)
    found = await served.alerts(2, LEAD.id)
    assert {a["household_id"] for a in found} == {str(other.household_id)}
    await stack.publish(moved(other.household_id, mine.household_id))
    await _sent(stack, 4)
    found = await served.alerts(2, LEAD.id)
    assert {a["household_id"] for a in found} == {str(e.household_id) for e in (mine, other)}


async def test_somebody_away_the_next_is_told_at_once_as_well(stack: Stack, served: Served) -> None:
    event = assigned(alert=plan().model_copy(update={"away": True}))
    sent = (stack.envelope(event), event)
    await stack.publish(sent, sent)
    [alert] = await served.alerts(1)
    assert [a["id"] for a in await served.alerts(1, COVER.id)] == [alert["id"]]
    assert [e["recipient"]["id"] for e in alert["escalations"]] == [COVER.id]
    assert alert["next_step_at"] == alert["due_at"]
    steps = [e for e in await _sent(stack, 2) if isinstance(e, AlertEscalatedV1)]
    assert [(s.step, s.recipient) for s in steps] == [(1, COVER)]
