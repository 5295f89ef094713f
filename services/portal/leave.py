"""Leave, told by the key worker or by their team's lead: what follows is shown first."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Page
from services.portal.answers import AlertCounts
from services.portal.answers_team import Leave, LeaveLook
from services.portal.forms import Fields, Incomplete, shown_again
from services.portal.members import Subject, load_subject
from services.portal.portal import Portal, redirect
from services.portal.sources import Caller, Part, Refused, settle


def create_router(portal: Portal) -> APIRouter:
    """``/you/leave``, and the same of a member for their lead."""
    router = APIRouter(include_in_schema=False)
    for base in ("/you", "/team/members/{key_worker_id}"):
        _add_routes(router, portal, f"{base}/leave")
    return router


def _add_routes(router: APIRouter, portal: Portal, path: str) -> None:
    async def subject_of(request: Request, *, change: bool) -> tuple[Caller, Subject]:
        admit = portal.admit_change(request, Page.TEAM) if change else None
        visitor = await admit if admit else portal.admit(request, Page.TEAM)
        caller = portal.ask(visitor, "leave")
        key_worker_id = request.path_params.get("key_worker_id")
        return caller, await load_subject(caller, visitor, key_worker_id)

    @router.get(path)
    async def show(request: Request, done: str = "") -> Response:
        caller, subject = await subject_of(request, change=False)
        arranged = await settle(_arranged(caller, subject), ())
        today = portal.clock().astimezone(portal.zone).date()
        shown = [one for one in arranged.value if one.ended_at is None and one.last >= today]
        known = {(one.first, one.last) for one in arranged.value}
        return portal.render(
            request,
            "leave.html",
            subject=subject,
            leave=Part(sorted(shown, key=lambda one: one.first), arranged.missing),
            in_file=[one for one in subject.key_worker.leave if (one.first, one.last) not in known],
            others=[m for m in subject.team.members if m.id != subject.key_worker.id],
            names={member.id: member.name for member in subject.team.members},
            today=today,
            done=done,
        )

    @router.post(f"{path}/look")
    @shown_again(show, "leave")
    async def look(request: Request) -> Response:
        caller, subject = await subject_of(request, change=True)
        wanted = _wanted(await request.form())
        found, alerts = await asyncio.gather(
            caller.ask(LeaveLook, "keyworkers", f"{subject.path}/leave/look", wanted),
            settle(_open_alerts(caller, subject), None),
        )
        return portal.render(
            request, "leave_look.html", subject=subject, look=found, alerts=alerts, wanted=wanted
        )

    @router.post(path)
    @shown_again(look, "leave")
    async def arrange(request: Request) -> Response:
        caller, subject = await subject_of(request, change=True)
        wanted = _wanted(await request.form())
        await caller.change("keyworkers", f"{subject.path}/leave", wanted)
        return redirect(f"{subject.base}/leave?done=arranged")

    @router.post(f"{path}/{{leave_id}}/end")
    @shown_again(show, "end")
    async def end(request: Request, leave_id: UUID) -> Response:
        caller, subject = await subject_of(request, change=True)
        if str(leave_id) not in {one.leave_id for one in await _arranged(caller, subject)}:
            raise Refused("keyworkers", 404, "There is no such leave of theirs.")
        await caller.change("keyworkers", f"/v1/leave/{leave_id}/end")
        return redirect(f"{subject.base}/leave?done=ended")


def _wanted(form: Fields) -> dict[str, str | None]:
    """Days and cover as keyworkers takes them. Raises :class:`Incomplete`."""
    days: dict[str, date] = {}
    faults: dict[str, str] = {}
    for name in ("first", "last"):
        try:
            days[name] = date.fromisoformat(str(form.get(name) or ""))
        except ValueError:
            faults[name] = f"Give the {name} day away, such as 2026-03-09."
    if not faults and days["last"] < days["first"]:
        faults["last"] = "The last day away is before the first: exchange the days."
    if faults:
        raise Incomplete(faults)
    return {
        "first": days["first"].isoformat(),
        "last": days["last"].isoformat(),
        "cover": str(form.get("cover") or "") or None,
    }


async def _arranged(caller: Caller, subject: Subject) -> tuple[Leave, ...]:
    return await caller.read(tuple[Leave, ...], "keyworkers", f"{subject.path}/leave")


async def _open_alerts(caller: Caller, subject: Subject) -> AlertCounts | None:
    query = {"recipient": subject.key_worker.id}
    return await caller.read(AlertCounts, "alerts", "/v1/counts", query)
