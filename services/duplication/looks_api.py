"""Who looked at a household, over HTTP, for a privacy officer of its place and nobody else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.duplication.store import looks as store
from services.duplication.store import reading
from services.duplication.store.erasing import find_kinds
from services.kit.access import find_hidden
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor
from services.kit.db import Row
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
            rows += await store.find_erased_homes(connection, named.id, named.reference)
            ids = [row["id"] for row in rows if row["place_id"] in offices]
            hidden = await find_hidden(connection, actor.id, ids, service.clock())
        barred = {id_ for id_, one in hidden.items() if one.barred}
        return NamedView(household_ids=tuple(sorted(set(ids) - barred)))

    @router.get("/households/{household_id}/looks")
    async def read(
        household_id: UUID, actor: CallingActor, before: Before = None, most: Most = 50
    ) -> HouseholdLooksView:
        """Who looked at the household, under any id it ever had, at why an assessment is of it, at
        possible matches with it, and at its people for a request of theirs."""
        rows: list[Row] = []
        async with service.work() as work:
            about = await _about(work, household_id)
            refused = await _refuse(work, actor, about)
            if about is not None and refused is None:
                rows = await store.find_looks(
                    work.connection, about.family, about.beside, before, most
                )
        if about is None or refused is not None:
            raise refused or not_for_you()
        return HouseholdLooksView(
            household_id=about.household_id,
            assessment_ids=about.assessment_ids,
            looks=look_views(rows),
            more=len(rows) >= most,
        )

    return router


@dataclass(frozen=True, slots=True)
class _About:
    """A household to be told of, as it is, or was until it was erased. ``family``: every id of it;
    ``now``: those by which it is known who must not be told; ``beside``: what else was looked at.
    """

    household_id: UUID
    place_id: str
    family: tuple[UUID, ...]
    now: tuple[UUID, ...]
    assessment_ids: tuple[UUID, ...]
    beside: tuple[UUID, ...]


async def _about(work: Work, named: UUID) -> _About | None:
    """What the id stands for, or stood for."""
    connection = work.connection
    current = (await reading.find_current(connection, [named])).get(named)
    if current is not None:
        (row,) = await reading.find_households(connection, [current])
        family = tuple(await store.find_family(connection, current))
        ids = tuple(await store.find_assessment_ids(connection, current))
        return _About(current, row["place_id"], family, (current,), ids, ids)
    for home in await store.find_erased_homes(connection, named, None):
        kinds = defaultdict[str, list[UUID]](list)
        for row in await find_kinds(connection, [home["erasure_id"]]):
            kinds[row["kind"]].append(row["id"])
        family = (*kinds["household"], *kinds["retired_household"])
        ids = tuple(kinds["assessment"])
        beside = (*ids, *kinds["person"], *kinds["review"])
        return _About(home["id"], home["place_id"], family, family, ids, beside)
    return None


async def _refuse(work: Work, actor: Actor, about: _About | None) -> Problem | None:
    """Why whoever asks is told nothing, if they are not. The look is kept."""
    offices = await find_offices(work.connection, actor.id)
    refused = nothing_called_so() if offices else not_for_you()
    if about is None:
        return refused
    hidden = await find_hidden(work.connection, actor.id, about.now, work.now)
    barred = any(one.barred for one in hidden.values())
    allowed = about.place_id in offices and not barred
    await reading.save_looks(
        work.connection, work.now, actor, LOOKS,
        [(about.household_id, about.place_id)], () if allowed else (about.household_id,),
    )  # fmt: skip
    return None if allowed else refused
