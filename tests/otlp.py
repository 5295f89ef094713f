"""A small real OTLP receiver: what processes under test send over HTTP, decoded."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


def attributes(pairs: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        kind = pair.value.WhichOneof("value")
        value = getattr(pair.value, kind)
        if kind == "array_value":
            value = [item.string_value for item in value.values]
        found[pair.key] = value
    return found


@dataclass
class Received:
    """Everything that came. ``raw``: the bodies, to look for what must not be in them."""

    url: str = ""
    spans: list[tuple[str, Span]] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)
    metrics: set[str] = field(default_factory=set)
    raw: list[bytes] = field(default_factory=list)
    authorizations: set[str | None] = field(default_factory=set)

    def of_journey(self, journey_id: object) -> list[tuple[str, Span]]:
        """Service and span of everything that says this journey."""
        return [
            (service, span)
            for service, span in self.spans
            if str(journey_id) in attributes(span.attributes).get("journeyid", ())
        ]

    def take(self, path: str, body: bytes) -> None:
        self.raw.append(body)
        if path.endswith("/v1/traces"):
            traces = ExportTraceServiceRequest.FromString(body)
            for resource in traces.resource_spans:
                service = attributes(resource.resource.attributes)["service.name"]
                for scope in resource.scope_spans:
                    self.spans += [(service, span) for span in scope.spans]
        elif path.endswith("/v1/logs"):
            logs = ExportLogsServiceRequest.FromString(body)
            self.logs += [
                attributes(record.attributes) | {"body": record.body.string_value}
                for resource in logs.resource_logs
                for scope in resource.scope_logs
                for record in scope.log_records
            ]
        elif path.endswith("/v1/metrics"):
            metrics = ExportMetricsServiceRequest.FromString(body)
            self.metrics |= {
                metric.name
                for resource in metrics.resource_metrics
                for scope in resource.scope_metrics
                for metric in scope.metrics
            }


@contextmanager
def receiver() -> Iterator[Received]:
    """A receiver on a port of its own."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            received.authorizations.add(self.headers.get("authorization"))
            received.take(self.path, body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
