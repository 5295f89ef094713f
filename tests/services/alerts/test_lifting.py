"""That a restriction be lifted: who may give the second word is asked for it, by reference."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.alerts import AlertAcknowledgedV1, AlertRaisedV1, AlertWithdrawnV1
from contracts.keyworkers import AlertPlan, Recipient
from contracts.restrictions import (
    AccessChangedV1,
    LiftingAskedV1,
    LiftingClosedV1,
    Reader,
    RestrictionLiftedV1,
    RestrictionRestoredV1,
)
from contracts.topics import ALERTS
from contracts.vocabulary import Restriction, Severity
from contracts.vocabulary_access import KnowsBecause, LiftingOutcome, LiftingReason
from contracts.vocabulary_alerts import RecipientKind
from contracts.vocabulary_changes import ReversalReason
from tests.services.alerts.conftest import Clock, Served
from tests.services.alerts.examples import (
    DESK,
    FRONT_DOOR,
    KEY_WORKER,
    LEAD,
    MONDAY_TEN,
    cause,
    recipient,
)
from tests.stack import Stack, eventually

HOUSEHOLD = uuid4()
OFFICER = recipient(RecipientKind.PRIVACY_OFFICER, "privacy-officer")


def restricted() -> AccessChangedV1:
    return AccessChangedV1(
        household_id=HOUSEHOLD,
        version=1,
        restricted=True,
        restricted_at=MONDAY_TEN - timedelta(days=1),
        readers=(Reader(id=KEY_WORKER.id, because=KnowsBecause.KEY_WORKER),),
        desk=DESK.contact,
        front_door=FRONT_DOOR.contact,
        changed_at=MONDAY_TEN - timedelta(days=1),
    )


def asked(
    lifting_id: UUID, told: Recipient = LEAD, household_id: UUID = HOUSEHOLD
) -> LiftingAskedV1:
    others = () if told == OFFICER else (OFFICER,)
    return LiftingAskedV1(
        lifting_id=lifting_id,
        household_id=household_id,
        asked_by=KEY_WORKER.id,
        told=told,
        alert=AlertPlan(severity=Severity.ROUTINE, escalation=others),
        cause=cause(restrictions=(Restriction.DOMESTIC_ABUSE,)),
    )


def closed(
    lifting_id: UUID, outcome: LiftingOutcome, by: str | None, **told: Any
) -> LiftingClosedV1:
    return LiftingClosedV1(
        lifting_id=lifting_id, household_id=HOUSEHOLD, outcome=outcome, closed_by=by, **told
    )


async def inbox_of(served: Served, who: str, count: int) -> list[dict[str, Any]]:
    """What somebody is shown of their own open alerts, once there are so many."""

    async def ask() -> list[dict[str, Any]]:
        answer = await served.client.get(
            "/v1/alerts", params={"recipient": who}, headers={"Kith-Actor": who}
        )
        return list(answer.json()["alerts"])

    return await eventually(ask, lambda found: len(found) == count)


async def test_rule_6_the_lead_is_asked_by_reference_and_the_officer_where_they_do_not_answer(
    stack: Stack, served: Served, clock: Clock
) -> None:
    event = asked(uuid4())
    await stack.publish(restricted(), (replace(stack.envelope(event), time=MONDAY_TEN), event))
    [alert] = await inbox_of(served, LEAD.id, 1)
    assert (alert["kind"], alert["severity"], alert["hidden"]) == ("lifting", "routine", True)
    assert alert["household_id"] == str(HOUSEHOLD), "its list is found by it"
    assert (alert["agency_id"], alert["restrictions"], alert["reasons"]) == (None, [], [])
    for nobody in (OFFICER.id, KEY_WORKER.id, "greater-manchester"):
        assert await inbox_of(served, nobody, 0) == []
    wrong = await served.acknowledge(alert["id"], LEAD.id, answer="not_this_household")
    assert (wrong.status_code, "list" in wrong.json()["detail"]) == (422, True)
    clock.turn(days=2)
    await next(p for p in served.service._periodic if p.name == "escalate").turn()
    [theirs] = await inbox_of(served, OFFICER.id, 1)
    assert theirs["recipient"]["id"] == OFFICER.id, "not whom else it was asked of"
    assert theirs["next_step_at"] is None, "no desk is woken that could not answer"
    assert (await served.acknowledge(alert["id"], OFFICER.id)).status_code == 200


async def test_rule_6_where_others_are_asked_instead_who_was_asked_before_need_not_answer(
    stack: Stack, served: Served
) -> None:
    """As where the household was linked into another team's, under another id. Whoever had put it
    off is not asked again, and the next lead is all the same."""
    lifting, kept = uuid4(), uuid4()
    theirs = recipient(RecipientKind.TEAM_LEAD, "wigan-south")
    await stack.publish(restricted(), asked(lifting), asked(uuid4()))
    first, other = await inbox_of(served, LEAD.id, 2)
    await stack.publish(asked(lifting, theirs, kept))
    [now] = await inbox_of(served, theirs.id, 1)
    assert (now["kind"], now["household_id"]) == ("lifting", str(kept))
    [left] = await inbox_of(served, LEAD.id, 1)
    assert {left["id"]} < {first["id"], other["id"]}, "what else is asked of them stays"
    assert (await served.acknowledge(now["id"], theirs.id)).status_code == 200
    await stack.publish(asked(lifting, OFFICER))
    await inbox_of(served, OFFICER.id, 1)
    # The answer comes under the id by which it was asked first.
    await stack.publish(closed(lifting, LiftingOutcome.DECLINED, OFFICER.id))
    assert await inbox_of(served, OFFICER.id, 0) == []
    sent = [e for _, e in await stack.read(ALERTS, lambda found: len(found) >= 7)]
    withdrawn = [event.reason for event in sent if isinstance(event, AlertWithdrawnV1)]
    assert withdrawn == [ReversalReason.ASKED_OF_OTHERS]
    known = [event.acknowledged_by for event in sent if isinstance(event, AlertAcknowledgedV1)]
    assert known == [theirs.id, OFFICER.id]


@pytest.mark.parametrize(
    ("outcome", "by", "expected"),
    [
        (LiftingOutcome.AGREED, LEAD.id, AlertAcknowledgedV1),
        (LiftingOutcome.DECLINED, OFFICER.id, AlertAcknowledgedV1),
        (LiftingOutcome.WITHDRAWN, KEY_WORKER.id, AlertWithdrawnV1),
        (LiftingOutcome.WITHDRAWN, None, AlertWithdrawnV1),
    ],
)
async def test_rule_6_once_it_is_answered_nobody_is_asked_any_more(
    stack: Stack, served: Served, outcome: LiftingOutcome, by: str | None, expected: type[Any]
) -> None:
    first, again = uuid4(), uuid4()
    await stack.publish(restricted(), asked(first), closed(first, outcome, by), asked(again))
    sent = [e for _, e in await stack.read(ALERTS, lambda found: len(found) >= 3)]
    assert [type(event) for event in sent] == [AlertRaisedV1, expected, AlertRaisedV1]
    match sent[1]:
        case AlertAcknowledgedV1():
            assert sent[1].acknowledged_by == by
        case AlertWithdrawnV1():
            assert sent[1].reason is ReversalReason.LIFTING_WITHDRAWN
    [alert] = await inbox_of(served, LEAD.id, 1)
    assert isinstance(sent[2], AlertRaisedV1)
    assert alert["id"] == str(sent[2].alert_id), "the one that is asked again"


@pytest.mark.parametrize(
    ("outcome", "by", "kind"),
    [
        (LiftingOutcome.AGREED, LEAD.id, "lifting_agreed"),
        (LiftingOutcome.DECLINED, OFFICER.id, "lifting_declined"),
        (LiftingOutcome.WITHDRAWN, None, "lifting_needless"),
    ],
)
async def test_rule_6_whoever_asked_is_told_what_was_answered(
    stack: Stack,
    served: Served,
    clock: Clock,
    outcome: LiftingOutcome,
    by: str | None,
    kind: str,
) -> None:
    """It is news: nobody else is told of it, however long they do not look."""
    about = cause(restrictions=(Restriction.DOMESTIC_ABUSE,))
    told = {"told": KEY_WORKER, "cause": about, "alert": AlertPlan(severity=Severity.ROUTINE)}
    lifting = uuid4()
    await stack.publish(restricted(), asked(lifting), closed(lifting, outcome, by, **told))
    [alert] = await inbox_of(served, KEY_WORKER.id, 1)
    assert (alert["kind"], alert["severity"], alert["next_step_at"]) == (kind, "routine", None)
    assert (alert["household_id"], alert["recipient"]["id"]) == (str(HOUSEHOLD), KEY_WORKER.id)
    assert by is None or by not in str(alert), (
        "who answered is on the page of the list, for those who may see it"
    )
    clock.turn(days=9)
    await next(p for p in served.service._periodic if p.name == "escalate").turn()
    assert await inbox_of(served, LEAD.id, 0) == await inbox_of(served, OFFICER.id, 0) == []
    wrong = await served.acknowledge(alert["id"], KEY_WORKER.id, answer="hand_over")
    assert wrong.status_code == 422
    assert (await served.acknowledge(alert["id"], KEY_WORKER.id)).status_code == 200


async def test_rule_6_what_is_restricted_again_nobody_hears_to_be_restricted_no_longer(
    stack: Stack, served: Served
) -> None:
    lifting, about = uuid4(), cause(restrictions=(Restriction.DOMESTIC_ABUSE,))
    of = {"household_id": HOUSEHOLD, "assessment_ids": (about.assessment_id,)}
    lifted = RestrictionLiftedV1(
        lifting_id=lifting,
        reason=LiftingReason.SAFE_NOW,
        asked_by=KEY_WORKER.id,
        agreed_by=LEAD.id,
        agreed_at=MONDAY_TEN,
        **of,
    )
    agreed = closed(
        lifting,
        LiftingOutcome.AGREED,
        LEAD.id,
        told=KEY_WORKER,
        cause=about,
        alert=AlertPlan(severity=Severity.ROUTINE),
    )
    await stack.publish(restricted(), asked(lifting), lifted, agreed)
    await inbox_of(served, KEY_WORKER.id, 1)
    restored = RestrictionRestoredV1(restored_by=LEAD.id, restored_at=MONDAY_TEN, **of)
    await stack.publish(restored)
    assert await inbox_of(served, KEY_WORKER.id, 0) == []
    sent = [e for _, e in await stack.read(ALERTS, lambda found: len(found) >= 4)]
    [withdrawn] = [event for event in sent if isinstance(event, AlertWithdrawnV1)]
    assert withdrawn.reason is ReversalReason.RESTRICTED_AGAIN
