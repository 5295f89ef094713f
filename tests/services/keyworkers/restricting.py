"""Restricted households, whom they are restricted to, and the API of who may know of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from contracts.links import HouseholdsLinkedV1
from contracts.restrictions import HouseholdRestrictedV1
from contracts.vocabulary import Restriction
from contracts.vocabulary_changes import LinkCause
from services.kit.app import Service
from tests.services.keyworkers.building import MONDAY_TEN, matched, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    handled,
    running,
    table,
)
from tests.services.keyworkers.relationship import engagement
from tests.stack import Stack

LEAD, OFFICER, DESK = "leigh-east", "privacy-officer", "greater-manchester"
A, B = uid("household", "a"), uid("household", "b")
STATED: dict[str, Any] = {"restrictions": (Restriction.DOMESTIC_ABUSE,)}


def restricted(household: UUID, minute: float = 0, *why: Restriction) -> HouseholdRestrictedV1:
    return HouseholdRestrictedV1(
        household_id=household,
        restrictions=why or (Restriction.DOMESTIC_ABUSE,),
        decided_at=MONDAY_TEN + timedelta(minutes=minute),
    )


def opened(household: UUID, minute: float) -> HouseholdRestrictedV1:
    return HouseholdRestrictedV1(
        household_id=household, decided_at=MONDAY_TEN + timedelta(minutes=minute)
    )


class Asking:
    """The API as somebody calls it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, who: str, path: str = f"/v1/households/{A}/access", **query: str) -> Any:
        headers = {"Kith-Actor": who, "Kith-Purpose": "test"}
        return await self.client.get(path, params=query, headers=headers)

    async def post(self, who: str, path: str, **body: Any) -> httpx.Response:
        return await self.client.post(path, json=body, headers={"Kith-Actor": who})

    async def add(self, who: str, reader: str, household: UUID = A, **more: Any) -> httpx.Response:
        body = {"reader_id": reader, "reason": "joint_work"} | more
        return await self.post(who, f"/v1/households/{household}/access", **body)

    async def readers(self, household: UUID = A, **query: str) -> dict[str, str]:
        answer = await self.get(OFFICER, f"/v1/households/{household}/access", **query)
        assert answer.status_code == 200, answer.text
        return {reader["id"]: reader["because"] for reader in answer.json()["readers"]}


async def versions(service: Service, household: UUID = A) -> list[dict[str, Any]]:
    return await table(
        service,
        f"select * from access_version where household_id = '{household}' order by version",
    )


def link(minute: float) -> HouseholdsLinkedV1:
    return HouseholdsLinkedV1(
        link_id=uid("link"),
        household_id=A,
        retired_household_id=B,
        cause=LinkCause.OFFICER,
        decided_by="reviewer",
        decided_at=MONDAY_TEN + timedelta(minutes=minute),
    )


@asynccontextmanager
async def restricted_household(
    stack: Stack, clock: Clock, **facts: Any
) -> AsyncIterator[tuple[Service, Asking, str]]:
    """A started service that knows one restricted household, the API, and its key worker's id.

    ``facts``: what the assessment that it follows from says besides.
    """
    await stack.publish(restricted(A), matched(1, "a", **facts))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 2)
        yield service, Asking(client), (await engagement(service))["key_worker_id"]


async def said(service: Service, *kinds: type[Any]) -> list[Any]:
    """What was said of these kinds, in order."""
    rows = await table(service, "select type, value from outbox order by id")
    return [
        kind.model_validate_json(row["value"])
        for row in rows
        for kind in kinds
        if row["type"] == kind.TYPE
    ]
