"""What alerts says: raised, acknowledged, answered, escalated, moved, withdrawn."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.envelope import Event
from contracts.keyworkers import Recipient
from contracts.vocabulary import Severity
from contracts.vocabulary_alerts import AlertAnswer, AlertKind
from contracts.vocabulary_changes import ReversalReason


class AlertRaisedV1(Event):
    """Somebody was told. ``due_at``: when it must be acknowledged, counted in working time."""

    TYPE: ClassVar[str] = "kith.alerts.alert.raised.v1"
    TOPIC: ClassVar[str] = "alerts.alerts"

    alert_id: UUID
    kind: AlertKind
    severity: Severity
    recipient: Recipient
    assessment_id: UUID
    household_id: UUID | None = None
    raised_at: AwareDatetime
    due_at: AwareDatetime

    def subject(self) -> str:
        return str(self.alert_id)


class AlertAcknowledgedV1(Event):
    """The recipient knows. ``acknowledged_by``: the id of the practitioner who said so."""

    TYPE: ClassVar[str] = "kith.alerts.alert.acknowledged.v1"
    TOPIC: ClassVar[str] = "alerts.alerts"

    alert_id: UUID
    kind: AlertKind
    assessment_id: UUID
    household_id: UUID | None = None
    acknowledged_by: str
    acknowledged_at: AwareDatetime
    late: bool = False

    def subject(self) -> str:
        return str(self.alert_id)


class AlertEscalatedV1(Event):
    """Nobody acknowledged in time: the next in the plan is told. ``step`` counts from 1."""

    TYPE: ClassVar[str] = "kith.alerts.alert.escalated.v1"
    TOPIC: ClassVar[str] = "alerts.alerts"

    alert_id: UUID
    step: int
    recipient: Recipient
    assessment_id: UUID
    household_id: UUID | None = None
    escalated_at: AwareDatetime
    due_at: AwareDatetime

    def subject(self) -> str:
        return str(self.alert_id)


class AlertAnsweredV1(Event):
    """More than "I know": the practitioner said what they did, or what should happen.

    Acknowledged with it, where it was not before. ``NOT_THIS_HOUSEHOLD`` separates the assessment
    from the household; ``HAND_OVER`` proposes a handover, to ``hand_over_to`` where one was named.
    """

    TYPE: ClassVar[str] = "kith.alerts.alert.answered.v1"
    TOPIC: ClassVar[str] = "alerts.alerts"

    alert_id: UUID
    kind: AlertKind
    answer: AlertAnswer
    assessment_id: UUID
    household_id: UUID | None = None
    answered_by: str
    answered_at: AwareDatetime
    hand_over_to: str | None = None

    def subject(self) -> str:
        return str(self.alert_id)


class AlertMovedV1(Event):
    """An open alert is another person's, or another household's, from now on."""

    TYPE: ClassVar[str] = "kith.alerts.alert.moved.v1"
    TOPIC: ClassVar[str] = "alerts.alerts"

    alert_id: UUID
    recipient: Recipient
    assessment_id: UUID
    household_id: UUID | None = None
    due_at: AwareDatetime

    def subject(self) -> str:
        return str(self.alert_id)


class AlertWithdrawnV1(Event):
    """Nobody need answer it any more: what it said no longer holds."""

    TYPE: ClassVar[str] = "kith.alerts.alert.withdrawn.v1"
    TOPIC: ClassVar[str] = "alerts.alerts"

    alert_id: UUID
    assessment_id: UUID
    reason: ReversalReason

    def subject(self) -> str:
        return str(self.alert_id)
