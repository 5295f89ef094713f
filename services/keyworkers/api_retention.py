"""The JSON API of how long records are kept: what is on notice, holds, and erasures outside the
policy, for the place's privacy officers; and for a team's lead, who may give the second word."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from services.keyworkers import erasures, holds, register
from services.keyworkers.handlers import Handlers
from services.keyworkers.pages import After, Most, position
from services.keyworkers.retention_views import (
    AskingErasure,
    Holding,
    HouseholdRetentionView,
    RegisterView,
    RetentionView,
)
from services.kit.app import Service
from services.kit.auth import CallingActor


def create_retention_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The routes under ``/v1``. Only Kith's own services may call them."""
    router = APIRouter(prefix="/v1", tags=["retention"])

    @router.get("/retention")
    async def read(
        actor: CallingActor,
        notices_after: After = None,
        held_after: After = None,
        most: Most = 50,
    ) -> RetentionView:
        """The policy, what is on notice and what is held, in the places of a privacy officer."""
        after, held = position(notices_after), position(held_after)
        async with service.work() as work:
            return await register.read_retention(work, handlers, actor, after, held, most)

    @router.get("/households/{household_id}/retention")
    async def read_household(actor: CallingActor, household_id: UUID) -> HouseholdRetentionView:
        """How long one household's records are kept, and why. 410 where it was erased."""
        async with service.work() as work:
            return await register.read_household(work, handlers, actor, household_id)

    @router.post("/retention/holds", status_code=HTTPStatus.CREATED)
    async def hold(actor: CallingActor, holding: Holding) -> HouseholdRetentionView:
        """Keep a household's records until a moment, due or not; again to keep them for longer."""
        async with service.work() as work:
            await holds.hold(
                work, handlers, actor.id, holding.household_id, holding.reason, holding.until
            )
        return await read_household(actor, holding.household_id)

    @router.post("/retention/holds/{hold_id}/end")
    async def release(actor: CallingActor, hold_id: UUID) -> HouseholdRetentionView:
        """End a hold, whoever's."""
        async with service.work() as work:
            row = await holds.release(work, handlers, actor.id, hold_id)
        return await read_household(actor, row["household_id"])

    @router.post("/erasures", status_code=HTTPStatus.CREATED)
    async def ask(actor: CallingActor, asking: AskingErasure) -> HouseholdRetentionView:
        """Ask that a household be erased. Nothing changes until another agrees: 409 where nobody
        else could, and while somebody works with it or it is held."""
        async with service.work() as work:
            await erasures.ask(work, handlers, actor.id, asking.household_id, asking.reason)
        return await read_household(actor, asking.household_id)

    @router.post("/erasures/{erasure_id}/agree")
    async def agree(actor: CallingActor, erasure_id: UUID) -> RegisterView:
        """Order it. Matching erases, or refuses, in a moment: see the register."""
        async with service.work() as work:
            await erasures.agree(work, handlers, actor.id, erasure_id)
        return await read_register(actor)

    @router.post("/erasures/{erasure_id}/decline")
    async def decline(actor: CallingActor, erasure_id: UUID) -> RegisterView:
        """Leave the household as it is."""
        async with service.work() as work:
            await erasures.decline(work, handlers, actor.id, erasure_id)
        return await read_register(actor)

    @router.post("/erasures/{erasure_id}/withdraw")
    async def withdraw(actor: CallingActor, erasure_id: UUID) -> RegisterView:
        """Take back what one has asked for."""
        async with service.work() as work:
            await erasures.withdraw(work, handlers, actor.id, erasure_id)
        return await read_register(actor)

    @router.get("/erasures")
    async def read_register(
        actor: CallingActor, after: After = None, most: Most = 50
    ) -> RegisterView:
        """The register of erasures, the last first, and before it what waits for an answer."""
        where = position(after)
        async with service.work() as work:
            return await register.read_register(work, handlers, actor, where, most)

    return router
