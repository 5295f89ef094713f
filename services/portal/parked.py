"""Records that a service could not handle: try them again, those alike together, or let them go
once that is confirmed.

The service that parked a record keeps who decided; what is let go is never handled.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Forbidden, Page
from services.portal.answers_operations import Decided, Parked
from services.portal.forms import shown_again
from services.portal.operations import show_operations
from services.portal.portal import Portal, redirect
from services.portal.sources import SERVICES, Refused

_DECISIONS = {"retry": "retried", "discard": "discarded"}


def create_router(portal: Portal) -> APIRouter:
    """The page that asks before a record is let go, and both decisions."""
    router = APIRouter(include_in_schema=False)

    @router.get("/operations/parked/{service}/{parked_id}/discard")
    async def confirm(request: Request, service: str, parked_id: int) -> Response:
        caller = portal.ask(portal.admit(request, Page.OPERATIONS), "operations")
        _check(service, "discard")
        records = await caller.read(tuple[Parked, ...], service, "/parked/alike")
        record = next((r for r in records if r.id == parked_id), None)
        if record is None:
            raise Refused(
                service, 404, "This record is not parked any more: somebody dealt with it."
            )
        return portal.render(request, "parked_discard.html", service=service, record=record)

    async def show_where_they_are(request: Request) -> Response:
        return await show_operations(portal, request)

    @router.post("/operations/parked/{service}/{parked_id}/{decision}")
    @shown_again(show_where_they_are, "parked")
    async def decide(request: Request, service: str, parked_id: int, decision: str) -> Response:
        visitor = await portal.admit_change(request, Page.OPERATIONS)
        _check(service, decision)
        confirmed = (await request.form()).get("confirmed")
        if decision == "discard" and confirmed != "yes":
            return redirect(f"/operations/parked/{service}/{parked_id}/discard")
        found = await portal.ask(visitor, "operations").ask(
            Decided, service, f"/parked/{parked_id}/{decision}", {}, {"alike": "true"}
        )
        done = "retried-some" if found.left else _DECISIONS[decision]
        return redirect(f"/operations?done={done}#services")

    return router


def _check(service: str, decision: str) -> None:
    if service not in SERVICES or decision not in _DECISIONS:
        raise Forbidden("There is no such record, or nothing such can be done with it.")
