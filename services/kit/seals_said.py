"""The seals that were said: on a topic, or in a file that somebody has kept of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import TypeAlias

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from contracts.audit import SEALS, LooksSealed
from contracts.codec import Undecodable, decode_envelope
from contracts.topics import SEAL_TOPICS
from services.kit.kafka_security import KafkaAccess, kafka_words
from services.kit.seals import Known

Source: TypeAlias = Callable[[], AsyncIterator[LooksSealed]]
"""Asked each time anew: every seal of one service that was said, the first first."""


class CannotLook(Exception):
    """What cannot be read, so that nothing can be said of whether anything was changed."""


def on_topic(access: KafkaAccess, namespace: str, service: str) -> Source:
    """What is on a service's topic. Raises :class:`CannotLook` where the broker does not answer."""
    topic = SEAL_TOPICS[service]

    async def read() -> AsyncIterator[LooksSealed]:
        consumer = AIOKafkaConsumer(
            **access.client(),
            group_id=None,
            auto_offset_reset="earliest",
            request_timeout_ms=10_000,
        )
        try:
            await consumer.start()
        except (KafkaError, OSError) as error:
            words = await kafka_words(access, error)
            raise CannotLook(f"Kafka does not answer: {words}.") from None
        try:
            if namespace + topic.name not in await consumer.topics():
                raise CannotLook(
                    f"There is no topic {namespace}{topic.name}. Run 'kith install topics'."
                )
            async for seal in _read_all(consumer, namespace + topic.name, service):
                yield seal
        except KafkaError as error:
            raise CannotLook(
                f"The topic {topic.name} cannot be read: {type(error).__name__}."
            ) from None
        finally:
            await consumer.stop()

    return read


async def _read_all(
    consumer: AIOKafkaConsumer, name: str, service: str
) -> AsyncIterator[LooksSealed]:
    where = TopicPartition(name, 0)  # one partition: what was said first is read first
    consumer.assign([where])
    end = (await consumer.end_offsets([where]))[where]
    while await consumer.position(where) < end:
        for records in (await consumer.getmany(where, timeout_ms=500)).values():
            for record in records:
                if (seal := _decode(service, record.headers, record.value)) is not None:
                    yield seal


def _decode(
    service: str, headers: Iterable[tuple[str, bytes]], value: bytes | None
) -> LooksSealed | None:
    """None: it is no seal. Whatever else stands on the topic says nothing of the looks."""
    try:
        if decode_envelope(headers).type != SEALS[service].TYPE:
            return None
        return SEALS[service].model_validate_json(value or b"")
    except (Undecodable, ValidationError):
        return None


def read_known(path: Path | None) -> Known:
    """What ``kith audit verify --json`` wrote, once somebody has explained it. Raises
    :class:`CannotLook`."""
    if path is None:
        return frozenset()
    try:
        services = orjson.loads(path.read_bytes())["services"]
        return frozenset(
            (service, one["table"], one["number"], one["kind"], tuple(one["rows"]))
            for service, tables in services.items()
            for table in tables
            for one in table["findings"]
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotLook(f"{path} cannot be read: {type(error).__name__}.") from None


def in_file(path: Path, service: str) -> Source:
    """What ``kith audit seals`` wrote into a file. Raises :class:`CannotLook`."""

    async def read() -> AsyncIterator[LooksSealed]:
        try:
            with path.open("rb") as lines:
                for line in lines:
                    said = orjson.loads(line)
                    if said.pop("service") == service:
                        yield SEALS[service].model_validate(said)
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise CannotLook(f"{path} cannot be read: {type(error).__name__}.") from None

    return read
