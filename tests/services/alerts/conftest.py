"""Alerts over real servers, with a clock that the test turns."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn

from services.alerts.__main__ import create_service
from services.alerts.settings import AlertsSettings
from services.kit.app import Service
from tests.conftest import StackFactory
from tests.services.alerts.examples import KEY_WORKER, MONDAY_TEN
from tests.stack import TOKEN, Stack, eventually


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime = MONDAY_TEN) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


class Served:
    """A running service and a client that calls it as a key worker does through the portal."""

    def __init__(self, service: Service, client: httpx.AsyncClient) -> None:
        self.service = service
        self.client = client

    async def inbox(self, recipient: str = KEY_WORKER.id, **query: Any) -> dict[str, Any]:
        answer = await self.client.get("/v1/alerts", params={"recipient": recipient, **query})
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    async def alerts(self, count: int, recipient: str = KEY_WORKER.id) -> list[dict[str, Any]]:
        """The recipient's open alerts, once there are so many."""
        page = await eventually(
            lambda: self.inbox(recipient), lambda found: len(found["alerts"]) >= count
        )
        alerts: list[dict[str, Any]] = page["alerts"]
        assert len(alerts) == count
        return alerts

    async def acknowledge(
        self, alert_id: str, actor: str = KEY_WORKER.id, **body: Any
    ) -> httpx.Response:
        return await self.client.post(
            f"/v1/alerts/{alert_id}/acknowledge", headers={"Kith-Actor": actor}, json=body
        )


@pytest.fixture
async def stack(open_stack: StackFactory) -> AsyncIterator[Stack]:
    async with open_stack("alerts") as stack:
        yield stack


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def serve(stack: Stack, clock: Clock, **settings: Any) -> AsyncIterator[Served]:
    """The service on a port of its own, as uvicorn serves it."""
    settings = {"sweep_seconds": 3600.0, **settings}
    service = create_service(stack.settings(AlertsSettings, **settings), clock)
    server = uvicorn.Server(
        uvicorn.Config(service.api, port=0, log_config=None, timeout_graceful_shutdown=3)
    )
    with contextlib.ExitStack() as quiet:
        # Two services in one process: the signals are the test runner's.
        quiet.enter_context(_no_signals(server))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            assert not serving.done(), serving.exception()
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        headers = {"Authorization": f"Bearer {TOKEN}"}
        try:
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                headers=headers,
                timeout=20,
                trust_env=False,
                verify=False,
            ) as client:
                yield Served(service, client)
        finally:
            server.should_exit = True
            await serving


@contextlib.contextmanager
def _no_signals(server: uvicorn.Server) -> Any:
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    yield


@pytest.fixture
async def served(stack: Stack, clock: Clock) -> AsyncIterator[Served]:
    async with serve(stack, clock) as served:
        yield served
