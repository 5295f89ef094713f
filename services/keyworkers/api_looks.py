"""Who looked at the list of a household, or at who works with a restricted one, over HTTP: for a
privacy officer of its place and nobody else."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from services.keyworkers import store_access, store_looks, store_restricted
from services.keyworkers.handlers import Handlers
from services.keyworkers.store_linking import find_current
from services.kit.access import find_barred
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
from services.kit.work import Work


class HouseholdLooksView(BaseModel):
    """Looks, the last first. ``more``: there are earlier ones."""

    household_id: UUID
    looks: tuple[LookView, ...]
    more: bool


def create_looks_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The route under ``/v1``."""
    router = APIRouter(prefix="/v1", tags=["who looked"])

    @router.get("/households/{household_id}/looks")
    async def read(
        actor: CallingActor, household_id: UUID, before: Before = None, most: Most = 50
    ) -> HouseholdLooksView:
        """By any id the household ever had."""
        async with service.work() as work:
            current = await find_current(work.connection, household_id)
            rows = (await store_restricted.load_families(work.connection, [current]))[current]
            family = [row["id"] for row in rows]
            barred = {one for row in rows for one in row["barred"]}
            # Of an erased household what was said last says who must never know of it.
            for never in (await find_barred(work.connection, family)).values():
                barred |= never
            refused = await _refused(work, handlers, actor, family, barred)
            await store_access.save_look(
                work.connection, work.now, actor, LOOKS, [current],
                shown=refused is None,
            )  # fmt: skip
            if refused is None:
                found = await store_looks.find_looks(work.connection, family, before, most)
        if refused is not None:
            raise refused
        return HouseholdLooksView(
            household_id=current, looks=look_views(found), more=len(found) >= most
        )

    return router


async def _refused(
    work: Work,
    handlers: Handlers,
    actor: Actor,
    family: Collection[UUID],
    barred: Collection[str],
) -> Problem | None:
    """Why whoever asks is told nothing; None where they are told."""
    rosters = await handlers.rosters.load_all(work.connection)
    offices = {id_ for id_, one in rosters.items() if actor.id in one.place.privacy_officers}
    if not offices:
        return not_for_you()
    places = await store_looks.find_places(work.connection, family)
    return nothing_called_so() if actor.id in barred or not places <= offices else None
