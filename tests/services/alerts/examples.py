"""Assignments to test with: one household, its key worker, cover, team lead and desks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from contracts.duplication import MatchEvidence
from contracts.keyworkers import (
    AlertPlan,
    AssessmentRoutedV1,
    Cause,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    Recipient,
    ReferralOpenedV1,
    WorkContact,
)
from contracts.vocabulary import AgencyKind, Harm, Severity
from contracts.vocabulary_alerts import RecipientKind

MONDAY_TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)


def recipient(kind: RecipientKind, id_: str) -> Recipient:
    return Recipient(kind=kind, id=id_, contact=WorkContact(name=id_.title(), role=str(kind)))


KEY_WORKER = recipient(RecipientKind.KEY_WORKER, "kw-asha")
COVER = recipient(RecipientKind.KEY_WORKER, "kw-ben")
LEAD = recipient(RecipientKind.TEAM_LEAD, "wigan-north")
DESK = recipient(RecipientKind.DUTY_DESK, "wigan-north")
FRONT_DOOR = recipient(RecipientKind.FRONT_DOOR, "greater-manchester")


def cause(**changes: Any) -> Cause:
    values: dict[str, Any] = {
        "assessment_id": uuid4(),
        "agency_id": "wigan-schools",
        "agency_kind": AgencyKind.SCHOOL,
        "received_at": MONDAY_TEN,
    }
    return Cause(**(values | changes))


def plan(severity: Severity = Severity.URGENT) -> AlertPlan:
    return AlertPlan(severity=severity, escalation=(COVER, LEAD, DESK))


def assigned(**changes: Any) -> KeyWorkerAssignedV1:
    values: dict[str, Any] = {
        "engagement_id": uuid4(),
        "referral_id": uuid4(),
        "household_id": uuid4(),
        "team_id": "wigan-north",
        "key_worker": KEY_WORKER,
        "cause": cause(),
        "alert": plan(),
        "reasons": ("has the most room",),
    }
    return KeyWorkerAssignedV1(**(values | changes))


def routed(**changes: Any) -> AssessmentRoutedV1:
    values: dict[str, Any] = {
        "household_id": uuid4(),
        "engagement_id": uuid4(),
        "team_id": "wigan-north",
        "key_worker": KEY_WORKER,
        "cause": cause(),
        "alert": plan(),
        "evidence": MatchEvidence(
            decision_id=uuid4(), weight=21.5, model_version="2026.1", rule="link"
        ),
    }
    return AssessmentRoutedV1(**(values | changes))


def queued(**changes: Any) -> HouseholdQueuedV1:
    values: dict[str, Any] = {
        "household_id": uuid4(),
        "referral_id": uuid4(),
        "team_id": "wigan-north",
        "team_lead": LEAD,
        "cause": cause(),
        "alert": AlertPlan(severity=Severity.ROUTINE, escalation=(DESK,)),
        "waiting_since": MONDAY_TEN,
    }
    return HouseholdQueuedV1(**(values | changes))


def front_door(household_id: UUID | None = None) -> FrontDoorNotifiedV1:
    return FrontDoorNotifiedV1(
        household_id=household_id,
        front_door=FRONT_DOOR,
        grounds=(Harm.CHILD_SIGNIFICANT_HARM,),
        cause=cause(),
        alert=AlertPlan(severity=Severity.IMMEDIATE),
    )


def opened() -> ReferralOpenedV1:
    return ReferralOpenedV1(
        referral_id=uuid4(), household_id=uuid4(), team_id="wigan-north", cause=cause()
    )
