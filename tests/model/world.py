"""The services over their stores, without a broker: the machine is what they hear."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from unittest import mock

import httpx

from contracts.codec import encode_headers
from contracts.envelope import Envelope, Event
from contracts.topics import ALERTS, ASSIGNMENTS, HOUSEHOLDS, OUTCOMES, Topic
from services.kit.app import Service
from services.kit.consume import Consumer
from services.kit.db import Connection
from services.kit.kafka import Record
from services.kit.outbox import Outgoing
from tests.model.records import record_of
from tests.stack import TOKEN, Stack

T = TypeVar("T")
READERS = {
    HOUSEHOLDS: ("keyworkers", "agencies", "operations"),
    ASSIGNMENTS: ("alerts", "agencies", "operations"),
    ALERTS: ("keyworkers", "agencies", "operations"),
    OUTCOMES: ("operations",),
}
"""Who reads each topic."""
_TOPIC_OF = {"keyworkers": ASSIGNMENTS, "alerts": ALERTS, "agencies": OUTCOMES}
_GROUPS = {"operations": "all", "agencies": "outcomes"}
"""By reader: its one group for several topics."""


class Crash(BaseException):
    """The process dies before it commits."""


class Trouble(StrEnum):
    """What goes wrong while something is handled."""

    NONE = "none"
    TWICE = "it is delivered again"
    CRASH = "whoever handles it dies before it commits, and it is delivered again"


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class World:
    """``rows`` reads any of the schemas; ``hear`` delivers an event and all that follows."""

    stack: Stack
    services: dict[str, Service]
    clock: Clock
    loop: asyncio.AbstractEventLoop
    read: Connection
    said: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_TOPIC_OF, 0))
    heard: list[Event] = field(default_factory=list)
    """What duplication has said in this run."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def rows(self, sql: str, *arguments: Any) -> list[Any]:
        return list(self.run(self.read.fetch(sql, *arguments)))

    def tick(self) -> None:
        """A moment passes, so that what is said later bears a later time."""
        self.clock.now += timedelta(milliseconds=1)

    # -- events ------------------------------------------------------------------------------

    def hear(self, event: Event, trouble: Trouble = Trouble.NONE) -> None:
        """Duplication says so; then everybody hears what follows from it."""
        self.tick()
        self.heard.append(event)
        envelope = replace(self.stack.envelope(event), time=self.clock.now)
        record = record_of(self.stack.namespace, envelope, event)
        self.tick()
        self._deliver(HOUSEHOLDS, [record], trouble)
        self.pump(trouble)

    def pump(self, trouble: Trouble = Trouble.NONE) -> None:
        """Deliver what the services have said, until they have nothing more to say."""
        while True:
            said = [self._deliver_said(service, trouble) for service in _TOPIC_OF]
            if not any(said):
                return
            self.tick()

    def _deliver_said(self, service: str, trouble: Trouble) -> bool:
        rows = self.rows(
            f"select * from {service}.outbox where id > $1 order by id",
            self.said[service],
        )
        if rows:
            self.said[service] = rows[-1]["id"]
            self._deliver(_TOPIC_OF[service], [self._record(row) for row in rows], trouble)
        return bool(rows)

    def _record(self, row: Any) -> Record:
        envelope = Envelope(
            id=row["event_id"],
            type=row["type"],
            source=row["source"],
            time=row["occurred_at"],
            subject=row["subject"],
            journey_id=row["journey_id"],
            place_id=row["place_id"],
            traceparent=row["traceparent"],
        )
        return record_of(
            self.stack.namespace,
            envelope,
            row["value"],
            topic=row["topic"],
            offset=row["id"],
            headers=encode_headers(envelope),
        )

    def _deliver(self, topic: Topic, records: Sequence[Record], trouble: Trouble) -> None:
        for reader in READERS[topic]:
            name = f"{reader}.{_GROUPS.get(reader, topic.name)}"
            consumer = self.services[reader].consumer(name)
            if trouble is Trouble.CRASH:
                self._crash(consumer, records)
            self.run(consumer.on_records(records))
            if trouble is Trouble.TWICE:
                self.run(consumer.on_records(records))

    def _crash(self, consumer: Consumer, records: Sequence[Record]) -> None:
        handle = consumer._handle

        async def die(connection: Connection, received: Sequence[Any]) -> Sequence[Outgoing]:
            await handle(connection, received)
            raise Crash

        consumer._handle = die
        try:
            with suppress(Crash):
                self.run(consumer.on_records(records))
        finally:
            consumer._handle = handle

    # -- what people and clocks do -----------------------------------------------------------

    def ask(
        self,
        service: str,
        who: str,
        path: str,
        body: dict[str, Any] | None = None,
        trouble: Trouble = Trouble.NONE,
    ) -> httpx.Response:
        """Somebody does something through a service's API; then everybody hears what follows."""
        self.tick()
        if trouble is Trouble.CRASH:
            with self._dying(service):
                self.run(self._post(service, who, path, body))
        answer = self.run(self._post(service, who, path, body))
        if trouble is Trouble.TWICE:
            self.run(self._post(service, who, path, body))
        self.tick()
        self.pump(trouble)
        assert answer.status_code < 500, answer.text
        return answer

    def look(self, service: str, path: str, who: str = "lead") -> Any:
        async def get() -> Any:
            async with self._client(service) as client:
                answer = await client.get(path, headers={"Kith-Actor": who})
            answer.raise_for_status()
            return answer.json()

        return self.run(get())

    async def _post(
        self, service: str, who: str, path: str, body: dict[str, Any] | None
    ) -> httpx.Response:
        async with self._client(service) as client:
            return await client.post(path, json=body or {}, headers={"Kith-Actor": who})

    def _client(self, service: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.services[service].api),
            base_url=f"http://{service}",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    @contextmanager
    def _dying(self, service: str) -> Any:
        """What it says before it commits is the last that it does."""

        async def die(connection: Connection) -> None:
            raise Crash

        with mock.patch.object(self.services[service].relay, "announce", die), suppress(Crash):
            yield

    def let_time_pass(self, **by: float) -> None:
        """Time goes on, and everything that is done every so often is done."""
        self.clock.now += timedelta(**by)
        for service in ("keyworkers", "alerts"):
            for task in self.services[service]._periodic:
                # Seals go to topics, of which there are none here.
                if task.name != "prune" and "seal" not in task.name:
                    assert self.run(task.turn()), task.name
            self.pump()
