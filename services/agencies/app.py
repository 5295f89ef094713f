"""The composition root: what the agencies service serves, consumes and does every so often."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from aiokafka.errors import KafkaError

from contracts.topics import ALERTS, ASSIGNMENTS, HOUSEHOLDS, inbound_topic
from services.agencies import inbound, registry_store, store
from services.agencies.api import agency_api
from services.agencies.callers import Callers
from services.agencies.handlers import on_events
from services.agencies.hearing import HEARD
from services.agencies.internal import internal_api
from services.agencies.looks_api import looks_api
from services.agencies.reference import add_reference
from services.agencies.settings import AgenciesSettings
from services.agencies.subject_access_api import subject_access_api
from services.agencies.webhook_api import webhook_api
from services.agencies.webhook_operations import webhook_operations
from services.agencies.webhooks import Webhooks, settle
from services.kit.app import Service, utc_now
from services.kit.consume import decode_only
from services.kit.deliverer import Deliverer
from services.kit.erased import create_erasure_routes
from services.kit.topics import create_topics
from services.kit.work import Work

LOG = logging.getLogger(__name__)


async def ensure_topics(service: Service, settings: AgenciesSettings) -> None:
    """Create the topic of every agency that writes to Kafka."""
    async with service.pool.acquire() as connection:
        agencies = await registry_store.list_agencies(connection)
    topics = [inbound_topic(agency.id) for agency in agencies if agency.writes_to_kafka]
    if topics:
        await create_topics(settings.kafka_access, topics, settings.namespace, settings.replication)


def create_service(settings: AgenciesSettings, clock: Callable[[], datetime] = utc_now) -> Service:
    """The service, not yet started."""
    service = Service("agencies", settings, clock=clock)
    service.api.state.callers = Callers(service, settings.credential_seconds)
    service.api.include_router(agency_api(service, settings))
    service.api.include_router(webhook_api(service, settings))
    service.api.include_router(internal_api(service))
    service.api.include_router(looks_api(service))
    service.api.include_router(subject_access_api(service))
    service.api.include_router(webhook_operations(service))
    service.api.include_router(create_erasure_routes(service, "/internal"))
    add_reference(service.api)
    webhooks = Webhooks(service, settings)
    service.deliver(Deliverer(service, settings, webhooks.send, settle))
    service.on_stop(webhooks.close)
    # Agencies ask again after seconds: larger batches cost the whole machine less.
    service.consume(
        [HOUSEHOLDS, ASSIGNMENTS, ALERTS],
        on_events,
        decode=decode_only(HEARD),
        group="outcomes",
        gather_ms=200,
    )
    service.consume(
        [],
        inbound.on_submissions,
        decode=inbound.decode_inbound,
        pattern=inbound.PATTERN,
        group=inbound.GROUP,
    )

    async def prune(work: Work) -> None:
        keep = timedelta(hours=settings.idempotency_hours)
        await store.prune_keys(work.connection, work.now, keep)

    async def make_topics(_: Work) -> None:
        await ensure_topics(service, settings)

    async def make_first_topics() -> None:
        try:
            await ensure_topics(service, settings)
        except (KafkaError, OSError) as error:
            LOG.warning("agencies' topics are made later: %s", type(error).__name__)

    service.seal(store.LOOKS)
    service.on_start(make_first_topics)
    service.every(settings.topics_seconds, "topics", make_topics)
    service.every(3600.0, "prune-keys", prune)
    service.every(30.0, "refused records", inbound.settle_refused)
    return service
