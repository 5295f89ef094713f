"""Operations: ``python -m services.operations``, with settings from ``KITH_`` variables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from contracts.topics import TOPICS
from services.kit.app import Service, utc_now
from services.operations.api import create_router
from services.operations.handlers import on_events, prune_flow
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
    service.api.include_router(
        create_router(service, allowances(settings.stall_seconds), settings.stream_seconds)
    )
    return service


if __name__ == "__main__":
    create_service(OperationsSettings()).run()
