"""What a test of a service stands on: a database of its own, topics of its own, real servers.

Databases are copied from a migrated template, so a test pays some tens of milliseconds; topics and
consumer groups carry a namespace that no other test has.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from contracts.codec import decode_envelope, decode_event, encode
from contracts.envelope import Envelope, Event, new_id
from contracts.topics import ALERTS, ALL_TOPICS, OUTCOMES, Topic
from services.kit import db
from services.kit.kafka import create_producer
from services.kit.kafka_security import KafkaAccess
from services.kit.settings import ServiceSettings
from services.kit.topics import create_topics

PLACE = "greater-manchester"
TOKEN = "test-service-token"
PARTITIONS = 2
SMALL_TOPICS = [replace(t, partitions=min(PARTITIONS, t.partitions)) for t in ALL_TOPICS]
S = TypeVar("S", bound=ServiceSettings)
T = TypeVar("T")
_TEMPLATES: dict[tuple[str, str], str] = {}


def with_database(dsn: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


async def _execute(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def _template(admin_dsn: str, services: tuple[str, ...]) -> str:
    """A database with the services' schemas, migrated once per test run."""
    key = (admin_dsn, ",".join(services))
    if key not in _TEMPLATES:
        name = f"kith_template_{secrets.token_hex(6)}"
        await _execute(admin_dsn, f"create database {name}")
        dsn = with_database(admin_dsn, name)
        for service in services:
            await _execute(dsn, f"create schema {service}")
            await db.migrate(dsn, service, ("services.kit",) if service == "probe" else ())
        _TEMPLATES[key] = name
    return _TEMPLATES[key]


async def drop_templates() -> None:
    """End of the test run."""
    for (admin_dsn, _), name in _TEMPLATES.items():
        await _execute(admin_dsn, f"drop database if exists {name} with (force)")
    _TEMPLATES.clear()


@dataclass
class Stack:
    """One test's database, topics and consumer groups on the shared servers. ``own``: what one
    service's process is told besides."""

    admin_dsn: str
    kafka: str
    namespace: str
    dsn: str
    own: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def access(self) -> KafkaAccess:
        """The broker as the tests reach it."""
        return KafkaAccess(self.kafka)

    def settings(self, cls: type[S], **changes: Any) -> S:
        """Settings of a service in this stack."""
        values: dict[str, Any] = {
            "postgres": self.dsn,
            "kafka": self.kafka,
            "service_token": TOKEN,
            "namespace": self.namespace,
            "pool_size": 4,
            "local": True,  # the server's own password may be a usual one
        }
        return cls(**(values | changes))

    async def publish(self, *events: Event | tuple[Envelope, Event]) -> list[Envelope]:
        """Write events to their topics as their producers would; their envelopes, in order."""
        sent = [e if isinstance(e, tuple) else (self.envelope(e), e) for e in events]
        producer = create_producer(self.access, "test")
        await producer.start()
        try:
            for envelope, event in sent:
                key, value, headers = encode(envelope, event)
                await producer.send_and_wait(
                    self.namespace + event.TOPIC, value=value, key=key, headers=headers
                )
        finally:
            await producer.stop()
        return [envelope for envelope, _ in sent]

    async def publish_raw(
        self,
        topic: Topic,
        value: bytes,
        headers: Sequence[tuple[str, bytes | None]],
        key: str = PLACE,
        written_ms: int | None = None,
    ) -> None:
        """Write a record as it is: poison, for instance. ``written_ms``: what it says of when."""
        producer = create_producer(self.access, "test")
        await producer.start()
        try:
            await producer.send_and_wait(
                self.namespace + topic.name,
                value=value,
                key=key.encode(),
                headers=list(headers),
                timestamp_ms=written_ms,
            )
        finally:
            await producer.stop()

    def envelope(self, event: Event, journey_id: UUID | None = None) -> Envelope:
        """An envelope for an event that comes from outside the service under test."""
        about = getattr(event, "assessment_id", None)
        return Envelope(
            id=new_id(),
            type=event.TYPE,
            source="/test",
            time=datetime.now(UTC),
            subject=event.subject(),
            journey_id=journey_id or (about if isinstance(about, UUID) else new_id()),
            place_id=PLACE,
        )

    async def read(
        self,
        topic: Topic,
        until: Callable[[list[tuple[Envelope, Event]]], bool],
        seconds: float = 60,
    ) -> list[tuple[Envelope, Event]]:
        """All events of a topic from its start, once ``until`` says there are enough."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kafka, group_id=None, auto_offset_reset="earliest"
        )
        await consumer.start()
        found: list[tuple[Envelope, Event]] = []
        try:
            name = self.namespace + topic.name
            partitions = [TopicPartition(name, p) for p in range(min(PARTITIONS, topic.partitions))]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            async with asyncio.timeout(seconds):
                while not until(found):
                    batches = await consumer.getmany(timeout_ms=200)
                    for records in batches.values():
                        for record in records:
                            envelope = decode_envelope(record.headers)
                            found.append((envelope, decode_event(envelope.type, record.value)))
        finally:
            await consumer.stop()
        return found


async def eventually(
    probe: Callable[[], Awaitable[T]], until: Callable[[T], bool] = bool, seconds: float = 60
) -> T:
    """Ask again and again until the answer satisfies ``until``; fail after ``seconds``."""
    async with asyncio.timeout(seconds):
        while not until(answer := await probe()):
            await asyncio.sleep(0.02)
        return answer


def topics_of(services: Sequence[str]) -> list[Topic]:
    """The topics that the services read or write. Of a service that the registry does not name,
    those of the chassis's own tests."""
    return [
        topic for topic in SMALL_TOPICS if {topic.producer, *topic.consumers} & set(services)
    ] or [topic for topic in SMALL_TOPICS if topic.name in {ALERTS.name, OUTCOMES.name}]


@asynccontextmanager
async def open_stack(
    admin_dsn: str, kafka: str, services: tuple[str, ...], topics: bool = True
) -> AsyncIterator[Stack]:
    """A stack for one test; its database, and the agencies' topics, are dropped afterwards."""
    name = f"kith_test_{secrets.token_hex(6)}"
    template = await _template(admin_dsn, services)
    await _execute(admin_dsn, f"create database {name} template {template}")
    stack = Stack(admin_dsn, kafka, f"t{secrets.token_hex(4)}.", with_database(admin_dsn, name))
    made = topics_of(services) if topics else []
    if made:
        await create_topics(stack.access, made, stack.namespace)
    try:
        yield stack
    finally:
        await _execute(admin_dsn, f"drop database {name} with (force)")
        if "agencies" in services:
            await _delete_topics(kafka, [stack.namespace + topic.name for topic in made])


async def _delete_topics(kafka: str, names: list[str]) -> None:
    """Whoever reads by pattern has every topic of the broker listed again and again: those of the
    tests of such a service before it are not to be among them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.delete_topics(names)
    finally:
        await admin.close()
