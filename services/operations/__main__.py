"""Operations: ``python -m services.operations``, with settings from ``KITH_`` variables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from contracts.topics import TOPICS
from services.kit.app import Service, utc_now
from services.kit.erased import create_erasure_routes
from services.kit.settings import read_settings
from services.operations import api_spans
from services.operations.api import create_router
from services.operations.handlers import measuring_standing, on_events, prune_flow
from services.operations.seen import decode_seen
from services.operations.settings import OperationsSettings
from services.operations.stalls import allowances


def create_service(
    settings: OperationsSettings, clock: Callable[[], datetime] = utc_now
) -> Service:
    """Operations, put together and not yet started."""
    service = Service("operations", settings, clock=clock)
    service.consume(
        TOPICS, on_events, decode=decode_seen, group="all", gather_ms=settings.gather_ms
    )
    service.every(3600.0, "prune-flow", prune_flow)
    keep = timedelta(hours=settings.span_hours)
    service.every(60.0, "prune-spans", api_spans.pruning(keep, settings.span_most))
    service.api.include_router(api_spans.create_router(service))
    allowed = allowances(settings.stall_seconds)
    service.every(settings.metrics_seconds, "measure", measuring_standing(allowed))
    service.api.include_router(create_router(service, allowed, settings.stream_seconds))
    service.api.include_router(create_erasure_routes(service))
    return service


if __name__ == "__main__":
    create_service(read_settings(OperationsSettings)).run()
