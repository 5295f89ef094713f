"""Which alert follows from an assignment, for whom and by when. Pure.

The alert's id follows from the event's, so that an event delivered again shows nothing again. The
deadline counts from when the assignment was made, not from when this service came to it: being
late ourselves gives nobody more time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.alerts import AlertRaisedV1
from contracts.envelope import Envelope, Event, derive_id
from contracts.handovers import (
    EngagementEndedV1,
    HandoverDeclinedV1,
    HandoverProposedV1,
    HandoverRefusedV1,
    HouseholdOfferedV1,
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
)
from contracts.restrictions import LiftingAskedV1, LiftingClosedV1
from contracts.vocabulary import Severity
from contracts.vocabulary_access import LiftingOutcome
from contracts.vocabulary_alerts import AlertKind
from services.alerts.policy import Policies

_ANSWERED = {
    LiftingOutcome.AGREED: AlertKind.LIFTING_AGREED,
    LiftingOutcome.DECLINED: AlertKind.LIFTING_DECLINED,
    LiftingOutcome.WITHDRAWN: AlertKind.LIFTING_NEEDLESS,
}


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert as it is raised. ``plan``: whom to tell next, in order. ``details``: as shown."""

    id: UUID
    place_id: str
    kind: AlertKind
    severity: Severity
    recipient: Recipient
    plan: tuple[Recipient, ...]
    assessment_id: UUID
    household_id: UUID | None
    details: dict[str, Any]
    raised_at: datetime
    due_at: datetime
    traceparent: str | None
    referral_id: UUID | None = None
    engagement_id: UUID | None = None
    away: bool = False
    lifting_id: UUID | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """What tells its events from those of the alert that its event calls for besides."""
        return (self.kind,) if self.kind is AlertKind.HANDED_OVER else ()

    @property
    def escalate_at(self) -> datetime | None:
        return self.due_at if self.plan else None

    def raised(self) -> AlertRaisedV1:
        """The event that says so."""
        return AlertRaisedV1(
            alert_id=self.id,
            kind=self.kind,
            severity=self.severity,
            recipient=self.recipient,
            assessment_id=self.assessment_id,
            household_id=self.household_id,
            raised_at=self.raised_at,
            due_at=self.due_at,
        )


def alerts_for(
    envelope: Envelope, event: Event, policies: Policies, now: datetime
) -> tuple[NewAlert, ...]:
    """The alerts that ``event`` calls for; none when nobody needs to be told."""
    told = _first(envelope, event, policies, now)
    if told is None:
        return ()
    if isinstance(event, KeyWorkerChangedV1) and event.previous and event.asked:
        policy = policies.of(envelope.place_id)
        return told, replace(
            told,
            id=derive_id(envelope.id, "alert", "previous"),
            kind=AlertKind.HANDED_OVER,
            severity=event.asked.severity,
            recipient=event.previous,
            plan=event.asked.escalation,
            due_at=policy.acknowledge_by(event.asked.severity, envelope.time),
            away=event.asked.away,
        )
    return (told,)


def _first(envelope: Envelope, event: Event, policies: Policies, now: datetime) -> NewAlert | None:
    match event:
        case KeyWorkerAssignedV1():
            kind, recipient = AlertKind.ASSIGNED, event.key_worker
            details = _details(event.cause, reasons=event.reasons)
        case AssessmentRoutedV1():
            kind = AlertKind.POSSIBLE_MATCH if event.provisional else AlertKind.ROUTED
            recipient = event.key_worker
            details = _details(event.cause, reasons=event.reasons)
        case HouseholdQueuedV1():
            kind, recipient = AlertKind.QUEUED, event.team_lead
            details = _details(event.cause, reasons=event.reasons)
        case FrontDoorNotifiedV1():
            kind, recipient = AlertKind.FRONT_DOOR, event.front_door
            details = _details(event.cause, grounds=tuple(event.grounds))
        case HouseholdOfferedV1():
            kind, recipient = AlertKind.OFFERED, event.offered_to
            details = _details(event.cause, reasons=event.reasons)
        case HandoverProposedV1():
            kind, recipient = AlertKind.HANDOVER, event.to_key_worker
            details = _details(event.cause)
        case KeyWorkerChangedV1():
            kind, recipient = AlertKind.CHANGED, event.key_worker
            details = _details(event.cause, reasons=event.reasons)
        case HandoverDeclinedV1() | HandoverRefusedV1() if event.told and event.cause:
            kind, recipient = AlertKind.NOT_HANDED_OVER, event.told
            details = _details(event.cause, reasons=event.reasons)
        case EngagementEndedV1() if event.previous and event.cause and event.asked:
            kind, recipient = AlertKind.LINKED, event.previous
            details = _details(event.cause, reasons=event.reasons)
        case LiftingAskedV1():
            kind, recipient = AlertKind.LIFTING, event.told
            details = _details(event.cause)
        case LiftingClosedV1() if event.told and event.cause:
            kind, recipient = _ANSWERED[event.outcome], event.told
            details = _details(event.cause)
        case _:
            return None
    plan: AlertPlan | None = event.asked if isinstance(event, EngagementEndedV1) else event.alert
    if plan is None or event.cause is None:
        return None
    policy = policies.of(envelope.place_id)
    return NewAlert(
        id=derive_id(envelope.id, "alert"),
        place_id=envelope.place_id,
        kind=kind,
        severity=plan.severity,
        recipient=recipient,
        plan=plan.escalation,
        assessment_id=event.cause.assessment_id,
        household_id=event.household_id,
        details=details,
        raised_at=now,
        due_at=policy.acknowledge_by(plan.severity, envelope.time),
        traceparent=envelope.traceparent,
        referral_id=getattr(event, "referral_id", None),
        engagement_id=getattr(event, "engagement_id", None),
        away=plan.away,
        lifting_id=getattr(event, "lifting_id", None),
    )


def _details(
    cause: Cause, reasons: tuple[str, ...] = (), grounds: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "agency_id": cause.agency_id,
        "agency_kind": cause.agency_kind,
        "received_at": cause.received_at.isoformat(),
        "restrictions": list(cause.restrictions),
        "would_have_referred_for": cause.would_have_referred_for,
        "reasons": list(reasons),
        "grounds": list(grounds),
    }
