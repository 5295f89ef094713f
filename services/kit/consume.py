"""Consuming, once in effect: a batch of records, one transaction, then the offsets.

Invariants: handling an event twice changes nothing the second time; no record is skipped because
the infrastructure failed; a record that can never be handled is parked and keeps nothing else back;
at one of a newer release it waits first (:mod:`services.kit.releases`); within a place, records are
handled in order by one process at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from contracts.codec import Undecodable, UnknownType, decode_envelope, decode_event
from contracts.envelope import Envelope, Event, derive_id
from contracts.topics import EVENT_TYPES
from services.kit import db, parked
from services.kit.errors import Reject, is_infrastructure, reason_for
from services.kit.kafka import Record
from services.kit.outbox import Outgoing, save_outgoing
from services.kit.releases import Expectation, NewerRelease
from services.kit.tasks import is_being_cancelled
from services.kit.telemetry_hops import batch_span, note_failed
from services.kit.telemetry_metrics import record as measure

if TYPE_CHECKING:
    from services.kit.app import Service

LOG = logging.getLogger(__name__)
_RECENT = 500
_LEAST_PARKED = 20


@dataclass(frozen=True, slots=True)
class Received:
    """One event, decoded, as a handler gets it. ``now``: when its batch is being handled;
    ``again``: somebody has what was parked tried once more."""

    envelope: Envelope
    event: Event
    now: datetime
    again: bool = False

    def emit(self, event: Event, *parts: object) -> Outgoing:
        """An event that follows from this one, in the same place and journey.

        ``parts`` tell apart several of one type; the id is the same whenever this is handled.
        """
        return Outgoing(
            id=derive_id(self.envelope.id, event.TYPE, *parts),
            event=event,
            place_id=self.envelope.place_id,
            journey_id=self.envelope.journey_id,
            time=self.now,
            traceparent=self.envelope.traceparent,
        )


Handle: TypeAlias = Callable[[db.Connection, Sequence[Received]], Awaitable[Sequence[Outgoing]]]
"""Load, decide, save; the events to send. Raises :class:`Reject` for what can never succeed."""

Decode: TypeAlias = Callable[[Record], "tuple[Envelope, Event] | None"]
"""The event in a record, or None where this consumer has nothing to do with its kind."""


def decode_record(record: Record) -> tuple[Envelope, Event]:
    """The event in one of Kith's own records. Raises :class:`Undecodable`."""
    envelope = decode_envelope(record.headers)
    return envelope, decode_event(envelope.type, record.value)


def decode_only(events: Iterable[type[Event]]) -> Decode:
    """The same, passing over events of other types, known by their header: what a consumer would
    leave alone costs it no reading, no transaction and no wait for its place."""
    passed_over = {name.encode() for name in EVENT_TYPES.keys() - {e.TYPE for e in events}}

    def decode(record: Record) -> tuple[Envelope, Event] | None:
        if any(name == "ce_type" and value in passed_over for name, value in record.headers):
            return None
        return decode_record(record)

    return decode


@dataclass(frozen=True, slots=True)
class _Decoded:
    record: Record
    received: Received

    def within(self, hop: Envelope) -> _Decoded:
        """The same, where what follows is to say that it follows from its own hop."""
        return _Decoded(self.record, replace(self.received, envelope=hop))


class Consumer:
    """One consumer group of one service: decodes, handles, parks. A subscriber feeds it."""

    def __init__(
        self, service: Service, name: str, handle: Handle, decode: Decode = decode_record
    ) -> None:
        self.name = name
        self.halted: str | None = None
        self.waits: str | None = None
        self._service = service
        self._handle = handle
        self._decode = decode
        self._recent: deque[bool] = deque(maxlen=_RECENT)
        self._expectation = Expectation(service.settings.newer_release_seconds)
        self._stopping = asyncio.Event()
        self.handled = 0

    async def on_records(self, records: Sequence[Record]) -> None:
        """Handle a batch, whatever it takes: returns when every record is in effect or parked."""
        delay = 0.1
        while True:
            try:
                if self.halted is None:
                    await self._batch(records)
                    self.waits = None
                    return
            except NewerRelease as error:
                self.waits = str(error)
                LOG.warning("%s waits %.1f s for a newer release: %s", self.name, delay, error)
            except BaseException as error:
                if is_being_cancelled() or not is_infrastructure(error):
                    raise
                LOG.warning(
                    "%s waits %.1f s for the infrastructure: %s",
                    self.name,
                    delay,
                    type(error).__name__,
                )
            await self._pause(delay)
            delay = min(delay * 2, 10.0)

    def stop(self) -> None:
        """Give up waiting for the infrastructure: what was not handled is redelivered."""
        self._stopping.set()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
            raise asyncio.CancelledError

    async def handle_one(self, connection: db.Connection, record: Record) -> list[Outgoing]:
        """Handle one record in the caller's transaction: retrying a parked record."""
        try:
            found = self._read(record)
        except Undecodable as error:
            raise Reject(str(error)) from None
        if found is None:
            return []
        envelope, event = found
        received = Received(envelope, event, self._service.clock(), again=True)
        return await self._in_transaction(connection, [_Decoded(record, received)])

    async def _batch(self, records: Sequence[Record]) -> None:
        now = self._service.clock()
        decoded: list[_Decoded] = []
        for record in records:
            try:
                found = self._read(record)
            except UnknownType as error:
                if self._expectation.goes_on():
                    await self._handle_all(decoded)
                    raise NewerRelease(str(error)) from None
                envelope = decode_envelope(record.headers)
                await self._park(record, (envelope.id, envelope.type), str(error))
            except (Undecodable, Reject) as error:
                await self._park(record, None, str(error))
            else:
                if found is not None:
                    decoded.append(_Decoded(record, Received(*found, now)))
        await self._handle_all(decoded)

    def _read(self, record: Record) -> tuple[Envelope, Event] | None:
        """The event in it. Whatever is wrong with a record is its own fault, and not that of those
        it came with. Raises :class:`Undecodable`, :class:`Reject`."""
        try:
            return self._decode(record)
        except (Undecodable, Reject):
            raise
        except Exception as error:
            LOG.exception("%s cannot read a record", self.name)
            raise Undecodable(reason_for(error)) from None

    async def _handle_all(self, decoded: list[_Decoded]) -> None:
        if not decoded:
            return
        began = time.perf_counter()
        with batch_span(self.name, [(d.record, d.received.envelope) for d in decoded]) as hops:
            if hops is not None:
                decoded = [d.within(hop) for d, hop in zip(decoded, hops, strict=True)]
            await self._bisect(decoded)
        measure("kith.consumer.batch", time.perf_counter() - began, consumer=self.name)
        measure("kith.consumer.handled", len(decoded), consumer=self.name)

    async def _bisect(self, batch: list[_Decoded]) -> None:
        """The batch in one transaction; if its data are at fault, halves, down to one record."""
        if not batch:
            return
        try:
            await self._commit(batch)
        except Exception as error:
            if is_infrastructure(error) or is_being_cancelled():
                raise
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._bisect(batch[:middle])
                await self._bisect(batch[middle:])
                return
            if not isinstance(error, Reject):
                LOG.exception("%s parks a record it cannot handle", self.name)
            envelope = batch[0].received.envelope
            note_failed(envelope.id, error)
            await self._park(batch[0].record, (envelope.id, envelope.type), reason_for(error))
        else:
            self._recent.extend([False] * len(batch))
            self.handled += len(batch)

    async def _commit(self, batch: list[_Decoded]) -> None:
        async with db.begin(self._service.pool) as connection:
            events = await self._in_transaction(connection, batch)
            if events:
                await self._service.relay.announce(connection)
        if events:
            self._service.relay.wake()

    async def _in_transaction(
        self, connection: db.Connection, batch: list[_Decoded]
    ) -> list[Outgoing]:
        by_id: dict[UUID, Received] = {}
        for item in batch:
            by_id.setdefault(item.received.envelope.id, item.received)
        places = {r.envelope.place_id for r in by_id.values()}
        fresh = await db.load_fresh(connection, self._service.name, places, self.name, list(by_id))
        received = [r for event_id, r in by_id.items() if event_id in fresh]
        if not received:
            return []
        events = list(await self._handle(connection, received))
        await save_outgoing(connection, f"/kith/{self._service.name}", events)
        return events

    async def _park(self, record: Record, event: tuple[UUID, str] | None, reason: str) -> None:
        recent = [*self._recent, True]
        bad = sum(recent)
        if bad >= _LEAST_PARKED and bad / len(recent) > self._service.settings.park_ratio:
            self.halted = (
                f"{bad} of the last {len(recent)} records could not be handled: {reason}. "
                "Nothing was lost. Mend the cause, then restart the service."
            )
            LOG.error("%s stops: %s", self.name, self.halted)
            raise TimeoutError(self.halted)
        async with self._service.pool.acquire() as connection:
            await parked.save_parked(connection, self.name, record, event, reason)
        self._recent.append(True)
        measure("kith.consumer.parked", 1, consumer=self.name)
        LOG.error("%s parked %s-%d@%d: %s", self.name, record.topic, record.partition,
                  record.offset, reason)  # fmt: skip
