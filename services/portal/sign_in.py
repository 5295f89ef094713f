"""Signing in and out, and the first page of each role.

Only for local use is there a sign-in without a password: choose who you are. Elsewhere people sign
in at their organisation's own (:mod:`services.portal.sign_in_directory`); where none is set up the
page says so plainly, and nobody gets in.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import MAY_SEE, Forbidden, SignInNeeded, may_see_address
from services.portal.addresses import is_own
from services.portal.answers import KeyWorker, Locality, Place, Team, TeamPage
from services.portal.forms import Incomplete, shown_again
from services.portal.portal import Portal, redirect
from services.portal.session import Role, Visitor
from services.portal.sources import Caller, settle
from services.portal.standing import NOBODY

_SHOWN = 12
"""Key workers shown at once; a search finds the others."""
_STAFF = {
    "reviewer": Visitor(Role.REVIEWER, "reviewer", "Reviewer"),
    "operations": Visitor(Role.OPERATIONS, "operations", "Operations"),
    "privacy-officer": Visitor(Role.PRIVACY_OFFICER, "privacy-officer", "Privacy officer"),
}


def create_router(portal: Portal) -> APIRouter:
    """``/``, ``/sign-in``, ``/sign-out``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def first_page(request: Request) -> Response:
        session = portal.access.session(request, portal.clock())
        if session is None or session.visitor is None:
            raise SignInNeeded
        return redirect(MAY_SEE[session.visitor.role][0].value)

    @router.get("/sign-in")
    async def show(request: Request, q: str = "", to: str = "") -> Response:
        if not portal.settings.local:
            return portal.render(request, "sign_in_elsewhere.html", HTTPStatus.SERVICE_UNAVAILABLE)
        if portal.access.comes_from_elsewhere(request):
            return portal.render(request, "arriving.html")
        now, q = portal.clock(), q.strip()[:60]
        caller = portal.ask(NOBODY, "sign-in")
        key_workers = await settle(_find_key_workers(caller, q), ())
        teams = await settle(_find_teams(caller, q), ())
        desks = await settle(_find_desks(caller, q), ())
        session = portal.access.session(request, now)
        values: dict[str, Any] = {
            "q": q,
            "key_workers": key_workers.value[:_SHOWN],
            "more": max(0, len(key_workers.value) - _SHOWN),
            "teams": teams.value[:_SHOWN],
            "desks": desks.value[:_SHOWN],
            "missing": key_workers.missing or teams.missing,
            "to": to if is_own(to) else "",
        }
        if session is not None:
            return portal.render(request, "sign_in.html", **values)
        # The cookie of a session not yet signed in gives this form its token.
        cookie = Response()
        session = portal.access.begin(cookie, None, now)
        response = portal.render(
            request, "sign_in.html", token=portal.access.token(session), **values
        )
        response.headers.append("set-cookie", cookie.headers["set-cookie"])
        return response

    async def again(request: Request) -> Response:
        return await show(request, to=str((await request.form()).get("to") or ""))

    @router.post("/sign-in")
    @shown_again(again, "sign-in")
    async def sign_in(request: Request) -> Response:
        if not portal.settings.local:
            raise Forbidden("Sign-in is not configured here.")
        now = portal.clock()
        form = await portal.access.check_form(request, now)
        visitor = await _identify(portal.ask(NOBODY, "sign-in"), str(form.get("who") or ""))
        to = str(form.get("to") or "")
        may_go = is_own(to) and may_see_address(visitor.role, to)
        response = redirect(to if may_go else "/")
        portal.access.begin(response, visitor, now)
        return response

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        now = portal.clock()
        if portal.access.session(request, now) is not None:
            await portal.access.check_form(request, now)
        response = redirect("/sign-out/organisation" if portal.access.directory else "/sign-in")
        portal.access.end(response)
        return response

    return router


def came_from(request: Request) -> str | None:
    """The page of Kith's own whose form was sent, where it can be loaded again."""
    page = urlsplit(request.headers.get("referer", ""))
    own = page.netloc == request.headers.get("host") and is_own(page.path)
    return page.path if own and not page.path.endswith("/look") else None


async def _find_key_workers(caller: Caller, q: str) -> tuple[KeyWorker, ...]:
    """Those whose name or team has every word of ``q``; the busiest first."""
    found = await caller.read(tuple[KeyWorker, ...], "keyworkers", "/v1/keyworkers")
    chosen = [k for k in found if _has_words(f"{k.name} {k.team_name}", q)]
    return tuple(sorted(chosen, key=lambda k: (-k.caseload, k.name)))


async def _find_teams(caller: Caller, q: str) -> tuple[Team, ...]:
    found = await caller.read(tuple[Team, ...], "keyworkers", "/v1/teams")
    return tuple(t for t in found if _has_words(f"{t.name} {t.locality_name or ''}", q))


async def _find_desks(caller: Caller, q: str) -> tuple[Locality, ...]:
    """Each locality's front door and duty desk, and the places' own."""
    places = await caller.read(tuple[Place, ...], "keyworkers", "/v1/places")
    found = [desk for place in places for desk in (*place.localities, place)]
    return tuple(d for d in found if _has_words(d.name, q))


async def _identify(caller: Caller, who: str) -> Visitor:
    """The visitor chosen on the form. Raises :class:`Incomplete` where there is nobody such."""
    kind, _, chosen = who.partition(":")
    if kind in _STAFF:
        return _STAFF[kind]
    if kind == Role.KEY_WORKER:
        for found in await _find_key_workers(caller, ""):
            if found.id == chosen:
                return Visitor(Role.KEY_WORKER, found.id, found.name, found.team_name)
    if kind == Role.TEAM_LEAD:
        for team in await _find_teams(caller, ""):
            if team.id == chosen:
                path = f"/v1/teams/{quote(team.id, safe='')}"
                lead = (await caller.read(TeamPage, "keyworkers", path)).lead
                return Visitor(Role.TEAM_LEAD, team.id, lead.name, team.name)
    if kind == Role.DESK:
        for desk in await _find_desks(caller, ""):
            if desk.id == chosen:
                return Visitor(Role.DESK, desk.id, desk.front_door.name, desk.name)
    raise Incomplete("There is nobody such to sign in as. Choose somebody.")


def _has_words(text: str, q: str) -> bool:
    return all(word in text.lower() for word in q.lower().split())
