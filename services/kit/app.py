"""A service: its pool, its broker and consumers, its relay, its periodic tasks and its API.

Entry points read settings, make a :class:`Service`, say what it consumes and serves, and ``run``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

import uvicorn
from fastapi import FastAPI

from contracts.topics import Topic
from services.kit import db, heap, releases, telemetry, web
from services.kit.consume import Consumer, Decode, Handle, decode_record
from services.kit.deliverer import Deliverer
from services.kit.deliveries_api import create_deliveries_api
from services.kit.erased import forget_samples
from services.kit.errors import Problem, is_infrastructure
from services.kit.kafka import create_broker, start_broker
from services.kit.kafka_security import kafka_words
from services.kit.outbox import Relay
from services.kit.periodic import Periodic, Task
from services.kit.seal_checking import checking
from services.kit.sealing import sealing
from services.kit.seals import LookTable
from services.kit.settings import ServiceSettings
from services.kit.subscription import Subscription
from services.kit.tasks import is_being_cancelled, stop_task
from services.kit.telemetry_logs import configure_logging
from services.kit.telemetry_metrics import measuring, record
from services.kit.work import Finish, Work, open_work

LOG = logging.getLogger(__name__)
_FIRST_CHECK_SECONDS = 60.0
KEEP_ALIVE_SECONDS = 30
"""How long an idle connection is kept: well beyond the 5 s after which Kith's own clients let go of
theirs. Whoever closes as the other asks again has the question fail."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Service:
    """One service. ``pool`` and ``relay`` exist once it has started (``async with service``)."""

    pool: db.Pool
    relay: Relay

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        *,
        has_database: bool = True,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.name = name
        self.settings = settings
        self.has_database = has_database
        self.clock = clock
        self.broker = create_broker(settings.kafka_access, name)
        self._subscriptions: dict[str, Subscription] = {}
        self._periodic: list[Periodic] = []
        self._deliverer: Deliverer | None = None
        self._finish: Finish | None = None
        self._answering: asyncio.Task[Exception | None] | None = None
        self._on_start: list[Callable[[], Awaitable[None]]] = []
        self._on_stop: list[Callable[[], Awaitable[None]]] = []
        self.api: FastAPI = web.create_api(self, self._lifespan)

    # -- declaring ---------------------------------------------------------------------------

    def consume(
        self,
        topics: Topic | Sequence[Topic],
        handle: Handle,
        *,
        decode: Decode = decode_record,
        pattern: str | None = None,
        group: str | None = None,
        gather_ms: int = 0,
    ) -> Consumer:
        """Handle every record of ``topics`` (or of the topics matching ``pattern``).

        The consumer group is ``<service>.<topic>``, or ``<service>.<group>``. ``decode``:
        :func:`decode_only` where the handler acts on some of the events only. ``gather_ms``: how
        long to let a batch grow where nobody is waiting for it.
        """
        listed = (topics,) if isinstance(topics, Topic) else tuple(topics)
        name = f"{self.name}.{group or listed[0].name}"
        consumer = Consumer(self, name, handle, decode)
        self._subscriptions[name] = Subscription(
            self.broker, self.settings, consumer, listed, pattern, gather_ms
        )
        return consumer

    def every(self, seconds: float, name: str, task: Task, first: float = math.inf) -> None:
        """Run ``task(work)`` in a transaction of its own now and then, in one process at a time.
        ``first``: so soon after the start, if that is sooner."""
        self._periodic.append(Periodic(self, seconds, name, task, first))

    def seal(self, tables: Sequence[LookTable]) -> None:
        """Seal these tables, say the seals, and compare now and then what is there with them."""
        for table in tables:
            self.every(self.settings.seal_seconds, f"seal {table.name}", sealing(self, table))
        # Soon after a start: one that is started anew more often would never come to it.
        checks = checking(self, tables)
        self.every(self.settings.seal_check_seconds, "check seals", checks, _FIRST_CHECK_SECONDS)

    def deliver(self, deliverer: Deliverer) -> None:
        """Tell what is due, as long as the service runs; operations see what could not be told."""
        self._deliverer = deliverer
        self.api.include_router(create_deliveries_api(self))

    def on_start(self, action: Callable[[], Awaitable[None]]) -> None:
        """Do this once the pool is there, before anything is consumed or served."""
        self._on_start.append(action)

    def on_stop(self, action: Callable[[], Awaitable[None]]) -> None:
        """Do this when the service stops, after consuming has stopped."""
        self._on_stop.append(action)

    def work(self) -> AbstractAsyncContextManager[Work]:
        """A transaction that may emit events; see :mod:`services.kit.work`."""
        return open_work(self.name, self.pool, self.relay, self.clock, self._finish)

    def finish(self, action: Finish) -> None:
        """Do this at the end of every transaction of :meth:`work`, before it commits."""
        self._finish = action

    def consumer(self, name: str) -> Consumer:
        """The consumer of that name. Problem 409 when this release has none."""
        if name not in self._subscriptions:
            raise Problem(
                HTTPStatus.CONFLICT, "No consumer of this release is called that. Discard it."
            )
        return self._subscriptions[name].consumer

    # -- running -----------------------------------------------------------------------------

    async def __aenter__(self) -> Service:
        self._stack = contextlib.AsyncExitStack()
        await self._stack.enter_async_context(self._running())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        async with self:
            yield

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            if self.has_database:
                self.pool = await _patiently(
                    lambda: db.create_pool(
                        self.settings.postgres, self.name, self.settings.pool_size
                    ),
                    "PostgreSQL",
                )
                stack.push_async_callback(_close_pool, self.pool)
                stack.push_async_callback(self._ask_no_more)
                self.relay = Relay(
                    self.pool, self.settings.kafka_access, self.name, self.settings.namespace
                )
            for action in self._on_start:
                await action()
            if self.has_database and self._subscriptions:
                await self._retry_known()
                self.every(releases.TURN_SECONDS, "parked", self._retry_parked)
            for ending in self._on_stop:
                stack.push_async_callback(ending)
            if self.has_database:
                self.relay.start()
                stack.push_async_callback(self.relay.stop)
                self.every(3600.0, "prune", self._prune)
            for periodic in self._periodic:
                periodic.start()
                stack.push_async_callback(periodic.stop)
            if self._deliverer is not None:
                self._deliverer.start()
                stack.push_async_callback(self._deliverer.stop)
            if self._subscriptions:
                words = partial(kafka_words, self.settings.kafka_access)
                await _patiently(lambda: start_broker(self.broker), "Kafka", words)
                stack.push_async_callback(self.broker.stop)
                for subscription in self._subscriptions.values():
                    subscription.start()
                    stack.push_async_callback(subscription.stop)
            if measuring():
                measurer = asyncio.create_task(self._measure(), name=f"{self.name}-measures")
                stack.push_async_callback(stop_task, measurer)
            yield

    async def _retry_known(self) -> None:
        """Before anything else is consumed: what the last release parked comes before it."""
        try:
            await releases.retry_known(self)
        except Exception as error:
            if not is_infrastructure(error):
                raise
            LOG.warning("parked records are tried again later: %s", type(error).__name__)

    async def _retry_parked(self, _: Work) -> None:
        await releases.retry_known(self)

    async def _prune(self, work: Work) -> None:
        await forget_samples(work.connection)
        await db.prune(
            work.connection,
            work.now,
            timedelta(days=self.settings.outbox_keep_days),
            timedelta(days=self.settings.delivery_keep_days),
        )

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; what is being handled is finished first."""
        configure_logging(self.settings.log_format, self.settings.log_level)
        stop_telemetry = telemetry.configure(self.name, self.settings)
        heap.settle()
        try:
            uvicorn.run(
                self.api,
                host=self.settings.http_host,
                port=self.settings.http_port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=5,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                server_header=False,
            )
        finally:
            stop_telemetry()

    async def _measure(self) -> None:
        """How the service stands, for its gauges, every few seconds."""
        while not is_being_cancelled():
            await asyncio.sleep(min(5.0, self.settings.metrics_seconds))
            try:
                status = await self.status()
            except Exception as error:
                if not is_infrastructure(error):
                    raise
                continue
            for name, consumer in status["consumers"].items():
                record("kith.consumer.lag", consumer["lag"], consumer=name)
            if self.has_database:
                record("kith.outbox.unsent", status["unsent"])
                record("kith.outbox.age", status["oldest_unsent_seconds"])
                record("kith.parked", status["parked"])
            if self._deliverer is not None:
                given_up = sum(status["deliveries"]["given_up"].values())
                record("kith.deliveries.given_up", given_up)

    # -- health ------------------------------------------------------------------------------

    def faults(self) -> list[str]:
        """Why this process should be restarted; nothing when it is well."""
        faults = [f for s in self._subscriptions.values() for f in s.faults()]
        faults += [f"periodic task {p.name} has ended" for p in self._periodic if not p.alive]
        if self.has_database and not self.relay.alive:
            faults.append("the outbox relay has ended")
        if self._deliverer is not None and not self._deliverer.alive:
            faults.append("the task that delivers has ended")
        return faults

    async def obstacles(self) -> list[str]:
        """Why this process cannot do its work now; nothing when it can."""
        found = self.faults()
        for subscription in self._subscriptions.values():
            found += await subscription.obstacles()
        return found + await self.hindrances()

    async def hindrances(self) -> list[str]:
        """Why requests cannot be answered now; nothing when they can. Kafka is not asked: what is
        sent in while it is away is kept, and what is known can be read."""
        return await self._postgres_obstacles() if self.has_database else []

    async def _postgres_obstacles(self) -> list[str]:
        """Whether PostgreSQL answers within two seconds.

        What was asked is not cancelled: the pool takes a connection back only once the server has
        said that it is, which one that hangs does not. Whoever asks next waits for the same answer.
        """
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._ask_postgres())
        done, _ = await asyncio.wait({self._answering}, timeout=2)
        error = self._answering.result() if done else TimeoutError()
        return [f"PostgreSQL does not answer: {type(error).__name__}"] if error else []

    async def _ask_postgres(self) -> Exception | None:
        try:
            await self.pool.fetchval("select 1")
        except Exception as error:
            return error
        return None

    async def _ask_no_more(self) -> None:
        if self._answering is not None:
            self._answering.cancel()

    async def standing(self) -> dict[str, Any]:
        """What is known without PostgreSQL: faults, obstacles, and each consumer with its lag."""
        return {
            "service": self.name,
            "faults": self.faults(),
            "obstacles": await self.obstacles(),
            "consumers": {name: await s.status() for name, s in self._subscriptions.items()},
        }

    async def counts(self) -> dict[str, Any]:
        """What PostgreSQL knows: unsent events, their age, parked records, what is to be told."""
        found = await db.load_status(self.pool) if self.has_database else {}
        if self._deliverer is not None:
            found["deliveries"] = await self._deliverer.status()
        return found

    async def status(self) -> dict[str, Any]:
        """All of it."""
        return await self.standing() | await self.counts()


async def _name(error: BaseException) -> str:
    return type(error).__name__


async def _patiently(
    attempt: Callable[[], Awaitable[Any]],
    what: str,
    words: Callable[[BaseException], Awaitable[str]] = _name,
) -> Any:
    delay = 0.2
    while True:
        try:
            return await attempt()
        except Exception as error:
            if not is_infrastructure(error):
                raise
            LOG.warning("waiting for %s: %s", what, await words(error))
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5.0)


async def _close_pool(pool: db.Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), 5)
    except TimeoutError:
        pool.terminate()
