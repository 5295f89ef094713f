"""The local span store: what it takes, what it refuses, how it is bounded, what it draws."""

from __future__ import annotations

import gzip
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from services.operations.spans import Span, as_tree, read_spans
from services.operations.store import tracing
from tests.services.operations.conftest import Served
from tests.services.operations.examples import START


def span(span_id: str, parent: str | None = None, at: float = 0, **changes: object) -> Span:
    values: dict[str, object] = {
        "span_id": span_id, "trace_id": "t", "parent_id": parent, "journey_ids": (),
        "service": "agencies", "name": span_id, "kind": "consumer",
        "started_at": START + timedelta(milliseconds=at), "duration_ms": 1.0, "failed": False,
        "attributes": {}, "links": (),
    }  # fmt: skip
    return Span(**(values | changes))  # type: ignore[arg-type]


def test_what_a_batch_did_is_drawn_under_each_record_it_was_done_for() -> None:
    batch = {"messaging.batch.message_count": 2}
    tree = as_tree([
        span("query", "batch", 12), span("batch", None, 10, attributes=batch, links=("send",)),
        span("record", "send", 10, links=("batch",)), span("send", "post", 5), span("post"),
    ])  # fmt: skip
    assert [(p.span.span_id, p.parent_id, p.depth) for p in tree] == [
        ("post", None, 0), ("send", "post", 1), ("record", "send", 2), ("query", "record", 3),
    ]  # fmt: skip


def test_a_span_whose_parent_was_not_kept_hangs_on_the_first_and_rings_end() -> None:
    tree = as_tree([span("a"), span("b", "lost", 2), span("c", "d", 3), span("d", "c", 4)])
    assert [(p.span.span_id, p.parent_id) for p in tree][:2] == [("a", None), ("b", "a")]
    assert as_tree([]) == []


def export(journey: UUID, name: str = "send x") -> bytes:
    request = ExportTraceServiceRequest()
    one = request.resource_spans.add().scope_spans.add().spans.add()
    one.name, one.span_id, one.trace_id = name, uuid4().bytes[:8], uuid4().bytes
    one.start_time_unix_nano = int(START.timestamp() * 1e9)
    one.end_time_unix_nano = one.start_time_unix_nano + 2_500_000
    one.attributes.add(key="journeyid").value.string_value = str(journey)
    body: bytes = request.SerializeToString()
    return body


@pytest.mark.parametrize(("body", "encoding"), [
    (b"\xff\xff\xff", None), (b"no gzip", "gzip"), (gzip.compress(b"\0" * 40_000_000), "gzip"),
])  # fmt: skip
def test_what_is_not_an_export_request_is_refused(body: bytes, encoding: str | None) -> None:
    with pytest.raises(ValueError, match="this is"):
        read_spans(body, encoding)


async def test_spans_come_in_with_the_services_token_and_go_out_as_a_waterfall(
    served: Served,
) -> None:
    journey = uuid4()
    body = export(journey)
    refused = await served.client.post(
        "/otlp/v1/traces", content=body, headers={"Authorization": "Bearer wrong"}
    )
    assert refused.status_code == 401
    for _ in range(2):
        taken = await served.client.post(
            "/otlp/v1/traces",
            content=gzip.compress(body),
            headers={"Content-Encoding": "gzip", "Content-Type": "application/x-protobuf"},
        )
        assert taken.status_code == 200
    trace = await served.get(f"/v1/journeys/{journey}/trace")
    [one] = trace["spans"]
    assert one["name"] == "send x"
    assert one["duration_ms"] == trace["duration_ms"] == 2.5
    assert (await served.get(f"/v1/journeys/{uuid4()}/trace"))["spans"] == []
    broken = await served.client.post("/otlp/v1/traces", content=b"\xff\xff\xff")
    assert broken.status_code == 400


async def test_the_store_forgets_what_is_old_and_what_is_too_much(served: Served) -> None:
    async with served.service.pool.acquire() as connection:
        some = [span(f"{n:x}", at=n, journey_ids=(uuid4(),)) for n in range(30)]
        await tracing.save_spans(connection, some)
        await tracing.prune_spans(connection, START + timedelta(milliseconds=5), 10)
        left = await connection.fetch("select span_id from span order by number")
    assert [row["span_id"] for row in left] == [f"{n:x}" for n in range(20, 30)]
