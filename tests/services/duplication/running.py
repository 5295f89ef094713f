"""The duplication service as its tests run it: with a client, and a way to have it decide."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx

from contracts.assessments import AssessmentRecordedV1
from contracts.keyworkers import WorkContact
from contracts.restrictions import AccessChangedV1, Reader
from contracts.vocabulary_access import KnowsBecause
from services.duplication.__main__ import create_service
from services.duplication.handlers import on_access, on_assessments
from services.duplication.model import load
from services.duplication.settings import DuplicationSettings
from services.kit.consume import Received
from services.kit.db import lock_places
from tests.conftest import StackFactory
from tests.services.duplication.building import START, person
from tests.stack import PLACE, TOKEN, Stack

WARY = replace(load(), thresholds=replace(load().thresholds, review=-100.0, link=100.0))
"""A model that sends every possible match to review."""
KNOWN = person("Catherine", "Holroyd", "1988-04-12", sex="female")
AGAIN = person("Kate", "Holroyd", "1988-04-12", sex="female")
DESK = WorkContact(name="Duty desk", role="Duty desk", phone="0161 496 0199")
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Kith-Actor": "kw-7", "Kith-Purpose": "family help"}


class Running:
    """A started service with a client, and a way to have assessments decided."""

    def __init__(self, stack: Stack, service: Any, client: httpx.AsyncClient) -> None:
        self.stack, self.service, self.client = stack, service, client
        self.versions = 0

    async def take(self, *events: AssessmentRecordedV1, wary: bool = False) -> None:
        for event in events:
            async with self.service.work() as work:
                await lock_places(work.connection, "duplication", {PLACE})
                item = Received(self.stack.envelope(event), event, START)
                handle = on_assessments(WARY if wary else load())
                work.outgoing += await handle(work.connection, [item])

    async def may_know(self, household_id: UUID, *readers: str) -> None:
        """The key-worker service says who may know of the household now."""
        self.versions += 1
        event = AccessChangedV1(
            household_id=household_id,
            version=self.versions,
            restricted=True,
            readers=tuple(Reader(id=r, because=KnowsBecause.NAMED) for r in readers),
            desk=DESK,
            front_door=DESK,
            changed_at=START,
        )
        async with self.service.work() as work:
            await on_access(work.connection, [Received(self.stack.envelope(event), event, START)])

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.service.pool.fetch(sql)]


@asynccontextmanager
async def run(open_stack: StackFactory) -> AsyncIterator[Running]:
    async with (
        open_stack("duplication") as stack,
        create_service(stack.settings(DuplicationSettings)) as service,
    ):
        transport = httpx.ASGITransport(app=service.api)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", headers=HEADERS
        ) as client:
            yield Running(stack, service, client)
