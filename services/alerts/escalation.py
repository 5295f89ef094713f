"""Who is told next when nobody has acknowledged in time, and what an acknowledgement says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.alerts import (
    AlertAcknowledgedV1,
    AlertAnsweredV1,
    AlertEscalatedV1,
    AlertMovedV1,
)
from contracts.keyworkers import Recipient
from contracts.vocabulary import Severity
from contracts.vocabulary_alerts import AlertAnswer, AlertKind
from services.alerts.policy import Policies
from services.alerts.raising import NewAlert


class Answer(StrEnum):
    """What a recipient says. Each says that they know, and so acknowledges."""

    ACKNOWLEDGED = "acknowledged"
    SPOKEN_TO_THEM = "spoken_to_them"
    NOT_THIS_HOUSEHOLD = "not_this_household"
    HAND_OVER = "hand_over"

    @property
    def event(self) -> AlertAnswer | None:
        """What the other services are told beside the acknowledgement, if anything."""
        return None if self is Answer.ACKNOWLEDGED else AlertAnswer(self.value)


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """What is known of an alert as it is answered or passed on. ``step``: steps taken so far."""

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
    acknowledged: bool = False
    answer: Answer | None = None
    hand_over_to: str | None = None

    @property
    def told(self) -> tuple[Recipient, ...]:
        """Everybody who was told, in order."""
        return (self.recipient, *self.plan[: self.step])

    @property
    def left(self) -> tuple[Recipient, ...]:
        """Who is still to be told, in order."""
        return self.plan[self.step :]

    def moved(self) -> AlertMovedV1:
        """The event that says whose it is now, and of which household."""
        return AlertMovedV1(
            alert_id=self.id,
            recipient=self.recipient,
            assessment_id=self.assessment_id,
            household_id=self.household_id,
            due_at=self.due_at,
        )


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


def is_news(alert: OpenAlert, answer: Answer, hand_over_to: str | None) -> bool:
    """Whether an answer says more than what was said: a bare "I know" after any answer does not."""
    if not alert.acknowledged:
        return True
    is_same = (answer, hand_over_to) == (alert.answer, alert.hand_over_to)
    return answer is not Answer.ACKNOWLEDGED and not is_same


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


def answered(
    alert: OpenAlert, who: str, answer: AlertAnswer, hand_over_to: str | None, now: datetime
) -> AlertAnsweredV1:
    """The event that says what ``who`` answered."""
    return AlertAnsweredV1(
        alert_id=alert.id,
        kind=alert.kind,
        answer=answer,
        assessment_id=alert.assessment_id,
        household_id=alert.household_id,
        answered_by=who,
        answered_at=now,
        hand_over_to=hand_over_to,
    )


def away_step(alert: NewAlert, now: datetime) -> Step | None:
    """The next in the plan is told at once as well, where the recipient is away."""
    if not alert.away or not alert.plan:
        return None
    return Step(
        alert=OpenAlert(
            id=alert.id,
            place_id=alert.place_id,
            kind=alert.kind,
            severity=alert.severity,
            recipient=alert.recipient,
            plan=alert.plan,
            assessment_id=alert.assessment_id,
            household_id=alert.household_id,
            due_at=alert.due_at,
            step=0,
            traceparent=alert.traceparent,
        ),
        number=1,
        recipient=alert.plan[0],
        escalated_at=now,
        due_at=alert.due_at,
        escalate_at=alert.due_at if len(alert.plan) > 1 else None,
    )
