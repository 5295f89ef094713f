"""Events that other services send about an assessment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.alerts import AlertAcknowledgedV1
from contracts.duplication import Candidate, MatchEvidence, ReviewRequestedV1, RoutingFacts
from contracts.handovers import (
    AssessmentsMovedV1,
    EngagementEndedV1,
    HouseholdMovedV1,
    KeyWorkerChangedV1,
)
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
from contracts.vocabulary import AgencyKind, Harm, Restriction, Severity, Urgency
from contracts.vocabulary_alerts import AlertKind, RecipientKind
from contracts.vocabulary_changes import ChangeReason, ReversalReason

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
AGENCY = "wigan-primary-school"
PLAN = AlertPlan(severity=Severity.ROUTINE)


def minute(n: int) -> datetime:
    return START + timedelta(minutes=n)


def contact(name: str) -> WorkContact:
    return WorkContact(name=name, role="Family Help Lead Practitioner", phone="01942 000000")


def recipient(name: str, kind: RecipientKind = RecipientKind.KEY_WORKER) -> Recipient:
    return Recipient(kind=kind, id=name.lower(), contact=contact(name))


def cause(assessment_id: UUID) -> Cause:
    return Cause(
        assessment_id=assessment_id,
        agency_id=AGENCY,
        agency_kind=AgencyKind.SCHOOL,
        received_at=START,
    )


def evidence() -> MatchEvidence:
    return MatchEvidence(decision_id=uuid4(), model_version="test", rule="test")


def review(assessment_id: UUID) -> ReviewRequestedV1:
    return ReviewRequestedV1(
        review_id=uuid4(),
        assessment_id=assessment_id,
        candidates=(Candidate(household_id=uuid4(), weight=3.0),),
        due_at=START + timedelta(days=1),
        facts=RoutingFacts(
            agency_id=AGENCY,
            agency_kind=AgencyKind.SCHOOL,
            received_at=START,
            urgency=Urgency.ROUTINE,
        ),
        evidence=evidence(),
    )


def routed(
    assessment_id: UUID, household_id: UUID, name: str = "Sam", *, provisional: bool = False
) -> AssessmentRoutedV1:
    return AssessmentRoutedV1(
        household_id=household_id,
        engagement_id=uuid4(),
        team_id="wigan-north",
        key_worker=recipient(name),
        cause=cause(assessment_id),
        alert=PLAN,
        provisional=provisional,
        referral_avoided=not provisional,
        evidence=evidence(),
    )


def referred(assessment_id: UUID, household_id: UUID, referral_id: UUID) -> ReferralOpenedV1:
    return ReferralOpenedV1(
        referral_id=referral_id,
        household_id=household_id,
        team_id="wigan-north",
        cause=cause(assessment_id),
    )


def queued(
    assessment_id: UUID,
    household_id: UUID,
    referral_id: UUID,
    name: str = "Lee",
    *,
    provisional: bool = False,
) -> HouseholdQueuedV1:
    return HouseholdQueuedV1(
        household_id=household_id,
        referral_id=referral_id,
        team_id="wigan-north",
        team_lead=recipient(name, RecipientKind.TEAM_LEAD),
        cause=cause(assessment_id),
        alert=PLAN,
        waiting_since=START,
        provisional=provisional,
    )


def assigned(
    assessment_id: UUID, household_id: UUID, referral_id: UUID, name: str = "Kim"
) -> KeyWorkerAssignedV1:
    return KeyWorkerAssignedV1(
        engagement_id=uuid4(),
        referral_id=referral_id,
        household_id=household_id,
        team_id="wigan-north",
        key_worker=recipient(name),
        cause=cause(assessment_id),
        alert=PLAN,
    )


def changed(engagement_id: UUID, household_id: UUID, name: str) -> KeyWorkerChangedV1:
    return KeyWorkerChangedV1(
        engagement_id=engagement_id,
        household_id=household_id,
        team_id="wigan-north",
        previous_key_worker_id="kim",
        key_worker=recipient(name),
        reason=ChangeReason.LONG_ABSENCE,
        cause=cause(uuid4()),
        alert=PLAN,
        reasons=(f"{name} accepted the handover",),
    )


def moved(engagement_id: UUID, before: UUID, after: UUID, name: str) -> HouseholdMovedV1:
    return HouseholdMovedV1(
        previous_household_id=before,
        household_id=after,
        referral_id=uuid4(),
        engagement_id=engagement_id,
        key_worker=recipient(name),
        reason=ReversalReason.LINKED,
    )


def are_of(household_id: UUID, *assessment_ids: UUID) -> AssessmentsMovedV1:
    return AssessmentsMovedV1(
        household_id=household_id, assessment_ids=assessment_ids, reason=ReversalReason.LINKED
    )


def ended(
    engagement_id: UUID, household_id: UUID, reason: ChangeReason = ChangeReason.HELPED
) -> EngagementEndedV1:
    return EngagementEndedV1(
        engagement_id=engagement_id,
        referral_id=uuid4(),
        household_id=household_id,
        key_worker_id="kim",
        reason=reason,
        ended_at=START,
    )


def front_door(assessment_id: UUID, *restrictions: Restriction) -> FrontDoorNotifiedV1:
    return FrontDoorNotifiedV1(
        front_door=recipient("Door", RecipientKind.FRONT_DOOR),
        of_place=contact("The place's door"),
        grounds=(Harm.IMMEDIATE_DANGER,),
        cause=cause(assessment_id).model_copy(update={"restrictions": restrictions}),
        alert=PLAN,
    )


def acknowledged(
    assessment_id: UUID, household_id: UUID | None, kind: AlertKind, at: datetime
) -> AlertAcknowledgedV1:
    return AlertAcknowledgedV1(
        alert_id=uuid4(),
        kind=kind,
        assessment_id=assessment_id,
        household_id=household_id,
        acknowledged_by="kim",
        acknowledged_at=at,
    )


def brief(outcome: Any) -> tuple[Any, ...]:
    """Kind and name of an outcome event, for short expectations."""
    return outcome.outcome.value, outcome.contact.name if outcome.contact else None
