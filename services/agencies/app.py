"""The composition root: what the agencies service serves, consumes and does every so often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from services.agencies import store
from services.agencies.api import agency_api
from services.agencies.callers import Callers
from services.agencies.settings import AgenciesSettings
from services.kit.app import Service, utc_now
from services.kit.work import Work


def create_service(settings: AgenciesSettings, clock: Callable[[], datetime] = utc_now) -> Service:
    """The service, not yet started."""
    service = Service("agencies", settings, clock=clock)
    service.api.state.callers = Callers(service, settings.credential_seconds)
    service.api.include_router(agency_api(service, settings))

    async def prune(work: Work) -> None:
        keep = timedelta(hours=settings.idempotency_hours)
        await store.prune_keys(work.connection, work.now, keep)

    service.every(3600.0, "prune-keys", prune)
    return service
