"""Telemetry out of a process: traces, metrics and logs over OTLP (HTTP, protobuf).

Invariant: it never keeps work waiting. Queues are bounded and drop what is too much; sending is on
threads of its own with short timeouts; stopping waits ``_FLUSH_SECONDS`` at most. OpenTelemetry's
instrumentation of asyncio is not used: it leaks.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

import requests
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from services.kit import telemetry_metrics, telemetry_spans
from services.kit.settings import ServiceSettings
from services.kit.telemetry_http import current_traceparent
from services.kit.telemetry_logs import OtlpHandler, configure_logging
from services.kit.telemetry_spans import new_traceparent, note_journeys

__all__ = [
    "configure",
    "configure_logging",
    "current_traceparent",
    "new_traceparent",
    "note_journeys",
]
_QUEUE = 8_192
_AT_ONCE = 512
_TIMEOUT_SECONDS = 3.0
_FLUSH_SECONDS = 3.0


def configure(service: str, settings: ServiceSettings) -> Callable[[], None]:
    """Start sending what the settings ask for. Call what is returned when the process stops."""
    resource = Resource.create(
        {"service.name": f"kith-{service}", "service.namespace": settings.namespace or "kith"}
    )
    stops: list[Callable[[], object]] = []
    endpoint = settings.otlp_endpoint.rstrip("/") if settings.otlp_endpoint else None
    spans_to, headers = endpoint, {}
    if endpoint is None and settings.span_store:
        spans_to = settings.span_store.rstrip("/") + "/otlp"
        headers["Authorization"] = f"Bearer {settings.service_token.get_secret_value()}"
    if spans_to and settings.trace_ratio > 0:
        stops.append(_trace(spans_to + "/v1/traces", headers, resource, settings))
    metrics_to = settings.otlp_metrics_endpoint or (endpoint and endpoint + "/v1/metrics")
    if metrics_to:
        stops.append(_measure(metrics_to, resource, settings.metrics_seconds))
    if endpoint:
        stops.append(_log(endpoint + "/v1/logs", resource))

    def stop() -> None:
        """Send what is left, for a few seconds; what a dead collector does not take is dropped."""
        waiting = [threading.Thread(target=each, daemon=True) for each in stops]
        for thread in waiting:
            thread.start()
        for thread in waiting:
            thread.join(_FLUSH_SECONDS)

    return stop


def _session(url: str) -> requests.Session:
    """Without the environment's proxies for this machine's own addresses."""
    session = requests.Session()
    host = urlsplit(url).hostname or ""
    try:
        session.trust_env = not ip_address(host).is_loopback
    except ValueError:
        session.trust_env = host != "localhost"
    return session


def _trace(
    url: str, headers: dict[str, str], resource: Resource, settings: ServiceSettings
) -> Callable[[], object]:
    processor = BatchSpanProcessor(
        OTLPSpanExporter(url, headers=headers, timeout=_TIMEOUT_SECONDS, session=_session(url)),
        max_queue_size=_QUEUE,
        schedule_delay_millis=settings.trace_seconds * 1000,
        max_export_batch_size=_AT_ONCE,
    )
    telemetry_spans.install(
        telemetry_spans.Tracer(
            processor.on_end, resource, settings.trace_ratio, settings.trace_slow_seconds
        )
    )

    def stop() -> None:
        telemetry_spans.install(None)
        processor.shutdown()  # type: ignore[no-untyped-call]

    return stop


def _measure(url: str, resource: Resource, seconds: float) -> Callable[[], object]:
    exporter = OTLPMetricExporter(url, timeout=_TIMEOUT_SECONDS, session=_session(url))
    reader = PeriodicExportingMetricReader(
        exporter, export_interval_millis=seconds * 1000, export_timeout_millis=3000
    )
    provider = telemetry_metrics.configure([reader], resource)

    def stop() -> None:
        telemetry_metrics.forget()
        provider.shutdown(timeout_millis=_FLUSH_SECONDS * 1000)

    return stop


def _log(url: str, resource: Resource) -> Callable[[], object]:
    provider = LoggerProvider(resource, shutdown_on_exit=False)
    provider.add_log_record_processor(
        BatchLogRecordProcessor(
            OTLPLogExporter(url, timeout=_TIMEOUT_SECONDS, session=_session(url)),
            max_queue_size=_QUEUE,
            max_export_batch_size=_AT_ONCE,
        )
    )
    handler = OtlpHandler(provider.get_logger("kith").emit)
    logging.getLogger().addHandler(handler)

    def stop() -> None:
        logging.getLogger().removeHandler(handler)
        provider.shutdown()

    return stop
