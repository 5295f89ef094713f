"""Telling somebody outside, at least once: claimed, sent outside any transaction, recorded.

Invariants: what was saved with a committed decision is tried until it arrives or patience ends;
those of one lane arrive in order, a later one never before an earlier one was settled; a repeat has
the same id. A process that dies between sending and recording leaves a claim that lapses: another
sends it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from uuid import UUID

from opentelemetry.trace import SpanKind

from services.kit import db
from services.kit.db import Connection, Row
from services.kit.errors import is_infrastructure
from services.kit.patience import Patience
from services.kit.settings import DeliverySettings
from services.kit.tasks import is_being_cancelled, stop_task
from services.kit.telemetry_metrics import record as measure
from services.kit.telemetry_spans import hop

if TYPE_CHECKING:
    from services.kit.app import Service

LOG = logging.getLogger(__name__)
_MOST_AT_ONCE = 32
_MOST_PER_DESTINATION = 4
_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """Something to tell. ``id`` follows from its cause; ``lane``: those told in order with it."""

    id: UUID
    channel: str
    destination: str
    lane: str
    content: dict[str, Any]
    journey_id: UUID
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to tell now. ``attempts`` counts this one, which began at ``attempted_at``."""

    id: UUID
    channel: str
    destination: str
    content: dict[str, Any]
    journey_id: UUID
    traceparent: str | None
    created_at: datetime
    attempts: int
    attempted_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt. ``status``: in a word or two, without an address or anything the
    receiver wrote. ``final``: trying again cannot help. ``wait``: how long the receiver asked."""

    delivered: bool
    status: str
    final: bool = False
    wait: timedelta | None = None


Send: TypeAlias = Callable[[Delivery], Awaitable[Result]]


class Settle(Protocol):
    """Called in the transaction that records a result. ``given_up``: it is not tried again."""

    async def __call__(
        self,
        connection: Connection,
        delivery: Delivery,
        result: Result,
        now: datetime,
        *,
        given_up: bool,
    ) -> None: ...


async def save_deliveries(
    connection: Connection, deliveries: Sequence[NewDelivery], now: datetime
) -> None:
    """Keep them, to be told from ``now`` on, in order. The same id twice is the same delivery."""
    if not deliveries:
        return
    await connection.execute(
        "insert into delivery (id, channel, destination, lane, content, journey_id, traceparent,"
        " created_at, next_attempt_at) select d.id, d.channel, d.destination, d.lane, d.content,"
        " d.journey, d.trace, $8, $8 from unnest($1::uuid[], $2::text[], $3::text[], $4::text[],"
        " $5::jsonb[], $6::uuid[], $7::text[]) with ordinality"
        " d(id, channel, destination, lane, content, journey, trace, n) order by d.n"
        " on conflict (id) do nothing",
        [d.id for d in deliveries],
        [d.channel for d in deliveries],
        [d.destination for d in deliveries],
        [d.lane for d in deliveries],
        [d.content for d in deliveries],
        [d.journey_id for d in deliveries],
        [d.traceparent for d in deliveries],
        now,
    )


async def give_up_waiting(
    connection: Connection, destination: str, status: str, now: datetime
) -> int:
    """Tell ``destination`` nothing of what still waits for it; how many that were."""
    answer: str = await connection.execute(
        "update delivery set state = 'given_up', next_attempt_at = null, settled_at = $3,"
        " last_status = $2 where destination = $1 and state = 'waiting'",
        destination,
        status,
        now,
    )
    return int(answer.rpartition(" ")[2])


async def hurry_waiting(connection: Connection, destination: str, now: datetime) -> None:
    """Try at once what still waits for ``destination``: it was mended, or is another."""
    await connection.execute(
        "update delivery set next_attempt_at = $2 where destination = $1 and state = 'waiting'",
        destination,
        now,
    )


async def find_deliveries(
    connection: Connection, destination: str, state: str | None, after: int, limit: int
) -> list[Row]:
    """What was or is to be told to ``destination``, oldest first, after that sequence number."""
    return await connection.fetch(
        "select id, sequence, channel, lane, content, state, attempts, created_at,"
        " last_attempt_at, next_attempt_at, last_status from delivery where destination = $1"
        " and ($2::text is null or state = $2) and sequence > $3 order by sequence limit $4",
        destination,
        state,
        after,
        limit,
    )


async def _claim(
    connection: Connection, now: datetime, until: datetime, busy: Sequence[str], limit: int
) -> list[Delivery]:
    rows = await connection.fetch(
        "with first as (select d.id, d.destination, d.next_attempt_at, d.sequence"
        " from delivery d where d.state = 'waiting' and d.next_attempt_at <= $1"
        " and d.destination <> all($3::text[]) and not exists (select from delivery e"
        " where e.lane = d.lane and e.state = 'waiting' and e.sequence < d.sequence)"
        # A backlog of days is not sorted each time. Who has all of these is under way, and so left
        # out, the next time. A number in the text, not a parameter: the plan depends on it.
        " order by d.next_attempt_at limit 200),"
        " ready as (select id, row_number() over"
        " (partition by destination order by next_attempt_at, sequence) as place from first),"
        " picked as (select d.id from delivery d join ready r on r.id = d.id"
        " where r.place <= $4 and d.state = 'waiting' and d.next_attempt_at <= $1"
        " order by d.next_attempt_at, d.sequence limit $5 for update of d skip locked)"
        " update delivery d set attempts = d.attempts + 1, next_attempt_at = $2,"
        " last_attempt_at = $1 from picked p where d.id = p.id"
        " returning d.id, d.channel, d.destination, d.content, d.journey_id, d.traceparent,"
        " d.created_at, d.attempts, d.last_attempt_at as attempted_at",
        now,
        until,
        list(busy),
        _MOST_PER_DESTINATION,
        limit,
    )
    return [Delivery(**row) for row in rows]


async def _save_result(
    connection: Connection,
    delivery: Delivery,
    state: str,
    status: str,
    next_attempt_at: datetime | None,
    now: datetime,
) -> bool:
    """False where the claim had lapsed or the delivery was given up in the meantime."""
    answer: str = await connection.execute(
        "update delivery set state = $3, last_status = $4, next_attempt_at = $5,"
        " settled_at = case when $3 = 'waiting' then null else $6::timestamptz end"
        " where id = $1 and attempts = $2 and state = 'waiting'",
        delivery.id,
        delivery.attempts,
        state,
        status,
        next_attempt_at,
        now,
    )
    return answer == "UPDATE 1"


class Deliverer:
    """Tells what is due, in every process of a service. ``start``, ``stop``, ``alive``."""

    def __init__(
        self,
        service: Service,
        settings: DeliverySettings,
        send: Send,
        settle: Settle | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._service = service
        self._settings = settings
        self._send = send
        self._settle = settle
        self._patience = patience or Patience()
        self._task: asyncio.Task[None] | None = None
        self._flying: dict[asyncio.Task[None], str] = {}
        self._freed = asyncio.Event()

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"{self._service.name}-deliverer")

    async def stop(self) -> None:
        """Take up nothing more; what is under way has a moment, and is sent again otherwise."""
        await stop_task(self._task)
        if self._flying:
            _, slow = await asyncio.wait(self._flying, timeout=_STOP_SECONDS)
            for task in slow:
                await stop_task(task)

    async def _run(self) -> None:
        delay = 0.1
        while True:
            try:
                claimed = await self._take_up()
                delay = 0.1
            except Exception as error:
                if is_being_cancelled():
                    raise
                if not is_infrastructure(error):
                    LOG.exception("deliveries failed; trying goes on")
                else:
                    LOG.warning("deliveries wait %.1f s: %s", delay, type(error).__name__)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)
                continue
            if not claimed:
                self._freed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._freed.wait(), self._settings.delivery_seconds)

    async def _take_up(self) -> int:
        room = _MOST_AT_ONCE - len(self._flying)
        if room <= 0:
            return 0
        now = self._service.clock()
        until = now + timedelta(seconds=self._settings.delivery_claim_seconds)
        async with db.begin(self._service.pool) as connection:
            claimed = await _claim(connection, now, until, list(self._flying.values()), room)
        for delivery in claimed:
            task = asyncio.create_task(self._attempt(delivery), name=f"delivery-{delivery.id}")
            self._flying[task] = delivery.destination
            task.add_done_callback(self._landed)
        return len(claimed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.pop(task, None)
        self._freed.set()
        error = None if task.cancelled() else task.exception()
        if error is not None:
            # The claim lapses and it is sent again, under the same id.
            level = logging.WARNING if is_infrastructure(error) else logging.ERROR
            LOG.log(level, "a delivery could not be recorded", exc_info=error)

    async def _attempt(self, delivery: Delivery) -> None:
        result = await self._tell(delivery)
        now = self._service.clock()
        at: datetime | None = None
        if result.delivered:
            state = "delivered"
        else:
            if not result.final:
                at = self._patience.next_attempt(
                    delivery.attempts, delivery.created_at, now, random.random(), result.wait
                )
            state = "waiting" if at is not None else "given_up"
        async with db.begin(self._service.pool) as connection:
            mine = await _save_result(connection, delivery, state, result.status, at, now)
            if mine and self._settle is not None:
                given_up = state == "given_up"
                await self._settle(connection, delivery, result, now, given_up=given_up)
        measure(
            "kith.deliveries",
            1,
            channel=delivery.channel,
            result="failed" if state == "waiting" else state,
        )

    async def _tell(self, delivery: Delivery) -> Result:
        """One attempt, as a hop of the journey. A fault of ours is tried again like any other."""
        about: dict[str, Any] = {
            "kith.delivery.channel": delivery.channel,
            "kith.delivery.attempt": delivery.attempts,
        }
        with hop(
            f"deliver {delivery.channel}",
            SpanKind.CLIENT,
            delivery.journey_id,
            delivery.traceparent,
            about,
        ) as mine:
            if mine is not None:
                delivery = replace(delivery, traceparent=mine.traceparent)
            try:
                result = await self._send(delivery)
            except Exception as error:
                if is_being_cancelled():
                    raise
                LOG.exception("a delivery by %s could not be made", delivery.channel)
                result = Result(delivered=False, status=type(error).__name__)
            if mine is not None:
                mine.attributes["kith.delivery.status"] = result.status
                mine.error = None if result.delivered else "not_delivered"
            return result

    async def status(self) -> dict[str, Any]:
        """What waits, by channel, and the age of the oldest in seconds."""
        rows = await self._service.pool.fetch(
            "select channel, count(*) as n, min(created_at) as oldest from delivery"
            " where state = 'waiting' group by 1"
        )
        now = self._service.clock()
        oldest = min((row["oldest"] for row in rows), default=now)
        return {
            "waiting": {row["channel"]: row["n"] for row in rows},
            "oldest_waiting_seconds": max(0.0, (now - oldest).total_seconds()),
        }
