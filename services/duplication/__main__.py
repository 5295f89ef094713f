"""Duplication: ``python -m services.duplication``, with settings from ``KITH_`` variables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from contracts.alerts import AlertAnsweredV1
from contracts.envelope import Event
from contracts.erasure import ErasureOrderedV1
from contracts.places import PlaceInForceV1
from contracts.restrictions import AccessChangedV1, RestrictionLiftedV1, RestrictionRestoredV1
from contracts.topics import ALERTS, ASSESSMENTS, ASSIGNMENTS
from services.duplication.answers import on_alerts
from services.duplication.api import create_router
from services.duplication.handlers import on_assessments, on_assignments
from services.duplication.linking_api import linking_router
from services.duplication.looks_api import looks_router
from services.duplication.model import load
from services.duplication.people_api import people_router
from services.duplication.quality import counting_days
from services.duplication.settings import DuplicationSettings
from services.duplication.store.reading import LOOKS
from services.duplication.subject_access_api import subject_access_router
from services.kit.app import Service, utc_now
from services.kit.consume import decode_only
from services.kit.erased import create_erasure_routes
from services.kit.settings import read_settings

_SAID: list[type[Event]] = [
    AccessChangedV1,
    ErasureOrderedV1,
    PlaceInForceV1,
    RestrictionLiftedV1,
    RestrictionRestoredV1,
]
_GATHER_MS = 200


def create_service(
    settings: DuplicationSettings, clock: Callable[[], datetime] = utc_now
) -> Service:
    """Duplication, put together and not yet started."""
    service = Service("duplication", settings, clock=clock)
    model = load(settings.matching_model)
    service.consume(ASSESSMENTS, on_assessments(model))
    # Of what is said of alerts and assignments little matters here, and it can wait a moment.
    service.consume(
        ALERTS, on_alerts(model), decode=decode_only([AlertAnsweredV1]), gather_ms=_GATHER_MS
    )
    service.consume(
        ASSIGNMENTS, on_assignments(model), decode=decode_only(_SAID), gather_ms=_GATHER_MS
    )
    service.every(settings.quality_seconds, "quality", counting_days())
    service.seal(LOOKS)
    service.api.include_router(create_router(service, model))
    service.api.include_router(linking_router(service, model))
    service.api.include_router(looks_router(service))
    service.api.include_router(people_router(service, model))
    service.api.include_router(subject_access_router(service, model))
    service.api.include_router(create_erasure_routes(service))
    return service


if __name__ == "__main__":
    create_service(read_settings(DuplicationSettings)).run()
