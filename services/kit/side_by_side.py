"""Work that goes on side by side: while PostgreSQL answers one, this process does another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def side_by_side() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group whose first error is raised as it is, not in a group: who handles a batch tells
    by it whether the data or the servers are at fault. Whatever else is under way has ended by
    then, so that the connection it went on may be used again."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
