"""Nobody who asks waits without a limit: after so long they are told to ask again.

A server that hangs, unlike one that is gone, ends nothing by itself: what was asked of it is not
even cancelled until it says so. So whatever is being done for the request is told to end, and the
answer does not wait until it has.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger(__name__)


class InTime:
    """ASGI middleware: ``late`` answers a request to which no answer has begun ``seconds`` after it
    had come, or at most as long again. Whether what it asked for is done, or will be, is open."""

    def __init__(self, app: ASGIApp, seconds: float, late: ASGIApp) -> None:
        self._app, self._seconds, self._late = app, seconds, late
        self._ending: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = asyncio.get_running_loop().create_future()
        coming = late = False

        async def take() -> Message:
            nonlocal coming
            coming = True
            try:
                return await receive()
            finally:
                coming = False

        async def give(message: Message) -> None:
            if not late:
                if not begun.done():
                    begun.set_result(None)
                await send(message)

        task = asyncio.create_task(self._handle(scope, take, give))
        try:
            while not await _any_done({task, begun}, self._seconds):
                if not coming:
                    late = True
                    break
            if not late:
                await task
                return
        finally:
            if not task.done():
                self._let_end(task)
        LOG.warning("answered 503: no answer within %s seconds", self._seconds)
        await self._late(scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    def _let_end(self, task: asyncio.Task[None]) -> None:
        """Cancel it, and keep it until it has ended: with what is nobody's any more."""
        task.cancel()
        self._ending.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._ending.discard(task)
        if not task.cancelled():
            task.exception()


async def _any_done(some: set[asyncio.Future[None]], seconds: float) -> bool:
    done, _ = await asyncio.wait(some, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    return bool(done)
