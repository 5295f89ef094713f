"""Who looked at a household, for privacy officers: a search by reference, the looks, and both as a
file. Of the household nothing is shown: not who is in it, where, nor which agencies saw it.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from services.portal.access import Page
from services.portal.answers import KeyWorker, Place, Team
from services.portal.answers_looks import HouseholdLooks, Looks
from services.portal.forms import Incomplete, shown_again
from services.portal.looks import PageOfLooks, Seen, as_csv, as_json, put_together, sittings
from services.portal.lookups import find_households
from services.portal.portal import Portal, redirect
from services.portal.sources import Caller, Part, Unavailable, settle

_SHOWN = 50
_AT_A_TIME = 500
_NO_HOUSEHOLD = (
    "No household is called so that you may ask about. A reference is twelve letters and digits, "
    "as pages show it. Where you have declared a conflict of interest with a household, another "
    "privacy officer can ask."
)
_KITH = {
    "service": "Kith itself",
    "kith-rematch": "Kith, deciding anew",
    "reviewer": "Reviewers",
    "operations": "Operations",
    "privacy-officer": "Privacy officer",
}


def create_router(portal: Portal) -> APIRouter:
    """``/who-looked``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/who-looked")
    async def search(request: Request) -> Response:
        portal.admit(request, Page.WHO_LOOKED)
        return portal.render(request, "who_looked_find.html", typed="", found=())

    @router.post("/who-looked/find")
    @shown_again(search, "find")
    async def find(request: Request) -> Response:
        """From a reference or an address as a page shows it, or an assessment's id."""
        visitor = await portal.admit_change(request, Page.WHO_LOOKED)
        typed = str((await request.form()).get("id") or "").strip()
        found = await find_households(portal.ask(visitor, "who-looked"), typed.lower())
        if len(found) == 1:
            return redirect(f"/who-looked/{found[0]}")
        if not found:
            raise Incomplete({"id": _NO_HOUSEHOLD})
        return portal.render(request, "who_looked_find.html", typed=typed, found=found)

    @router.get("/who-looked/{household_id}")
    async def show(
        request: Request,
        household_id: UUID,
        before: Annotated[AwareDatetime | None, Query()] = None,
    ) -> Response:
        caller = portal.ask(portal.admit(request, Page.WHO_LOOKED), "who-looked")
        current, page, missing = await _load(caller, household_id, before, _SHOWN)
        if current != str(household_id) and before is None:
            # It was linked into another, and is known under that one's id since.
            return redirect(f"/who-looked/{current}")
        names = await settle(_names(caller), {})
        return portal.render(
            request,
            "who_looked.html",
            household_id=current,
            sittings=sittings(page.seen),
            before=before,
            earlier=page.before,
            missing=missing.values(),
            names=names,
        )

    @router.get("/who-looked/{household_id}/looks.csv")
    async def export_csv(request: Request, household_id: UUID) -> Response:
        """All looks, one a line."""
        caller = portal.ask(portal.admit(request, Page.WHO_LOOKED), "who-looked")
        current, seen = await _load_all(caller, household_id)
        text = as_csv(seen, await _names(caller))
        return _file(text, "text/csv; charset=utf-8", f"who-looked-{current[-12:]}.csv")

    @router.get("/who-looked/{household_id}/looks.json")
    async def export_json(request: Request, household_id: UUID) -> Response:
        """The same as one object."""
        caller = portal.ask(portal.admit(request, Page.WHO_LOOKED), "who-looked")
        current, seen = await _load_all(caller, household_id)
        text = as_json(current, seen, await _names(caller))
        return _file(text, "application/json", f"who-looked-{current[-12:]}.json")

    return router


async def _load(
    caller: Caller, household_id: UUID, before: datetime | None, most: int
) -> tuple[str, PageOfLooks, dict[str, str]]:
    """The household's id by now, a page of looks, and what could not be had, by service. Raises
    what the first service says: where that refuses, nothing is shown."""
    asked = {"most": str(most)} | ({"before": before.isoformat()} if before else {})
    path = f"/v1/households/{household_id}/looks"
    matching = await caller.read(HouseholdLooks, "duplication", path, asked)
    lists, recorded = await asyncio.gather(
        settle(
            caller.read(
                Looks, "keyworkers", f"/v1/households/{matching.household_id}/looks", asked
            ),
            Looks(),
        ),
        settle(_recorded(caller, matching, before, most), Looks()),
    )
    answers: dict[str, Part[Looks]] = {
        "duplication": Part(matching), "keyworkers": lists, "agencies": recorded,
    }  # fmt: skip
    page = put_together({service: part.value for service, part in answers.items()}, most)
    return (
        matching.household_id,
        page,
        {service: part.missing for service, part in answers.items() if part.missing},
    )


async def _load_all(caller: Caller, household_id: UUID) -> tuple[str, list[Seen]]:
    """The household's id by now, and every look; all or none. Raises :class:`Unavailable`."""
    seen: list[Seen] = []
    before: datetime | None = None
    while True:
        current, page, missing = await _load(caller, household_id, before, _AT_A_TIME)
        for service in missing:
            raise Unavailable(service)
        seen += page.seen
        before = page.before
        if before is None:
            return current, seen


def _file(text: str, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, HTTPStatus.OK, headers, media_type)


async def _recorded(
    caller: Caller, matching: HouseholdLooks, before: datetime | None, most: int
) -> Looks:
    if not matching.assessment_ids:
        return Looks()
    body = {
        "assessment_ids": list(matching.assessment_ids),
        "before": before.isoformat() if before else None,
        "most": most,
    }
    return await caller.ask(Looks, "agencies", "/internal/looks", body)


async def _names(caller: Caller) -> dict[str, str]:
    """What people at work are called, by the ids with which they look."""
    workers, teams, places = await asyncio.gather(
        caller.read(tuple[KeyWorker, ...], "keyworkers", "/v1/keyworkers"),
        caller.read(tuple[Team, ...], "keyworkers", "/v1/teams"),
        caller.read(tuple[Place, ...], "keyworkers", "/v1/places"),
    )
    desks = {d.id: d.front_door.name for p in places for d in (*p.localities, p)}
    leads = {team.id: f"Lead of {team.name}" for team in teams}
    return _KITH | desks | leads | {worker.id: worker.name for worker in workers}
