"""What Kith tells outside, messages to practitioners and agencies' webhooks: operations' page.

What a message says and the address it goes to are shown nowhere. What was given up is tried again,
or let go once that is confirmed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Forbidden, Page
from services.portal.answers_operations import Deliveries, Status
from services.portal.forms import Incomplete, shown_again
from services.portal.lookups import load_agency_names
from services.portal.portal import Portal, redirect
from services.portal.sources import Caller, Part, settle

TELLS = {"agencies": "Agencies, by webhook", "alerts": "Practitioners"}
"""The services that tell somebody outside, and whom."""
_DECISIONS = {"retry": "retried", "let-go": "let-go"}


@dataclass(frozen=True, slots=True)
class Told:
    """What one service tells. ``by_channel``: how many wait and how many were given up."""

    service: str
    whom: str
    by_channel: Part[list[tuple[str, int, int]]]
    given_up: Part[Deliveries]
    waiting: Part[Deliveries]


def create_router(portal: Portal) -> APIRouter:
    """``/operations/deliveries``, one decided on, and all that one service gave up."""
    router = APIRouter(include_in_schema=False)

    @router.get("/operations/deliveries")
    async def show(request: Request, done: str = "") -> Response:
        caller = portal.ask(portal.admit(request, Page.OPERATIONS), "deliveries")
        agencies, *told = await asyncio.gather(
            load_agency_names(caller), *(_load(caller, service) for service in TELLS)
        )
        return portal.render(request, "deliveries.html", told_by=told, agencies=agencies, done=done)

    @router.post("/operations/deliveries/{service}/{decision}")
    @shown_again(show, "{decision}-{service}")
    async def decide_all(request: Request, service: str, decision: str) -> Response:
        visitor = await portal.admit_change(request, Page.OPERATIONS)
        _check(service, decision)
        if decision == "let-go" and (await request.form()).get("confirmed") != "yes":
            raise Incomplete({"confirmed": "Mark the box if all of them may be let go."})
        await portal.ask(visitor, "deliveries").change(service, f"/deliveries/{decision}")
        return redirect(f"/operations/deliveries?done={_DECISIONS[decision]}")

    @router.post("/operations/deliveries/{service}/{delivery_id}/{decision}")
    @shown_again(show, "one")
    async def decide(request: Request, service: str, delivery_id: UUID, decision: str) -> Response:
        visitor = await portal.admit_change(request, Page.OPERATIONS)
        _check(service, decision)
        caller = portal.ask(visitor, "deliveries")
        await caller.change(service, f"/deliveries/{delivery_id}/{decision}")
        return redirect(f"/operations/deliveries?done={_DECISIONS[decision]}")

    return router


def _check(service: str, decision: str) -> None:
    if service not in TELLS or decision not in _DECISIONS:
        raise Forbidden("There is no such message, or nothing such can be done with it.")


async def _load(caller: Caller, service: str) -> Told:
    status, given_up, waiting = await asyncio.gather(
        settle(_status(caller, service), None),
        settle(_read(caller, service, "given_up"), Deliveries()),
        settle(_read(caller, service, "waiting"), Deliveries()),
    )
    counts = status.value.deliveries if status.value else None
    by_channel = (
        [
            (channel, counts.waiting.get(channel, 0), counts.given_up.get(channel, 0))
            for channel in sorted({*counts.waiting, *counts.given_up})
        ]
        if counts
        else []
    )
    return Told(service, TELLS[service], Part(by_channel, status.missing), given_up, waiting)


async def _status(caller: Caller, service: str) -> Status | None:
    return await caller.read(Status, service, "/health/status")


async def _read(caller: Caller, service: str, state: str) -> Deliveries:
    query: dict[str, str | int] = {"state": state, "limit": 100 if state == "given_up" else 20}
    return await caller.read(Deliveries, service, "/deliveries", query)
