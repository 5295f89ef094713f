"""What alerts says: raised, acknowledged, escalated."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.envelope import Event
from contracts.keyworkers import Recipient
from contracts.vocabulary import AlertKind, Severity


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
