"""Things done every so often: each in a transaction of its own, by one process at a time."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from services.kit import db
from services.kit.errors import is_infrastructure
from services.kit.tasks import is_being_cancelled, stop_task
from services.kit.work import Work

if TYPE_CHECKING:
    from services.kit.app import Service

LOG = logging.getLogger(__name__)
Task: TypeAlias = Callable[[Work], Awaitable[None]]


class Periodic:
    """One task of one service; a failure is logged and the next turn tries again. ``first``:
    seconds from the start to the first turn, where that is sooner than from one to the next."""

    def __init__(
        self, service: Service, seconds: float, name: str, task: Task, first: float = math.inf
    ) -> None:
        self.name = name
        self._service = service
        self._seconds = seconds
        self._first = min(first, seconds)
        self._work = task
        self._task: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"{self._service.name}-{self.name}")

    async def stop(self) -> None:
        await stop_task(self._task)

    async def turn(self) -> bool:
        """One turn now; False when another process is at it."""
        async with self._service.work() as work:
            if not await db.try_lock(work.connection, f"{self._service.name}/{self.name}"):
                return False
            await self._work(work)
            return True

    async def _run(self) -> None:
        pause = self._first
        while not is_being_cancelled():
            await asyncio.sleep(pause)
            pause = self._seconds
            try:
                await self.turn()
            except Exception as error:
                if is_being_cancelled():
                    raise
                if is_infrastructure(error):
                    LOG.warning("%s: %s; next turn later", self.name, type(error).__name__)
                else:
                    LOG.exception("%s failed; next turn later", self.name)
