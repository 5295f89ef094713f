"""Rows that a decision comes to, ready for the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DecidedAssessment:
    """One decided assessment, ready to be written. ``elsewhere``: people who live elsewhere."""

    id: UUID
    agency_id: str
    received_at: datetime
    household_id: UUID
    address: dict[str, Any] | None
    restrictions: tuple[str, ...]
    facts: dict[str, Any]
    people: tuple[tuple[UUID, dict[str, Any]], ...]
    elsewhere: tuple[UUID, ...]
    left: tuple[tuple[UUID, UUID], ...]
    decision_id: UUID
    outcome: str
    rule: str
    weight: float | None
    model_version: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenedReview:
    """A review case to be written. ``event_id`` is of the event it follows from; ``kind``: of a
    "match" (which household is it) or a "link" (are ``household_id`` and the candidate one);
    ``why``: of a link, where it is not that one assessment saw people of both."""

    id: UUID
    assessment_id: UUID
    household_id: UUID
    candidates: list[dict[str, Any]]
    urgency: str
    due_at: datetime
    event_id: UUID
    journey_id: UUID
    kind: str = "match"
    why: str | None = None
