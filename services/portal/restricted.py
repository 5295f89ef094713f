"""Restricted households: by reference, and who may know of each.

Nothing of a household is shown here: not who is in it, where it is, nor which agency saw it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from contracts.vocabulary_access import AccessReason, LiftingReason
from services.portal.access import MAY_SEE, Forbidden, Page
from services.portal.answers import KeyWorker, Place, Team
from services.portal.answers_access import AccessList, Found, History, RestrictedHousehold
from services.portal.portal import Portal, redirect
from services.portal.sources import Caller, Part, Refused, settle

_REFERENCE = re.compile("[0-9a-f]{12}")
_FOR = {"day": 1, "week": 7, "quarter": 92, "": None}
"""How long somebody is put on a list, in days; None: until they are taken off it."""
_ADDING = (
    AccessReason.JOINT_WORK,
    AccessReason.SUPERVISION,
    AccessReason.POSSIBLE_MATCH,
    AccessReason.STATUTORY_ENQUIRY,
    AccessReason.IMMEDIATE_DANGER,
)
_DONE = {"added", "removed", "entered", "asked", "agreed", "declined", "restricted"}


def create_router(portal: Portal) -> APIRouter:
    """``/restricted`` and ``/who-may-know``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/restricted")
    async def show_all(request: Request) -> Response:
        visitor = portal.admit(request, Page.RESTRICTED)
        caller = portal.ask(visitor, "restricted")
        found = await settle(
            caller.read(tuple[RestrictedHousehold, ...], "keyworkers", "/v1/restricted"), ()
        )
        return portal.render(
            request,
            "restricted.html",
            restricted=[one for one in found.value if one.lifted_at is None],
            lifted=[one for one in found.value if one.lifted_at is not None],
            households=found,
            may_see_looks=Page.WHO_LOOKED in MAY_SEE[visitor.role],
        )

    @router.post("/who-may-know/find")
    async def find(request: Request) -> Response:
        """From a reference, as a page shows it, or an assessment's id, as an agency quotes it."""
        visitor = await portal.admit_change(request, Page.WHO_MAY_KNOW)
        typed = str((await request.form()).get("id") or "").strip()[:40]
        found = await _find(portal.ask(visitor, "who-may-know"), typed.lower())
        if found is None:
            return portal.render(request, "no_reference.html", HTTPStatus.NOT_FOUND, typed=typed)
        return redirect(f"/who-may-know/{found}")

    @router.get("/who-may-know/of/{assessment_id}")
    async def show_of(request: Request, assessment_id: UUID) -> Response:
        caller = portal.ask(portal.admit(request, Page.WHO_MAY_KNOW), "who-may-know")
        found = await _of(caller, assessment_id)
        if found is None:
            raise Forbidden("This is of no restricted household whose list you may see.")
        return redirect(f"/who-may-know/{found}")

    @router.get("/who-may-know/{household_id}")
    async def show(
        request: Request,
        household_id: UUID,
        on: Annotated[str, Query(max_length=10)] = "",
        done: str = "",
    ) -> Response:
        visitor = portal.admit(request, Page.WHO_MAY_KNOW)
        caller = portal.ask(visitor, "who-may-know")
        path, asked = f"/v1/households/{household_id}/access", _end_of(on, portal)
        parameters = {"at": asked.isoformat()} if asked else {}
        listed = await caller.read(AccessList, "keyworkers", path, parameters)
        now = listed if asked is None else await caller.read(AccessList, "keyworkers", path)
        history = await settle(caller.read(History, "keyworkers", f"{path}/history"), History())
        people = await _people(caller) if now.may_change else Part(([], [], []))
        return portal.render(
            request,
            "who_may_know.html",
            listed=listed,
            now=now,
            asked=asked,
            on=on,
            history=history,
            people=people,
            reasons=_ADDING,
            lifting_reasons=tuple(LiftingReason),
            asked_by_visitor=now.asked is not None and now.asked.asked_by == visitor.id,
            done=done if done in _DONE else "",
            may_see_all=Page.RESTRICTED in MAY_SEE[visitor.role],
            may_see_looks=Page.WHO_LOOKED in MAY_SEE[visitor.role],
            today=portal.clock().astimezone(portal.zone).date(),
            may_open=Page.HOUSEHOLD in MAY_SEE[visitor.role]
            and (not now.restricted or any(reader.id == visitor.id for reader in now.readers)),
        )

    @router.post("/who-may-know/{household_id}")
    async def add(request: Request, household_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.WHO_MAY_KNOW)
        form = await request.form()
        days = _FOR.get(str(form.get("for") or ""))
        body = {
            "reader_id": str(form.get("reader") or ""),
            "reason": _reason(str(form.get("reason") or "")),
        }
        if not body["reader_id"]:
            raise Forbidden("Choose somebody. Go back.")
        if days is not None:
            body["until"] = (portal.clock() + timedelta(days=days)).astimezone(UTC).isoformat()
        caller = portal.ask(visitor, "who-may-know")
        await caller.change("keyworkers", f"/v1/households/{household_id}/access", body)
        return redirect(f"/who-may-know/{household_id}?done=added")

    @router.post("/who-may-know/{household_id}/enter")
    async def enter(request: Request, household_id: UUID) -> Response:
        """A front door that was told of harm opens the household for a day. It is on record."""
        visitor = await portal.admit_change(request, Page.WHO_MAY_KNOW)
        until = (portal.clock() + timedelta(hours=24)).astimezone(UTC)
        body = {
            "reader_id": visitor.id,
            "reason": AccessReason.IMMEDIATE_DANGER.value,
            "until": until.isoformat(),
        }
        caller = portal.ask(visitor, "who-may-know")
        await caller.change("keyworkers", f"/v1/households/{household_id}/access", body)
        return redirect(f"/who-may-know/{household_id}?done=entered")

    @router.post("/who-may-know/{household_id}/remove")
    async def remove(request: Request, household_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.WHO_MAY_KNOW)
        reader = quote(str((await request.form()).get("reader") or ""), safe="")
        caller = portal.ask(visitor, "who-may-know")
        path = f"/v1/households/{household_id}/access/{reader}/remove"
        await caller.change("keyworkers", path, {"reason": AccessReason.NO_LONGER_NEEDED.value})
        return redirect(f"/who-may-know/{household_id}?done=removed")

    @router.post("/who-may-know/{household_id}/liftings")
    async def ask_to_lift(request: Request, household_id: UUID) -> Response:
        """Ask that the household be restricted no longer: another person agrees, or not."""
        visitor = await portal.admit_change(request, Page.WHO_MAY_KNOW)
        reason = str((await request.form()).get("reason") or "")
        if reason not in {one.value for one in LiftingReason}:
            raise Forbidden("Say why it need be restricted no longer. Go back and choose.")
        caller = portal.ask(visitor, "who-may-know")
        path = f"/v1/households/{household_id}/liftings"
        await caller.change("keyworkers", path, {"reason": reason})
        return redirect(f"/who-may-know/{household_id}?done=asked")

    @router.post("/who-may-know/{household_id}/liftings/{lifting_id}")
    async def answer_lifting(request: Request, household_id: UUID, lifting_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.WHO_MAY_KNOW)
        agrees = (await request.form()).get("answer") == "agree"
        caller = portal.ask(visitor, "who-may-know")
        path = f"/v1/households/{household_id}/liftings/{lifting_id}"
        await caller.change("keyworkers", f"{path}/{'agree' if agrees else 'decline'}")
        done = "agreed" if agrees else "declined"
        return redirect(f"/who-may-know/{household_id}?done={done}")

    @router.post("/who-may-know/{household_id}/restrict")
    async def restrict_again(request: Request, household_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.WHO_MAY_KNOW)
        caller = portal.ask(visitor, "who-may-know")
        await caller.change("keyworkers", f"/v1/households/{household_id}/restrict")
        return redirect(f"/who-may-know/{household_id}?done=restricted")

    return router


def _end_of(on: str, portal: Portal) -> datetime | None:
    """The end of a day in the place's time, as a moment; None where no day is asked for."""
    if not on:
        return None
    try:
        day = datetime.strptime(on, "%Y-%m-%d").replace(tzinfo=portal.zone)
    except ValueError:
        raise Forbidden("Write the day as in 2026-03-03. Go back.") from None
    if day > portal.clock():
        raise Forbidden(
            "Who may know on a day to come nobody can say. Go back, and choose another."
        )
    return (day + timedelta(days=1) - timedelta(microseconds=1)).astimezone(UTC)


def _reason(text: str) -> str:
    if text not in {reason.value for reason in _ADDING}:
        raise Forbidden("Say why they should know. Go back and choose.")
    return text


async def _find(caller: Caller, named: str) -> str | None:
    """The restricted household that is named so; None where there is none to be seen."""
    if _REFERENCE.fullmatch(named):
        return await _read(caller, f"/v1/restricted/{named}")
    try:
        id_ = UUID(named)
    except ValueError:
        return None
    try:
        path = f"/v1/households/{id_}/access"
        return await _of(caller, id_) or (await caller.read(Found, "keyworkers", path)).household_id
    except Refused:
        return None


async def _of(caller: Caller, assessment_id: UUID) -> str | None:
    return await _read(caller, f"/v1/assessments/{assessment_id}/restricted-household")


async def _read(caller: Caller, path: str) -> str | None:
    try:
        return (await caller.read(Found, "keyworkers", path)).household_id
    except Refused:
        return None


async def _people(
    caller: Caller,
) -> Part[tuple[list[KeyWorker], list[Team], list[tuple[str, str]]]]:
    """Who can be put on a list: key workers, team leads, and desks by id and name."""

    async def load() -> tuple[list[KeyWorker], list[Team], list[tuple[str, str]]]:
        workers = await caller.read(tuple[KeyWorker, ...], "keyworkers", "/v1/keyworkers")
        teams = await caller.read(tuple[Team, ...], "keyworkers", "/v1/teams")
        places = await caller.read(tuple[Place, ...], "keyworkers", "/v1/places")
        desks = [(d.id, d.front_door.name) for p in places for d in (*p.localities, p)]
        return list(workers), list(teams), [*desks, ("reviewer", "Reviewers of possible matches")]

    return await settle(load(), ([], [], []))
