"""A household that has its key worker, and what people do about it: ask somebody
to take it over, answer, and who else of the team there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx

from contracts.codec import decode_event
from contracts.envelope import Event
from services.kit.app import Service
from tests.services.keyworkers.building import matched
from tests.services.keyworkers.conftest import Clock, client_of, handled, running, table
from tests.stack import Stack


@asynccontextmanager
async def held_household(
    stack: Stack, clock: Clock, *events: Event
) -> AsyncIterator[tuple[Service, httpx.AsyncClient, dict[str, Any]]]:
    """A started service, its API, and the engagement of household ``a``, which one of its team of
    two has walked beside since it was assessed first. ``events``: what is heard instead of that one
    assessment."""
    heard = events or (matched(1, "a"),)
    await stack.publish(*heard)
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, len(heard))
        yield service, client, await engagement(service)


async def engagement(service: Service) -> dict[str, Any]:
    """The only engagement that there is."""
    [row] = await table(service, "select * from engagement where ended_at is null")
    return row


def other_than(key_worker: str) -> str:
    """The other one of the team."""
    return "ben" if key_worker == "ann" else "ann"


async def propose(
    client: httpx.AsyncClient, held: dict[str, Any], to: str, who: str | None = None
) -> httpx.Response:
    """``to`` is asked to take it over, by its key worker where it is not said by whom."""
    return await client.post(
        f"/v1/engagements/{held['engagement_id']}/handovers",
        json={"to_key_worker_id": to},
        headers={"Kith-Actor": who or held["key_worker_id"]},
    )


async def answer(
    client: httpx.AsyncClient, handover: dict[str, Any], word: str, who: str
) -> httpx.Response:
    """``who`` accepts, declines or withdraws it."""
    return await client.post(
        f"/v1/handovers/{handover['handover_id']}/{word}", headers={"Kith-Actor": who}
    )


async def active(service: Service) -> dict[UUID, str]:
    """By household: the key worker it has now. The unique index allows one only."""
    rows = await table(
        service, "select household_id, key_worker_id from engagement where ended_at is null"
    )
    return {row["household_id"]: row["key_worker_id"] for row in rows}


async def end(service: Service, household: UUID) -> None:
    """Somebody ends the work with a household: things are well."""
    rows = await table(
        service,
        f"select engagement_id from engagement where household_id = '{household}'"
        " and ended_at is null",
    )
    async with client_of(service) as client:
        path = f"/v1/engagements/{rows[0]['engagement_id']}/close"
        assert (await client.post(path, json={"reason": "Things are well"})).status_code == 200


async def spoken(service: Service) -> list[Event]:
    """What the service has said so far, in order."""
    rows = await table(service, "select type, value from outbox order by id")
    return [decode_event(row["type"], row["value"]) for row in rows]


async def strays(service: Service) -> list[dict[str, Any]]:
    """Assessments that rest on an engagement or referral of another household."""
    return await table(
        service,
        "select a.assessment_id from assessment_route a"
        " left join engagement e on e.engagement_id = a.engagement_id"
        " left join referral r on r.referral_id = coalesce(e.referral_id, a.referral_id)"
        " where a.household_id is distinct from r.household_id",
    )
