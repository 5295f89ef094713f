"""Journeys: the last ones as they happen, and one of them drawn stage by stage."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Page
from services.portal.answers_operations import (
    Journey,
    JourneyInFull,
    Journeys,
    Stage,
    Trace,
)
from services.portal.lookups import load_agency_names
from services.portal.portal import Portal
from services.portal.relay import relay
from services.portal.sources import Caller, Part, settle
from services.portal.waterfall import draw_spans

_SHOWN = 25
_BY_PEOPLE = {"under_review", "acknowledged", "front_door_acknowledged"}
"""Stages that people reach, in minutes to days; the others are the services' own."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage of the waterfall. ``left`` and ``width`` in percent of the whole."""

    stage: Stage
    left: float
    width: float


def create_router(portal: Portal) -> APIRouter:
    """The live list and its stream, and a journey's page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/parts/journeys")
    async def part(request: Request) -> Response:
        caller = portal.ask(portal.admit(request, Page.OPERATIONS), "operations")
        journeys, agencies = await load_journeys(caller)
        return portal.render(request, "_journeys.html", journeys=journeys, agencies=agencies)

    @router.get("/events/journeys")
    async def events(request: Request) -> Response:
        visitor = portal.admit(request, Page.OPERATIONS)
        return relay(
            request,
            portal.ask(visitor, "operations"),
            "operations",
            "/v1/journeys/stream",
            {},
            gap_seconds=1.0,
            lifetime_seconds=portal.session_seconds(request),
        )

    @router.get("/operations/journeys/{journey_id}")
    async def show(request: Request, journey_id: UUID) -> Response:
        caller = portal.ask(portal.admit(request, Page.OPERATIONS), "operations")
        path = f"/v1/journeys/{journey_id}"
        journey, trace, agencies = await asyncio.gather(
            caller.read(JourneyInFull, "operations", path),
            settle(caller.read(Trace, "operations", f"{path}/trace"), Trace()),
            load_agency_names(caller),
        )
        return portal.render(
            request,
            "journey.html",
            journey=journey,
            agencies=agencies,
            bars=draw([s for s in journey.stages if s.name not in _BY_PEOPLE]),
            hops=Part(draw_spans(trace.value.spans), trace.missing),
            by_people=[s for s in journey.stages if s.name in _BY_PEOPLE],
        )

    return router


async def load_journeys(caller: Caller) -> tuple[Part[tuple[Journey, ...]], dict[str, str]]:
    """The last journeys begun, and what agencies are called."""
    found, agencies = await asyncio.gather(
        settle(caller.read(Journeys, "operations", "/v1/journeys", {"limit": _SHOWN}), Journeys()),
        load_agency_names(caller),
    )
    return Part(found.value.journeys, found.missing), agencies


def draw(stages: list[Stage]) -> list[Bar]:
    """Each stage from the end of the one it follows to its own, on one scale. Pure.

    A stage whose times are not known is drawn at its own moment, with no length.
    """
    ends = [stage.after_ms or 0.0 for stage in stages]
    scale = max([*ends, 0.001])
    return [
        Bar(
            stage,
            left=round(100 * max(0.0, end - (stage.took_ms or 0.0)) / scale, 2),
            width=round(max(0.6, 100 * min(end, stage.took_ms or 0.0) / scale), 2),
        )
        for stage, end in zip(stages, ends, strict=True)
    ]
