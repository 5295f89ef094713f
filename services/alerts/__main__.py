"""Alerts: ``python -m services.alerts``, with settings from ``KITH_`` variables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from contracts.erasure import AssessmentsErasedV1
from contracts.topics import ASSIGNMENTS, HOUSEHOLDS
from services.alerts import messages_api
from services.alerts.api import create_router
from services.alerts.channels import Channels, set_up
from services.alerts.covering import keep_covered
from services.alerts.erasing import on_erased
from services.alerts.feed import Feed
from services.alerts.handlers import escalate_late, on_assignments
from services.alerts.places import Places
from services.alerts.policy import PATIENCE, read_policies
from services.alerts.preferences_api import create_preference_routes
from services.alerts.settings import AlertsSettings
from services.alerts.subject_access_api import create_subject_access_routes
from services.alerts.telling import remind, send_digests
from services.kit.app import Service, utc_now
from services.kit.consume import decode_only
from services.kit.deliverer import Deliverer
from services.kit.erased import create_erasure_routes
from services.kit.settings import read_settings

_GATHER_MS = 200
"""Nobody waits for what was erased to be erased here too."""


def create_service(settings: AlertsSettings, clock: Callable[[], datetime] = utc_now) -> Service:
    """Alerts, put together and not yet started."""
    service = Service("alerts", settings, clock=clock)
    places = Places(read_policies(settings.place_policies, set_up(settings)))
    feed = Feed()

    async def start_feed() -> None:
        feed.start(service.pool)

    service.on_start(start_feed)
    service.on_stop(feed.stop)
    service.consume(ASSIGNMENTS, on_assignments(places))
    service.consume(
        HOUSEHOLDS, on_erased, decode=decode_only([AssessmentsErasedV1]), gather_ms=_GATHER_MS
    )
    service.every(settings.sweep_seconds, "escalate", escalate_late(places))
    service.every(settings.sweep_seconds, "cover", keep_covered(places))
    service.api.include_router(create_router(service, feed, settings.heartbeat_seconds))
    service.api.include_router(messages_api.create_router(service))
    service.api.include_router(create_subject_access_routes(service))
    service.api.include_router(create_preference_routes(service, places))
    service.api.include_router(create_erasure_routes(service))
    if places.channels:
        channels = Channels(service, settings, places)
        service.deliver(Deliverer(service, settings, channels.send, patience=PATIENCE))
        service.on_stop(channels.close)
        service.every(settings.sweep_seconds, "remind", remind(places))
        service.every(settings.sweep_seconds, "digest", send_digests(places))
    return service


if __name__ == "__main__":
    create_service(read_settings(AlertsSettings)).run()
