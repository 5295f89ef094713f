"""Alerts as the API shows them. Times are in UTC; ids are opaque."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from contracts.keyworkers import Recipient, WorkContact
from contracts.vocabulary import AgencyKind, Harm, Restriction, Severity
from contracts.vocabulary_alerts import AlertKind
from services.alerts.escalation import Answer
from services.kit.db import Row


class State(StrEnum):
    """Whether somebody has said that they know, or nobody need: what it said no longer holds."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    WITHDRAWN = "withdrawn"
    ALL = "all"


class EscalationView(BaseModel):
    """A step that was taken because nobody had acknowledged by the deadline before it."""

    step: int
    recipient: Recipient
    escalated_at: AwareDatetime
    due_at: AwareDatetime


class AlertView(BaseModel):
    """One alert. ``recipient``: the first who was told; ``escalations``: who was told after.

    ``step``: how many were told after, so far. ``late``: not acknowledged by ``due_at``, or
    acknowledged after it. ``next_step_at``: when the next in the plan is told, None when nobody is
    left or it is acknowledged. ``reasons``: of the assignment, in words; ``grounds``: of a front
    door's alert. ``withdrawn_reason``: why what it said no longer holds, so that nobody need
    answer it. ``hidden``: whoever asks may not know of the household, and is told no more than that
    there is an alert, how severe, and whom to ``call``; a front door its ``grounds`` as well.
    """

    id: UUID
    place_id: str
    kind: AlertKind
    severity: Severity
    state: State
    late: bool
    recipient: Recipient
    escalations: list[EscalationView]
    assessment_id: UUID
    household_id: UUID | None
    agency_id: str | None
    agency_kind: AgencyKind | None
    received_at: AwareDatetime
    restrictions: list[Restriction]
    would_have_referred_for: str | None
    reasons: list[str]
    grounds: list[Harm]
    raised_at: AwareDatetime
    due_at: AwareDatetime
    step: int
    next_step_at: AwareDatetime | None
    acknowledged_by: str | None
    acknowledged_at: AwareDatetime | None
    answer: Answer | None
    hand_over_to: str | None
    withdrawn_at: AwareDatetime | None
    withdrawn_reason: str | None
    hidden: bool = False
    call: WorkContact | None = None


class AlertPage(BaseModel):
    """Some alerts. ``next``: pass it as ``after`` for more, None when there are no more.

    ``cursor``: pass it as ``after`` to the stream, to miss nothing that changes from here on.
    """

    alerts: list[AlertView]
    next: str | None
    cursor: int


class Counts(BaseModel):
    """How many alerts wait, of everybody or of one recipient."""

    open: int
    late: int
    escalated: int
    open_by_kind: dict[str, int]
    open_by_severity: dict[str, int]
    acknowledged_last_day: int


class Acknowledgement(BaseModel):
    """What a recipient says. ``as_recipient``: the team or desk that the practitioner answers for.

    Without it the practitioner answers as themselves. ``hand_over_to``: with ``hand_over``, the
    key worker who should walk beside the household, where the practitioner names one.
    """

    answer: Answer = Answer.ACKNOWLEDGED
    as_recipient: str | None = None
    hand_over_to: Annotated[str | None, Field(min_length=1, max_length=100)] = None

    @model_validator(mode="after")
    def _names_nobody_needlessly(self) -> Acknowledgement:
        if self.hand_over_to is not None and self.answer is not Answer.HAND_OVER:
            raise ValueError("name whom to hand over to only with the answer 'hand_over'")
        return self


def show(row: Row, now: datetime) -> AlertView:
    """The alert in a row of the store."""
    facts: dict[str, Any] = dict(row)
    details = facts.pop("details")
    acknowledged_at = facts["acknowledged_at"]
    return AlertView(
        **facts,
        **details,
        state=_state(facts),
        late=(acknowledged_at or facts["withdrawn_at"] or now) > facts["due_at"],
        next_step_at=facts["escalate_at"],
    )


def _state(facts: dict[str, Any]) -> State:
    if facts["acknowledged_at"]:
        return State.ACKNOWLEDGED
    return State.WITHDRAWN if facts["withdrawn_at"] else State.OPEN


def what_changed(alert: AlertView) -> str:
    """The name of the server-sent event that carries the alert as it is now."""
    if alert.state is not State.OPEN:
        return str(alert.state)
    return "escalated" if alert.escalations else "raised"
