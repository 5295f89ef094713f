"""What the API answers with, as its reference describes it. The stores' rows are sent as they are;
a test holds them against these."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.keyworkers import WorkContact
from contracts.vocabulary import Channel

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
    """Whom to call about the household."""
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


class ProblemDetails(_Shown):
    """RFC 9457. ``errors``: field by field, where the request is at fault."""

    type: str
    title: str
    status: int
    detail: str
    """What to do about it."""
    errors: list[FieldError] | None = None
