"""Requests for what is held about a person, as a privacy officer answers them.

Whom it is about is never in an address: each step is a form that is sent. Nothing is kept here, and
nothing of a copy is kept anywhere; that it left, and what it covered, is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from contracts.vocabulary import IdentifierScheme
from contracts.vocabulary_access import IdentityCheck
from services.portal.access import Page
from services.portal.forms import Fields, Incomplete, shown_again
from services.portal.lookups import ID, load_agency_names
from services.portal.portal import Portal
from services.portal.request_answering import answer, prepare, wanted
from services.portal.request_gathering import (
    PURPOSE,
    NotWhole,
    find_assessment,
    find_people,
    list_copies,
)
from services.portal.sources import Refused, Unavailable, settle

_TYPED = (
    "given_name", "family_name", "date_of_birth", "postcode", "scheme", "number", "agency",
    "reference",
)  # fmt: skip
_SCHEMES = tuple(scheme.value for scheme in IdentifierScheme if scheme != IdentifierScheme.OTHER)


def create_router(portal: Portal) -> APIRouter:
    """``/subject-access``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/subject-access")
    async def show(request: Request) -> Response:
        caller = portal.ask(portal.admit(request, Page.SUBJECT_ACCESS), PURPOSE)
        return portal.render(
            request,
            "subject_access.html",
            schemes=_SCHEMES,
            agencies=sorted((await load_agency_names(caller)).items(), key=lambda one: one[1]),
            copies=await settle(list_copies(caller), ()),
        )

    @router.post("/subject-access/find")
    @shown_again(show, "find")
    async def find(request: Request) -> Response:
        """Who may be meant."""
        caller = portal.ask(await portal.admit_change(request, Page.SUBJECT_ACCESS), PURPOSE)
        typed = _typed(await request.form())
        if typed["agency"] and typed["reference"]:
            assessment = await find_assessment(caller, typed["agency"], typed["reference"])
            if assessment is None:
                raise Incomplete(
                    {"reference": "That agency has sent nothing under this reference."}
                )
            asked: dict[str, Any] = {"assessment_id": assessment}
        else:
            asked, faults = wanted(typed)
            if faults:
                raise Incomplete(faults)
        return portal.render(
            request,
            "subject_access_found.html",
            found=await find_people(caller, asked),
            agencies=await load_agency_names(caller),
        )

    @router.post("/subject-access/look")
    @shown_again(show, "look")
    async def look(request: Request) -> Response:
        """What a copy would cover, and what is to be decided before."""
        caller = portal.ask(await portal.admit_change(request, Page.SUBJECT_ACCESS), PURPOSE)
        person_id = _person(await request.form())
        with _whole_or_none():
            prepared = await prepare(caller, person_id)
        return portal.render(
            request,
            "subject_access_look.html",
            prepared=prepared,
            matched=prepared.gathered.matched,
            identities=tuple(IdentityCheck),
            agencies=await load_agency_names(caller),
        )

    @router.post("/subject-access/export")
    @shown_again(look, "copy")
    async def export(request: Request) -> Response:
        """The copy, to be saved. It is on record before it leaves."""
        caller = portal.ask(await portal.admit_change(request, Page.SUBJECT_ACCESS), PURPOSE)
        form = await request.form()
        person_id = _person(form)
        with _whole_or_none():
            copy = await answer(
                caller,
                portal.templates,
                portal.zone,
                portal.clock(),
                person_id,
                reference=str(form.get("request") or "").strip(),
                identity=str(form.get("identity") or ""),
                said=_said(form),
                seen=str(form.get("seen") or ""),
            )
        return Response(
            copy.content,
            media_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{copy.name}"'},
        )

    return router


@contextmanager
def _whole_or_none() -> Iterator[None]:
    """Where a part of it cannot be had, there is none."""
    try:
        yield
    except (Unavailable, Refused, NotWhole) as error:
        status = HTTPStatus.CONFLICT if isinstance(error, Refused) else HTTPStatus.BAD_GATEWAY
        raise Incomplete(
            f"No copy was made. {error} A copy is whole or there is none.", status
        ) from None


def _person(form: Fields) -> str:
    """Whom it is about. Raises :class:`Incomplete`."""
    person_id = str(form.get("person") or "")
    if not ID.fullmatch(person_id):
        raise Incomplete("Choose somebody.")
    return person_id


def _typed(form: Fields) -> dict[str, str]:
    return {name: str(form.get(name) or "")[:100] for name in _TYPED}


def _said(form: Fields) -> dict[str, bool]:
    """By piece, whether it stays in, as the form says."""
    return {
        name.removeprefix("piece:"): value == "keep"
        for name, value in form.items()
        if name.startswith("piece:")
    }
