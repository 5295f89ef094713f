"""Linking and separating households by hand: looked at first, then said, and taken back.

Nothing changes before the page that says what would; every change can be taken back for ever. A
restricted household is linked or separated by those on its list only.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Forbidden, Page
from services.portal.answers import Engagement, WhoseHousehold
from services.portal.answers_links import Change
from services.portal.answers_matching import Household
from services.portal.consequences import what_follows
from services.portal.forms import Fields, Incomplete, shown_again
from services.portal.lookups import ID, household_name, load_assessments, load_labels
from services.portal.portal import Portal, redirect
from services.portal.sources import Caller, Part, settle

_PATHS = {"link": "/v1/links", "separation": "/v1/separations"}
_ALL_PATHS = _PATHS | {
    "people_link": "/v1/people/links",
    "people_separation": "/v1/people/separations",
}


@dataclass(frozen=True, slots=True)
class Side:
    """A household as it is before the change, and whose it is."""

    household: Household
    name: str
    engagement: Engagement | None


def create_router(portal: Portal) -> APIRouter:
    """``/links/{household_id}``: what was said of it, and saying more."""
    router = APIRouter(include_in_schema=False)

    @router.get("/links/{household_id}")
    async def show(request: Request, household_id: UUID, done: str = "") -> Response:
        caller = portal.ask(portal.admit(request, Page.LINKS), "links")
        side = await read_side(caller, str(household_id))
        if side.household.id != str(household_id) and request.method == "GET":
            return redirect(f"/links/{side.household.id}")
        refuse_restricted(side)
        changes, assessments = await asyncio.gather(
            settle(_changes(caller, side.household.id), ()),
            settle(load_assessments(caller, side.household.assessment_ids), []),
        )
        others = {c.other_household_id for c in changes.value}
        labels = await load_labels(caller, others)
        return portal.render(
            request,
            "links.html",
            side=side,
            done=done,
            changes=changes,
            assessments=Part(
                sorted(assessments.value, key=lambda a: a.recorded_at), assessments.missing
            ),
            names={id_: household_name(labels.get(id_)) for id_ in others},
        )

    @router.post("/links/{household_id}/look")
    @shown_again(show, kind_of)
    async def look(request: Request, household_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.LINKS)
        caller = portal.ask(visitor, "links")
        kind, body = _read_form(await request.form(), household_id)
        change = await caller.ask(Change, "duplication", _PATHS[kind], body, {"preview": "true"})
        return await _ask_to_confirm(request, caller, change, body)

    @router.post("/links/{household_id}")
    @shown_again(look, kind_of)
    async def put_into_effect(request: Request, household_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.LINKS)
        kind, body = _read_form(await request.form(), household_id)
        await portal.ask(visitor, "links").change("duplication", _PATHS[kind], body)
        return redirect(f"/links/{household_id}?done={kind}")

    @router.post("/links/{household_id}/{kind}/{change_id}/undo")
    @shown_again(show, "undo")
    async def undo(request: Request, household_id: UUID, kind: str, change_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.LINKS)
        if kind not in _ALL_PATHS:
            raise Forbidden("A link or a separation is taken back, and nothing else.")
        caller, path = portal.ask(visitor, "links"), f"{_ALL_PATHS[kind]}/{change_id}/undo"
        if not (await request.form()).get("confirmed"):
            change = await caller.ask(Change, "duplication", path, {}, {"preview": "true"})
            return await _ask_to_confirm(request, caller, change, {}, undoing=f"{kind}/{change_id}")
        await caller.change("duplication", path)
        return redirect(f"/links/{household_id}?done=undone")

    async def _ask_to_confirm(
        request: Request,
        caller: Caller,
        change: Change,
        body: dict[str, Any],
        undoing: str | None = None,
    ) -> Response:
        side = await read_side(caller, change.household_id)
        there = await settle(read_side(caller, change.other_household_id), None)
        for one in (side, there.value):
            if one is not None:
                refuse_restricted(one)
        return portal.render(
            request,
            "people_confirm.html" if change.person_id else "link_confirm.html",
            change=change,
            side=side,
            other=there.value
            if there.value and there.value.household.id != side.household.id
            else None,
            body=body,
            undoing=undoing,
            beside="",
            follows=await settle(what_follows(caller, change.place_id, change.says), []),
        )

    return router


def refuse_restricted(side: Side) -> None:
    if side.household.hidden:
        raise Forbidden(
            "This household is restricted: who is in it is shown to those on its list only. Its "
            "key worker can say “not this household” of an assessment; its team’s lead or the "
            "privacy officer can put you on the list."
        )


def kind_of(form: Fields) -> str:
    """Which of a page's two forms was sent: a link's or a separation's."""
    return str(form.get("kind") or "")


def _read_form(form: Fields, household_id: UUID) -> tuple[str, dict[str, Any]]:
    """The change asked for, as duplication takes it. Raises :class:`Incomplete`."""
    kind = kind_of(form)
    try:
        id_ = str(UUID(str(form.get("id")))) if form.get("id") else str(uuid4())
    except ValueError:
        raise Incomplete("This form is damaged. Send it again as it is now.") from None
    if kind == "link":
        found = ID.search(str(form.get("other") or "").lower())
        if found is None:
            raise Incomplete(
                {"other": "Name the other household: paste the address of its page, or its id."}
            )
        return kind, {"id": id_, "household_ids": [str(household_id), found[0]], "people": []}
    if kind == "separation":
        chosen = [str(a) for a in form.getlist("assessment") if ID.fullmatch(str(a))]
        if not chosen:
            raise Incomplete(
                {"assessment": "Choose the assessments that are of another household."}
            )
        return kind, {
            "id": id_,
            "household_id": str(household_id),
            "assessment_ids": chosen,
            "other_people": form.get("same_people") != "yes",
        }
    raise Incomplete("Households are linked or separated, and nothing else. Choose one.")


async def read_side(caller: Caller, household_id: str) -> Side:
    household, whose = await asyncio.gather(
        caller.read(Household, "duplication", f"/v1/households/{household_id}"),
        settle(
            caller.read(WhoseHousehold, "keyworkers", f"/v1/households/{household_id}/engagement"),
            WhoseHousehold(),
        ),
    )
    return Side(household, household_name(household), whose.value.active)


async def _changes(caller: Caller, household_id: str) -> tuple[Change, ...]:
    return await caller.read(
        tuple[Change, ...], "duplication", f"/v1/households/{household_id}/changes"
    )
