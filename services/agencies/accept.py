"""The one way in: whatever the channel, an assessment is checked and stored here.

Invariant: one row and one ``AssessmentRecorded`` per agency and reference, however often, on
whatever channel and at whatever instant it is sent; none once it was erased.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.assessments import AssessmentRecordedV1, Submission
from contracts.envelope import derive_id, new_id
from contracts.vocabulary import Channel
from services.agencies import store
from services.agencies.agreement import Agency, Fault
from services.agencies.erasing import find_erased_faults
from services.kit.db import Connection
from services.kit.outbox import Outgoing

OTHER_CONTENT = Fault(
    "reference",
    "was used before for an assessment with other content: send a correction as a new assessment"
    " under a reference of its own",
)
ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An assessment that has passed its checks, and how it came."""

    agency: Agency
    submission: Submission
    channel: Channel
    traceparent: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """``status``: what has become of it by now; ``accepted`` for one that is new."""

    assessment_id: UUID
    reference: str
    status: str


async def accept(
    connection: Connection, arrivals: Sequence[Arrival], now: datetime
) -> tuple[list[Accepted | Fault], list[Outgoing]]:
    """Store what is new; for each arrival its id, or the fault that its reference is taken, or
    was erased.

    The events to send come second. Storing nothing when there is a fault is the caller's affair.
    """
    rows = [_row(arrival, now) for arrival in arrivals]
    fresh = await store.save_assessments(connection, rows)
    known: dict[tuple[str, str], store.Known] = {}
    erased: dict[tuple[str, str], Fault] = {}
    if len(fresh) < len(rows):
        keys = [(r.agency_id, r.reference) for r in rows if r.assessment_id not in fresh]
        known = await store.find_known(connection, keys)
        if missing := [key for key in keys if key not in known]:
            erased = await find_erased_faults(connection, missing)
    answers: list[Accepted | Fault] = []
    events = []
    for arrival, row in zip(arrivals, rows, strict=True):
        if row.assessment_id in fresh:
            answers.append(Accepted(row.assessment_id, row.reference, ACCEPTED))
            events.append(_recorded(arrival, row))
            continue
        key = (row.agency_id, row.reference)
        if key in erased:
            answers.append(erased[key])
            continue
        first = known[key]
        if first.content_sha256 == row.content_sha256:
            answers.append(Accepted(first.assessment_id, row.reference, first.status or ACCEPTED))
        else:
            answers.append(OTHER_CONTENT)
    return answers, events


def _row(arrival: Arrival, now: datetime) -> store.AssessmentRow:
    # Without defaults, so that a field added to the contract changes no hash.
    content = arrival.submission.model_dump_json(exclude_defaults=True)
    return store.AssessmentRow(
        assessment_id=new_id(),
        agency_id=arrival.agency.id,
        place_id=arrival.agency.place_id,
        reference=arrival.submission.reference,
        channel=arrival.channel,
        recorded_at=arrival.submission.recorded_at,
        received_at=now,
        content_sha256=hashlib.sha256(content.encode()).digest(),
        submission=content,
        traceparent=arrival.traceparent,
    )


def _recorded(arrival: Arrival, row: store.AssessmentRow) -> Outgoing:
    return Outgoing(
        id=derive_id(row.assessment_id, AssessmentRecordedV1.TYPE),
        event=AssessmentRecordedV1(
            assessment_id=row.assessment_id,
            agency_id=row.agency_id,
            agency_kind=arrival.agency.kind,
            locality_id=arrival.agency.locality,
            channel=arrival.channel,
            received_at=row.received_at,
            submission=arrival.submission,
        ),
        place_id=row.place_id,
        journey_id=row.assessment_id,
        time=row.received_at,
        traceparent=row.traceparent,
    )
