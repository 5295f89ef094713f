"""Kafka records without a broker, for consumers that the test feeds itself."""

from __future__ import annotations

from aiokafka import ConsumerRecord

from contracts.codec import encode
from contracts.envelope import Event
from services.kit.kafka import Record
from tests.stack import Stack


def record_of(stack: Stack, event: Event, offset: int = 0) -> Record:
    """The record that would carry ``event``."""
    key, value, headers = encode(stack.envelope(event), event)
    return ConsumerRecord(
        topic=stack.namespace + event.TOPIC,
        partition=0,
        offset=offset,
        timestamp=0,
        timestamp_type=0,
        key=key,
        value=value,
        checksum=None,
        serialized_key_size=len(key),
        serialized_value_size=len(value),
        headers=tuple(headers),
    )
