"""Spans as services send them (OTLP, protobuf), and one journey's as a tree. Pure.

A record's span hangs on the span that sent the record; what its batch did for all its records (the
statements to the database) hangs on it through the link between the two. A span whose parent was
not kept hangs on the journey's first.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

_KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}
_MOST_BYTES = 32 * 1024 * 1024
_MOST_ATTRIBUTES = 40


@dataclass(frozen=True, slots=True)
class Span:
    """One span. Ids in hexadecimal; ``links``: span ids."""

    span_id: str
    trace_id: str
    parent_id: str | None
    journey_ids: tuple[UUID, ...]
    service: str
    name: str
    kind: str
    started_at: datetime
    duration_ms: float
    failed: bool
    attributes: dict[str, Any]
    links: tuple[str, ...]


def read_spans(body: bytes, encoding: str | None) -> list[Span]:
    """The spans of an export request that are for a journey. Raises ``ValueError``."""
    if encoding == "gzip":
        unpacking = zlib.decompressobj(wbits=31)
        try:
            body = unpacking.decompress(body, _MOST_BYTES)
        except zlib.error:
            raise ValueError("this is not gzip") from None
        if unpacking.unconsumed_tail:
            raise ValueError("this is more than is taken at once")
    try:
        request = ExportTraceServiceRequest.FromString(body)
    except DecodeError:
        raise ValueError("this is not an OTLP export request") from None
    return [
        span
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for one in scope.spans
        if (span := _span(one, _attributes(resource.resource.attributes))).journey_ids
    ]


def _span(span: OtlpSpan, resource: dict[str, Any]) -> Span:
    attributes = _attributes(span.attributes)
    journeys = attributes.pop("journeyid", ())
    took = span.end_time_unix_nano - span.start_time_unix_nano
    return Span(
        span_id=span.span_id.hex(),
        trace_id=span.trace_id.hex(),
        parent_id=span.parent_span_id.hex() or None,
        journey_ids=tuple(_uuids([journeys] if isinstance(journeys, str) else journeys)),
        service=str(resource.get("service.name", "?")).removeprefix("kith-")[:60],
        name=span.name[:200],
        kind=_KINDS.get(span.kind, "internal"),
        started_at=datetime.fromtimestamp(span.start_time_unix_nano / 1e9, UTC),
        duration_ms=max(0.0, took / 1e6),
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        attributes=attributes,
        links=tuple(link.span_id.hex() for link in span.links),
    )


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {
        pair.key: _value(pair.value)
        for pair, _ in zip(pairs, range(_MOST_ATTRIBUTES), strict=False)
    }


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind in {"string_value", "bool_value", "int_value", "double_value"}:
        return getattr(value, kind)
    return None


def _uuids(texts: Iterable[Any]) -> Iterable[UUID]:
    for text in texts:
        try:
            yield UUID(str(text))
        except ValueError:
            continue


@dataclass(frozen=True, slots=True)
class Placed:
    """A span in the tree. ``depth`` 0 is where the journey began."""

    span: Span
    parent_id: str | None
    depth: int


def as_tree(spans: Sequence[Span]) -> list[Placed]:
    """The journey's spans in the order in which they are drawn: parents before children, and
    children by when they began. Batches are left out; what they did is shown under the record."""
    by_id = {span.span_id: span for span in spans}
    batches = {s.span_id for s in spans if "messaging.batch.message_count" in s.attributes}
    record_of = {
        batch: span.span_id
        for span in spans
        if span.span_id not in batches
        for batch in span.links
        if batch in batches
    }
    shown = sorted(
        (s for s in spans if s.span_id not in batches or s.span_id not in record_of),
        key=lambda s: (s.started_at, s.span_id),
    )
    if not shown:
        return []
    first = shown[0]
    children: dict[str | None, list[Span]] = defaultdict(list)
    for span in shown:
        parent = record_of.get(span.parent_id or "", span.parent_id)
        if span is first:
            parent = None
        elif parent not in by_id or parent == span.span_id:
            parent = first.span_id
        children[parent].append(span)
    placed: list[Placed] = []
    waiting: list[tuple[Span, str | None, int]] = [(first, None, 0)]
    seen: set[str] = set()
    while waiting:
        span, parent, depth = waiting.pop()
        if span.span_id in seen:
            continue
        seen.add(span.span_id)
        placed.append(Placed(span, parent, depth))
        waiting += [(c, span.span_id, depth + 1) for c in reversed(children[span.span_id])]
    return placed
