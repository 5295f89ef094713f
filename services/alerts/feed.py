"""Waking the streams of a recipient when a commit, in any process, changes their inbox.

One connection per process listens. A notification only wakes: what to send is read from the store,
so that nothing depends on a notification's content, and a lost one is made good at the heartbeat.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Iterator

import asyncpg

from services.alerts.store import CHANNEL
from services.kit.db import Connection, Pool

LOG = logging.getLogger(__name__)
_CHECK_SECONDS = 10.0


class Feed:
    """``start`` and ``stop`` with the service; ``watch`` in a stream."""

    def __init__(self) -> None:
        self._watching: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    def start(self, pool: Pool) -> None:
        self._task = asyncio.create_task(self._listen_for_ever(pool), name="alerts-feed")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @contextlib.contextmanager
    def watch(self, recipient_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the recipient's inbox may have changed."""
        woken = asyncio.Event()
        self._watching[recipient_id].add(woken)
        try:
            yield woken
        finally:
            self._watching[recipient_id].discard(woken)
            if not self._watching[recipient_id]:
                del self._watching[recipient_id]

    async def _listen_for_ever(self, pool: Pool) -> None:
        delay = 0.1
        while True:
            try:
                async with pool.acquire() as connection:
                    await self._listen(connection)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                LOG.warning("streams wait for PostgreSQL: %s", type(error).__name__)
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5.0)

    async def _listen(self, connection: Connection) -> None:
        await connection.add_listener(CHANNEL, self._on_notify)
        try:
            # What changed while nobody listened is found by looking.
            for watching in self._watching.values():
                for woken in watching:
                    woken.set()
            while True:
                await asyncio.sleep(_CHECK_SECONDS)
                await connection.execute("select 1")
        finally:
            if not connection.is_closed():
                await connection.remove_listener(CHANNEL, self._on_notify)

    def _on_notify(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        _, _, recipient_id = str(payload).partition(" ")
        for woken in self._watching.get(recipient_id, ()):
            woken.set()
