"""Events out: written in the transaction that decides them, sent to Kafka afterwards, in order.

Invariant: an event is sent if and only if its transaction committed, at least once, oldest first.
One relay per schema is at work, under an advisory lock; the others stand by. A row is marked, not
deleted, once it was sent, so that a lost broker can be refilled. What was sent and not yet marked
when a process dies is sent again: consumers drop it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from aiokafka import AIOKafkaProducer

from contracts.codec import encode_headers
from contracts.envelope import Envelope, Event
from services.kit.db import Connection, Pool, Row, drop
from services.kit.errors import is_infrastructure
from services.kit.kafka import create_producer
from services.kit.kafka_security import KafkaAccess, kafka_words
from services.kit.tasks import is_being_cancelled, stop_task
from services.kit.telemetry_hops import begin_send, end_sends
from services.kit.telemetry_metrics import record as measure

LOG = logging.getLogger(__name__)
_MOST_ROWS = 500
_POLL_SECONDS = 1.0
_MARK_SECONDS = 0.05
_MARK_AND_LOAD = (
    # One round trip: what was sent last time is marked while what comes next is read.
    "with marked as (update outbox set sent_at = now() where id = any($2::bigint[]))"
    " select id, event_id, topic, type, source, occurred_at, subject, journey_id, place_id,"
    " traceparent, value from outbox where sent_at is null and id <> all($2::bigint[])"
    " order by id limit $1"
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event to send. ``time``: when the fact became true; ``id`` is derived from its cause."""

    id: UUID
    event: Event
    place_id: str
    journey_id: UUID
    time: datetime
    traceparent: str | None = None


async def save_outgoing(connection: Connection, source: str, events: Sequence[Outgoing]) -> None:
    """Write the events into the outbox, in order. The same id twice is the same event."""
    if not events:
        return
    await connection.execute(
        "insert into outbox (event_id, topic, type, source, occurred_at, subject, journey_id,"
        " place_id, traceparent, value) select e.id, e.topic, e.type, $11, e.at, e.subject,"
        " e.journey_id, e.place_id, e.traceparent, e.value"
        " from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[],"
        " $6::uuid[], $7::text[], $8::text[], $9::bytea[], $10::int[])"
        " as e(id, topic, type, at, subject, journey_id, place_id, traceparent, value, ordinal)"
        " order by e.ordinal on conflict (event_id) do nothing",
        [o.id for o in events],
        [o.event.TOPIC for o in events],
        [o.event.TYPE for o in events],
        [o.time for o in events],
        [o.event.subject() for o in events],
        [o.journey_id for o in events],
        [o.place_id for o in events],
        [o.traceparent for o in events],
        [o.event.model_dump_json(exclude_none=True).encode() for o in events],
        list(range(len(events))),
        source,
    )


async def send_again(connection: Connection, service: str) -> int | None:
    """Inside a transaction, and with the service's ``search_path``: have everything sent that is
    kept, in order, as if it never had been. How many; None, and nothing is changed, while a relay
    of the service runs."""
    if not await connection.fetchval(
        "select pg_try_advisory_xact_lock(hashtextextended('kith.outbox.' || $1, 0))", service
    ):
        return None
    rows: int = await connection.fetchval(
        "with again as (update outbox set sent_at = null where sent_at is not null returning 1)"
        " select count(*) from again"
    )
    return rows


async def forget_events(connection: Connection, event_ids: Sequence[UUID]) -> int:
    """Keep these events no longer, sent or not: what they are of was erased. How many there were.
    A log that is refilled from here has them no more."""
    gone = await connection.fetch(
        "delete from outbox where event_id = any($1::uuid[]) returning 1", list(event_ids)
    )
    return len(gone)


class Relay:
    """Sends what is in one schema's outbox. ``start``, ``wake`` after a commit, ``stop``."""

    def __init__(self, pool: Pool, access: KafkaAccess, service: str, namespace: str = "") -> None:
        self._pool = pool
        self._access = access
        self._service = service
        self._namespace = namespace
        self._channel = f"kith_outbox_{service}"
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._sent: list[int] = []
        self.leading = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"{self._service}-relay")

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done()

    def wake(self) -> None:
        """Say that a transaction with events has committed in this process."""
        self._woken.set()

    async def announce(self, connection: Connection) -> None:
        """Inside the transaction: have the relay of another process woken by the commit."""
        if not self.leading:
            await connection.execute("select pg_notify($1, '')", self._channel)

    async def stop(self) -> None:
        await stop_task(self._task)

    async def _run(self) -> None:
        delay = 0.1
        while not is_being_cancelled():
            try:
                await self._lead()
                delay = 0.1
            except BaseException as error:
                if is_being_cancelled():
                    raise
                if not is_infrastructure(error):
                    LOG.exception("outbox relay failed; it goes on trying")
                else:
                    words = await kafka_words(self._access, error)
                    LOG.warning("outbox relay waits %.1f s: %s", delay, words)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)

    async def _lead(self) -> None:
        """Wait for the lock, then send until something breaks."""
        async with self._pool.acquire() as connection:
            if not await connection.fetchval(
                "select pg_try_advisory_lock(hashtextextended('kith.outbox.' || $1, 0))",
                self._service,
            ):
                await asyncio.sleep(_POLL_SECONDS)
                return
            try:
                await connection.add_listener(self._channel, self._on_notify)
                await connection.execute("set synchronous_commit = off")
                self.leading = True
                await self._send_for_ever(connection)
            finally:
                self.leading = False
                await _quietly(self._let_go(connection))

    async def _let_go(self, connection: Connection) -> None:
        """Leave nothing behind on a connection that still works, and no connection that does not:
        the lock would stay with it."""
        try:
            await self._mark(connection)
            await connection.remove_listener(self._channel, self._on_notify)
            await connection.execute("select pg_advisory_unlock_all()")
            await connection.execute("reset synchronous_commit")
        except BaseException:
            drop(connection)
            raise

    def _on_notify(self, *_: object) -> None:
        self._woken.set()

    async def _send_for_ever(self, connection: Connection) -> None:
        # Made once there is something to send: who never says anything may write nowhere, and is
        # refused a producer.
        producer: AIOKafkaProducer | None = None
        try:
            while not is_being_cancelled():
                self._woken.clear()
                marking, self._sent = self._sent, []
                rows = await connection.fetch(_MARK_AND_LOAD, _MOST_ROWS, marking)
                if rows and producer is None:
                    producer = create_producer(self._access, f"{self._service}-relay")
                    await producer.start()
                if rows and producer is not None:
                    await self._send(producer, rows)
                if len(rows) < _MOST_ROWS:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(
                            self._woken.wait(), _MARK_SECONDS if self._sent else _POLL_SECONDS
                        )
        finally:
            if producer is not None:
                await _quietly(producer.stop())

    async def _send(self, producer: AIOKafkaProducer, rows: list[Row]) -> None:
        envelopes = [_envelope(row) for row in rows]
        hops = [
            begin_send(self._namespace + row["topic"], envelope)
            for row, envelope in zip(rows, envelopes, strict=True)
        ]
        acks = [
            await producer.send(
                self._namespace + row["topic"],
                value=row["value"],
                key=row["place_id"].encode(),
                headers=encode_headers(
                    replace(envelope, traceparent=hop.traceparent) if hop else envelope
                ),
            )
            for row, envelope, hop in zip(rows, envelopes, hops, strict=True)
        ]
        results = await asyncio.gather(*acks, return_exceptions=True)
        end_sends(hops, results)
        for row, result in zip(rows, results, strict=True):
            if not isinstance(result, BaseException):
                self._sent.append(row["id"])
        for topic, count in Counter(row["topic"] for row in rows).items():
            measure("kith.outbox.sent", count, topic=topic)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _mark(self, connection: Connection) -> None:
        marking, self._sent = self._sent, []
        await connection.execute(
            "update outbox set sent_at = now() where id = any($1::bigint[])", marking
        )


def _envelope(row: Row) -> Envelope:
    return Envelope(
        id=row["event_id"],
        type=row["type"],
        source=row["source"],
        time=row["occurred_at"],
        subject=row["subject"],
        journey_id=row["journey_id"],
        place_id=row["place_id"],
        traceparent=row["traceparent"],
    )


async def _quietly(awaitable: object) -> None:
    """Clean up after a failure whose own error matters more."""
    try:
        await awaitable  # type: ignore[misc]
    except Exception as error:
        if not is_infrastructure(error):
            raise
