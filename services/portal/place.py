"""The place in force: its localities, teams, working time and policy, as data, and its versions."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import date
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Page
from services.portal.answers_place import PlaceInFull, TeamInFull, Version
from services.portal.portal import Portal
from services.portal.sources import Caller, settle

_HOLIDAYS_SHOWN = 8


def create_router(portal: Portal) -> APIRouter:
    """``/place``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/place")
    async def show(request: Request) -> Response:
        caller = portal.ask(portal.admit(request, Page.PLACE), "place-page")
        places, teams = await asyncio.gather(
            caller.read(tuple[PlaceInFull, ...], "keyworkers", "/v1/places"),
            settle(caller.read(tuple[TeamInFull, ...], "keyworkers", "/v1/teams"), ()),
        )
        versions = await asyncio.gather(
            *(settle(_versions(caller, place.id), ()) for place in places)
        )
        today = portal.clock().astimezone(portal.zone).date()
        by_locality: dict[tuple[str, str | None], list[TeamInFull]] = defaultdict(list)
        for team in teams.value:
            by_locality[team.place_id, team.locality_id].append(team)
        return portal.render(
            request,
            "place.html",
            places=[
                (place, versions_of, _next_holidays(place, today))
                for place, versions_of in zip(places, versions, strict=True)
            ],
            teams=teams,
            by_locality=by_locality,
        )

    return router


def _next_holidays(place: PlaceInFull, today: date) -> list[date]:
    return [day for day in sorted(place.calendar.bank_holidays) if day >= today][:_HOLIDAYS_SHOWN]


async def _versions(caller: Caller, place_id: str) -> tuple[Version, ...]:
    path = f"/v1/places/{quote(place_id, safe='')}/versions"
    return await caller.read(tuple[Version, ...], "keyworkers", path)
