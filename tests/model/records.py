"""Kafka records without a broker."""

from __future__ import annotations

from aiokafka import ConsumerRecord

from contracts.codec import Headers, encode
from contracts.envelope import Envelope, Event
from services.kit.kafka import Record


def record_of(
    namespace: str,
    envelope: Envelope,
    event: Event | bytes,
    *,
    topic: str | None = None,
    offset: int = 0,
    headers: Headers | None = None,
) -> Record:
    """The record that would carry an event, or a value that was encoded before."""
    if isinstance(event, bytes):
        key, value = envelope.place_id.encode(), event
    else:
        key, value, headers = encode(envelope, event)
        topic = event.TOPIC
    return ConsumerRecord(
        topic=f"{namespace}{topic}",
        partition=0,
        offset=offset,
        timestamp=0,
        timestamp_type=0,
        key=key,
        value=value,
        checksum=None,
        serialized_key_size=len(key),
        serialized_value_size=len(value),
        headers=tuple(headers or ()),
    )
