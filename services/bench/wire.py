"""A frugal HTTP/1.1 client: the load must not eat the machine that it measures.

Keep-alive connections over plain asyncio streams, requests built before the clock starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

_ACCEPTED = 202


def build_request(host: str, credential: str, body: str) -> bytes:
    """``POST /v1/assessments`` as it goes over the wire."""
    raw = body.encode()
    head = (
        f"POST /v1/assessments HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {credential}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    return head.encode() + raw


@dataclass(slots=True)
class Answers:
    """``seconds``: from when each was due (or sent) to its 202. ``refused``: status and body."""

    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Lines:
    """A number of open connections to one port. ``async with Lines(...)``."""

    def __init__(self, port: int, count: int) -> None:
        self._port, self._count = port, count
        self._open: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __aenter__(self) -> Lines:
        for _ in range(self._count):
            self._open.append(await asyncio.open_connection("127.0.0.1", self._port))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for _, writer in self._open:
            writer.close()

    async def send(
        self, requests: Sequence[bytes], told: Callable[[int], None], rate: float | None = None
    ) -> Answers:
        """Send all, in order of starting: at ``rate`` a second, or as fast as they are answered.

        At a rate, a request that had to wait for a free line counts from when it was due.
        """
        loop = asyncio.get_running_loop()
        began, answers, coming = loop.time(), Answers(), iter(enumerate(requests))

        async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for number, request in coming:
                due = loop.time()
                if rate is not None:
                    due = began + number / rate
                    if (early := due - loop.time()) > 0:
                        await asyncio.sleep(early)
                writer.write(request)
                status, body = await _answer(reader)
                answers.seconds.append(loop.time() - due)
                if status != _ACCEPTED:
                    answers.refused.append(f"{status} {body[:300].decode(errors='replace')}")
                told(number + 1)

        await asyncio.gather(*(work(*line) for line in self._open))
        return answers


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    return int(head.split(b" ", 2)[1]), body
