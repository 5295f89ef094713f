"""What the API answers with, as its reference describes it. The stores' rows are sent as they are;
a test holds them against these."""

from __future__ import annotations

import inspect
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.keyworkers import WorkContact
from contracts.vocabulary import Channel
from services.agencies.webhook_store import WebhookState

Status = Literal["accepted", "under_review", "queued", "opened", "routed"]


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Receipt(_Shown):
    """One assessment was taken in."""

    assessment_id: UUID
    reference: str
    """The agency's own."""
    status: Status
    href: str
    """Where to ask what becomes of it."""


class Receipts(_Shown):
    """Every assessment of a batch was taken in, in its order."""

    assessments: list[Receipt]


class _Standing(_Shown):
    status: Status
    final: bool
    """Nothing more is expected, unless the household or its key worker changes."""
    contact: WorkContact | None
    """Whom to call about the household; nobody before somebody is named, nor once the key worker's
    time with it has ended."""
    front_door: WorkContact | None
    """Who was told at the statutory front door."""
    acknowledged_at: datetime | None
    """When the key worker said that they know."""
    version: int
    """How many statements were made about it; 0 before the first."""
    stated_at: datetime | None


class Statement(_Standing):
    """What the agency was told at one time."""

    reason: str
    """Why it was said."""


class AssessmentShown(_Standing):
    """One assessment of the agency's own, and what has become of it."""

    assessment_id: UUID
    reference: str
    channel: Channel
    recorded_at: datetime
    received_at: datetime
    href: str


class AssessmentWithHistory(AssessmentShown):
    """The same, with every statement made about it."""

    history: list[Statement]


class AssessmentPage(_Shown):
    """Assessments, oldest first. ``next``: what to pass as ``after``; null on the last page."""

    assessments: list[AssessmentShown]
    next: UUID | None


class StatementShown(Statement):
    """One statement, and which assessment it is about."""

    assessment_id: UUID
    reference: str | None
    href: str


class OutcomePage(_Shown):
    """Statements in order. ``next``: the cursor to ask with from now on."""

    outcomes: list[StatementShown]
    next: str


class FieldError(_Shown):
    """What is wrong with one field. Never carries its value."""

    field: str
    rule: str


class Rejection(_Shown):
    """A record on the agency's own topic that was refused."""

    rejection_id: int
    topic: str
    partition: int
    record_offset: int
    reference: str | None
    errors: list[FieldError]
    rejected_at: datetime


class RejectionPage(_Shown):
    """Refused records, oldest first. ``next``: the cursor to ask with from now on."""

    rejections: list[Rejection]
    next: str


class WebhookShown(_Shown):
    """Where the agency wants to be told, and how that fares."""

    url: str
    state: WebhookState
    statement: str | None
    """Why it was paused or disabled, and what to do."""
    created_at: datetime
    changed_at: datetime
    succeeded_at: datetime | None
    """When it last accepted a delivery, to the minute."""
    failing_since: datetime | None
    disabled_at: datetime | None
    secret: str | None = None
    """Signs every delivery. Shown once: when it is new."""


class DeliveryShown(_Shown):
    """One outcome delivered, or to be delivered, by webhook."""

    id: UUID
    """The ``webhook-id``, the same for every repeat."""
    assessment_id: UUID
    version: int
    state: Literal["waiting", "delivered", "given_up"]
    attempts: int
    created_at: datetime
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None
    last_status: str | None
    """What came of the last attempt: an HTTP status, or why there was none."""


class DeliveryPage(_Shown):
    """Deliveries, oldest first. ``next``: the cursor to ask with from now on."""

    deliveries: list[DeliveryShown]
    next: str


class ProblemDetails(_Shown):
    """RFC 9457. ``errors``: field by field, where the request is at fault."""

    type: str
    title: str
    status: int
    detail: str
    """What to do about it."""
    errors: list[FieldError] | None = None


def answers(
    model: Any, status: HTTPStatus = HTTPStatus.OK, meaning: str = ""
) -> dict[int | str, dict[str, Any]]:
    """For the reference: what is answered when all is well. ``meaning``: where one model does not
    say it by itself."""
    return {int(status): {"model": model, "description": meaning or inspect.getdoc(model)}}
