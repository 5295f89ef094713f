"""``python -m services.keyworkers``: the key-worker service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.keyworkers.api import create_routes
from services.keyworkers.api_access import create_access_routes
from services.keyworkers.api_conflicts import create_conflict_routes
from services.keyworkers.api_handovers import create_handover_routes
from services.keyworkers.api_intensity import create_intensity_routes
from services.keyworkers.api_leave import create_leave_routes
from services.keyworkers.api_lifting import create_lifting_routes
from services.keyworkers.api_looks import create_looks_routes
from services.keyworkers.api_offers import create_offer_routes
from services.keyworkers.api_previews import create_preview_routes
from services.keyworkers.api_replanning import create_replanning_routes
from services.keyworkers.api_retention import create_retention_routes
from services.keyworkers.api_sign_in import create_sign_in_routes
from services.keyworkers.api_subject_access import create_subject_access_routes
from services.keyworkers.handlers import Handlers
from services.keyworkers.keepers import offices
from services.keyworkers.loading import SERVICE, Rosters
from services.keyworkers.settings import KeyWorkersSettings
from services.keyworkers.store_access import LOOKS
from services.kit.app import Service, utc_now
from services.kit.erased import create_erasure_routes
from services.kit.settings import read_settings


def create_service(
    settings: KeyWorkersSettings, clock: Callable[[], datetime] = utc_now
) -> Service:
    """The service, put together and not yet running."""
    service = Service(SERVICE, settings, clock=clock)
    handlers = Handlers(Rosters())
    handlers.declare(service, settings)
    service.seal(LOOKS)
    service.api.include_router(create_routes(service, handlers))
    service.api.include_router(create_access_routes(service, handlers))
    service.api.include_router(create_lifting_routes(service, handlers))
    service.api.include_router(create_looks_routes(service, handlers))
    service.api.include_router(create_retention_routes(service, handlers))
    service.api.include_router(create_erasure_routes(service, offices=offices(handlers)))
    service.api.include_router(create_handover_routes(service, handlers))
    service.api.include_router(create_conflict_routes(service, handlers))
    service.api.include_router(create_offer_routes(service, handlers))
    service.api.include_router(create_leave_routes(service, handlers))
    service.api.include_router(create_intensity_routes(service, handlers))
    service.api.include_router(create_replanning_routes(service, handlers))
    service.api.include_router(create_preview_routes(service, handlers))
    service.api.include_router(create_subject_access_routes(service, handlers))
    service.api.include_router(create_sign_in_routes(service, handlers))
    return service


if __name__ == "__main__":
    create_service(read_settings(KeyWorkersSettings)).run()
