"""Whether whoever is signed in is still who they were: asked of keyworkers anew every few minutes.

Invariant: whoever the place no longer knows, or knows in another role, is out once the answer is
older than ``standing_seconds``. While keyworkers does not answer anybody, sessions go on by its
last answers for ``standing_grace_seconds``, and no longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.portal.access import ENDED
from services.portal.answers_sign_in import SignedIn
from services.portal.portal import Portal
from services.portal.session import Role, Session, Visitor
from services.portal.sources import Refused, Unavailable

NOBODY = Visitor(Role.OPERATIONS, "portal", "Nobody yet")
"""On whose behalf it is asked who somebody is."""
AGAIN_SECONDS = 10.0
"""How long keyworkers is let be after it did not answer."""
_UNASKED = ("/static/", "/health/")

Ask = Callable[[str], Awaitable[SignedIn]]


async def ask_who(portal: Portal, sign_in: str) -> SignedIn:
    """Who somebody is. Raises :class:`Unavailable` or :class:`Refused`."""
    caller = portal.ask(NOBODY, "sign-in")
    return await caller.ask(SignedIn, "keyworkers", "/v1/sign-in", {"sign_in": sign_in})


@dataclass(slots=True)
class _Known:
    """``roles``: None where nobody has answered yet; ``due``: when to ask anew."""

    roles: frozenset[tuple[str, str]] | None = None
    due: float = 0.0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Standing:
    """What keyworkers last answered, by what the directory calls a person."""

    def __init__(
        self, ask: Ask, seconds: float, grace_seconds: float, monotonic: Callable[[], float]
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._grace = grace_seconds
        self._now = monotonic
        self._known: dict[str, _Known] = {}
        self._silent_since: float | None = None

    def learn(self, sign_in: str, answer: SignedIn) -> None:
        """What was just answered, as somebody signed in."""
        known = self._known.setdefault(sign_in, _Known())
        known.roles = frozenset((office.role.value, office.id) for office in answer.offices)
        known.due = self._now() + self._seconds
        self._silent_since = None

    async def holds(self, session: Session) -> bool:
        """Whether the session's person still has the role in which they go on."""
        if session.person is None or session.visitor is None:
            return True
        sign_in, role = session.person.sign_in, (session.visitor.role.value, session.visitor.id)
        known = self._known.setdefault(sign_in, _Known())
        async with known.asking:
            if self._now() >= known.due:
                try:
                    self.learn(sign_in, await self._ask(sign_in))
                except (Unavailable, Refused):
                    since = self._silent_since
                    self._silent_since = self._now() if since is None else since
                    known.due = self._now() + min(AGAIN_SECONDS, self._seconds)
                    if self._now() - self._silent_since > self._grace:
                        known.roles = frozenset()
        return known.roles is None or role in known.roles


class StillHere:
    """ASGI middleware: ends the session of whoever may not go on, before a page asks for it."""

    def __init__(self, app: ASGIApp, portal: Portal, standing: Standing) -> None:
        self._app = app
        self._portal = portal
        self._standing = standing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(_UNASKED):
            session = self._portal.access.session(Request(scope), self._portal.clock())
            if session is not None and not await self._standing.holds(session):
                scope[ENDED] = True
        await self._app(scope, receive, send)
