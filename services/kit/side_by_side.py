"""Work that goes on side by side: while PostgreSQL answers one, this process does another."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count
from typing import Any


class _Group(asyncio.TaskGroup):
    """Takes back that it cancelled its own task. Before Python 3.13 it does not where an error
    comes while it waits at its end: the task, a consumer's, would seem to be cancelled for ever
    after, and give up a batch that is to be tried again."""

    _parent_cancel_requested: bool
    _parent_task: asyncio.Task[Any]

    async def __aexit__(self, *error: Any) -> None:
        taken_back = self._parent_cancel_requested
        try:
            await super().__aexit__(*error)
        finally:
            if sys.version_info < (3, 13) and self._parent_cancel_requested and not taken_back:
                self._parent_task.uncancel()


@asynccontextmanager
async def side_by_side() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group whose first error is raised as it is, not in a group: who handles a batch tells
    by it whether the data or the servers are at fault. Whatever else is under way has ended by
    then, so that the connection it went on may be used again."""
    try:
        async with _Group() as group:
            yield group
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


class Turns:
    """What only one may use at a time, such as a connection. Of those who wait, the lowest number
    is next, and of equal ones whoever came first."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._arrivals = count()

    @asynccontextmanager
    async def take(self, number: float) -> AsyncIterator[None]:
        """Have it, once it is one's turn."""
        if self._taken:
            called = asyncio.get_running_loop().create_future()
            heappush(self._waiting, (number, next(self._arrivals), called))
            try:
                await called
            except asyncio.CancelledError:
                if not called.cancelled():
                    self._call_next()
                raise
        self._taken = True
        try:
            yield
        finally:
            self._call_next()

    def _call_next(self) -> None:
        while self._waiting:
            *_, called = heappop(self._waiting)
            if not called.done():  # Whoever was cancelled waits no more.
                called.set_result(None)
                return
        self._taken = False
