"""Agencies' webhooks: operations' page. Agencies register their own by API; here it is seen whether
they answer, and what is sent to one is held back for a while."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Forbidden, Page
from services.portal.answers_operations import AgencyWebhook
from services.portal.forms import shown_again
from services.portal.portal import Portal, redirect
from services.portal.sources import settle

_DECISIONS = {"pause": "paused", "go-on": "goes-on"}


def create_router(portal: Portal) -> APIRouter:
    """``/operations/webhooks``, and one paused or let go on."""
    router = APIRouter(include_in_schema=False)

    @router.get("/operations/webhooks")
    async def show(request: Request, done: str = "") -> Response:
        caller = portal.ask(portal.admit(request, Page.OPERATIONS), "webhooks")
        found = await settle(
            caller.read(tuple[AgencyWebhook, ...], "agencies", "/internal/webhooks"), ()
        )
        return portal.render(request, "webhooks.html", webhooks=found, done=done)

    @router.post("/operations/webhooks/{agency_id}/{decision}")
    @shown_again(show, "webhook")
    async def decide(request: Request, agency_id: str, decision: str) -> Response:
        visitor = await portal.admit_change(request, Page.OPERATIONS)
        if decision not in _DECISIONS:
            raise Forbidden("A webhook is paused, or goes on, and nothing else.")
        caller = portal.ask(visitor, "webhooks")
        agency = quote(agency_id, safe="")
        await caller.change("agencies", f"/internal/webhooks/{agency}/{decision}")
        return redirect(f"/operations/webhooks?done={_DECISIONS[decision]}")

    return router
