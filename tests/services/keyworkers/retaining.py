"""A place that keeps records for six years, a household that nobody works with any more, and what
duplication answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from contracts.envelope import Event
from contracts.erasure import AssessmentsErasedV1, ErasureOrderedV1, ErasureRefusedV1
from contracts.vocabulary_erasure import ErasureRefusal
from services.kit.app import Service
from tests.services.keyworkers.building import matched, uid
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    handled,
    put_place,
    running,
    table,
    turn,
)
from tests.services.keyworkers.relationship import end
from tests.services.keyworkers.restricting import Asking, said
from tests.stack import Stack

A, B = uid("household", "a"), uid("household", "b")
OFFICER, OTHER = "privacy-officer", "second-officer"
YEARS = 6 * 365 + 3
"""Days: six years and a day, whichever years they are."""
STAYS = {
    # What only grows: who could see it, who looked, who ordered and agreed.
    "access_entry", "access_version", "access_look", "lifting", "restriction_restored",
    "erasure_asked", "retention_hold",
    # Workers' ids: who must never be shown it, nor who looked at it.
    "household_access",
    # Pairs of ids, by which looks at one household are told of the other.
    "household_link",
    # What was erased, and what is sent of it to others for a week.
    "erased_id", "outbox",
}  # fmt: skip
"""The tables in which an id that was erased may stand."""


async def put_policy(
    stack: Stack, folder: Path, officers: Sequence[str] = (OFFICER, OTHER), **retention: Any
) -> None:
    """Put the small place in force with this policy (without anything: six years), and two privacy
    officers."""
    policy = {"caseload_limit": 3, "reserve_for_harm": 1, "retention": retention}
    await put_place(stack, folder, policy=policy, privacy_officers=list(officers))


@asynccontextmanager
async def quiet_household(
    stack: Stack, clock: Clock, folder: Path, *events: Event, **retention: Any
) -> AsyncIterator[tuple[Service, Asking]]:
    """A started service of such a place, and its API. Household ``a`` was assessed, somebody walked
    beside it for a day, and it is well since. ``events``: what is heard instead."""
    await put_policy(stack, folder, **retention)
    heard = events or (matched(1, "a"),)
    await stack.publish(*heard)
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, len(heard))
        clock.turn(days=1)
        for household in await engaged(service):
            await end(service, household)
        yield service, Asking(client)


async def engaged(service: Service) -> list[UUID]:
    rows = await table(service, "select household_id from engagement where ended_at is null")
    return [row["household_id"] for row in rows]


async def noticed(service: Service) -> list[UUID]:
    """The households on notice, after a turn of the task."""
    await turn(service, "retention")
    rows = await table(service, "select household_id from retention_notice order by 1")
    return [row["household_id"] for row in rows]


async def orders(service: Service) -> list[ErasureOrderedV1]:
    return await said(service, ErasureOrderedV1)


async def ordered(service: Service, clock: Clock) -> ErasureOrderedV1:
    """Six years and the notice pass; what is ordered then."""
    before = len(await orders(service))
    clock.turn(days=YEARS)
    assert await noticed(service) == [A]
    clock.turn(days=30)
    assert await noticed(service) == []
    found = await orders(service)
    assert len(found) == before + 1
    return found[-1]


def erased(order: ErasureOrderedV1, clock: Clock, *people: UUID) -> AssessmentsErasedV1:
    """What duplication says of an order that it has carried out."""
    return AssessmentsErasedV1(
        erasure_id=order.erasure_id,
        household_ids=order.household_ids,
        assessment_ids=order.assessment_ids,
        person_ids=people,
        reason=order.reason,
        erased_at=clock.now,
    )


def refused(
    order: ErasureOrderedV1, clock: Clock, why: ErasureRefusal, not_before: date | None = None
) -> ErasureRefusedV1:
    return ErasureRefusedV1(
        erasure_id=order.erasure_id,
        household_id=order.household_id,
        refusal=why,
        not_before=not_before,
        refused_at=clock.now,
    )


async def holding(service: Service, *ids: UUID) -> set[str]:
    """The tables in which one of these ids stands, in whatever column."""
    tables = await table(
        service,
        "select table_name as name from information_schema.tables"
        " where table_schema = 'keyworkers' and table_type = 'BASE TABLE'",
    )
    found = set()
    for one in tables:
        rows = await table(service, f"select t::text as row from {one['name']} t")
        if any(str(id_) in row["row"] for row in rows for id_ in ids):
            found.add(one["name"])
    return found
