"""The JSON API by which a household is restricted no longer, and again.

It opens the household to everybody whose work it is, so two people do it: one asks, another agrees
(:mod:`services.keyworkers.lifting` says who). Closing it again takes one.
"""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from services.keyworkers import liftings
from services.keyworkers.access_views import AccessView, Asking
from services.keyworkers.handlers import Handlers
from services.keyworkers.standing import access_view, find_standing
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor


def create_lifting_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The routes under ``/v1``. Only Kith's own services may call them."""
    router = APIRouter(prefix="/v1", tags=["who may know"])

    async def now(actor: Actor, household_id: UUID) -> AccessView:
        async with service.work() as work:
            found = await find_standing(work.connection, handlers, actor.id, household_id, work.now)
        return access_view(found, found.last, work.now)

    @router.post("/households/{household_id}/liftings", status_code=HTTPStatus.CREATED)
    async def ask(actor: CallingActor, household_id: UUID, asking: Asking) -> AccessView:
        """Ask that a household be restricted no longer: who may agree is told, one after another.

        Nothing changes until another agrees. 409 where nobody else could.
        """
        async with service.work() as work:
            await liftings.ask(work, handlers, actor.id, household_id, asking.reason)
        return await now(actor, household_id)

    @router.post("/households/{household_id}/liftings/{lifting_id}/agree")
    async def agree(actor: CallingActor, household_id: UUID, lifting_id: UUID) -> AccessView:
        """Lift the restriction: from now on the household is shown like any other."""
        async with service.work() as work:
            await liftings.agree(work, handlers, actor.id, household_id, lifting_id)
        return await now(actor, household_id)

    @router.post("/households/{household_id}/liftings/{lifting_id}/decline")
    async def decline(actor: CallingActor, household_id: UUID, lifting_id: UUID) -> AccessView:
        """Leave the household restricted. Whoever asked may take it back as well."""
        async with service.work() as work:
            await liftings.decline(work, handlers, actor.id, household_id, lifting_id)
        return await now(actor, household_id)

    @router.post("/households/{household_id}/restrict")
    async def restrict(actor: CallingActor, household_id: UUID) -> AccessView:
        """Restrict a household again: what its assessments stated counts again, at once."""
        async with service.work() as work:
            await liftings.restrict(work, handlers, actor.id, household_id)
        return await now(actor, household_id)

    return router
