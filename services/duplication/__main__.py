"""Duplication: ``python -m services.duplication``, with settings from ``KITH_`` variables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from contracts.topics import ASSESSMENTS
from services.duplication.api import create_router
from services.duplication.handlers import on_assessments
from services.duplication.model import load
from services.duplication.settings import DuplicationSettings
from services.kit.app import Service, utc_now


def create_service(
    settings: DuplicationSettings, clock: Callable[[], datetime] = utc_now
) -> Service:
    """Duplication, put together and not yet started."""
    service = Service("duplication", settings, clock=clock)
    service.consume(ASSESSMENTS, on_assessments(load(settings.matching_model)))
    service.api.include_router(create_router(service))
    return service


if __name__ == "__main__":
    create_service(DuplicationSettings()).run()
