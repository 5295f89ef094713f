"""What is kept, what it may say, and that a dead collector costs nothing but telemetry."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind

from contracts.envelope import new_id
from contracts.metrics import METRICS, Kind
from contracts.topics import ALERTS
from services.kit import telemetry, telemetry_metrics, telemetry_spans
from services.kit.settings import ServiceSettings
from services.kit.telemetry_spans import Hop, Tracer, hop, parse_traceparent
from tests.kit.probe import POISON, event, make_table, probe, seen
from tests.stack import Stack, eventually

ROOT = Path(__file__).parents[2]


@pytest.fixture
def spans() -> Iterator[list[ReadableSpan]]:
    found: list[ReadableSpan] = []
    telemetry_spans.install(Tracer(found.append, Resource.create({}), ratio=1.0))
    yield found
    telemetry_spans.install(None)


def kept_of(ratio: float, journeys: list[UUID]) -> set[UUID]:
    tracer = Tracer(lambda _: None, Resource.create({}), ratio)
    return {journey for journey in journeys if tracer.samples(journey)}


def test_every_process_samples_the_same_journeys_and_a_larger_share_holds_the_smaller() -> None:
    journeys = [new_id() for _ in range(4000)]
    tenth, half = kept_of(0.1, journeys), kept_of(0.5, journeys)
    assert tenth < half
    assert 300 < len(tenth) < 500
    assert kept_of(0.1, journeys) == tenth
    assert kept_of(1.0, journeys) == set(journeys)


@pytest.mark.parametrize(("seconds", "error", "kept"), [
    (0.0, None, False), (6.0, None, True), (0.0, "Reject", True),
])  # fmt: skip
def test_outside_the_sample_only_what_failed_or_was_slow_is_kept(
    seconds: float, error: str | None, kept: bool
) -> None:
    found: list[ReadableSpan] = []
    tracer = Tracer(found.append, Resource.create({}), ratio=1e-9)
    hop = Hop(tracer, "process x", SpanKind.CONSUMER, {}, journeys=[new_id()], error=error)
    hop.finish(hop.started + int(seconds * 1e9))
    assert len(found) == kept


def test_the_words_of_an_exception_are_on_no_span(spans: list[ReadableSpan]) -> None:
    with (
        pytest.raises(ValueError, match="Zzyzxqvarnhold"),
        hop("POST", SpanKind.CLIENT, new_id(), None),
    ):
        raise ValueError("Zzyzxqvarnhold is no name")
    [span] = spans
    assert span.attributes is not None
    assert span.attributes["error.type"] == "ValueError"
    assert "Zzyzxqvarnhold" not in span.to_json()


@pytest.mark.parametrize("text", [None, "", "00-" + "0" * 32 + "-" + "1" * 16 + "-01", "z" * 55])
def test_what_is_no_trace_context_is_not_taken_for_one(text: str | None) -> None:
    assert parse_traceparent(text) is None


async def test_a_parked_record_keeps_its_span_and_says_why_in_one_word(stack: Stack) -> None:
    await make_table(stack)
    found: list[ReadableSpan] = []
    telemetry_spans.install(Tracer(found.append, Resource.create({}), ratio=1e-9))
    try:
        async with probe(stack):
            _, bad = await stack.publish(event("good"), event(POISON))
            await eventually(lambda: seen(stack), lambda names: names == ["good"])

            async def failed() -> list[ReadableSpan]:
                return [s for s in found if s.name == f"process {stack.namespace}{ALERTS.name}"]

            [span] = await eventually(failed)
    finally:
        telemetry_spans.install(None)
    assert span.attributes is not None
    assert span.attributes["journeyid"] == str(bad.journey_id)
    assert span.attributes["error.type"] == "Reject"


def test_a_collector_that_never_answers_loses_and_slows_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=50) as black_hole:
        settings = ServiceSettings(
            postgres="postgresql:///none",
            service_token="test-service-token",
            otlp_endpoint=f"http://127.0.0.1:{black_hole.getsockname()[1]}",
            trace_seconds=0.01,
            metrics_seconds=0.05,
        )
        threads = threading.active_count()
        stop = telemetry.configure("probe", settings)
        try:
            journey = new_id()
            began = time.perf_counter()
            for _ in range(20_000):  # more than the queue holds
                with hop("POST", SpanKind.CLIENT, journey, None):
                    telemetry_metrics.record("kith.consumer.handled", 1, consumer="probe.x")
            each = (time.perf_counter() - began) / 20_000
        finally:
            stopping = time.perf_counter()
            stop()
        assert each < 0.001
        assert time.perf_counter() - stopping < 15  # it would wait half a minute
        assert threading.active_count() <= threads + 6


async def test_with_a_dead_collector_every_record_is_handled_and_sent_on(stack: Stack) -> None:
    await make_table(stack)
    with socket.create_server(("127.0.0.1", 0), backlog=50) as black_hole:
        endpoint = f"http://127.0.0.1:{black_hole.getsockname()[1]}"
        stop = telemetry.configure(
            "probe", stack.settings(ServiceSettings, otlp_endpoint=endpoint, trace_seconds=0.01)
        )
        try:
            async with probe(stack):
                names = [f"{n}" for n in range(400)]
                await stack.publish(*(event(name) for name in names))
                await eventually(lambda: seen(stack), lambda found: len(found) == len(names))
        finally:
            stop()
    assert sorted(await seen(stack)) == sorted(names)


def test_a_metric_or_attribute_that_is_not_declared_is_refused() -> None:
    telemetry_metrics.configure([InMemoryMetricReader()], Resource.create({}))
    try:
        telemetry_metrics.record("kith.parked", 1)
        with pytest.raises(KeyError):
            telemetry_metrics.record("kith.surprise", 1)
        with pytest.raises(KeyError, match="surname"):
            telemetry_metrics.record("kith.parked", 1, surname="x")
    finally:
        telemetry_metrics.forget()


def test_metrics_are_made_from_their_declaration_and_nowhere_else() -> None:
    makes = re.compile(r"\.create_(observable_)?(counter|gauge|histogram|up_down_counter)\(")
    clients = re.compile(r"prometheus_client|get_meter\(")
    for file in (ROOT / "services").rglob("*.py"):
        if file.name != "telemetry_metrics.py":
            text = file.read_text("utf-8")
            assert not makes.search(text), file
            assert not clients.search(text), file


def test_every_metric_says_its_unit_and_meaning() -> None:
    assert len({m.name for m in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.unit
        assert metric.meaning.endswith(".")
        assert bool(metric.bounds) == (metric.kind is Kind.HISTOGRAM)


def test_every_metric_recorded_is_declared() -> None:
    named = re.compile(r'(?:\brecord|measure)\(\s*"([a-z_.]+)"')
    said = {
        name
        for file in (ROOT / "services").rglob("*.py")
        for name in named.findall(file.read_text("utf-8"))
    }
    assert said <= {m.name for m in METRICS}
    assert "kith.consumer.lag" in said
