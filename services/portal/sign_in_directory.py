"""Signing in at the organisation's own sign-in, and choosing as whom to go on.

Invariant: nobody has a role here that keyworkers did not just say they have, for whoever the
provider vouched for in an answer to this browser's own attempt.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import SignInNeeded, may_see_address
from services.portal.addresses import is_own, sign_in_for
from services.portal.answers_sign_in import Office, SignedIn
from services.portal.forms import Incomplete, shown_again
from services.portal.id_tokens import BadToken, NoName, sign_in_name
from services.portal.portal import Portal, redirect
from services.portal.provider import NotAccepted, Provider, ProviderDown
from services.portal.session import Person, Session, Visitor
from services.portal.sources import Unavailable
from services.portal.standing import Standing, ask_who

LOG = logging.getLogger(__name__)
_SAID_NO = {"access_denied", "consent_required"}
_ASKS_MORE = {"login_required", "interaction_required", "account_selection_required"}
_BUSY = {"temporarily_unavailable", "server_error"}
_TITLE = "You are not signed in"
_AGAIN = "Your organisation’s sign-in took too long, or began in another browser or long ago."


def create_router(portal: Portal, provider: Provider, standing: Standing) -> APIRouter:
    """``/sign-in``, ``/sign-in/back``, ``/sign-in/role``, ``/sign-out/organisation`` and
    ``/signed-out``."""
    router = APIRouter(include_in_schema=False)

    def stopped(request: Request, to: str, status: HTTPStatus, title: str, detail: str) -> Response:
        """Nobody was signed in: why, in words. ``to``: the page that was asked for."""
        return portal.render(
            request,
            "sign_in_stopped.html",
            status,
            title=title,
            detail=detail,
            again=sign_in_for(to),
            help=portal.settings.sign_in_help,
        )

    def down(request: Request, to: str) -> Response:
        page = stopped(
            request,
            to,
            HTTPStatus.SERVICE_UNAVAILABLE,
            "Your organisation’s sign-in does not answer",
            "You cannot be signed in just now. Try again in a minute. Alerts reach you by message "
            "meanwhile, if your place sends them.",
        )
        page.headers["Retry-After"] = "30"
        return page

    @router.get("/sign-in")
    async def start(request: Request, to: str = "", again: bool = False) -> Response:
        """To the provider. ``again``: ask there even whoever is signed in."""
        response = Response(status_code=HTTPStatus.SEE_OTHER)
        to = to if is_own(to) else ""
        attempt = portal.access.attempt(request, response, to, portal.clock())
        try:
            response.headers["location"] = await provider.address(attempt, again=again)
        except ProviderDown as error:
            LOG.warning("the sign-in provider cannot be used: %s", error)
            return down(request, to)
        return response

    @router.get("/sign-in/back")
    async def back(
        request: Request, code: str = "", error: str = "", iss: str | None = None
    ) -> Response:
        """From the provider."""
        cookies = Response()
        attempt = portal.access.take_attempt(request, cookies, portal.clock())
        page: Response
        if attempt is None or (iss is not None and iss != portal.settings.oidc_issuer):
            page = stopped(request, "", HTTPStatus.BAD_REQUEST, _TITLE, _AGAIN)
        elif error or not code:
            page = refused(request, attempt.to, error)
        else:
            try:
                claims = await provider.claims(code, attempt)
                name = sign_in_name(
                    claims,
                    portal.settings.oidc_claim,
                    trust_email=portal.settings.oidc_trust_email,
                )
                page = await admit(request, name, attempt.to)
            except NotAccepted:
                page = stopped(request, attempt.to, HTTPStatus.BAD_REQUEST, _TITLE, _AGAIN)
            except (BadToken, NoName) as fault:
                LOG.warning("nobody was signed in: %s: %s", type(fault).__name__, fault)
                page = stopped(
                    request,
                    attempt.to,
                    HTTPStatus.FORBIDDEN,
                    _TITLE,
                    "What your organisation’s sign-in says of you cannot be relied on. "
                    "Tell whoever runs Kith in your organisation.",
                )
            except ProviderDown as fault:
                LOG.warning("the sign-in provider cannot be used: %s", fault)
                page = down(request, attempt.to)
        for value in cookies.headers.getlist("set-cookie"):
            page.headers.append("set-cookie", value)
        return page

    def refused(request: Request, to: str, error: str) -> Response:
        if error in _BUSY:
            return down(request, to)
        if error in _SAID_NO:
            detail = "Your organisation’s sign-in did not let you on to Kith, or you stopped it."
            return stopped(request, to, HTTPStatus.FORBIDDEN, _TITLE, detail)
        if error in _ASKS_MORE:
            detail = "Your organisation’s sign-in needs something from you first. Sign in again."
            return stopped(request, to, HTTPStatus.FORBIDDEN, _TITLE, detail)
        LOG.warning("the sign-in provider answered with an error that is not known")
        detail = (
            "Your organisation’s sign-in and Kith do not agree with each other. "
            "Tell whoever runs Kith in your organisation."
        )
        return stopped(request, to, HTTPStatus.SERVICE_UNAVAILABLE, _TITLE, detail)

    async def admit(request: Request, name: str, to: str) -> Response:
        """The page for whom the provider vouched for."""
        try:
            found = await ask_who(portal, name)
        except Unavailable:
            return stopped(
                request,
                to,
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Who you are in Kith cannot be told now",
                "Your organisation knows you; the part of Kith that knows your team does not "
                "answer. Try again in a minute.",
            )
        if not found.offices or found.person_id is None:
            return unknown(request, found)
        standing.learn(name, found)
        person = Person(name, found.person_id, len(found.offices) > 1)
        if person.several:
            page = opening(request, sign_in_for(to, chooses=True))
            portal.access.begin(page, None, portal.clock(), person)
            return page
        visitor = found.offices[0].taken_by(person.id)
        page = opening(request, _first(visitor, to))
        portal.access.begin(page, visitor, portal.clock(), person)
        return page

    def unknown(request: Request, found: SignedIn) -> Response:
        return portal.render(
            request,
            "sign_in_unknown.html",
            HTTPStatus.FORBIDDEN,
            ambiguous=found.ambiguous,
            help=portal.settings.sign_in_help,
        )

    def opening(request: Request, to: str) -> Response:
        """Not a redirect: the browser would keep the session's cookie back, as it comes here from
        another site."""
        return portal.render(request, "sign_in_opening.html", to=to)

    def somebody(request: Request) -> tuple[Session, Person]:
        session = portal.access.session(request, portal.clock())
        if session is None or session.person is None:
            raise SignInNeeded
        return session, session.person

    async def roles_of(person: Person) -> tuple[Office, ...]:
        found = await ask_who(portal, person.sign_in)
        standing.learn(person.sign_in, found)
        if not found.offices:
            raise SignInNeeded
        return found.offices

    @router.get("/sign-in/role")
    async def choose(request: Request, to: str = "") -> Response:
        session, person = somebody(request)
        return portal.render(
            request,
            "sign_in_role.html",
            offices=await roles_of(person),
            current=session.visitor,
            to=to if is_own(to) else "",
        )

    async def choose_again(request: Request) -> Response:
        return await choose(request, to=str((await request.form()).get("to") or ""))

    @router.post("/sign-in/role")
    @shown_again(choose_again, "role")
    async def chosen(request: Request) -> Response:
        session, person = somebody(request)
        form = await portal.access.check_form(request, portal.clock())
        who, to = str(form.get("who") or ""), str(form.get("to") or "")
        for office in await roles_of(person):
            if office.key == who:
                visitor, now = office.taken_by(person.id), portal.clock()
                response = redirect(_first(visitor, to))
                portal.access.begin(response, visitor, now, person, before=session)
                return response
        raise Incomplete("This role is not yours, or not any more. Choose one of these.")

    @router.get("/sign-out/organisation")
    async def sign_out(request: Request) -> Response:
        """On to the provider's own end of session, by a page: from a form the browser would not
        go there."""
        address = await provider.sign_out_address()
        if address is None:
            return redirect("/signed-out")
        return portal.render(request, "signing_out.html", address=address)

    @router.get("/signed-out")
    async def signed_out(request: Request) -> Response:
        return portal.render(request, "signed_out.html")

    return router


def _first(visitor: Visitor, to: str) -> str:
    """The page that was asked for, where the visitor may see it."""
    return to if is_own(to) and may_see_address(visitor.role, to) else "/"
