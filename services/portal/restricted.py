"""Restricted households: by reference, and who may know of each.

Nothing of a household is shown here: not who is in it, where it is, nor which agency saw it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from contracts.vocabulary_access import AccessReason, LiftingReason
from services.portal.access import MAY_SEE, Forbidden, Page
from services.portal.answers import KeyWorker, Place, Team
from services.portal.answers_access import AccessList, Found, History, RestrictedHousehold
from services.portal.answers_retention import Erasure
from services.portal.forms import Fields, Incomplete, shown_again
from services.portal.inbox import show_inbox
from services.portal.portal import Portal, redirect
from services.portal.retention import load_register
from services.portal.session import Role, Visitor
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
_NO_REFERENCE = (
    "Kith knows no restricted household of this reference that you may know of. Check it with "
    "whoever gave it to you: it has twelve digits and letters from a to f. An assessment’s id is "
    "longer."
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
            erasures=await settle(_erasures(caller, visitor), ()),
        )

    async def show_search(request: Request) -> Response:
        """A front door's is in its inbox."""
        visitor = portal.admit(request, Page.WHO_MAY_KNOW)
        if Page.RESTRICTED in MAY_SEE[visitor.role]:
            return await show_all(request)
        return await show_inbox(portal, request)

    @router.post("/who-may-know/find")
    @shown_again(show_search, "find")
    async def find(request: Request) -> Response:
        """From a reference, as a page shows it, or an assessment's id, as an agency quotes it."""
        visitor = await portal.admit_change(request, Page.WHO_MAY_KNOW)
        typed = str((await request.form()).get("id") or "").strip()
        found = await _find(portal.ask(visitor, "who-may-know"), typed.lower())
        if found is None:
            raise Incomplete({"id": _NO_REFERENCE})
        return redirect(f"/who-may-know/{found}")

    @router.get("/who-may-know/of/{assessment_id}")
    async def show_of(request: Request, assessment_id: UUID) -> Response:
        caller = portal.ask(portal.admit(request, Page.WHO_MAY_KNOW), "who-may-know")
        found = await _of(caller, assessment_id)
        if found is None:
            raise Forbidden("This is of no restricted household whose list you may see.")
        return redirect(f"/who-may-know/{found}")

    async def page(
        request: Request, household_id: UUID, asked: datetime | None = None, done: str = ""
    ) -> Response:
        """The list in force; the one at the end of the day ``asked``, where one is."""
        visitor = portal.admit(request, Page.WHO_MAY_KNOW)
        caller = portal.ask(visitor, "who-may-know")
        path = f"/v1/households/{household_id}/access"
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

    @router.get("/who-may-know/{household_id}")
    @shown_again(page, "day")
    async def show(request: Request, household_id: UUID, on: str = "", done: str = "") -> Response:
        return await page(request, household_id, _end_of(on, portal), done)

    @router.post("/who-may-know/{household_id}")
    @shown_again(page, "add")
    async def add(request: Request, household_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.WHO_MAY_KNOW)
        body = _wanted(await request.form(), portal.clock())
        caller = portal.ask(visitor, "who-may-know")
        await caller.change("keyworkers", f"/v1/households/{household_id}/access", body)
        return redirect(f"/who-may-know/{household_id}?done=added")

    @router.post("/who-may-know/{household_id}/enter")
    @shown_again(page, "enter")
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
    @shown_again(page, "remove")
    async def remove(request: Request, household_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.WHO_MAY_KNOW)
        reader = quote(str((await request.form()).get("reader") or ""), safe="")
        if not reader:
            raise Incomplete("Choose who is taken off the list.")
        caller = portal.ask(visitor, "who-may-know")
        path = f"/v1/households/{household_id}/access/{reader}/remove"
        await caller.change("keyworkers", path, {"reason": AccessReason.NO_LONGER_NEEDED.value})
        return redirect(f"/who-may-know/{household_id}?done=removed")

    @router.post("/who-may-know/{household_id}/liftings")
    @shown_again(page, "lifting")
    async def ask_to_lift(request: Request, household_id: UUID) -> Response:
        """Ask that the household be restricted no longer: another person agrees, or not."""
        visitor = await portal.admit_change(request, Page.WHO_MAY_KNOW)
        reason = str((await request.form()).get("reason") or "")
        if reason not in {one.value for one in LiftingReason}:
            raise Incomplete({"reason": "Choose why it need be restricted no longer."})
        caller = portal.ask(visitor, "who-may-know")
        path = f"/v1/households/{household_id}/liftings"
        await caller.change("keyworkers", path, {"reason": reason})
        return redirect(f"/who-may-know/{household_id}?done=asked")

    @router.post("/who-may-know/{household_id}/liftings/{lifting_id}")
    @shown_again(page, "answer")
    async def answer_lifting(request: Request, household_id: UUID, lifting_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.WHO_MAY_KNOW)
        answer = (await request.form()).get("answer")
        if answer not in {"agree", "decline"}:
            raise Incomplete("Say whether it is to be restricted no longer.")
        agrees = answer == "agree"
        caller = portal.ask(visitor, "who-may-know")
        path = f"/v1/households/{household_id}/liftings/{lifting_id}"
        await caller.change("keyworkers", f"{path}/{'agree' if agrees else 'decline'}")
        done = "agreed" if agrees else "declined"
        return redirect(f"/who-may-know/{household_id}?done={done}")

    @router.post("/who-may-know/{household_id}/restrict")
    @shown_again(page, "restrict")
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
        raise Incomplete({"on": "Write the day as in 2026-03-03."}) from None
    if day > portal.clock():
        raise Incomplete({"on": "Who may know on a day to come nobody can say. Choose another."})
    return (day + timedelta(days=1) - timedelta(microseconds=1)).astimezone(UTC)


def _wanted(form: Fields, now: datetime) -> dict[str, str]:
    """Who is put on the list, why and until when, as keyworkers takes it. Raises
    :class:`Incomplete`."""
    reader, reason, length = (str(form.get(name, "-")) for name in ("reader", "reason", "for"))
    faults: dict[str, str] = {}
    if reader in {"", "-"}:
        faults["reader"] = "Choose who is put on the list."
    if reason not in {one.value for one in _ADDING}:
        faults["reason"] = "Choose why they should know."
    if length not in _FOR:
        faults["for"] = "Choose how long they are on the list."
    if faults:
        raise Incomplete(faults)
    body = {"reader_id": reader, "reason": reason}
    days = _FOR[length]
    if days is not None:
        body["until"] = (now + timedelta(days=days)).astimezone(UTC).isoformat()
    return body


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


async def _erasures(caller: Caller, visitor: Visitor) -> tuple[Erasure, ...]:
    """Those that wait for a lead's word. Officers have a page of their own."""
    if visitor.role is not Role.TEAM_LEAD:
        return ()
    return (await load_register(caller)).waiting


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
