"""What changes in the journeys, for a live page: gathered, at most a few times a second.

Read from the store and not from this process's own work, so that every instance shows everything.
While nobody watches, nothing is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from sse_starlette import ServerSentEvent

from services.kit.app import Service
from services.kit.auth import Actor
from services.operations.guarding import hidden_in, journeys
from services.operations.store import reading
from services.operations.views import show_journey

_MOST = 100
_RETRY_MS = 1_000


async def changes(
    service: Service, actor: Actor, since: int | None, every_seconds: float
) -> AsyncIterator[ServerSentEvent]:
    """Lists of journeys as they are now, each with where to resume as its id.

    Of more than a hundred at once the last begun are sent: the page shows no more than those.
    """
    if since is None:
        async with service.pool.acquire() as connection:
            since = await reading.load_horizon(connection)
    yield ServerSentEvent(event="ready", id=str(since), data="{}", retry=_RETRY_MS)
    shown: dict[UUID, str] = {}
    while True:
        async with service.pool.acquire() as connection:
            since, rows = await reading.find_changed(connection, since, _MOST)
            hidden = await hidden_in(connection, actor.id, rows, service.clock())
        # What a slow transaction makes us read again is not sent again.
        seen = journeys([show_journey(row) for row in rows], hidden)
        found = {journey.id: journey.model_dump_json() for journey in seen}
        fresh = [text for id_, text in found.items() if shown.get(id_) != text]
        shown = found
        if fresh:
            yield ServerSentEvent(event="journeys", id=str(since), data=f"[{','.join(fresh)}]")
        await asyncio.sleep(every_seconds)
