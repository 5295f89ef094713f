"""A service of agencies that sends webhooks, on a clock that the test turns, to a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.agencies.app import create_service
from services.agencies.settings import AgenciesSettings
from tests.http_receiver import HttpReceiver, http_receiver
from tests.services.agencies.place import SCHOOL, Place, register, submission
from tests.stack import Stack, eventually


class Clock:
    """The time, and what the test has turned it on by."""

    def __init__(self) -> None:
        self.on = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.on

    def turn(self, **by: float) -> None:
        self.on += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


LOCAL: dict[str, Any] = {"local": True, "delivery_seconds": 0.05, "delivery_timeout_seconds": 5}


@pytest.fixture
async def place(stack: Stack, tmp_path: Path, clock: Clock) -> AsyncIterator[Place]:
    credentials = await register(stack.dsn, tmp_path)
    service = create_service(stack.settings(AgenciesSettings, **LOCAL), clock)
    transport = httpx.ASGITransport(app=service.api, raise_app_exceptions=False)
    async with (
        service,
        httpx.AsyncClient(transport=transport, base_url="http://agencies.test") as client,
    ):
        yield Place(service, client, credentials, stack.dsn)


@pytest.fixture
async def receiver() -> AsyncIterator[HttpReceiver]:
    async with http_receiver() as receiver:
        yield receiver


async def put(place: Place, url: str, agency: str = SCHOOL, **more: Any) -> httpx.Response:
    return await place.client.put(
        "/v1/webhook", json={"url": url, **more}, headers=place.headers(agency)
    )


async def send(place: Place, reference: str = "WPS-1") -> UUID:
    return UUID((await place.post(submission(reference))).json()["assessment_id"])


async def settled(place: Place, agency: str = SCHOOL, **want: Any) -> list[dict[str, Any]]:
    """The agency's deliveries, once the last is as wanted."""

    async def ask() -> list[dict[str, Any]]:
        found = (await place.get("/v1/webhook/deliveries", agency)).json()["deliveries"]
        return [dict(one) for one in found]

    return await eventually(ask, lambda found: bool(found) and want.items() <= found[-1].items())


async def webhook(place: Place) -> dict[str, Any]:
    return dict((await place.get("/v1/webhook")).json())
