"""When each stage of each journey was done, read from the topics afterwards.

A stage is done when its event is on the topic: the record's own time is set by the producer, after
the transaction committed. Reading afterwards costs the run nothing.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.topics import Topic
from services.kit.kafka_security import KafkaAccess

STAGES = ("accepted", "matched", "assigned", "alerted")
_SETTLED_SECONDS = 6.0
_STUCK_SECONDS = 60.0


@dataclass(slots=True)
class Journey:
    """Times in milliseconds since 1970. ``at``: by stage, when its first event was on its topic.

    ``received``: when the assessment was accepted, by the accepting service's clock; None until
    its first event has been read.
    """

    received: float | None = None
    at: dict[str, float] = field(default_factory=dict)

    def alert_ms(self) -> float | None:
        """From acceptance to the alert on its topic."""
        done = self.at.get("alerted")
        if done is None or self.received is None:
            return None
        return max(0.0, done - self.received)


class Reader:
    """Reads the four topics from where they stood when ``mark`` was called."""

    def __init__(self, kafka: KafkaAccess, topics: Sequence[Topic], ends: Iterable[str]) -> None:
        """``topics``: of the stages, in order. ``ends``: event types that end the last stage."""
        self._kafka = kafka
        self._stage = dict(zip((topic.name for topic in topics), STAGES, strict=True))
        self._ends = frozenset(ends)
        self._marked: dict[TopicPartition, int] = {}

    async def mark(self) -> None:
        """What comes from now on is read by ``collect``."""
        async with self._consumer() as consumer:
            self._marked = await consumer.end_offsets(list(consumer.assignment()))

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[Any]:
        consumer = AIOKafkaConsumer(
            *self._stage,
            **self._kafka.client(),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    async def collect(
        self, expected: int, seconds: float, told: Callable[[int], None]
    ) -> dict[str, Journey]:
        """Read on until ``expected`` journeys have an alert, or nothing has come for a while."""
        async with self._consumer() as consumer:
            for partition, offset in self._marked.items():
                consumer.seek(partition, offset)
            return await self._read(consumer, expected, seconds, told)

    async def _read(
        self, consumer: Any, expected: int, seconds: float, told: Callable[[int], None]
    ) -> dict[str, Journey]:
        journeys: dict[str, Journey] = {}
        alerted = 0
        # Topics are read in no order: the alert of a journey may be read before its beginning.
        deadline, quiet = time.monotonic() + seconds, time.monotonic()
        while alerted < expected and time.monotonic() < deadline:
            batches = await consumer.getmany(timeout_ms=250, max_records=5000)
            for partition, records in batches.items():
                stage = self._stage[partition.topic]
                for record in records:
                    self._note(journeys, stage, record)
            alerted = sum(j.alert_ms() is not None for j in journeys.values())
            if batches:
                quiet = time.monotonic()
            else:
                settled = sum("matched" in j.at for j in journeys.values()) >= expected
                if time.monotonic() - quiet > (_SETTLED_SECONDS if settled else _STUCK_SECONDS):
                    break
            told(alerted)
        return journeys

    def _note(self, journeys: dict[str, Journey], stage: str, record: Any) -> None:
        """Keep the time, where this is the first event of its stage."""
        headers = dict(record.headers)
        journey = journeys.setdefault(headers["ce_journeyid"].decode(), Journey())
        if stage == "accepted":
            told_at = datetime.fromisoformat(headers["ce_time"].decode())
            journey.received = told_at.timestamp() * 1000
        if stage != "alerted" or headers["ce_type"].decode() in self._ends:
            journey.at.setdefault(stage, float(record.timestamp))
