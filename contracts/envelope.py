"""The envelope every event travels in: CloudEvents 1.0 attributes, and ids that replay alike.

Invariant kept here: an id made while handling an event depends on that event alone
(:func:`derive_id`), so that handling it twice, or replaying a topic into empty stores, gives the
same ids.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

import uuid_utils
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from uuid_utils.compat import uuid5

Slug = Annotated[
    str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", examples=["greater-manchester"])
]
"""A short public name for a place, locality, team or agency: lower case, digits and hyphens."""


def _whole_text(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain the NUL character")
    return value


Text = Annotated[str, AfterValidator(_whole_text)]
"""Free text. PostgreSQL cannot store NUL, so it is refused where it would come in."""


class Contract(BaseModel):
    """Base of every value in an event. Frozen; unknown fields are ignored, so v1 can grow."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Contract):
    """Base of every event. ``TYPE`` is the CloudEvents type; ``TOPIC`` where it is published."""

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]

    def subject(self) -> str:
        """The opaque id the event is about (CloudEvents ``subject``). Never personal data."""
        raise NotImplementedError(type(self).__name__)


@dataclass(frozen=True, slots=True)
class Envelope:
    """CloudEvents attributes of one event (CloudEvents 1.0.2, Kafka protocol binding).

    ``time`` is when the fact became true, in UTC. ``journey_id`` is the id of the assessment the
    event follows from. ``place_id`` is the record key, so one place stays in order end to end.
    ``traceparent`` is W3C trace context, or None where nobody was tracing.
    """

    id: uuid.UUID
    type: str
    source: str
    time: datetime
    subject: str
    journey_id: uuid.UUID
    place_id: str
    traceparent: str | None = None


def new_id() -> uuid.UUID:
    """A fresh UUID version 7 (RFC 9562): sorts by time. Only for what comes in from outside."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


def derive_id(cause: uuid.UUID, *parts: object) -> uuid.UUID:
    """The id of something that follows from ``cause``: a UUID version 5, the same every time."""
    return uuid5(cause, "/".join(str(part) for part in parts))


__all__ = ["AwareDatetime", "Contract", "Envelope", "Event", "Slug", "Text", "derive_id", "new_id"]
