"""Who looked at what agencies recorded of a household, over HTTP: for a privacy officer of its
place and nobody else. Which assessments are of the household matching knows, and says."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.agencies import looks_store, outcome_store, store
from services.kit.access import find_hidden
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor
from services.kit.errors import Problem
from services.kit.looks import LOOKS, LookView, look_views, not_for_you, nothing_called_so
from services.kit.officers import find_offices
from services.kit.work import Work


class Wanted(BaseModel):
    """Looks at these assessments, before a moment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    assessment_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=2000)]
    before: AwareDatetime | None = None
    most: Annotated[int, Field(ge=1, le=500)] = 50


class AssessmentLooksView(BaseModel):
    """Looks, the last first. ``more``: there are earlier ones."""

    looks: tuple[LookView, ...]
    more: bool


def looks_api(service: Service) -> APIRouter:
    """The route. It asks for the service token, and for a privacy officer."""
    router = APIRouter(prefix="/internal", tags=["internal"])

    @router.post("/looks")
    async def read(actor: CallingActor, wanted: Wanted) -> AssessmentLooksView:
        """Who looked at these assessments, when, why, and at which fields."""
        async with service.work() as work:
            refused = await _refused(work, actor, wanted.assessment_ids)
            await store.save_disclosure(
                work.connection, work.now, actor, wanted.assessment_ids,
                (LOOKS,), shown=refused is None,
            )  # fmt: skip
            if refused is None:
                rows = await looks_store.find_looks(
                    work.connection, wanted.assessment_ids, wanted.before, wanted.most
                )
        if refused is not None:
            raise refused
        return AssessmentLooksView(looks=look_views(rows), more=len(rows) >= wanted.most)

    return router


async def _refused(work: Work, actor: Actor, ids: tuple[UUID, ...]) -> Problem | None:
    """Why whoever asks is told nothing; None where they are told."""
    offices = await find_offices(work.connection, actor.id)
    if not offices:
        return not_for_you()
    places = await looks_store.find_places(work.connection, ids)
    homes = await outcome_store.find_homes(work.connection, ids)
    hidden = await find_hidden(
        work.connection, actor.id, {home for home in homes.values() if home}, work.now
    )
    barred = any(one.barred for one in hidden.values())
    return nothing_called_so() if barred or not set(places.values()) <= offices else None
