"""A small real HTTP server that is told how to answer: with a status, late, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.stack import eventually

HANG, DROP = "hang", "drop"
"""Keep the caller waiting; close the connection without an answer."""


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class HttpReceiver:
    """``answers``: what the next requests get, in order; ``default`` when there are none left."""

    url: str
    default: int | str = 204
    headers: dict[str, str] = field(default_factory=dict)
    answers: deque[int | str] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    accept_body: bytes = b""

    async def got(self, count: int, seconds: float = 60) -> list[Request]:
        """Everything that came, once there is so much."""

        async def ask() -> list[Request]:
            return self.requests

        return await eventually(ask, lambda found: len(found) >= count, seconds)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")[:-2]
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.raw.append(head + body)
            answer = self.answers.popleft() if self.answers else self.default
            self.requests.append(Request(first.split(" ")[1], headers, body))
            if answer == HANG:
                await reader.read()
            elif isinstance(answer, int):
                extra = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
                writer.write(
                    f"HTTP/1.1 {answer} Told\r\nContent-Length: {len(self.accept_body)}\r\n"
                    f"Connection: close\r\n{extra}\r\n".encode()
                    + self.accept_body
                )
                await writer.drain()
        writer.close()


@asynccontextmanager
async def http_receiver(port: int = 0) -> AsyncIterator[HttpReceiver]:
    """The server on a port of its own."""
    receiver = HttpReceiver("")
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.close()
