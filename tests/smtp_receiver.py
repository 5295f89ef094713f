"""A small real SMTP server that is told how to answer: refuse, drop, hang, or take the message."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.stack import eventually

REFUSE, LATER, DROP, HANG = "550", "451", "drop", "hang"


@dataclass
class SmtpReceiver:
    """``answers``: what the next messages get, in order; then all are taken.

    With ``tls`` it takes nothing before STARTTLS; with ``login`` nothing before that user and
    password have signed in.
    """

    port: int = 0
    tls: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    answers: deque[str] = field(default_factory=deque)
    tried: int = 0
    taken: list[bytes] = field(default_factory=list)
    to: list[str] = field(default_factory=list)

    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(text, policy=policy.default) for text in self.taken]

    async def got(self, count: int) -> list[EmailMessage]:
        """The messages, once there are so many."""

        async def ask() -> int:
            return len(self.taken)

        await eventually(ask, lambda n: n >= count)
        return self.messages()

    async def was_tried(self, count: int) -> None:
        async def ask() -> int:
            return self.tried

        await eventually(ask, lambda n: n >= count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        secure, signed_in, to = self.tls is None, self.login is None, ""
        writer.write(b"220 test\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.split(" ")[0].upper()
            answer = "250 done"
            if verb == "EHLO":
                offers = ["STARTTLS"] if not secure else []
                offers += ["AUTH PLAIN"] if self.login and secure else []
                names = ["test", *offers]
                last = len(names) - 1
                answer = "\r\n".join(
                    f"250{' ' if n == last else '-'}{name}" for n, name in enumerate(names)
                )
            elif verb == "STARTTLS":
                assert self.tls is not None
                writer.write(b"220 go on\r\n")
                await writer.drain()
                await writer.start_tls(self.tls)
                secure = True
                continue
            elif verb == "AUTH":
                _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
                signed_in = (user, password) == self.login
                answer = "235 welcome" if signed_in else "535 no"
            elif verb in {"MAIL", "RCPT"} and not (secure and signed_in):
                answer = "530 sign in first"
            elif verb == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
                self.tried += 1
                told = self.answers.popleft() if self.answers else "250"
                if told == DROP:
                    return
                if told == HANG:
                    await reader.read()
                    return
                answer = f"{told} so be it"
            elif verb == "DATA":
                writer.write(b"354 say it\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                self.taken.append(text[:-3])
                self.to.append(to)
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                return
            writer.write(f"{answer}\r\n".encode())
            await writer.drain()


@asynccontextmanager
async def smtp_receiver(
    tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
) -> AsyncIterator[SmtpReceiver]:
    """The server on a port of its own."""
    receiver = SmtpReceiver(tls=tls, login=login)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
