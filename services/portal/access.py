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

from services.portal.attempts import LASTS, Attempt, cookie_of, read_attempt, too_many
from services.portal.session import (
    Person,
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
    RETENTION = "/retention"


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
        Page.RETENTION,
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
        Page.RETENTION,
    ),
}
"""Operations see journeys and counts, never a household; a privacy officer sees who may know of
one, what is asked about it and who looked at it, and not the household, but for whoever asks what
is held about themselves; a visitor's first page comes first."""


SHOWN_TO = "Kith-Shown-To"
"""A page that asks for a part of itself says whose page it is: in another tab somebody else may
have signed in meanwhile, and theirs is not shown under this one's name."""


def shown_to(visitor: Visitor) -> str:
    """Whose page it is: at a desk, of whoever sits there."""
    return ":".join(filter(None, (visitor.role.value, visitor.id, visitor.person_id)))


def may_see_address(role: Role, address: str) -> bool:
    """Whether the address is a page's, or beneath one, that the role may see."""
    return any(f"{address}/".startswith(f"{page.value}/") for page in MAY_SEE[role])


class SignInNeeded(Exception):
    """Nobody is signed in, their session is over, or somebody else has signed in since."""


class Forbidden(Exception):
    """The visitor may not do this. ``str()`` says why and what to do."""


ENDED = "kith.session_ended"
"""In a request's scope: whoever it is of may not go on, whatever their cookie says."""


@dataclass(frozen=True, slots=True)
class Access:
    """Reads and writes sessions with keys of this installation. ``directory``: people sign in at
    their organisation's, and no session counts in which nobody did."""

    session_key: bytes
    form_key: bytes
    attempt_key: bytes
    hours: float
    secure: bool
    directory: bool

    @staticmethod
    def of(settings: PortalSettings) -> Access:
        """Keys from the session secret or, where there is none, from the service token."""
        secret = (settings.session_secret or settings.service_token).get_secret_value()
        # What was signed for one way to sign in counts for no other.
        way = "session" if settings.local else f"session {settings.oidc_issuer or ''}"
        return Access(
            session_key=derive_key(secret, way),
            form_key=derive_key(secret, "form"),
            attempt_key=derive_key(secret, f"attempt {settings.oidc_issuer or ''}"),
            hours=settings.session_hours,
            secure=settings.secure,
            directory=settings.oidc_issuer is not None,
        )

    @property
    def cookie(self) -> str:
        """The session's cookie. With https it is of this host alone: none of a host beneath it or
        above counts."""
        return f"{self._prefix}kith_session"

    def session(self, request: Request, now: datetime) -> Session | None:
        """The request's session, signed in or not."""
        if request.scope.get(ENDED):
            return None
        session = read_session(request.cookies.get(self.cookie), self.session_key, now)
        if self.directory and session is not None and session.visitor and not session.person:
            return None
        return session

    def comes_from_elsewhere(self, request: Request) -> bool:
        """Whether a link of another site leads here, as of a mail read in the browser: the browser
        keeps the cookie back then, and sends it once the page asks for itself."""
        site = request.headers.get("sec-fetch-site")
        return self.cookie not in request.cookies and site in {"cross-site", "same-site"}

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

    def begin(
        self,
        response: Response,
        visitor: Visitor | None,
        now: datetime,
        person: Person | None = None,
        before: Session | None = None,
    ) -> Session:
        """Start a session, with a nonce of its own, in the visitor's cookie. It ends when
        ``before`` would have, whose person goes on as somebody else."""
        expires = before.expires if before else now + timedelta(hours=self.hours)
        session = Session(secrets.token_urlsafe(16), expires, visitor, person)
        seconds = int((expires - now).total_seconds())
        self._set(response, self.cookie, write_session(session, self.session_key), seconds)
        return session

    def end(self, response: Response) -> None:
        """Sign out: the cookie is taken back."""
        self._set(response, self.cookie, "", 0)

    def attempt(self, request: Request, response: Response, to: str, now: datetime) -> Attempt:
        """Begin to sign in, in a cookie of its own. It is sent back with the provider's answer,
        which comes from another site: the session's would not be."""
        for name in too_many(request.cookies, self._prefix, self.attempt_key):
            self._set(response, name, "", 0, "lax")
        attempt = Attempt(secrets.token_urlsafe(16), to, now + LASTS, self.attempt_key)
        name = self._attempt_cookie(attempt.state)
        self._set(response, name, attempt.written(), int(LASTS.total_seconds()), "lax")
        return attempt

    def take_attempt(self, request: Request, response: Response, now: datetime) -> Attempt | None:
        """The attempt that a provider answers, once; None where this browser made none such."""
        state = request.query_params.get("state", "")
        name = self._attempt_cookie(state)
        if not cookie_of(state) or name not in request.cookies:
            return None
        self._set(response, name, "", 0, "lax")
        return read_attempt(request.cookies[name], state, self.attempt_key, now)

    def _attempt_cookie(self, state: str) -> str:
        return f"{self._prefix}{cookie_of(state)}"

    @property
    def _prefix(self) -> str:
        return "__Host-" if self.secure else ""

    def _set(
        self, response: Response, name: str, value: str, seconds: int, site: str = "strict"
    ) -> None:
        options: dict[str, Any] = {"httponly": True, "samesite": site, "secure": self.secure}
        response.set_cookie(name, value, max_age=seconds, path="/", **options)
