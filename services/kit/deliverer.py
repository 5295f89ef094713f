"""Telling somebody outside, at least once: claimed, sent outside any transaction, recorded.

Invariants: what was saved with a committed decision is tried until it arrives or patience ends; a
repeat has the same id. A process that dies between sending and recording leaves a claim that
lapses: another sends it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from opentelemetry.trace import SpanKind

from services.kit import db
from services.kit.db import Connection
from services.kit.deliveries import Delivery, Result, claim_deliveries, save_result
from services.kit.errors import is_infrastructure
from services.kit.given_up import load_delivery_status
from services.kit.patience import Patience
from services.kit.settings import DeliverySettings
from services.kit.tasks import is_being_cancelled, stop_task
from services.kit.telemetry_metrics import record as measure
from services.kit.telemetry_spans import hop

if TYPE_CHECKING:
    from services.kit.app import Service

LOG = logging.getLogger(__name__)
_MOST_AT_ONCE = 32
_STOP_SECONDS = 5.0


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
        while not is_being_cancelled():
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
            claimed = await claim_deliveries(
                connection, now, until, list(self._flying.values()), room
            )
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
                    delivery.attempts, delivery.since, now, random.random(), result.wait
                )
            state = "waiting" if at is not None or result.held else "given_up"
        needless = state == "given_up" and result.needless
        async with db.begin(self._service.pool) as connection:
            mine = await save_result(
                connection,
                delivery,
                state,
                result.status,
                at,
                now,
                needless=needless,
                held=result.held,
            )
            if mine and self._settle is not None:
                given_up = state == "given_up"
                await self._settle(connection, delivery, result, now, given_up=given_up)
        measure(
            "kith.deliveries",
            1,
            channel=delivery.channel,
            result="needless" if needless else "failed" if state == "waiting" else state,
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
        """What waits and what was given up, by channel, and how long the oldest has waited."""
        return await load_delivery_status(self._service.pool, self._service.clock())
