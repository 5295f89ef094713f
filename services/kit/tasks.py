"""Background tasks that end when they are told to, and only then."""

from __future__ import annotations

import asyncio
import contextlib


def is_being_cancelled() -> bool:
    """Whether somebody asked the running task to end.

    A stray ``CancelledError`` out of a library asks for nothing. And an error raised while a
    cancelled task cleans up (a connection already gone) would hide that it was cancelled; so does
    ``asyncio.wait_for`` before Python 3.12, when what it waits for is there at the same moment: a
    loop that would go on for ever asks at each turn.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def stop_task(task: asyncio.Task[None] | None) -> None:
    """Cancel the task and wait until it has ended."""
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
