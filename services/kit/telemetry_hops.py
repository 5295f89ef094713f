"""The hops of Kafka: handling a batch of records, and sending what is in the outbox.

A batch is one span with one link for each of its records that is kept; each record has a span of
its own in its journey's trace, and what follows from the record is that span's child. Names and
attributes follow OpenTelemetry's conventions for messaging (kafka).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from opentelemetry.trace import Link, SpanKind

from contracts.envelope import Envelope
from services.kit.telemetry_spans import CURRENT, JOURNEY, Hop, Value, parse_traceparent, tracer

_RECORDS: ContextVar[dict[UUID, Hop] | None] = ContextVar("records", default=None)


class Placed(Protocol):
    """Where a record stands in Kafka."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...


@contextmanager
def batch_span(
    consumer: str, records: Sequence[tuple[Placed, Envelope]]
) -> Iterator[list[Envelope] | None]:
    """Around the handling of a batch. Gives its envelopes, each saying its own hop; None where
    nothing is traced."""
    envelopes = [envelope for _, envelope in records]
    journeys = list(dict.fromkeys(e.journey_id for e in envelopes))
    token = JOURNEY.set(",".join(str(j) for j in journeys[:10]) or "-")
    found = tracer()
    if found is None or not records:
        try:
            yield None
        finally:
            JOURNEY.reset(token)
        return
    batch = Hop(
        found,
        f"process {consumer}",
        SpanKind.CONSUMER,
        {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.operation.name": "process",
            "messaging.consumer.group.name": consumer,
            "messaging.destination.name": records[0][0].topic,
            "messaging.batch.message_count": len(records),
        },
        journeys=journeys,
    )
    back = [Link(batch.context())]
    hops: dict[UUID, Hop] = {}
    for record, envelope in records:
        cause = parse_traceparent(envelope.traceparent)
        hops[envelope.id] = Hop(
            found,
            f"process {record.topic}",
            SpanKind.CONSUMER,
            _about(consumer, record, envelope),
            cause,
            [envelope.journey_id],
            links=back,
            started=batch.started,
        )
    current, of_records = CURRENT.set(batch), _RECORDS.set(hops)
    try:
        yield [replace(e, traceparent=hops[e.id].traceparent) for e in envelopes]
    except Exception as error:
        # It will be tried again: what went wrong is the batch's, not the records'.
        batch.error = type(error).__name__
        batch.links = _links(hops.values())
        batch.finish()
        raise
    else:
        now = time.time_ns()
        kept = [hop for hop in hops.values() if hop.finish(now)]
        if kept:
            batch.error = next((hop.error for hop in kept if hop.error), None)
            batch.links = _links(kept)
            batch.journeys = [journey for hop in kept for journey in hop.journeys]
            batch.finish(now, keep=True)
    finally:
        CURRENT.reset(current)
        _RECORDS.reset(of_records)
        JOURNEY.reset(token)


def _links(hops: Iterable[Hop]) -> list[Link]:
    """To what each record that is kept follows from."""
    return [
        Link(hop.parent, {"journeyid": str(hop.journeys[0])})
        for hop in hops
        if hop.parent is not None
    ]


def note_failed(event_id: UUID, error: BaseException) -> None:
    """A record of the batch being handled can never be handled: its hop is kept, as failed."""
    hops = _RECORDS.get()
    if hops and event_id in hops:
        hops[event_id].error = type(error).__name__


def note_journey(event_id: UUID, journey_id: UUID) -> None:
    """A record that came from outside has begun this journey."""
    hops = _RECORDS.get()
    if hops and event_id in hops:
        hops[event_id].journeys = [journey_id]


def _about(consumer: str, record: Placed, envelope: Envelope) -> dict[str, Value]:
    waited = time.time() - envelope.time.timestamp()
    return {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.consumer.group.name": consumer,
        "messaging.destination.name": record.topic,
        "messaging.destination.partition.id": str(record.partition),
        "messaging.kafka.offset": record.offset,
        "messaging.message.id": str(envelope.id),
        "cloudevents.event_type": envelope.type,
        "kith.placeid": envelope.place_id,
        "kith.waited_ms": round(waited * 1000, 1),
    }


def begin_send(topic: str, envelope: Envelope) -> Hop | None:
    """An event leaves the outbox. Pass on the hop's ``traceparent``; ``finish`` it when acked."""
    found = tracer()
    if found is None:
        return None
    waited = time.time() - envelope.time.timestamp()
    return Hop(
        found,
        f"send {topic}",
        SpanKind.PRODUCER,
        {
            "messaging.system": "kafka",
            "messaging.operation.type": "send",
            "messaging.operation.name": "send",
            "messaging.destination.name": topic,
            "messaging.message.id": str(envelope.id),
            "cloudevents.event_type": envelope.type,
            "kith.placeid": envelope.place_id,
            "kith.waited_ms": round(waited * 1000, 1),
        },
        parse_traceparent(envelope.traceparent),
        [envelope.journey_id],
    )


def end_sends(hops: Sequence[Hop | None], results: Sequence[object]) -> None:
    """The broker has answered for each of them."""
    now = time.time_ns()
    for hop, result in zip(hops, results, strict=True):
        if hop is not None:
            if isinstance(result, BaseException):
                hop.error = type(result).__name__
            hop.finish(now)
