"""The API of liftings as somebody calls it, and a restricted household to call it about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx

from services.kit.app import Service
from tests.services.keyworkers import restricting
from tests.services.keyworkers.conftest import (
    Clock,
)
from tests.services.keyworkers.restricting import (
    OFFICER,
    STATED,
    A,
    Asking,
)
from tests.stack import Stack


class Lifts(Asking):
    """The API of liftings as somebody calls it."""

    async def ask(self, who: str, reason: str = "safe_now", household: UUID = A) -> httpx.Response:
        return await self.post(who, f"/v1/households/{household}/liftings", reason=reason)

    async def answer(self, who: str, answer: str, lifting: str) -> httpx.Response:
        return await self.post(who, f"/v1/households/{A}/liftings/{lifting}/{answer}")

    async def restrict(self, who: str, household: UUID = A) -> httpx.Response:
        return await self.post(who, f"/v1/households/{household}/restrict")

    async def asked(self, who: str = OFFICER) -> str:
        found = (await self.get(who)).json()["asked"]
        return str(found["lifting_id"])


@asynccontextmanager
async def restricted_household(
    stack: Stack, clock: Clock
) -> AsyncIterator[tuple[Service, Lifts, str]]:
    """A started service that knows one restricted household, the API, and its key worker's id."""
    async with restricting.restricted_household(stack, clock, **STATED) as (service, ask, mine):
        yield service, Lifts(ask.client), mine
