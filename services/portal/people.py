"""Linking and separating people by hand, mention by mention; their households stay as they are.

Nothing changes before the page that says what would; what was said is taken back on the page of the
household's links. A restricted household's people are shown to nobody here.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Page
from services.portal.answers_links import Change, SeenPerson
from services.portal.forms import Fields, Incomplete, shown_again
from services.portal.links import Side, kind_of, read_side, refuse_restricted
from services.portal.lookups import ID, load_agency_names
from services.portal.portal import Portal, redirect
from services.portal.sources import Caller, settle

_PATHS = {"link": "/v1/people/links", "separation": "/v1/people/separations"}


def create_router(portal: Portal) -> APIRouter:
    """``/links/{household_id}/people``: who is in it, and saying who is who."""
    router = APIRouter(include_in_schema=False)

    async def again(request: Request, household_id: UUID) -> Response:
        """Also without whom a search did not find; of a form, beside whom it stood."""
        caller = portal.ask(portal.admit(request, Page.LINKS), "links")
        beside = "" if request.method == "GET" else str((await request.form()).get("beside") or "")
        side = await read_side(caller, str(household_id))
        return await _page(request, caller, side, beside if ID.fullmatch(beside) else "")

    @router.get("/links/{household_id}/people")
    @shown_again(again, "beside")
    async def show(
        request: Request, household_id: UUID, beside: str = "", done: str = ""
    ) -> Response:
        caller = portal.ask(portal.admit(request, Page.LINKS), "links")
        side = await read_side(caller, str(household_id))
        if side.household.id != str(household_id):
            return redirect(f"/links/{side.household.id}/people")
        return await _page(request, caller, side, beside, done)

    async def _page(
        request: Request, caller: Caller, side: Side, beside: str, done: str = ""
    ) -> Response:
        refuse_restricted(side)
        other = None
        if beside:
            found = ID.search(beside.lower())
            if found is None:
                raise Incomplete(
                    {"beside": "Name the other household: paste the address of its page."}
                )
            other = await read_side(caller, found[0])
            refuse_restricted(other)
        people, others, agencies = await asyncio.gather(
            settle(_people(caller, side.household.id), ()),
            settle(_people(caller, other.household.id), ()) if other else settle(_nobody(), ()),
            load_agency_names(caller),
        )
        known = {person.person_id for person in people.value}
        return portal.render(
            request,
            "people.html",
            side=side,
            other=other,
            done=done,
            people=people,
            others=[person for person in others.value if person.person_id not in known],
            missing=others,
            agencies=agencies,
        )

    @router.post("/links/{household_id}/people/look")
    @shown_again(again, _form_of)
    async def look(request: Request, household_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.LINKS)
        caller = portal.ask(visitor, "links")
        form = await request.form()
        kind, body = _read_form(form)
        change = await caller.ask(Change, "duplication", _PATHS[kind], body, {"preview": "true"})
        side = await read_side(caller, str(household_id))
        refuse_restricted(side)
        return portal.render(
            request,
            "people_confirm.html",
            change=change,
            side=side,
            body=body,
            undoing=None,
            beside=form.get("beside") or "",
        )

    @router.post("/links/{household_id}/people")
    @shown_again(look, _form_of)
    async def put_into_effect(request: Request, household_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.LINKS)
        kind, body = _read_form(await request.form())
        await portal.ask(visitor, "links").change("duplication", _PATHS[kind], body)
        return redirect(f"/links/{household_id}/people?done={kind}")

    return router


def _form_of(form: Fields) -> str:
    """There is one for linking, and to separate one for each person."""
    kind = kind_of(form)
    return f"{kind}-{form.get('person') or ''}" if kind == "separation" else kind


def _read_form(form: Fields) -> tuple[str, dict[str, Any]]:
    """What is said, as duplication takes it. Raises :class:`Incomplete`."""
    kind = kind_of(form)
    id_ = str(form.get("id") or uuid4())
    people = [str(p) for p in form.getlist("person") if ID.fullmatch(str(p))]
    if not ID.fullmatch(id_):
        raise Incomplete("This form is damaged. Send it again as it is now.")
    if kind == "link":
        if len(set(people)) != 2:
            raise Incomplete({"person": "Choose two people who are one."})
        return kind, {"id": id_, "person_ids": people}
    if kind == "separation":
        chosen = [str(a) for a in form.getlist("assessment") if ID.fullmatch(str(a))]
        if not chosen or len(people) != 1:
            raise Incomplete({"assessment": "Choose the assessments in which it is somebody else."})
        return kind, {"id": id_, "person_id": people[0], "assessment_ids": chosen}
    raise Incomplete("People are linked or separated, and nothing else. Choose one.")


async def _people(caller: Caller, household_id: str) -> tuple[SeenPerson, ...]:
    path = f"/v1/households/{household_id}/people"
    return await caller.read(tuple[SeenPerson, ...], "duplication", path)


async def _nobody() -> tuple[SeenPerson, ...]:
    return ()
