"""Who is told next when nobody has acknowledged in time, and what an acknowledgement says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.alerts import AlertAcknowledgedV1, AlertAnsweredV1, AlertEscalatedV1
from contracts.keyworkers import Recipient
from contracts.vocabulary import AlertAnswer, AlertKind, Severity
from services.alerts.policy import Policies


class Answer(StrEnum):
    """What a recipient says. Each says that they know, and so acknowledges."""

    ACKNOWLEDGED = "acknowledged"
    SPOKEN_TO_THEM = AlertAnswer.SPOKEN_TO_THEM.value
    NOT_THIS_HOUSEHOLD = AlertAnswer.NOT_THIS_HOUSEHOLD.value


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """What is known of an alert that nobody has acknowledged. ``step``: steps taken so far."""

    id: UUID
    place_id: str
    kind: AlertKind
    severity: Severity
    recipient: Recipient
    plan: tuple[Recipient, ...]
    assessment_id: UUID
    household_id: UUID | None
    due_at: datetime
    step: int
    traceparent: str | None

    @property
    def told(self) -> tuple[Recipient, ...]:
        """Everybody who was told, in order."""
        return (self.recipient, *self.plan[: self.step])


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one alert. ``escalate_at``: when the next is due, None when nobody is left."""

    alert: OpenAlert
    number: int
    recipient: Recipient
    escalated_at: datetime
    due_at: datetime
    escalate_at: datetime | None

    def escalated(self) -> AlertEscalatedV1:
        """The event that says so."""
        return AlertEscalatedV1(
            alert_id=self.alert.id,
            step=self.number,
            recipient=self.recipient,
            assessment_id=self.alert.assessment_id,
            household_id=self.alert.household_id,
            escalated_at=self.escalated_at,
            due_at=self.due_at,
        )


def next_steps(alerts: Sequence[OpenAlert], policies: Policies, now: datetime) -> list[Step]:
    """One step for each alert whose plan names somebody more: cover, team lead, duty desk."""
    steps = []
    for alert in alerts:
        if alert.step >= len(alert.plan):
            continue
        due = policies.of(alert.place_id).escalate_by(alert.severity, now)
        is_last = alert.step + 1 == len(alert.plan)
        steps.append(
            Step(
                alert=alert,
                number=alert.step + 1,
                recipient=alert.plan[alert.step],
                escalated_at=now,
                due_at=due,
                escalate_at=None if is_last else due,
            )
        )
    return steps


def may_acknowledge(alert: OpenAlert, recipient_id: str) -> bool:
    """Only those who were told may say that they know."""
    return any(told.id == recipient_id for told in alert.told)


def acknowledged(alert: OpenAlert, who: str, now: datetime) -> AlertAcknowledgedV1:
    """The event that says that ``who`` knows."""
    return AlertAcknowledgedV1(
        alert_id=alert.id,
        kind=alert.kind,
        assessment_id=alert.assessment_id,
        household_id=alert.household_id,
        acknowledged_by=who,
        acknowledged_at=now,
        late=now > alert.due_at,
    )


def answered(alert: OpenAlert, who: str, answer: Answer, now: datetime) -> AlertAnsweredV1 | None:
    """The event that carries more than an acknowledgement; None where there is no more to say."""
    if answer is Answer.ACKNOWLEDGED:
        return None
    return AlertAnsweredV1(
        alert_id=alert.id,
        kind=alert.kind,
        answer=AlertAnswer(answer.value),
        assessment_id=alert.assessment_id,
        household_id=alert.household_id,
        answered_by=who,
        answered_at=now,
    )
