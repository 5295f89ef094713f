"""What is sent outside the pages, by which channels, and in which words. Pure.

Invariant: a message carries a reference, by when, and a link; a digest carries counts. Never a
household, an agency, a reason or a name: messages travel over networks we do not run.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.envelope import derive_id
from contracts.keyworkers import Recipient, WorkContact
from contracts.vocabulary import Severity
from services.kit.deliveries import NewDelivery


class Channel(StrEnum):
    """A way out of the pages."""

    EMAIL = "email"
    """Email through the place's own SMTP server."""
    NOTIFY = "notify"
    """Email through GOV.UK Notify."""
    SMS = "sms"
    """Text message through GOV.UK Notify."""
    WEBHOOK = "webhook"
    """A signed webhook of the place's own systems."""


class What(StrEnum):
    """What a message says."""

    RAISED = "raised"
    ESCALATED = "escalated"
    REMINDER = "reminder"
    DIGEST = "digest"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Preference:
    """What a recipient asked for. Immediate alerts come at once by every channel all the same.

    ``only_working_time``: what comes outside it waits until the place opens; ``quiet``: hours on
    the place's clock in which nothing comes.
    """

    channels: frozenset[Channel]
    digest: bool = True
    only_working_time: bool = False
    quiet: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """Somebody is to be told. ``cause`` and ``parts`` make the message's id, so that the same
    telling is one message however often it is asked for."""

    what: What
    recipient: Recipient
    severity: Severity
    cause: UUID
    parts: tuple[object, ...]
    journey_id: UUID
    traceparent: str | None
    content: Mapping[str, Any]


_MOBILE = re.compile(r"(\+44|0)7\d{9}")


def address_for(channel: Channel, contact: WorkContact) -> str | None:
    """Where the channel reaches them: "" where it needs no address, None where it cannot."""
    match channel:
        case Channel.EMAIL | Channel.NOTIFY:
            return contact.email
        case Channel.SMS:
            number = re.sub(r"[\s()-]", "", contact.phone or "")
            return number if _MOBILE.fullmatch(number) else None
        case Channel.WEBHOOK:
            return ""


def messages_for(
    telling: Telling, channels: Iterable[Channel], not_before: datetime | None = None
) -> list[NewDelivery]:
    """One message for each channel that reaches the recipient."""
    found = []
    for channel in channels:
        address = address_for(channel, telling.recipient.contact)
        if address is None:
            continue
        id_ = derive_id(telling.cause, channel, telling.recipient.id, telling.what, *telling.parts)
        found.append(
            NewDelivery(
                id=id_,
                channel=channel,
                destination=telling.recipient.id,
                lane=str(id_),
                content={
                    "what": telling.what,
                    "severity": telling.severity,
                    "to": address,
                    **telling.content,
                },
                journey_id=telling.journey_id,
                traceparent=telling.traceparent,
                not_before=not_before,
            )
        )
    return found


def recipients(tellings: Collection[Telling]) -> list[str]:
    return sorted({telling.recipient.id for telling in tellings})


def reference(alert_id: str) -> str:
    """A short name for an alert, to say on the phone: nobody can be found by it from outside."""
    return alert_id.replace("-", "")[:8].upper()


@dataclass(frozen=True, slots=True)
class Words:
    """A message, ready to be sent. ``fields``: the same for templates and machines."""

    subject: str
    body: str
    fields: dict[str, str]


_FIELDS = dict.fromkeys(("reference", "answer_by", "open", "late"), "")
"""Every field that a template may ask for: GOV.UK Notify refuses a message that lacks one."""

_SUBJECTS = {
    What.RAISED: "an alert waits for you",
    What.ESCALATED: "an alert nobody has answered waits for you",
    What.REMINDER: "an alert still waits for you",
}


def words_for(content: Mapping[str, Any], portal_url: str, timezone: str) -> Words:
    """What the message says."""
    inbox = f"{portal_url.rstrip('/')}/inbox"
    if content["what"] == What.DIGEST:
        waiting, late = int(content["open"]), int(content["late"])
        alerts = "1 alert waits" if waiting == 1 else f"{waiting} alerts wait"
        line = f"{alerts} for you; {late} past the time to answer."
        return Words(
            f"Kith: {alerts} for you",
            f"{line}\n\n{inbox}\n",
            _FIELDS | {"open": str(waiting), "late": str(late), "link": inbox},
        )
    if content["what"] == What.TEST:
        line = "You asked for a test message. Messages from Kith reach you here."
        return Words("Kith: a test message", f"{line}\n\n{inbox}\n", _FIELDS | {"link": inbox})
    name = reference(content["alert_id"])
    link = f"{inbox}#a-{content['alert_id']}"
    by = _when(datetime.fromisoformat(content["due_at"]), timezone)
    subject = _SUBJECTS[What(content["what"])]
    urgent = "Please look now. " if content["severity"] == Severity.IMMEDIATE else ""
    return Words(
        f"Kith: {subject} (reference {name})",
        f"{urgent}{subject[0].upper()}{subject[1:]} in Kith. Reference {name}. Please answer by"
        f" {by}.\n\n{link}\n",
        _FIELDS | {"reference": name, "answer_by": by, "link": link},
    )


def _when(at: datetime, timezone: str) -> str:
    return f"{at.astimezone(ZoneInfo(timezone)):%H:%M on %A %-d %B}"
