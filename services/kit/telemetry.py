"""Logs and traces. ``journeyid`` is on every line and span; personal data on none."""

from __future__ import annotations

import json
import logging
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from contracts.envelope import Envelope

JOURNEY: ContextVar[str] = ContextVar("journeyid", default="-")
_TRACER = trace.get_tracer("kith")
_W3C = TraceContextTextMapPropagator()


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "journeyid": JOURNEY.get(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = _without_values(self.formatException(record.exc_info))
        return json.dumps(line)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        journey = JOURNEY.get()
        where = "" if journey == "-" else f" [{journey}]"
        line = f"{record.levelname.lower():7} {record.getMessage()}{where}"
        if record.exc_info:
            line += "\n" + _without_values(self.formatException(record.exc_info))
        return line


def _without_values(trace_text: str) -> str:
    """A stack trace without its last lines: messages of foreign exceptions may quote data."""
    lines = trace_text.splitlines()
    last_frame = max((i for i, line in enumerate(lines) if line.startswith("  ")), default=-1)
    kind = lines[last_frame + 1].partition(":")[0] if last_frame + 1 < len(lines) else ""
    return "\n".join([*lines[: last_frame + 1], kind])


def configure_logging(log_format: str, level: str) -> None:
    """Log lines to standard output, as text for people or JSON for machines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Json() if log_format == "json" else _Text())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for noisier in ("aiokafka", "services.kit.kafka"):  # FastStream logs through the latter
        logging.getLogger(noisier).setLevel(logging.ERROR)


def configure_tracing(service: str, endpoint: str | None) -> None:
    """Send spans over OTLP. Without an endpoint nothing is traced and nothing is paid."""
    if endpoint is None:
        return
    provider = TracerProvider(resource=Resource.create({"service.name": f"kith-{service}"}))
    exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


@contextmanager
def batch_span(consumer: str, envelopes: Sequence[Envelope]) -> Iterator[None]:
    """A span around the handling of a batch, with one link for every record in it."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        yield
        return
    links = []
    for envelope in envelopes:
        context = _W3C.extract({"traceparent": envelope.traceparent or ""})
        span_context = trace.get_current_span(context).get_span_context()
        if span_context.is_valid:
            links.append(Link(span_context, {"kith.journeyid": str(envelope.journey_id)}))
    attributes: dict[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.consumer.group.name": consumer,
        "messaging.batch.message_count": len(envelopes),
    }
    with _TRACER.start_as_current_span(
        f"process {consumer}", kind=SpanKind.CONSUMER, links=links, attributes=attributes
    ):
        yield


def new_traceparent() -> str:
    """W3C trace context for a journey that starts here, sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
