"""Sending to the agencies API as a well-behaved agency system would.

One request an assessment. 429, 5xx and a broken line are waited out (``Retry-After`` is kept, else
longer each time); what the API refuses for good is counted, with the rule it names, and left.
Sending twice is harmless: the same reference is the same assessment.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import httpx

from services.simulator.assessing import Assessed
from services.simulator.files import to_json

LANES = 16
_PATIENCE_SECONDS = 10.0


class NoCredentialError(ValueError):
    """There is no credential for an agency. ``str()`` says which and where it was looked for."""


@dataclass(slots=True)
class Sent:
    """Counts so far. ``refused``: by the problem's title, for those that will never be taken."""

    accepted: int = 0
    waited_out: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Sender:
    """Sends one assessment at a time under its agency's credential."""

    def __init__(self, client: httpx.AsyncClient, credentials: Mapping[str, str]) -> None:
        self._client = client
        self._credentials = credentials
        self.sent = Sent()

    async def send(self, made: Assessed) -> None:
        """Until it is accepted or refused for good. Raises :class:`NoCredentialError`."""
        credential = self._credentials.get(made.agency_id)
        if credential is None:
            raise NoCredentialError(f"no credential for agency {made.agency_id}")
        headers = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}
        body, delay = to_json(made.submission), 0.2
        while True:
            wait = delay
            try:
                answer = await self._client.post("/v1/assessments", content=body, headers=headers)
            except httpx.TransportError:
                pass
            else:
                if answer.status_code < HTTPStatus.BAD_REQUEST:
                    self.sent.accepted += 1
                    return
                if (
                    answer.status_code != HTTPStatus.TOO_MANY_REQUESTS
                    and not answer.is_server_error
                ):
                    self.sent.refused[_title(answer)] += 1
                    return
                wait = _retry_after(answer, delay)
            self.sent.waited_out += 1
            await asyncio.sleep(min(wait, _PATIENCE_SECONDS))
            delay = min(delay * 2, _PATIENCE_SECONDS)


@asynccontextmanager
async def open_sender(url: str, credentials: Mapping[str, str]) -> AsyncIterator[Sender]:
    """A sender to the agencies API at ``url``."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        yield Sender(client, credentials)


async def send_at_rate(
    sender: Sender,
    assessments: Iterable[Assessed],
    rate: float,
    told: Callable[[Assessed], None],
    lanes: int = LANES,
) -> None:
    """Send them in order at ``rate`` a second, at most ``lanes`` in flight; ``told`` as each goes.

    ``told`` is called in order. When the API cannot keep up, so does this.
    """
    loop = asyncio.get_running_loop()
    due, free = loop.time(), asyncio.Semaphore(lanes)
    in_flight: list[asyncio.Task[None]] = []

    async def one(made: Assessed) -> None:
        try:
            await sender.send(made)
        finally:
            free.release()

    try:
        for made in assessments:
            await asyncio.sleep(max(0.0, due - loop.time()))
            await free.acquire()
            in_flight = [task for task in in_flight if not task.done() or task.result()]
            in_flight.append(asyncio.create_task(one(made)))
            told(made)
            due = max(due + 1 / rate, loop.time() - 1.0)
        await asyncio.gather(*in_flight)
    finally:
        for task in in_flight:
            task.cancel()


def load_credentials(file: Path) -> dict[str, str]:
    """Agency id to bearer credential, from a JSON object. Raises ``ValueError`` in words."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"there is no file {file}; `kith run` writes one") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{file} is not JSON: {error.msg}, line {error.lineno}") from None
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise ValueError(f"{file} is not a JSON object of agency id to credential")
    return found


def _title(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        return f"{answer.status_code} {problem.get('title') or problem.get('detail')}"
    except (ValueError, AttributeError):
        return f"{answer.status_code} {answer.reason_phrase}"


def _retry_after(answer: httpx.Response, otherwise: float) -> float:
    try:
        return float(answer.headers["Retry-After"])
    except (KeyError, ValueError):
        return otherwise
