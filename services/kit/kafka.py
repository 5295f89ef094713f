"""Kafka through FastStream and aiokafka, with their measured traps closed.

* FastStream's batch loop sleeps ``batch_timeout_ms`` after an empty poll, and aiokafka returns from
  an empty poll early: :class:`PatientConsumer` waits inside the poll until something arrives.
* While a batch is handled for longer than 0.1 s and the next lies fetched, aiokafka asks for the
  idle partitions alone, and can ask for the busy one again only when that long poll ends, half a
  second later: :class:`PatientConsumer` has it leave them until what is fetched is taken.
* Its parser decodes every header as UTF-8 and would lose the batch: :func:`raw_records` does not.
* ``auto_offset_reset`` would be latest and ``acks`` 1: both are set here, once.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from functools import partial
from typing import Any, TypeAlias, cast

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage

from services.kit.kafka_security import KafkaAccess

LOG = logging.getLogger(__name__)
Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"
_PATIENCE_MS = 1_000
_HOLD_BACK_SECONDS = 60.0
_TOLD_AGAIN_SECONDS = 2.0
_METADATA_MS = 5_000
"""How soon a new topic that matches a pattern is noticed; aiokafka's own default is 5 minutes."""


class PatientConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer whose empty polls go on waiting; it knows when it last polled."""

    last_poll: float = 0.0

    async def start(self) -> None:
        """Start. There is no public option for how long fetched records hold back further fetches;
        a test against a real broker says when this one has gone."""
        await super().start()
        self._fetcher._prefetch_backoff = _HOLD_BACK_SECONDS  # noqa: SLF001

    async def stop(self) -> None:
        """Stop. A fetcher that is told to stop while it drops what a rebalance made void takes no
        notice, and would be waited for for ever: it is told again until it has gone."""
        stopping = asyncio.ensure_future(super().stop())
        try:
            while not (await asyncio.wait({stopping}, timeout=_TOLD_AGAIN_SECONDS))[0]:
                if self._fetcher is not None:
                    self._fetcher._fetch_task.cancel()  # noqa: SLF001
        finally:
            stopping.cancel()
        await stopping

    async def getmany(
        self,
        *partitions: Any,
        timeout_ms: int = 0,  # noqa: ARG002
        max_records: int | None = None,
    ) -> dict[Any, list[Record]]:
        while True:
            self.last_poll = time.monotonic()
            try:
                records: dict[Any, list[Record]] = await super().getmany(
                    *partitions, timeout_ms=_PATIENCE_MS, max_records=max_records
                )
            except UnicodeDecodeError:
                records = await self._before_the_unreadable(max_records)
            if records:
                return records

    async def _before_the_unreadable(self, max_records: int | None) -> dict[Any, list[Record]]:
        """Kafka takes any bytes for a header's name, and aiokafka reads no record whose header has
        a name that is not UTF-8, nor what stands after it in its batch: each is passed over, so
        that whoever wrote it keeps back nobody else. What stands before it, first."""
        for partition, fetched in list(self._fetcher._records.items()):  # noqa: SLF001
            unpacked: Any = getattr(fetched, "_partition_records", None)
            reading = getattr(unpacked, "_records_iterator", None)
            if reading is None or inspect.getgeneratorstate(reading) != inspect.GEN_CLOSED:
                continue
            position, stopped = await self.position(partition), unpacked.next_fetch_offset
            before = stopped - position
            self.seek(partition, position if before else position + 1)
            if before:
                most = before if max_records is None else min(before, max_records)
                found: dict[Any, list[Record]] = await super().getmany(
                    partition, timeout_ms=_PATIENCE_MS, max_records=most
                )
                return found
            LOG.error(
                "passed over %s-%d@%d: a header's name is not UTF-8, there or before it in its"
                " batch. Whoever wrote it has to send it again, without",
                partition.topic, partition.partition, position,
            )  # fmt: skip
        return {}


def create_broker(access: KafkaAccess, client_id: str) -> KafkaBroker:
    """A FastStream broker that only consumes: no argument injection, no topic creation."""
    return KafkaBroker(
        access.servers,
        security=access.security(),
        client_id=client_id,
        apply_types=False,
        consumer_only=True,
        allow_auto_create_topics=False,
        logger=LOG,
        log_level=logging.DEBUG,
        graceful_timeout=10.0,
        metadata_max_age_ms=_METADATA_MS,
    )


async def start_broker(broker: KafkaBroker) -> None:
    """Connect, have subscribers built with :class:`PatientConsumer`, and start them."""
    await broker.connect()
    config = broker.config.broker_config
    config.builder = partial(PatientConsumer, **cast("partial[Any]", config.builder).keywords)
    await broker.start()


async def raw_records(records: tuple[Record, ...]) -> KafkaMessage:
    """FastStream parser: the records as they are, headers undecoded, decoded one by one later."""
    return KafkaMessage(
        body=b"",
        headers={},
        message_id=f"{records[0].offset}-{records[-1].offset}",
        raw_message=records,
        consumer=FAKE_CONSUMER,
    )


async def as_they_are(message: KafkaMessage) -> Any:
    """FastStream decoder: hand the raw records to the handler."""
    return message.raw_message


def create_producer(access: KafkaAccess, client_id: str) -> AIOKafkaProducer:
    """An idempotent producer that waits for all in-sync replicas."""
    return AIOKafkaProducer(
        **access.client(),
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_request_size=4 * 1024 * 1024,
        request_timeout_ms=20_000,
    )
