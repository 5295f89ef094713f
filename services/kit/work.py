"""A transaction outside the consumers: for HTTP handlers and periodic tasks.

``async with service.work() as work``: read and write through ``work.connection``, ``work.emit``
events; all of it commits together or not at all, and the relay is woken after the commit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from contracts.envelope import Event, derive_id
from services.kit.db import Connection, Pool, begin, create_pool, lock_places
from services.kit.outbox import Outgoing, Relay, save_outgoing
from services.kit.telemetry_spans import note_journeys


@dataclass(slots=True)
class Work:
    """One open transaction and the events it will send."""

    service: str
    connection: Connection
    now: datetime
    outgoing: list[Outgoing] = field(default_factory=list)
    notes: dict[str, set[UUID]] = field(default_factory=dict)
    """By place: what the service's own :data:`Finish` must look at, besides what events name."""

    def note(self, place_id: str, ids: Iterable[UUID]) -> None:
        """Have the service's :data:`Finish` look at these."""
        self.notes.setdefault(place_id, set()).update(ids)

    async def lock_place(self, place_id: str) -> None:
        """Be the only writer of this place in this service until the transaction ends."""
        await self.lock_places({place_id})

    async def lock_places(self, place_ids: set[str]) -> None:
        """The same for several places: all at once, as one by one can deadlock with a consumer."""
        await lock_places(self.connection, self.service, place_ids)

    def emit(
        self,
        event: Event,
        *,
        place_id: str,
        journey_id: UUID,
        cause: UUID,
        parts: tuple[object, ...] = (),
        traceparent: str | None = None,
    ) -> None:
        """Send ``event`` when this commits. Its id follows from ``cause`` and ``parts``."""
        self.outgoing.append(
            Outgoing(
                id=derive_id(cause, event.TYPE, *parts),
                event=event,
                place_id=place_id,
                journey_id=journey_id,
                time=self.now,
                traceparent=traceparent,
            )
        )


Finish: TypeAlias = Callable[[Work], Awaitable[None]]
"""What a service does at the end of every transaction, before it commits."""


@asynccontextmanager
async def trial(work: Work) -> AsyncIterator[Work]:
    """A part of ``work`` of which nothing stays: what it would change and send can be looked at,
    done by the code that does it. Locks it took are held until ``work`` ends."""
    transaction = work.connection.transaction()
    await transaction.start()
    try:
        yield Work(work.service, work.connection, work.now)
    finally:
        await transaction.rollback()


@asynccontextmanager
async def open_work(
    service: str,
    pool: Pool,
    relay: Relay | None,
    clock: Callable[[], datetime],
    finish: Finish | None = None,
) -> AsyncIterator[Work]:
    """The transaction. Without a ``relay`` (tests, commands) events wait for one to come."""
    async with begin(pool) as connection:
        work = Work(service, connection, clock())
        yield work
        if finish is not None:
            await finish(work)
        note_journeys([outgoing.journey_id for outgoing in work.outgoing])
        await save_outgoing(connection, f"/kith/{service}", work.outgoing)
        if work.outgoing and relay is not None:
            await relay.announce(connection)
    if work.outgoing and relay is not None:
        relay.wake()


@asynccontextmanager
async def command_work(service: str, dsn: str, finish: Finish | None = None) -> AsyncIterator[Work]:
    """The same for a command that runs beside the service, as its role. Its relay sends events."""
    pool = await create_pool(dsn, service, 1)
    try:
        async with open_work(service, pool, None, lambda: datetime.now(UTC), finish) as work:
            yield work
    finally:
        await pool.close()
