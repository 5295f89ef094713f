"""The chassis under test: a service called ``probe`` that writes what it handles into ``seen``."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import asyncpg

from contracts.alerts import AlertAcknowledgedV1
from contracts.topics import ALERTS, Topic
from contracts.vocabulary_alerts import AlertKind
from services.kit.app import Service
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.errors import Reject
from services.kit.outbox import Outgoing
from services.kit.settings import ServiceSettings
from tests.stack import Stack

POISON = "poison"


def event(by: str = "someone") -> AlertAcknowledgedV1:
    """Any event does; ``acknowledged_by`` tells the test's records apart."""
    from datetime import UTC, datetime

    return AlertAcknowledgedV1(
        alert_id=uuid4(),
        kind=AlertKind.ROUTED,
        assessment_id=uuid4(),
        acknowledged_by=by,
        acknowledged_at=datetime.now(UTC),
    )


async def record(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
    """Handler: writes each event into ``seen``; refuses poison."""
    names = [getattr(r.event, "acknowledged_by", "?") for r in batch]
    if POISON in names:
        raise Reject("poison")
    await connection.executemany(
        "insert into seen (event_id, name, batch) values ($1, $2, $3)",
        [(r.envelope.id, n, len(batch)) for r, n in zip(batch, names, strict=True)],
    )
    return []


async def make_table(stack: Stack) -> None:
    connection = await asyncpg.connect(stack.dsn)
    try:
        await connection.execute(
            "create table probe.seen (n bigint generated always as identity,"
            " event_id uuid, name text, batch int)"
        )
    finally:
        await connection.close()


def probe(stack: Stack, handle=record, topic: Topic = ALERTS, **changes) -> Service:
    service = Service("probe", stack.settings(ServiceSettings, **changes))
    service.consume(topic, handle)
    return service


async def seen(stack: Stack) -> list[str]:
    connection = await asyncpg.connect(stack.dsn)
    try:
        return [r["name"] for r in await connection.fetch("select name from probe.seen order by n")]
    finally:
        await connection.close()
