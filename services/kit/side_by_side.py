"""Work that goes on side by side: while PostgreSQL answers one, this process does another."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
