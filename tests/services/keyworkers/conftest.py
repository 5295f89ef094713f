"""Key workers over real servers, with a clock that the test turns and a place of four teams."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.envelope import Envelope, Event
from contracts.topics import ASSIGNMENTS, HOUSEHOLDS
from services.keyworkers.__main__ import create_service
from services.keyworkers.loading import load_place
from services.keyworkers.settings import KeyWorkersSettings
from services.kit.app import Service
from tests.conftest import StackFactory
from tests.services.keyworkers.building import MONDAY_TEN, place_document
from tests.stack import TOKEN, Stack, eventually


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime = MONDAY_TEN) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stack(open_stack: StackFactory, tmp_path: Path) -> AsyncIterator[Stack]:
    async with open_stack("keyworkers") as stack:
        await put_place(stack, tmp_path)
        yield stack


async def put_place(stack: Stack, folder: Path, **changes: Any) -> int:
    """Put the small place, so changed, in force."""
    file = folder / "place.json"
    file.write_text(json.dumps(place_document(**changes)))
    return await load_place(stack.dsn, file)


@asynccontextmanager
async def running(stack: Stack, clock: Clock) -> AsyncIterator[Service]:
    """The service, consuming; its periodic tasks wait to be called."""
    settings = stack.settings(KeyWorkersSettings, drain_seconds=3600, review_seconds=3600)
    async with create_service(settings, clock) as service:
        yield service


@asynccontextmanager
async def client_of(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service's API, as the portal calls it."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=service.api),
        base_url="http://keyworkers",
        headers={"Authorization": f"Bearer {TOKEN}", "Kith-Actor": "cat"},
    ) as client:
        yield client


async def said(stack: Stack, count: int) -> list[tuple[Envelope, Event]]:
    """What the service published, once it is ``count`` events; more were counted wrong, and would
    be read or not as they happen to arrive together."""
    found = await stack.read(ASSIGNMENTS, lambda found: len(found) >= count)
    assert len(found) == count, [type(event).__name__ for _, event in found]
    return found


async def turn(service: Service, name: str) -> None:
    """One turn of the periodic task of that name."""
    task = next(p for p in service._periodic if p.name == name)
    assert await task.turn()


async def handled(service: Service, count: int) -> None:
    """Until the service has handled so many records."""
    consumer = service.consumer(f"keyworkers.{HOUSEHOLDS.name}")

    async def so_far() -> int:
        return consumer.handled

    await eventually(so_far, lambda n: n >= count)


async def declare_conflict(
    client: httpx.AsyncClient, who: str, household: UUID | str, by: str | None = None
) -> httpx.Response:
    """A key worker has a conflict of interest with a household, as they say where it is not said
    who does."""
    return await client.post(
        f"/v1/keyworkers/{who}/conflicts",
        json={"household_id": str(household)},
        headers={"Kith-Actor": by or who},
    )


async def events_of(stack: Stack, count: int) -> list[Event]:
    return [event for _, event in await said(stack, count)]


def of(events: list[Event], kind: type[Event]) -> list[Any]:
    """Those of one kind, in order."""
    return [e for e in events if isinstance(e, kind)]


async def table(service: Service, sql: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await service.pool.fetch(sql)]
