"""What a service streams: that something has changed, until it is down or nobody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from fastapi import Request

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn


async def changes(
    state: StandIn, request: Request, service: str, event: str
) -> AsyncIterator[dict[str, str]]:
    seen = int(request.headers.get("last-event-id", state.changes))
    yield {"event": "ready", "id": str(seen), "data": "{}"}
    while service not in state.down and not await request.is_disconnected():
        if state.changes > seen:
            seen = state.changes
            yield {"event": event, "id": str(seen), "data": "{}"}
        await asyncio.sleep(0.02)
