"""The JSON API of how much of a caseload a household takes: some need more than others.

Its key worker or their team's lead says so, with a reason of a closed list; every change is kept.
"""

from __future__ import annotations

from enum import StrEnum
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


class IntensityReason(StrEnum):
    """Why a household takes more or less than others. A closed list: no words about people."""

    SAFETY = "safety"
    """It is seen often, because somebody may not be safe."""
    MANY_PEOPLE = "many_people"
    """There are many people in it, or in more than one home."""
    MANY_NEEDS = "many_needs"
    """Much has to be brought together with others."""
    FAR_AWAY = "far_away"
    """The way there takes long."""
    NEW = "new"
    """They are getting to know each other."""
    SETTLED = "settled"
    """It goes well: they are seen now and then."""
    AS_OTHERS = "as_others"
    """It takes as much as others again."""


class Weighing(BaseModel):
    """``intensity``: households that this one counts as; 1 where nobody has said otherwise."""

    intensity: Annotated[float, Field(ge=0.25, le=4, allow_inf_nan=False)]
    reason: IntensityReason


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
    async def weigh(actor: CallingActor, engagement_id: UUID, weighing: Weighing) -> Weighed:
        """Say how much of a caseload the household takes. Whoever waits is given the room left.

        Its key worker and their team's lead may.
        """
        async with service.work() as work:
            place_id = await store_reading.find_place_of_engagement(work.connection, engagement_id)
            if place_id is None:
                raise Problem(HTTPStatus.NOT_FOUND, "There is no engagement with this id.")
            await work.lock_place(place_id)
            row = await store_reading.save_intensity(
                work.connection,
                engagement_id,
                weighing.intensity,
                weighing.reason,
                actor.id,
                work.now,
            )
            if row is None:
                raise Problem(HTTPStatus.CONFLICT, "This engagement has ended already.")
            who = row["key_worker_id"]
            roster = (await handlers.rosters.load(work.connection, [place_id]))[place_id]
            if actor.id not in {who, roster.key_workers[who].team}:
                raise Problem(
                    HTTPStatus.FORBIDDEN,
                    "The household's key worker or their team's lead says what it takes.",
                )
            await handlers.serve_waiting(work, place_id, [roster.key_workers[who].team])
            caseloads = await store_reading.find_caseloads(work.connection, place_id)
        return Weighed(
            engagement_id=engagement_id,
            household_id=row["household_id"],
            key_worker_id=who,
            intensity=weighing.intensity,
            reason=weighing.reason,
            caseload=caseloads[who],
        )

    return router
