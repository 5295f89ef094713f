"""A FastStream subscriber bound to a :class:`Consumer`, its offsets, and how it is doing.

Offsets are committed explicitly, after the batch is in effect, and once a second rather than after
every batch: what is redelivered after a crash is dropped by ``consumed_event``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from contracts.topics import Topic
from services.kit.consume import Consumer
from services.kit.kafka import PatientConsumer, Record, as_they_are, raw_records
from services.kit.kafka_security import barred
from services.kit.settings import ServiceSettings
from services.kit.tasks import is_being_cancelled, stop_task

LOG = logging.getLogger(__name__)
_COMMIT_SECONDS = 1.0
_ASKED_SECONDS = 2.0
_SILENT_SECONDS = 5.0
"""Without an answer for this long, Kafka does not answer: an idle one does twice a second."""


class _Membership(ConsumerRebalanceListener):  # type: ignore[misc]
    """Whether the group has given this process its share, and what it had handled of the last."""

    def __init__(self, handled: dict[TopicPartition, int]) -> None:
        self.joined = False
        self.since = 0.0
        self._handled = handled

    def on_partitions_revoked(self, revoked: object) -> None:  # noqa: ARG002
        self.joined = False

    def on_partitions_assigned(self, assigned: object) -> None:  # noqa: ARG002
        self._handled.clear()
        self.joined = True
        self.since = time.time()


class Subscription:
    """``start`` after the broker has, ``stop`` before it does."""

    def __init__(
        self,
        broker: KafkaBroker,
        settings: ServiceSettings,
        consumer: Consumer,
        topics: Sequence[Topic],
        pattern: str | None,
        gather_ms: int,
    ) -> None:
        self.consumer = consumer
        self._settings = settings
        self._gather_seconds = gather_ms / 1000
        self._topics = [pattern] if pattern else [topic.name for topic in topics]
        self._done: dict[TopicPartition, int] = {}
        self._next: dict[TopicPartition, int] = {}
        self._in_hand: dict[TopicPartition, int] = {}
        self._handled_at = 0.0
        self._membership = _Membership(self._next)
        self._committer: asyncio.Task[None] | None = None
        where: dict[str, Any] = (
            {"pattern": settings.namespace.replace(".", r"\.") + pattern} if pattern else {}
        )
        self._subscriber: Any = broker.subscriber(
            *(() if pattern else (settings.namespace + topic.name for topic in topics)),
            **where,
            group_id=settings.namespace + consumer.name,
            group_instance_id=settings.instance or None,
            batch=True,
            max_records=settings.batch_records,
            batch_timeout_ms=1,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            parser=raw_records,
            decoder=as_they_are,
            session_timeout_ms=10_000,
            max_poll_interval_ms=300_000,
            fetch_max_wait_ms=500,
            no_reply=True,
            listener=self._membership,
        )
        self._subscriber(self._on_batch)

    @property
    def _client(self) -> PatientConsumer | None:
        client: PatientConsumer | None = self._subscriber.consumer
        return client

    async def _on_batch(self, records: Sequence[Record]) -> None:
        # Of each partition the first: of the reversed records the last to be put in.
        self._in_hand = {
            TopicPartition(record.topic, record.partition): record.offset
            for record in reversed(records)
        }
        await self.consumer.on_records(records)
        for record in records:
            where = TopicPartition(record.topic, record.partition)
            self._done[where] = self._next[where] = record.offset + 1
        self._in_hand = {}
        self._handled_at = time.time()
        if self._gather_seconds:
            await asyncio.sleep(self._gather_seconds)

    def start(self) -> None:
        self._committer = asyncio.create_task(self._commit_for_ever())

    async def stop(self) -> None:
        self.consumer.stop()
        await stop_task(self._committer)
        await self._commit()

    async def _commit_for_ever(self) -> None:
        while not is_being_cancelled():
            await asyncio.sleep(_COMMIT_SECONDS)
            await self._commit()

    async def _commit(self) -> None:
        client = self._client
        if client is None or not self._done:
            return
        assigned = client.assignment()
        offsets = {tp: offset for tp, offset in self._done.items() if tp in assigned}
        self._done.clear()
        if not offsets:
            return
        try:
            await client.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            LOG.info("%s: partitions moved before their offsets were committed", self.consumer.name)
        except KafkaError as error:
            LOG.warning("%s: offsets not committed yet: %s", self.consumer.name, error)
            for tp, offset in offsets.items():
                self._done.setdefault(tp, offset)

    async def lag(self) -> int:
        """Records written and not yet handled, over the partitions assigned here."""
        client = self._client
        if client is None:
            return 0
        behind = 0
        for tp in client.assignment():
            end = client.highwater(tp)
            if end is not None:
                at = self._in_hand.get(tp, self._next.get(tp))
                behind += max(0, end - (await client.position(tp) if at is None else at))
        return behind

    def _unanswered(self) -> float:
        """Seconds since Kafka last answered; 0 where nothing is asked of it, as while records are
        in hand: what is fetched already holds back what would be fetched next."""
        client = self._client
        assigned = client.assignment() if client else ()
        if client is None or not assigned or self._in_hand:
            return 0.0
        answered = max((client.last_poll_timestamp(tp) or 0) / 1000 for tp in assigned)
        return time.time() - max(answered, self._handled_at, self._membership.since)

    async def _barred(self) -> str | None:
        """Why Kafka does not let this process in, unless that may pass by itself."""
        access = self._settings.kafka_access
        if access.protocol == "PLAINTEXT":
            return None  # nobody is asked
        try:
            return await asyncio.wait_for(barred(access), _ASKED_SECONDS)
        except TimeoutError:
            return None

    def faults(self) -> list[str]:
        """Why the process should be restarted."""
        name = self.consumer.name
        if self.consumer.halted:
            return [f"{name} has stopped: {self.consumer.halted}"]
        if not any(not task.done() for task in self._subscriber.tasks):
            return [f"{name}'s consume task has ended"]
        return []

    async def obstacles(self) -> list[str]:
        """Why it does not do its work now."""
        name, client = self.consumer.name, self._client
        if client is None or not self._membership.joined:
            why = await self._barred()
            return [f"{name} has not joined its consumer group" + (f": {why}" if why else "")]
        found = []
        silent = time.monotonic() - client.last_poll
        if client.last_poll and silent > self._settings.poll_deadline_seconds:
            found.append(f"{name} last polled {silent:.0f} s ago")
        if (unanswered := self._unanswered()) > _SILENT_SECONDS:
            if why := await self._barred():
                return [*found, f"{name}: Kafka no longer lets it in: {why}"]
            found.append(f"{name}: Kafka has not answered for {unanswered:.0f} s")
        if self.consumer.waits:
            found.append(
                f"{name} waits for the release that knows what comes next: {self.consumer.waits}."
                " Upgrade this service"
            )
        if (lag := await self.lag()) > self._settings.lag_limit:
            found.append(f"{name} is {lag} records behind")
        return found

    async def status(self) -> dict[str, Any]:
        """For operations: its topics, lag, records handled since the start, whether it stopped, or
        waits for a newer release. ``silent``: Kafka does not answer, so the lag is of before."""
        return {
            "topics": self._topics,
            "lag": await self.lag(),
            "silent": self._unanswered() > _SILENT_SECONDS,
            "handled": self.consumer.handled,
            "halted": self.consumer.halted,
            "waits": self.consumer.waits,
        }
