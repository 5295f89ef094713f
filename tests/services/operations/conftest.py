"""Operations over real servers, called over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn

from services.kit.app import Service
from services.operations.__main__ import create_service
from services.operations.settings import OperationsSettings
from tests.conftest import StackFactory
from tests.services.operations.examples import START, Sent
from tests.stack import TOKEN, Stack, eventually


class Served:
    """A running service and a client of it."""

    def __init__(self, service: Service, client: httpx.AsyncClient) -> None:
        self.service = service
        self.client = client

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(path, params=query)
        answer.raise_for_status()
        return answer.json()

    async def has_seen(self, sent: list[Sent]) -> None:
        """Wait until all of these events, and no others, are in."""
        await eventually(
            lambda: self.service.pool.fetchval("select count(*) from journey_event"),
            lambda count: count >= len({envelope.id for envelope, _ in sent}),
        )

    async def everything(self) -> dict[str, list[dict[str, Any]]]:
        """All that is derived from events, without when and where it was seen."""
        found = {}
        for table, without in (
            ("journey", set()),
            ("ledger", set()),
            ("referral", set()),
            ("engagement_start", set()),
            ("household_link", set()),
            ("ledger_reversal", set()),
            ("acknowledgement", set()),
            ("journey_event", {"offset", "partition", "seen_in"}),
        ):
            rows = await self.service.pool.fetch(f"select * from {table} order by 1, 2")
            found[table] = [{k: v for k, v in r.items() if k not in without} for r in rows]
        return found


@pytest.fixture
async def stack(open_stack: StackFactory) -> AsyncIterator[Stack]:
    async with open_stack("operations") as stack:
        yield stack


@asynccontextmanager
async def serve(stack: Stack, **settings: Any) -> AsyncIterator[Served]:
    """The service on a port of its own, at half past ten on the Monday of the examples."""
    service = create_service(
        stack.settings(OperationsSettings, **{"gather_ms": 5, "stream_seconds": 0.05, **settings}),
        clock=lambda: START + timedelta(minutes=30),
    )
    server = uvicorn.Server(
        uvicorn.Config(service.api, port=0, log_config=None, timeout_graceful_shutdown=1)
    )
    # Several services in one process: the signals are the test runner's.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), serving.exception()
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=20,
            trust_env=False,
            verify=False,
        ) as client:
            yield Served(service, client)
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
async def served(stack: Stack) -> AsyncIterator[Served]:
    async with serve(stack) as served:
        yield served
