"""CloudEvents 1.0 in Kafka records, binary mode: attributes in ``ce_`` headers, JSON in the value.

Decoding never raises anything but :class:`Undecodable`, whose reason names fields and rules and
carries no value, because reasons are stored and shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError

from contracts.envelope import Envelope, Event
from contracts.topics import EVENT_TYPES

CONTENT_TYPE = b"application/json"
Headers = list[tuple[str, bytes]]


class Undecodable(ValueError):
    """The record can never be read. ``str()`` says why, without personal data."""


class UnknownType(Undecodable):
    """The record is of a type that is not in these contracts: of a newer release, perhaps."""

    def __init__(self, type_: str) -> None:
        super().__init__(f"event type {type_[:80]!r} is not in the contracts")


def encode(envelope: Envelope, event: Event) -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of the record that carries ``event``."""
    return (
        envelope.place_id.encode(),
        event.model_dump_json(exclude_none=True).encode(),
        encode_headers(envelope),
    )


def encode_headers(envelope: Envelope) -> Headers:
    """The record's headers: CloudEvents attributes and, where there is one, the trace context."""
    headers: Headers = [
        ("content-type", CONTENT_TYPE),
        ("ce_specversion", b"1.0"),
        ("ce_id", str(envelope.id).encode()),
        ("ce_type", envelope.type.encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_time", envelope.time.isoformat().encode()),
        ("ce_subject", envelope.subject.encode()),
        ("ce_journeyid", str(envelope.journey_id).encode()),
        ("ce_placeid", envelope.place_id.encode()),
    ]
    if envelope.traceparent:
        headers.append(("traceparent", envelope.traceparent.encode()))
    return headers


def decode_envelope(headers: Iterable[tuple[str, bytes]]) -> Envelope:
    """The envelope in a record's headers. A header that is no UTF-8 matters only if it is ours."""
    found = {name: value for name, value in headers if name.startswith("ce_")}
    trace = next((value for name, value in headers if name == "traceparent"), None)

    def text(name: str) -> str:
        try:
            return found[name].decode()
        except KeyError:
            raise Undecodable(f"header {name} is missing") from None
        except UnicodeDecodeError:
            raise Undecodable(f"header {name} is not UTF-8") from None

    def uuid(name: str) -> UUID:
        try:
            return UUID(text(name))
        except ValueError:
            raise Undecodable(f"header {name} is not a UUID") from None

    try:
        time = datetime.fromisoformat(text("ce_time"))
    except Undecodable:
        raise
    except ValueError:
        raise Undecodable("header ce_time is not an ISO 8601 time") from None
    if time.tzinfo is None:
        raise Undecodable("header ce_time has no time zone")
    return Envelope(
        id=uuid("ce_id"),
        type=text("ce_type"),
        source=text("ce_source"),
        time=time,
        subject=text("ce_subject"),
        journey_id=uuid("ce_journeyid"),
        place_id=text("ce_placeid"),
        traceparent=trace.decode("ascii", "replace") if trace else None,
    )


def decode_event(type_: str, value: bytes | None) -> Event:
    """The event of CloudEvents type ``type_`` in a record's value."""
    if type_ not in EVENT_TYPES:
        raise UnknownType(type_)
    if not value:
        raise Undecodable("the record has no value")
    try:
        return EVENT_TYPES[type_].model_validate_json(value)
    except ValidationError as error:
        raise Undecodable(f"{type_}: {faults(error)}") from None


def faults(error: ValidationError) -> str:
    """Field and rule of each fault, without the values: safe to store, log and show."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or '(record)'}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_context=False, include_input=False)[:5]
    )
