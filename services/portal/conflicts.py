"""Conflicts of interest: declared by the key worker or by their lead, about one household.

Why is asked of nobody. Who may know about whom one is, keyworkers says.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Page
from services.portal.answers_team import Conflicts, Consequence, Handover, Held, Offer
from services.portal.forms import Fields, Incomplete, shown_again
from services.portal.lookups import ID, household_name, load_labels
from services.portal.members import Subject, load_subject
from services.portal.portal import Portal, redirect
from services.portal.sources import Caller, settle
from services.portal.words_times import day

_UNKNOWN = "Kith knows no such household. Choose one, or paste the address of its page."


def create_router(portal: Portal) -> APIRouter:
    """``/you/conflicts``, and the same of a member for their lead."""
    router = APIRouter(include_in_schema=False)
    for base in ("/you", "/team/members/{key_worker_id}"):
        _add_routes(router, portal, f"{base}/conflicts")
    return router


def _add_routes(router: APIRouter, portal: Portal, path: str) -> None:
    async def subject_of(request: Request, *, change: bool) -> tuple[Caller, Subject]:
        admit = portal.admit_change(request, Page.TEAM) if change else None
        visitor = await admit if admit else portal.admit(request, Page.TEAM)
        caller = portal.ask(visitor, "conflict-of-interest")
        key_worker_id = request.path_params.get("key_worker_id")
        return caller, await load_subject(caller, visitor, key_worker_id)

    @router.get(path)
    async def show(request: Request, done: str = "", household: str = "") -> Response:
        caller, subject = await subject_of(request, change=False)
        declared, near = await asyncio.gather(
            settle(_declared(caller, subject), Conflicts()), _near(caller, subject)
        )
        about = {c.household_id for c in declared.value.conflicts}
        labels = await load_labels(caller, about | near)
        names = {id_: household_name(labels.get(id_)) for id_ in about | near}
        for one in subject.key_worker.engagements:
            if (found := labels.get(one.household_id)) and found.restricted:
                # Several may be so called: theirs are told apart by how long they are.
                since = day(one.since.astimezone(portal.zone).date())
                names[one.household_id] = f"{household_name(found)}, since {since}"
        return portal.render(
            request,
            "conflicts.html",
            subject=subject,
            declared=declared,
            near=sorted(near - about, key=lambda id_: (names[id_], id_)),
            names=names,
            done=done,
            household=household,
        )

    @router.post(f"{path}/look")
    @shown_again(show, "conflict")
    async def look(request: Request) -> Response:
        caller, subject = await subject_of(request, change=True)
        household_id = _named(await request.form())
        labels = await load_labels(caller, {household_id})
        if household_id not in labels:
            raise Incomplete({"other": _UNKNOWN})
        consequence = await caller.ask(
            Consequence,
            "keyworkers",
            f"{subject.path}/conflicts/look",
            {"household_id": household_id},
        )
        return portal.render(
            request,
            "conflict_look.html",
            subject=subject,
            look=consequence,
            household=household_name(labels[household_id]),
        )

    @router.post(path)
    @shown_again(look, "conflict")
    async def declare(request: Request) -> Response:
        caller, subject = await subject_of(request, change=True)
        household = _named(await request.form())
        await caller.change("keyworkers", f"{subject.path}/conflicts", {"household_id": household})
        return redirect(f"{subject.base}/conflicts?done=declared")

    @router.post(f"{path}/{{household_id}}/withdraw")
    @shown_again(show, "withdraw")
    async def withdraw(request: Request, household_id: UUID) -> Response:
        caller, subject = await subject_of(request, change=True)
        await caller.change("keyworkers", f"{subject.path}/conflicts/{household_id}/withdraw")
        return redirect(f"{subject.base}/conflicts?done=withdrawn")


def _named(form: Fields) -> str:
    """The household's id; the address that was pasted counts first. Raises :class:`Incomplete`."""
    chosen, pasted = (str(form.get(name) or "").lower() for name in ("household", "other"))
    found = ID.search(pasted or chosen)
    if found is not None:
        return found[0]
    if pasted or chosen:
        raise Incomplete({"other": _UNKNOWN})
    raise Incomplete({"other": "Choose the household, or paste the address of its page."})


async def _declared(caller: Caller, subject: Subject) -> Conflicts:
    return await caller.read(Conflicts, "keyworkers", f"{subject.path}/conflicts")


async def _near(caller: Caller, subject: Subject) -> set[str]:
    """The households that they walk beside, are asked to, or may be given next."""
    team = subject.team
    held, asked, offers = await asyncio.gather(
        settle(_read_held(caller, team.id), ()),
        settle(_read_asked(caller, subject.key_worker.id), ()),
        settle(_read_offers(caller, team.id), ()),
    )
    found = {
        one.household_id for one in asked.value if one.to_key_worker_id == subject.key_worker.id
    }
    found |= {one.household_id for one in offers.value}
    if subject.is_self:
        return found | {one.household_id for one in subject.key_worker.engagements}
    waiting = {one.household_id for one in team.waiting_list}
    return found | waiting | {one.household_id for one in held.value}


async def _read_held(caller: Caller, team_id: str) -> tuple[Held, ...]:
    return await caller.read(tuple[Held, ...], "keyworkers", f"/v1/teams/{team_id}/engagements")


async def _read_asked(caller: Caller, key_worker_id: str) -> tuple[Handover, ...]:
    query = {"key_worker_id": key_worker_id}
    return await caller.read(tuple[Handover, ...], "keyworkers", "/v1/handovers", query)


async def _read_offers(caller: Caller, team_id: str) -> tuple[Offer, ...]:
    return await caller.read(tuple[Offer, ...], "keyworkers", "/v1/offers", {"team_id": team_id})
