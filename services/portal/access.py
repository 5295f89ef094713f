"""Who may see what, and who may change anything: the one place that answers.

Invariant: every route but sign-in, its sign-out, static files and the health checks asks
:meth:`Access.admit`, and every POST :meth:`Access.admit_change`.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from services.portal.session import (
    COOKIE,
    Role,
    Session,
    Visitor,
    derive_key,
    form_token,
    read_session,
    write_session,
)
from services.portal.settings import PortalSettings


class Page(StrEnum):
    """What there is to see. The value is the page's address."""

    INBOX = "/inbox"
    TEAM = "/team"
    HOUSEHOLD = "/households"
    REVIEWS = "/reviews"
    QUALITY = "/reviews/quality"
    LINKS = "/links"
    DECISION = "/decisions"
    OPERATIONS = "/operations"
    YOU = "/you"
    PLACE = "/place"
    RESTRICTED = "/restricted"
    WHO_MAY_KNOW = "/who-may-know"
    WHO_LOOKED = "/who-looked"
    SUBJECT_ACCESS = "/subject-access"


MAY_SEE: dict[Role, tuple[Page, ...]] = {
    Role.KEY_WORKER: (
        Page.INBOX,
        Page.TEAM,
        Page.HOUSEHOLD,
        Page.DECISION,
        Page.YOU,
        Page.WHO_MAY_KNOW,
    ),
    Role.TEAM_LEAD: (
        Page.INBOX,
        Page.TEAM,
        Page.HOUSEHOLD,
        Page.REVIEWS,
        Page.QUALITY,
        Page.LINKS,
        Page.RESTRICTED,
        Page.DECISION,
        Page.YOU,
        Page.PLACE,
        Page.WHO_MAY_KNOW,
    ),
    Role.DESK: (Page.INBOX, Page.HOUSEHOLD, Page.YOU, Page.WHO_MAY_KNOW),
    Role.REVIEWER: (Page.REVIEWS, Page.QUALITY, Page.LINKS, Page.DECISION),
    Role.OPERATIONS: (Page.OPERATIONS, Page.QUALITY, Page.DECISION, Page.PLACE),
    Role.PRIVACY_OFFICER: (
        Page.RESTRICTED,
        Page.INBOX,
        Page.SUBJECT_ACCESS,
        Page.WHO_MAY_KNOW,
        Page.WHO_LOOKED,
    ),
}
"""Operations see journeys and counts, never a household; a privacy officer sees who may know of
one, what is asked about it and who looked at it, and not the household, but for whoever asks what
is held about themselves; a visitor's first page comes first."""


SHOWN_TO = "Kith-Shown-To"
"""A page that asks for a part of itself says whose page it is: in another tab somebody else may
have signed in meanwhile, and theirs is not shown under this one's name."""


def shown_to(visitor: Visitor) -> str:
    """Whose page it is."""
    return f"{visitor.role.value}:{visitor.id}"


def may_see_address(role: Role, address: str) -> bool:
    """Whether the address is a page's, or beneath one, that the role may see."""
    return any(f"{address}/".startswith(f"{page.value}/") for page in MAY_SEE[role])


class SignInNeeded(Exception):
    """Nobody is signed in, their session is over, or somebody else has signed in since."""


class Forbidden(Exception):
    """The visitor may not do this. ``str()`` says why and what to do."""


@dataclass(frozen=True, slots=True)
class Access:
    """Reads and writes sessions with keys of this installation."""

    session_key: bytes
    form_key: bytes
    hours: float
    secure: bool

    @staticmethod
    def of(settings: PortalSettings) -> Access:
        """Keys from the session secret or, where there is none, from the service token."""
        secret = (settings.session_secret or settings.service_token).get_secret_value()
        return Access(
            session_key=derive_key(secret, "session"),
            form_key=derive_key(secret, "form"),
            hours=settings.session_hours,
            secure=not settings.local,
        )

    def session(self, request: Request, now: datetime) -> Session | None:
        """The request's session, signed in or not."""
        return read_session(request.cookies.get(COOKIE), self.session_key, now)

    def comes_from_elsewhere(self, request: Request) -> bool:
        """Whether a link of another site leads here, as of a mail read in the browser: the browser
        keeps the cookie back then, and sends it once the page asks for itself."""
        site = request.headers.get("sec-fetch-site")
        return COOKIE not in request.cookies and site in {"cross-site", "same-site"}

    def admit(self, request: Request, page: Page, now: datetime) -> Visitor:
        """The visitor, who may see ``page``. Raises :class:`SignInNeeded`, :class:`Forbidden`."""
        session = self.session(request, now)
        if session is None or session.visitor is None:
            raise SignInNeeded
        if request.headers.get(SHOWN_TO, shown_to(session.visitor)) != shown_to(session.visitor):
            raise SignInNeeded
        if page not in MAY_SEE[session.visitor.role]:
            raise Forbidden(
                "This page is not part of your role. Sign out and choose another, or go back."
            )
        return session.visitor

    async def admit_change(self, request: Request, page: Page, now: datetime) -> Visitor:
        """As :meth:`admit`, and the form was sent from a page of this visitor's own session."""
        visitor = self.admit(request, page, now)
        await self.check_form(request, now)
        return visitor

    async def check_form(self, request: Request, now: datetime) -> FormData:
        """The form, sent with its session's own token. Raises :class:`Forbidden`."""
        session = self.session(request, now)
        form = await request.form()
        token = str(form.get("token") or "")
        if session is None or not hmac.compare_digest(
            token.encode(), form_token(session, self.form_key).encode()
        ):
            raise Forbidden(
                "This form is out of date, or was not sent from Kith. Nothing was changed. "
                "Go back, load the page again and repeat it."
            )
        return form

    def token(self, session: Session | None) -> str:
        """What this session's forms carry."""
        return form_token(session, self.form_key) if session else ""

    def begin(self, response: Response, visitor: Visitor | None, now: datetime) -> Session:
        """Start a session, with a nonce of its own, in the visitor's cookie."""
        expires = now + timedelta(hours=self.hours)
        session = Session(secrets.token_urlsafe(16), expires, visitor)
        self._set(response, write_session(session, self.session_key), int(self.hours * 3600))
        return session

    def end(self, response: Response) -> None:
        """Sign out: the cookie is taken back."""
        self._set(response, "", 0)

    def _set(self, response: Response, value: str, seconds: int) -> None:
        options: dict[str, Any] = {"httponly": True, "samesite": "strict", "secure": self.secure}
        response.set_cookie(COOKIE, value, max_age=seconds, path="/", **options)
