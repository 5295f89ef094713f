"""What key-worker assignment says. Opaque household ids, and practitioners' work contacts."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.duplication import MatchEvidence
from contracts.envelope import Contract, Event, Slug
from contracts.vocabulary import AgencyKind, Harm, Restriction, Severity
from contracts.vocabulary_alerts import RecipientKind


class WorkContact(Contract):
    """How to reach a practitioner or a desk at work. Never a private number or address."""

    name: str
    role: str
    phone: str | None = None
    email: str | None = None


class Recipient(Contract):
    """Whom to alert. ``id``: the key worker's, or the team's or place's slug for a lead or desk."""

    kind: RecipientKind
    id: str
    contact: WorkContact


class AlertPlan(Contract):
    """How soon, and who is next: what alerts needs to know. ``escalation``: in order.

    ``away``: the recipient is away when it is raised, so the next is told at once as well.
    """

    severity: Severity
    escalation: tuple[Recipient, ...] = ()
    away: bool = False


class Cause(Contract):
    """Which assessment it follows from."""

    assessment_id: UUID
    agency_id: Slug
    agency_kind: AgencyKind
    received_at: AwareDatetime
    restrictions: tuple[Restriction, ...] = ()
    would_have_referred_for: Slug | None = None


class ReferralOpenedV1(Event):
    """The household had nobody: one referral is open. ``reasons``: why it was not routed."""

    TYPE: ClassVar[str] = "kith.keyworkers.referral.opened.v1"
    TOPIC: ClassVar[str] = "keyworkers.assignments"

    referral_id: UUID
    household_id: UUID
    team_id: Slug
    cause: Cause
    re_referral: bool = False
    reasons: tuple[str, ...] = ()

    def subject(self) -> str:
        return str(self.household_id)


class KeyWorkerAssignedV1(Event):
    """The household has its one named key worker. ``reasons``: the ranking, in words.

    ``claimed``: they took it themselves from what was offered to their team.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.keyworker.assigned.v1"
    TOPIC: ClassVar[str] = "keyworkers.assignments"

    engagement_id: UUID
    referral_id: UUID
    household_id: UUID
    team_id: Slug
    key_worker: Recipient
    cause: Cause
    alert: AlertPlan
    reasons: tuple[str, ...] = ()
    claimed: bool = False

    def subject(self) -> str:
        return str(self.household_id)


class AssessmentRoutedV1(Event):
    """An assessment went to the key worker the household already has; no referral was opened.

    ``provisional``: a possible match, sent on before anyone has reviewed it; ``engagement_id`` is
    that of the likeliest household. ``referral_avoided``: counted in the ledger (never while
    provisional).
    """

    TYPE: ClassVar[str] = "kith.keyworkers.assessment.routed.v1"
    TOPIC: ClassVar[str] = "keyworkers.assignments"

    household_id: UUID
    engagement_id: UUID
    team_id: Slug
    key_worker: Recipient
    cause: Cause
    alert: AlertPlan
    provisional: bool = False
    referral_avoided: bool = True
    evidence: MatchEvidence
    reasons: tuple[str, ...] = ()

    def subject(self) -> str:
        return str(self.household_id)


class HouseholdQueuedV1(Event):
    """Nobody has room: the household waits, visibly, and the team lead is told.

    For a further assessment of a household already waiting, ``referral_id`` is the same.
    ``provisional``: the assessment is under review and this is the likeliest household, which has
    nobody: its team's lead is asked to check, and no referral was opened for it.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.household.queued.v1"
    TOPIC: ClassVar[str] = "keyworkers.assignments"

    household_id: UUID
    referral_id: UUID
    team_id: Slug
    team_lead: Recipient
    cause: Cause
    alert: AlertPlan
    waiting_since: AwareDatetime
    provisional: bool = False
    reasons: tuple[str, ...] = ()

    def subject(self) -> str:
        return str(self.household_id)


class FrontDoorNotifiedV1(Event):
    """Never suppressed: the statutory front door was told, whatever matching and capacity say.

    ``household_id`` is None while it is under review which household it is. ``of_place``: the
    place's own front door, which says nothing of where anybody lives: whom agencies are told about
    what few may know.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.frontdoor.notified.v1"
    TOPIC: ClassVar[str] = "keyworkers.assignments"

    household_id: UUID | None = None
    front_door: Recipient
    of_place: WorkContact | None = None
    grounds: tuple[Harm, ...]
    cause: Cause
    alert: AlertPlan

    def subject(self) -> str:
        return str(self.cause.assessment_id)
