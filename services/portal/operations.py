"""How Kith runs: journeys as they happen, what the place gains, what stalls, how services are.

No household and no person is named here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Page
from services.portal.answers_operations import Flow, Latency, Parked, Stall, Status
from services.portal.flow import Map, Running, draw_map
from services.portal.forms import Incomplete, shown_again
from services.portal.impact import load_impact
from services.portal.journeys import load_journeys
from services.portal.lookups import find_by_reference, load_agency_names
from services.portal.portal import Portal, redirect
from services.portal.sources import SERVICES, Caller, Part, settle

_NOTHING = {"reference": "Write the agency’s reference for the assessment, or Kith’s id."}
_NO_AGENCY = (
    "Choose the agency whose reference it is. Only Kith’s own id, 32 letters and digits with "
    "hyphens, is enough alone."
)
_NO_JOURNEY = (
    "That agency has sent no assessment with this reference. Check both, and whether it was "
    "refused."
)


@dataclass(frozen=True, slots=True)
class Health:
    """One service, as operations sees it. ``status`` None: it does not answer."""

    name: str
    status: Status | None
    parked: Part[tuple[Parked, ...]]

    @property
    def lag(self) -> int:
        return sum(c.lag for c in self.status.consumers.values()) if self.status else 0

    @property
    def counts(self) -> dict[str, int | None]:
        """By the heading of their column; None where they are not known."""
        status = self.status
        return {
            "Unsent": status.unsent if status else None,
            "Parked": status.parked if status else None,
        }

    @property
    def given_up(self) -> int:
        """Messages that could not be told outside and wait for a decision."""
        counts = self.status.deliveries if self.status else None
        return sum(counts.given_up.values()) if counts else 0

    @property
    def faults(self) -> list[str]:
        if self.status is None:
            return ["It does not answer: see its log, and start it again."]
        return list(dict.fromkeys(self.status.faults + self.status.obstacles))


def create_router(portal: Portal) -> APIRouter:
    """``/operations``, its search, and its flow, measures and health as parts."""
    router = APIRouter(include_in_schema=False)

    @router.get("/operations")
    async def show(request: Request, done: str = "") -> Response:
        return await show_operations(portal, request, done)

    @router.post("/operations/journeys")
    @shown_again(show, "find")
    async def find(request: Request) -> Response:
        """By POST, so that no agency's reference is in an address, a history or a log line."""
        visitor = await portal.admit_change(request, Page.OPERATIONS)
        form = await request.form()
        agency, reference = str(form.get("agency") or ""), str(form.get("reference") or "").strip()
        if not agency:
            try:
                return redirect(f"/operations/journeys/{UUID(reference)}")
            except ValueError:
                raise Incomplete({"agency": _NO_AGENCY} if reference else _NOTHING) from None
        caller = portal.ask(visitor, "find-journey")
        found = await find_by_reference(caller, agency, reference) if reference else None
        if found is None:
            raise Incomplete({"reference": _NO_JOURNEY} if reference else _NOTHING)
        return redirect(f"/operations/journeys/{UUID(found)}")

    @router.get("/parts/flow")
    async def flow_part(request: Request) -> Response:
        caller = portal.ask(portal.admit(request, Page.OPERATIONS), "operations")
        health, flow = await asyncio.gather(_load_health(caller), _load_flow(caller))
        return portal.render(request, "_flow.html", flow=flow, map=_draw(health, flow))

    @router.get("/parts/measures")
    async def measures_part(request: Request) -> Response:
        caller = portal.ask(portal.admit(request, Page.OPERATIONS), "operations")
        return portal.render(request, "_measures.html", **await _load_measures(caller))

    @router.get("/parts/health")
    async def health_part(request: Request) -> Response:
        caller = portal.ask(portal.admit(request, Page.OPERATIONS), "operations")
        return portal.render(request, "_health.html", health=await _load_health(caller))

    return router


async def show_operations(portal: Portal, request: Request, done: str = "") -> Response:
    """How Kith runs. Raises as :meth:`Portal.admit`."""
    caller = portal.ask(portal.admit(request, Page.OPERATIONS), "operations")
    measures, health, flow, (journeys, _) = await asyncio.gather(
        _load_measures(caller), _load_health(caller), _load_flow(caller), load_journeys(caller)
    )
    return portal.render(
        request,
        "operations.html",
        done=done,
        health=health,
        flow=flow,
        map=_draw(health, flow),
        journeys=journeys,
        **measures,
    )


async def _load_measures(caller: Caller) -> dict[str, Any]:
    impact, stalls, latency, agencies = await asyncio.gather(
        settle(load_impact(caller), None),
        settle(caller.read(tuple[Stall, ...], "operations", "/v1/stalls", {"limit": 20}), ()),
        settle(caller.read(Latency, "operations", "/v1/latency"), Latency()),
        load_agency_names(caller),
    )
    return {
        "impact": impact,
        "stalls": stalls,
        "latency": latency,
        "agencies": agencies,
    }


async def _load_flow(caller: Caller) -> Part[tuple[Flow, ...]]:
    return await settle(caller.read(tuple[Flow, ...], "operations", "/v1/flow"), ())


def _draw(health: list[Health], flow: Part[tuple[Flow, ...]]) -> Map:
    running = {
        one.name: Running(one.status.consumers if one.status else None, one.faults)
        for one in health
    }
    return draw_map(running, flow.value)


async def _load_health(caller: Caller) -> list[Health]:
    return list(await asyncio.gather(*(_load_service(caller, name) for name in SERVICES)))


async def _load_service(caller: Caller, name: str) -> Health:
    status = await settle(_load_status(caller, name), None)
    if status.value is None or not status.value.parked:
        return Health(name, status.value, Part(()))
    parked = await settle(caller.read(tuple[Parked, ...], name, "/parked/alike"), ())
    return Health(name, status.value, parked)


async def _load_status(caller: Caller, name: str) -> Status | None:
    return await caller.read(Status, name, "/health/status")
