"""Who looked at a household, over HTTP, for a privacy officer of its place and nobody else."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.duplication.guarding import hidden_from
from services.duplication.store import looks as store
from services.duplication.store import reading
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor
from services.kit.errors import Problem
from services.kit.looks import (
    LOOKS,
    Before,
    LookView,
    Most,
    look_views,
    not_for_you,
    nothing_called_so,
)
from services.kit.officers import find_offices
from services.kit.work import Work


class Named(BaseModel):
    """A household as somebody names it: by the twelve digits a page shows, by an id of its own, or
    by an assessment's id, as its agency quotes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: Annotated[str | None, Field(pattern="^[0-9a-f]{12}$")] = None
    id: UUID | None = None


class NamedView(BaseModel):
    """The households that may be meant, as they are now."""

    household_ids: tuple[UUID, ...]


class HouseholdLooksView(BaseModel):
    """Looks, the last first. ``assessment_ids``: of the household; agencies know who looked at
    them. ``more``: there are earlier ones."""

    household_id: UUID
    assessment_ids: tuple[UUID, ...]
    looks: tuple[LookView, ...]
    more: bool


def looks_router(service: Service) -> APIRouter:
    """The routes under ``/v1``."""
    router = APIRouter(prefix="/v1", tags=["who looked"])

    @router.post("/looks/find")
    async def find(actor: CallingActor, named: Named) -> NamedView:
        """Which households may be meant: of the officer's places, and none with which they have
        declared a conflict of interest."""
        async with service.pool.acquire() as connection:
            offices = await find_offices(connection, actor.id)
            if not offices:
                raise not_for_you()
            found: list[UUID] = []
            if named.reference is not None:
                found += await store.find_by_reference(connection, named.reference)
            if named.id is not None:
                found += await store.find_by_id(connection, named.id)
            current = await reading.find_current(connection, found)
            rows = await reading.find_households(connection, list(set(current.values())))
            ids = [row["id"] for row in rows if row["place_id"] in offices]
            hidden = await hidden_from(connection, actor, ids, service.clock())
        barred = {id_ for id_, one in hidden.items() if one.barred}
        return NamedView(household_ids=tuple(sorted(set(ids) - barred)))

    @router.get("/households/{household_id}/looks")
    async def read(
        household_id: UUID, actor: CallingActor, before: Before = None, most: Most = 50
    ) -> HouseholdLooksView:
        """Who looked at the household, under any id it ever had, at why an assessment is of it, at
        possible matches with it, and at its people for a request of theirs."""
        async with service.work() as work:
            current = await _admit(work, actor, household_id)
            if isinstance(current, UUID):
                family = await store.find_family(work.connection, current)
                ids = await store.find_assessment_ids(work.connection, current)
                rows = await store.find_looks(work.connection, family, ids, before, most)
        if isinstance(current, Problem):
            raise current
        return HouseholdLooksView(
            household_id=current,
            assessment_ids=tuple(ids),
            looks=look_views(rows),
            more=len(rows) >= most,
        )

    return router


async def _admit(work: Work, actor: Actor, household_id: UUID) -> UUID | Problem:
    """The household as it is now; or why whoever asks is told nothing. The look is kept."""
    offices = await find_offices(work.connection, actor.id)
    current = (await reading.find_current(work.connection, [household_id])).get(household_id)
    rows = await reading.find_households(work.connection, [current] if current else [])
    if current is None or not rows:
        return nothing_called_so() if offices else not_for_you()
    hidden = (await hidden_from(work.connection, actor, [current], work.now)).get(current)
    place_id: str = rows[0]["place_id"]
    allowed = place_id in offices and not (hidden is not None and hidden.barred)
    await reading.save_looks(
        work.connection, work.now, actor.id, actor.purpose, LOOKS, [(current, place_id)],
        () if allowed else (current,),
    )  # fmt: skip
    if allowed:
        return current
    return nothing_called_so() if offices else not_for_you()
