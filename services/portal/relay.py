"""A service's event stream, passed on to a page: that something changed, and no more.

The page then asks for its part anew, so that what it shows is always the truth as it stands: a
missed, repeated or reordered event can do no harm. Ids pass through, so that a browser that comes
back (``Last-Event-ID``) is told of what it missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fastapi import Request
from sse_starlette import EventSourceResponse

from services.portal.sources import Caller, Parameters, Unavailable

LOG = logging.getLogger(__name__)
_RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0)
_PING_SECONDS = 15


@dataclass(slots=True)
class _News:
    """What the reader found since the page was last told. ``heard``: the stream is there."""

    last_id: str | None
    changed: bool = False
    heard: bool = True
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, *, heard: bool, changed: bool) -> None:
        self.heard = heard
        self.changed = self.changed or changed
        self.woken.set()


def relay(
    request: Request,
    caller: Caller,
    service: str,
    path: str,
    parameters: Parameters,
    *,
    gap_seconds: float,
    lifetime_seconds: float,
) -> EventSourceResponse:
    """The stream of ``changed`` and ``interrupted``, at most one every ``gap_seconds``.

    Ends with the visitor's session, after ``lifetime_seconds``.
    """
    news = _News(request.headers.get("last-event-id"))

    async def events() -> AsyncIterator[dict[str, str]]:
        reader = asyncio.create_task(_read(caller, service, path, parameters, news))
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(lifetime_seconds):
                    while True:
                        await news.woken.wait()
                        news.woken.clear()
                        yield _event(news)
                        news.changed = False
                        await asyncio.sleep(gap_seconds)
        finally:
            reader.cancel()

    return EventSourceResponse(events(), ping=_PING_SECONDS, headers={"Cache-Control": "no-store"})


async def _read(
    caller: Caller, service: str, path: str, parameters: Parameters, news: _News
) -> None:
    """Follow the service's stream for ever, and come back to it whenever it breaks."""
    failures = 0
    while True:
        try:
            async with caller.stream(service, path, parameters, news.last_id) as lines:
                if not news.heard:
                    news.tell(heard=True, changed=True)
                async for line in lines:
                    failures = 0
                    name, _, value = line.partition(":")
                    if name == "id":
                        news.last_id = value.strip()
                    elif name == "data":
                        news.tell(heard=True, changed=True)
        except Unavailable:
            LOG.warning("the event stream of %s is interrupted", service)
        news.tell(heard=False, changed=False)
        await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
        failures += 1


def _event(news: _News) -> dict[str, str]:
    event = {"event": "changed" if news.heard else "interrupted", "data": "1"}
    if news.last_id is not None:
        event["id"] = news.last_id
    return event
