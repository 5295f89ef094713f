"""GOV.UK Notify, over a real server that checks what Notify checks and answers as it does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.vocabulary import Severity
from tests.notify_server import NotifyServer, notify_server
from tests.services.alerts.conftest import Clock, serve
from tests.services.alerts.test_messages import (
    ASHA,
    KEY,
    SERVICE_ID,
    alert,
    at,
    messages,
    settled,
    turn,
)
from tests.stack import Stack, eventually

EMAIL, TEXT = str(uuid4()), str(uuid4())


@pytest.fixture
async def notify(clock: Clock) -> AsyncIterator[NotifyServer]:
    async with notify_server(SERVICE_ID, KEY, clock) as server:
        server.templates = {
            EMAIL: {"reference", "answer_by", "link", "open", "late", "subject", "body"},
            TEXT: {"body"},
        }
        yield server


def by_notify(notify: NotifyServer, **changes: Any) -> dict[str, Any]:
    return {
        "delivery_seconds": 0.05,
        "delivery_timeout_seconds": 3,
        "notify_url": notify.url,
        "notify_api_key": f"kith-live-key-{SERVICE_ID}-{KEY}",
        "notify_email_template": EMAIL,
        "notify_sms_template": TEXT,
        "portal_url": "https://kith.example",
    } | changes


async def sent(notify: NotifyServer, count: int) -> list[dict[str, Any]]:
    async def ask() -> list[dict[str, Any]]:
        return notify.sent

    return await eventually(ask, lambda found: len(found) >= count)


async def test_notify_takes_an_alert_and_a_digest_by_one_template_that_asks_for_every_field(
    stack: Stack, clock: Clock, notify: NotifyServer
) -> None:
    async with serve(stack, clock, **by_notify(notify)) as served:
        await stack.publish(
            at(stack, alert(Severity.IMMEDIATE)), at(stack, alert(Severity.ROUTINE))
        )
        first = await sent(notify, 2)
        await served.alerts(2)
        clock.turn(hours=23)
        await turn(served, "digest")
        digest = (await sent(notify, 3))[-1]
        await settled(served, "delivered", "201")
        ids = {message["id"] for message in await messages(served)}
    assert notify.refused == []
    assert {m["kind"] for m in first} == {"email", "sms"}
    assert {m["reference"] for m in notify.sent} == ids
    assert digest["personalisation"]["open"] == "1"
    assert digest["personalisation"]["reference"] == ""
    assert {m.get("email_address") for m in first} == {ASHA.contact.email, None}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, "AuthError"),
        (429, "RateLimitError"),
        (429, "TooManyRequestsError"),
        (500, "Exception"),
        (503, "a surprise"),
    ],
)
async def test_what_passes_is_tried_again_and_known_by_its_published_type(
    stack: Stack, clock: Clock, notify: NotifyServer, status: int, error: str
) -> None:
    notify.failures.append((status, error))
    known = "" if error == "a surprise" else f" {error}"
    async with serve(stack, clock, **by_notify(notify)) as served:
        await stack.publish(at(stack, alert()))
        await settled(served, "waiting", f"{status}{known}")
        clock.turn(minutes=16)
        await sent(notify, 1)
        await settled(served, "delivered", "201")


async def test_what_notify_will_never_take_is_given_up_at_once(
    stack: Stack, clock: Clock, notify: NotifyServer
) -> None:
    notify.templates[EMAIL] |= {"name of the household"}
    async with serve(stack, clock, **by_notify(notify)) as served:
        await stack.publish(at(stack, alert()))
        await settled(served, "given_up", "400 BadRequestError")
    [(_, _, message)] = notify.refused
    assert message == "Missing personalisation: name of the household"


async def test_a_wrong_key_or_a_clock_that_is_wrong_is_refused_and_tried_until_it_is_mended(
    stack: Stack, clock: Clock, notify: NotifyServer
) -> None:
    wrong = by_notify(notify, notify_api_key=f"kith-{SERVICE_ID}-{uuid4()}")
    async with serve(stack, clock, **wrong) as served:
        await stack.publish(at(stack, alert()))
        await settled(served, "waiting", "403 AuthError")
    elsewhere = clock.now
    notify.clock = lambda: elsewhere  # ours goes on, theirs does not
    clock.turn(minutes=1)
    async with serve(stack, clock, **by_notify(notify)) as served:
        await eventually(lambda: messages(served), _was_recorded_twice)
        assert "within 30 seconds" in notify.refused[-1][2]
        notify.clock = clock
        clock.turn(minutes=16)
        await settled(served, "delivered", "201")


def _was_recorded_twice(found: list[dict[str, Any]]) -> bool:
    """Two attempts, neither under way: what is claimed comes again after a minute at the least."""
    [message] = found
    at, last = (datetime.fromisoformat(message[f"{n}_attempt_at"]) for n in ("next", "last"))
    return message["attempts"] == 2 and at - last < timedelta(minutes=1)
