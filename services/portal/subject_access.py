"""Requests for what is held about a person, as a privacy officer answers them.

Whom it is about is never in an address: each step is a form that is sent. Nothing is kept here, and
nothing of a copy is kept anywhere; that it left, and what it covered, is.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from contracts.vocabulary import IdentifierScheme
from contracts.vocabulary_access import IdentityCheck
from services.portal.access import Page
from services.portal.links import ID
from services.portal.lookups import load_agency_names
from services.portal.portal import Portal
from services.portal.request_answering import NotYet, answer, prepare, wanted
from services.portal.request_gathering import (
    PURPOSE,
    NotWhole,
    find_assessment,
    find_people,
    list_copies,
)
from services.portal.sources import Caller, Refused, Unavailable, settle

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
        return await begin(request, caller, {}, [])

    async def begin(
        request: Request, caller: Caller, typed: dict[str, str], faults: list[str]
    ) -> Response:
        return portal.render(
            request,
            "subject_access.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
            typed=dict.fromkeys(_TYPED, "") | typed,
            faults=faults,
            schemes=_SCHEMES,
            agencies=sorted((await load_agency_names(caller)).items(), key=lambda one: one[1]),
            copies=await settle(list_copies(caller), ()),
        )

    @router.post("/subject-access/find")
    async def find(request: Request) -> Response:
        """Who may be meant."""
        caller = portal.ask(await portal.admit_change(request, Page.SUBJECT_ACCESS), PURPOSE)
        typed = _typed(await request.form())
        if typed.get("agency") and typed.get("reference"):
            assessment = await find_assessment(caller, typed["agency"], typed["reference"])
            if assessment is None:
                faults = ["That agency has sent nothing under this reference."]
                return await begin(request, caller, typed, faults)
            asked: dict[str, Any] = {"assessment_id": assessment}
        else:
            asked, faults = wanted(typed)
            if faults:
                return await begin(request, caller, typed, faults)
        found = await find_people(caller, asked)
        return portal.render(
            request,
            "subject_access_found.html",
            found=found,
            agencies=await load_agency_names(caller),
        )

    @router.post("/subject-access/look")
    async def look(request: Request) -> Response:
        """What a copy would cover, and what is to be decided before."""
        caller = portal.ask(await portal.admit_change(request, Page.SUBJECT_ACCESS), PURPOSE)
        return await confirm(request, caller, await request.form())

    async def confirm(
        request: Request, caller: Caller, form: FormData, fault: str | None = None
    ) -> Response:
        person_id = str(form.get("person") or "")
        if not ID.fullmatch(person_id):
            return await begin(request, caller, {}, ["Choose somebody."])
        try:
            prepared = await prepare(caller, person_id)
        except (Unavailable, Refused, NotWhole) as error:
            return _nothing_made(request, error)
        return portal.render(
            request,
            "subject_access_look.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
            prepared=prepared,
            matched=prepared.gathered.matched,
            said=_said(form),
            request_reference=str(form.get("request") or "")[:60],
            identity=str(form.get("identity") or ""),
            identities=tuple(IdentityCheck),
            fault=fault,
            agencies=await load_agency_names(caller),
        )

    @router.post("/subject-access/export")
    async def export(request: Request) -> Response:
        """The copy, to be saved. It is on record before it leaves."""
        caller = portal.ask(await portal.admit_change(request, Page.SUBJECT_ACCESS), PURPOSE)
        form = await request.form()
        person_id = str(form.get("person") or "")
        if not ID.fullmatch(person_id):
            return await begin(request, caller, {}, ["Choose somebody."])
        try:
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
        except NotYet as not_yet:
            return await confirm(request, caller, form, str(not_yet))
        except (Unavailable, Refused, NotWhole) as error:
            return _nothing_made(request, error)
        return Response(
            copy.content,
            media_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{copy.name}"'},
        )

    def _nothing_made(request: Request, error: Exception) -> Response:
        refused = isinstance(error, Refused)
        return portal.render(
            request,
            "problem.html",
            HTTPStatus.CONFLICT if refused else HTTPStatus.BAD_GATEWAY,
            title="No copy was made",
            detail=f"{error} A copy is whole or there is none.",
            back="/subject-access",
        )

    return router


def _typed(form: FormData) -> dict[str, str]:
    return {name: str(form.get(name) or "")[:100] for name in _TYPED}


def _said(form: FormData) -> dict[str, bool]:
    """By piece, whether it stays in, as the form says."""
    return {
        name.removeprefix("piece:"): value == "keep"
        for name, value in form.items()
        if name.startswith("piece:")
    }
