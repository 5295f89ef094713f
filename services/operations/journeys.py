"""What each event says of its journey, and how that is put together. Pure.

Invariant: the result does not depend on the order of the events, because topics are read beside
each other, nor on how often one comes. Times of stages are the earliest said; what can change
(which household, which decision, which outcome) is what was said last, by the event's own time.

A stage's time is that of the first event that says so. ``alerted_at`` is when anybody but the front
door was told; ``acknowledged_at`` is when a key worker said that they know, so that a team lead who
acknowledges that a household waits does not end the journey.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from contracts.envelope import Envelope
from contracts.vocabulary_alerts import OF_LIFTINGS, AlertKind
from services.operations.seen import (
    Acknowledged,
    Assigned,
    FrontDoorTold,
    Matched,
    Offered,
    OutcomeStated,
    Queued,
    Raised,
    Recorded,
    ReviewAsked,
    Reviewed,
    Routed,
    Separated,
    View,
)

T = TypeVar("T", datetime, "Said", "Known", "Outcome")


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """Something that may change: the last that was said holds. Ties go by the event's id."""

    at: datetime
    event_id: UUID
    value: str


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """A key worker said that they know; the first who did so counts."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True, order=True)
class Outcome:
    """What the agency was told, as it stood at ``version``."""

    version: int
    kind: str
    final: bool


@dataclass(frozen=True, slots=True)
class Journey:
    """What is known of one journey. ``started_at``: the earliest time in any of its events;
    ``restricted``: few may know, as it was stated before its household was known."""

    id: UUID
    place_id: str
    started_at: datetime
    agency_id: str | None = None
    urgency: str | None = None
    accepted_at: datetime | None = None
    review_at: datetime | None = None
    matched_at: datetime | None = None
    decided_at: datetime | None = None
    alerted_at: datetime | None = None
    due_at: datetime | None = None
    known: Known | None = None
    outcome_at: datetime | None = None
    outcome: Outcome | None = None
    household: Said | None = None
    decision: Said | None = None
    front_door_at: datetime | None = None
    front_door_alerted_at: datetime | None = None
    front_door_due_at: datetime | None = None
    front_door_acknowledged_at: datetime | None = None
    restricted: bool = False


_NOT_OF_THE_JOURNEY = {
    AlertKind.QUEUED,
    AlertKind.OFFERED,
    AlertKind.HANDOVER,
    AlertKind.CHANGED,
    AlertKind.HANDED_OVER,
    AlertKind.NOT_HANDED_OVER,
    AlertKind.LINKED,
    *OF_LIFTINGS,
}
"""Alerts that tell a lead that a household waits, or what becomes of it after the journey."""


_DECISIONS: dict[type[View], str] = {
    Assigned: "assigned",
    Routed: "routed",
    Queued: "queued",
    Offered: "queued",
}


def journey_of(envelope: Envelope, view: View) -> Journey:
    """What one event says of its journey."""
    start = Journey(envelope.journey_id, envelope.place_id, envelope.time)
    match view:
        case Recorded():
            return replace(
                start,
                started_at=min(envelope.time, view.received_at),
                agency_id=view.agency_id,
                urgency=view.submission.urgency,
                accepted_at=view.received_at,
                restricted=bool(view.submission.restrictions),
            )
        case ReviewAsked():
            return replace(start, review_at=envelope.time, restricted=bool(view.facts.restrictions))
        case Matched() | Reviewed():
            return replace(
                start, matched_at=envelope.time, household=_said(envelope, view.household_id)
            )
        case Routed(provisional=True) | Queued(provisional=True):
            return replace(
                start,
                agency_id=view.cause.agency_id,
                restricted=bool(view.cause.restrictions),
            )
        case Assigned() | Routed() | Queued() | Offered():
            return replace(
                start,
                agency_id=view.cause.agency_id,
                decided_at=envelope.time,
                household=_said(envelope, view.household_id),
                decision=_said(envelope, _DECISIONS[type(view)]),
            )
        case FrontDoorTold():
            return replace(
                start,
                agency_id=view.cause.agency_id,
                front_door_at=envelope.time,
                restricted=bool(view.cause.restrictions),
            )
        case Raised(kind=AlertKind.FRONT_DOOR):
            return replace(
                start, front_door_alerted_at=view.raised_at, front_door_due_at=view.due_at
            )
        case Raised(kind=kind) if kind in OF_LIFTINGS:
            return start
        case Raised(kind=AlertKind.QUEUED | AlertKind.OFFERED):
            return replace(start, alerted_at=view.raised_at)
        case Raised():
            return replace(start, alerted_at=view.raised_at, due_at=view.due_at)
        case Acknowledged(kind=AlertKind.FRONT_DOOR):
            return replace(start, front_door_acknowledged_at=view.acknowledged_at)
        case Raised(kind=kind) | Acknowledged(kind=kind) if kind in _NOT_OF_THE_JOURNEY:
            return start
        case Acknowledged():
            return replace(start, known=Known(view.acknowledged_at, view.acknowledged_by))
        case OutcomeStated():
            return replace(
                start,
                agency_id=view.agency_id,
                outcome_at=view.stated_at if view.final else None,
                outcome=Outcome(view.version, view.outcome, view.final),
            )
        case _:
            return start


def moved_by(envelope: Envelope, view: Separated) -> list[Journey]:
    """What a separation says of each assessment that it moved: whose it is now."""
    return [
        Journey(
            moved.assessment_id,
            envelope.place_id,
            envelope.time,
            household=_said(envelope, view.separated_household_id),
        )
        for moved in view.moved
    ]


def put_together(parts: Iterable[Journey]) -> list[Journey]:
    """One journey for each id, from what events said, in any order; sorted by id."""
    found: dict[UUID, Journey] = {}
    for part in parts:
        known = found.get(part.id)
        found[part.id] = part if known is None else merge(known, part)
    return [found[id_] for id_ in sorted(found)]


def merge(a: Journey, b: Journey) -> Journey:
    """What two parts of one journey say together. Commutative, associative, idempotent."""
    return Journey(
        id=a.id,
        place_id=a.place_id,
        started_at=min(a.started_at, b.started_at),
        agency_id=a.agency_id or b.agency_id,
        urgency=a.urgency or b.urgency,
        accepted_at=_first(a.accepted_at, b.accepted_at),
        review_at=_first(a.review_at, b.review_at),
        matched_at=_first(a.matched_at, b.matched_at),
        decided_at=_first(a.decided_at, b.decided_at),
        alerted_at=_first(a.alerted_at, b.alerted_at),
        due_at=_first(a.due_at, b.due_at),
        known=_first(a.known, b.known),
        outcome_at=_first(a.outcome_at, b.outcome_at),
        outcome=_last(a.outcome, b.outcome),
        household=_last(a.household, b.household),
        decision=_last(a.decision, b.decision),
        front_door_at=_first(a.front_door_at, b.front_door_at),
        front_door_alerted_at=_first(a.front_door_alerted_at, b.front_door_alerted_at),
        front_door_due_at=_first(a.front_door_due_at, b.front_door_due_at),
        front_door_acknowledged_at=_first(
            a.front_door_acknowledged_at, b.front_door_acknowledged_at
        ),
        restricted=a.restricted or b.restricted,
    )


def _said(envelope: Envelope, value: object) -> Said:
    return Said(envelope.time, envelope.id, str(value))


def _first(a: T | None, b: T | None) -> T | None:
    if a is None or b is None:
        return b if a is None else a
    return min(a, b)


def _last(a: T | None, b: T | None) -> T | None:
    if a is None or b is None:
        return b if a is None else a
    return max(a, b)
