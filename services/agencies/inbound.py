"""Assessments written to Kafka, each agency to its own topic: the same checks as over HTTP.

The topic says which agency wrote a record; what the record claims must agree. A record that is
refused is kept for its agency to see (``GET /v1/rejections``) and parked for the operator, without
the consumer's own park limit: one agency's faulty system must not stop the others.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import orjson

from contracts.assessments import AssessmentSubmittedV1, Submission
from contracts.envelope import Envelope, Event
from contracts.topics import INBOUND_PREFIX
from contracts.vocabulary import Channel
from services.agencies import registry_store, store
from services.agencies.accept import Arrival, accept
from services.agencies.agreement import Fault, faults_of
from services.agencies.posting import traceparent_of
from services.agencies.submissions import REFERENCE, Unreadable, read_submission
from services.kit import parked
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.errors import Reject
from services.kit.kafka import Record
from services.kit.outbox import Outgoing
from services.kit.telemetry_hops import note_journey
from services.kit.work import Work

PATTERN = r"agencies\.inbound\.[a-z0-9-]+$"
GROUP = "inbound"
CONSUMER = f"agencies.{GROUP}"
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class InboundRecord(Event):
    """A record of an agency's topic, read as far as it can be. Never sent on."""

    TYPE: ClassVar[str] = AssessmentSubmittedV1.TYPE
    TOPIC: ClassVar[str] = AssessmentSubmittedV1.TOPIC

    agency_id: str
    topic: str
    partition: int
    offset: int
    written_at: datetime
    submission: Submission | None
    reference: str | None
    faults: tuple[Fault, ...]

    def subject(self) -> str:
        return self.reference or ""


@dataclass(frozen=True, slots=True)
class _Where:
    """Where a record is, for the list of parked ones."""

    topic: str
    partition: int
    offset: int


def decode_inbound(record: Record) -> tuple[Envelope, Event]:
    """The record as it is; what is wrong with it is in ``faults``.

    Its event id follows from where it stands, because two agencies may choose one ``ce_id``; its
    place, until its agency is looked up, is the agency's id, so that an agency stays in order.
    """
    agency_id = record.topic.rpartition(INBOUND_PREFIX)[2]
    headers: dict[str, bytes | None] = dict(reversed(record.headers))
    faults = [
        *_claim(headers, "ce_type", {AssessmentSubmittedV1.TYPE}),
        *_claim(headers, "ce_source", {f"/agencies/{agency_id}", agency_id}),
    ]
    submission, reference = None, None
    try:
        submission = read_submission(record.value or b"")
        reference = submission.reference
    except Unreadable as error:
        faults += error.faults
        reference = _reference(record.value or b"")
    trace = (headers.get("traceparent") or b"").decode("ascii", "replace")
    where = f"{record.topic}/{record.partition}/{record.offset}/{record.timestamp}"
    event_id = uuid.uuid5(uuid.NAMESPACE_URL, f"kafka:{where}")
    try:
        written_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        written_at = _NO_TIME
        faults.append(Fault("timestamp", "must be milliseconds since 1970, of a time that is past"))
    envelope = Envelope(
        id=event_id,
        type=AssessmentSubmittedV1.TYPE,
        source=f"/agencies/{agency_id}",
        time=written_at,
        subject=reference or "",
        journey_id=event_id,
        place_id=agency_id,
        traceparent=traceparent_of(trace),
    )
    return envelope, InboundRecord(
        agency_id=agency_id,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        written_at=written_at,
        submission=submission,
        reference=reference,
        faults=tuple(faults),
    )


def _claim(headers: dict[str, bytes | None], name: str, allowed: set[str]) -> list[Fault]:
    value = headers.get(name)
    if value is None:
        return [Fault(name, "the header is missing")]
    if value.decode("utf-8", "replace") not in allowed:
        return [Fault(name, f"must be '{min(allowed, key=lambda a: (a[0] != '/', a))}'")]
    return []


def _reference(value: bytes) -> str | None:
    """The agency's reference in a record that does not keep the contract, if it can be read."""
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    reference = found.get("reference") if isinstance(found, dict) else None
    return reference if isinstance(reference, str) and REFERENCE.fullmatch(reference) else None


async def on_submissions(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
    """Accept what may be accepted; keep what is refused, field and rule, for its agency."""
    records = [(r, r.event) for r in batch if isinstance(r.event, InboundRecord)]
    agencies = await registry_store.find_agencies(
        connection, sorted({record.agency_id for _, record in records})
    )
    arrivals: list[tuple[Received, InboundRecord, Arrival]] = []
    refused: list[tuple[Received, InboundRecord, list[Fault]]] = []
    for received, record in records:
        agency = agencies.get(record.agency_id)
        faults = list(record.faults)
        if agency is None:
            faults.insert(0, Fault("(topic)", "no agency that takes part owns this topic"))
        elif record.submission is not None:
            faults += faults_of(record.submission, agency, received.now)
        if faults or agency is None or record.submission is None:
            refused.append((received, record, faults))
            continue
        trace = received.envelope.traceparent or ""
        arrival = Arrival(agency, record.submission, Channel.KAFKA, trace)
        arrivals.append((received, record, arrival))
    events: list[Outgoing] = []
    if arrivals:
        answers, events = await accept(connection, [a for *_, a in arrivals], batch[0].now)
        for (received, record, _), answer in zip(arrivals, answers, strict=True):
            if isinstance(answer, Fault):
                refused.append((received, record, [answer]))
            else:
                note_journey(received.envelope.id, answer.assessment_id)
    if refused and batch[0].again:
        raise Reject(_reason(refused[0][2]))
    if refused:
        known = [r for r in refused if r[1].agency_id in agencies]
        await _refuse(connection, refused, known, batch[0].now)
    return events


def _reason(faults: Sequence[Fault]) -> str:
    return "; ".join(f"{fault.field}: {fault.rule}" for fault in faults[:5])


async def settle_refused(work: Work) -> None:
    """Nobody need decide any more on what its agency has since sent as it should be."""
    await store.close_accepted_since(work.connection, CONSUMER, work.now)


_Refused = Sequence[tuple[Received, InboundRecord, list[Fault]]]


async def _refuse(
    connection: Connection, refused: _Refused, known: _Refused, now: datetime
) -> None:
    """Park each record; show it to its agency, where it has one."""
    await store.save_rejections(
        connection,
        [
            store.Rejection(
                agency_id=record.agency_id,
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                written_at=record.written_at,
                reference=record.reference,
                errors=[fault.as_dict() for fault in faults],
            )
            for _, record, faults in known
        ],
        now,
    )
    for received, record, faults in refused:
        where = _Where(record.topic, record.partition, record.offset)
        event = (received.envelope.id, received.envelope.type)
        await parked.save_parked(connection, CONSUMER, where, event, _reason(faults))
    await store.forget_consumed(connection, CONSUMER, [r.envelope.id for r, *_ in refused])
