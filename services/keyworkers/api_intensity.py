"""The JSON API of how much of a caseload a household takes: some need more than others."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.keyworkers import store_reading
from services.keyworkers.handlers import Handlers
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.errors import Problem


class Weighing(BaseModel):
    """``intensity``: households that this one counts as; 1 where nobody has said otherwise."""

    intensity: Annotated[float, Field(ge=0.25, le=4, allow_inf_nan=False)]


class Weighed(Weighing):
    """``caseload``: what its key worker carries now."""

    engagement_id: UUID
    household_id: UUID
    key_worker_id: str
    caseload: float


def create_intensity_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The routes under ``/v1``. Only Kith's own services may call them."""
    router = APIRouter(prefix="/v1", tags=["caseloads"])

    @router.put("/engagements/{engagement_id}/intensity")
    async def weigh(_: CallingActor, engagement_id: UUID, weighing: Weighing) -> Weighed:
        """Say how much of a caseload the household takes. Whoever waits is given the room left."""
        async with service.work() as work:
            place_id = await store_reading.find_place_of_engagement(work.connection, engagement_id)
            if place_id is None:
                raise Problem(HTTPStatus.NOT_FOUND, "There is no engagement with this id.")
            await work.lock_place(place_id)
            row = await store_reading.save_intensity(
                work.connection, engagement_id, weighing.intensity
            )
            if row is None:
                raise Problem(HTTPStatus.CONFLICT, "This engagement has ended already.")
            who = row["key_worker_id"]
            roster = (await handlers.rosters.load(work.connection, [place_id]))[place_id]
            await handlers.serve_waiting(work, place_id, [roster.key_workers[who].team])
            caseloads = await store_reading.find_caseloads(work.connection, place_id)
        return Weighed(
            engagement_id=engagement_id,
            household_id=row["household_id"],
            key_worker_id=who,
            intensity=weighing.intensity,
            caseload=caseloads[who],
        )

    return router
