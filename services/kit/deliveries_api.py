"""The routes by which operations look at what is to be told outside, and decide on what was not."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from services.kit import given_up
from services.kit.auth import CallingActor
from services.kit.errors import Problem

if TYPE_CHECKING:
    from services.kit.app import Service


def create_deliveries_api(service: Service) -> APIRouter:
    """The routes under ``/deliveries``. Only Kith's own services may call them."""
    router = APIRouter(prefix="/deliveries", tags=["deliveries"])

    @router.get("")
    async def list_deliveries(
        _: CallingActor,
        state: Literal["waiting", "given_up"] = "given_up",
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """What waits or was given up, oldest first: to whom by id, by which channel, tries, the
        last answer's code; ``overtaken``: something later arrived. ``next``: more after it."""
        async with service.pool.acquire() as connection:
            rows = await given_up.find_deliveries_of_all(connection, state, after, limit)
        return {
            "deliveries": [dict(row) for row in rows],
            "next": rows[-1]["sequence"] if len(rows) == limit else None,
        }

    async def decide(
        actor: str, decision: Literal["retry", "let-go"], id_: UUID | None
    ) -> dict[str, int]:
        save = given_up.retry_given_up if decision == "retry" else given_up.let_go_given_up
        async with service.work() as work:
            found = await save(work.connection, work.now, actor, id_)
        if id_ is not None and not found.done:
            why = (
                "A later message about the same has arrived, so this one is not sent any more."
                " Let it go."
                if found.overtaken
                else "This is not given up any more: somebody dealt with it."
            )
            raise Problem(HTTPStatus.CONFLICT, why)
        return asdict(found)

    @router.post("/{delivery_id}/{decision}")
    async def decide_one(
        actor: CallingActor, delivery_id: UUID, decision: Literal["retry", "let-go"]
    ) -> dict[str, int]:
        """``retry``: try what was given up again, at once, with patience anew. ``let-go``: nobody
        need be told any more."""
        return await decide(actor.id, decision, delivery_id)

    @router.post("/{decision}")
    async def decide_all(
        actor: CallingActor, decision: Literal["retry", "let-go"]
    ) -> dict[str, int]:
        """The same for all that was given up. ``overtaken``: how many stay, as something later
        about the same has arrived."""
        return await decide(actor.id, decision, None)

    return router
