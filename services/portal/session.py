"""A visitor's session: who they are, signed and dated, in their own cookie. Pure.

Invariant: what :func:`read_session` answers was written by a portal with the same secret and has
not expired. The cookie is signed, not secret; it holds a practitioner's id and working name.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

COOKIE = "kith_session"


class Role(StrEnum):
    """What a visitor does here."""

    KEY_WORKER = "key_worker"
    TEAM_LEAD = "team_lead"
    DESK = "desk"
    REVIEWER = "reviewer"
    OPERATIONS = "operations"
    PRIVACY_OFFICER = "privacy_officer"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in practitioner. ``id``: the key worker's, or the slug of a lead's team or a
    desk's locality: what alerts calls the recipient.
    """

    role: Role
    id: str
    name: str
    team_name: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """``visitor`` is None before sign-in. ``nonce`` is what this session's form token hangs on."""

    nonce: str
    expires: datetime
    visitor: Visitor | None = None


def derive_key(secret: str, use: str) -> bytes:
    """A key of its own for each use of one secret."""
    return hmac.digest(secret.encode(), f"kith.portal.{use}".encode(), "sha256")


def write_session(session: Session, key: bytes) -> str:
    """The cookie's value: the session and its signature, in characters a cookie may hold."""
    content = {"nonce": session.nonce, "expires": session.expires.isoformat()}
    if session.visitor is not None:
        content |= asdict(session.visitor)
    body = _text(json.dumps(content, separators=(",", ":")).encode())
    return f"{body}.{_text(hmac.digest(key, body.encode(), 'sha256'))}"


def read_session(value: str | None, key: bytes, now: datetime) -> Session | None:
    """The session in a cookie; None where it is missing, forged, damaged or over."""
    body, _, signature = (value or "").partition(".")
    expected = _text(hmac.digest(key, body.encode(), "sha256"))
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        return None
    try:
        content = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        session = Session(
            nonce=content["nonce"],
            expires=datetime.fromisoformat(content["expires"]),
            visitor=_visitor(content) if "role" in content else None,
        )
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None
    return session if now < session.expires else None


def form_token(session: Session, key: bytes) -> str:
    """What every form of this session carries, and no other site can know."""
    return _text(hmac.digest(key, session.nonce.encode(), "sha256"))


def _visitor(content: dict[str, str]) -> Visitor:
    return Visitor(
        Role(content["role"]), content["id"], content["name"], content.get("team_name", "")
    )


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
