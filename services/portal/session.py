"""A visitor's session: who they are, signed and dated, in their own cookie. Pure.

Invariant: what :func:`read_session` answers was written by a portal with the same secret and has
not expired. The cookie is signed, not secret; it holds a practitioner's id and working name, what
their organisation's directory calls them where it vouched for them, and no token of its.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


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
    desk's locality: what alerts calls the recipient. ``person_id``: who it is, where their
    organisation vouched for them; recorded beside ``id`` where several share that.
    """

    role: Role
    id: str
    name: str
    team_name: str = ""
    person_id: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the organisation's directory vouched for. ``sign_in``: what it calls them; ``id``: their
    own in the place, whatever they act as; ``several``: there is more than one role to choose."""

    sign_in: str
    id: str
    several: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """``visitor`` is None before sign-in, and before a role is chosen. ``nonce`` is what this
    session's form token hangs on. ``person`` is None in local use."""

    nonce: str
    expires: datetime
    visitor: Visitor | None = None
    person: Person | None = None


def derive_key(secret: str, use: str) -> bytes:
    """A key of its own for each use of one secret."""
    return hmac.digest(secret.encode(), f"kith.portal.{use}".encode(), "sha256")


def write_session(session: Session, key: bytes) -> str:
    """The cookie's value: the session and its signature, in characters a cookie may hold."""
    content: dict[str, Any] = {"nonce": session.nonce, "expires": session.expires.isoformat()}
    if session.visitor is not None:
        content |= asdict(session.visitor)
    if session.person is not None:
        content["person"] = asdict(session.person)
    return write_signed(content, key)


def read_session(value: str | None, key: bytes, now: datetime) -> Session | None:
    """The session in a cookie; None where it is missing, forged, damaged or over."""
    try:
        content = read_signed(value, key)
        session = Session(
            nonce=content["nonce"],
            expires=datetime.fromisoformat(content["expires"]),
            visitor=_visitor(content) if "role" in content else None,
            person=Person(**content["person"]) if "person" in content else None,
        )
    except (ValueError, KeyError, TypeError):
        return None
    return session if now < session.expires else None


def write_signed(content: dict[str, Any], key: bytes) -> str:
    """What a cookie keeps, and its signature, in characters a cookie may hold."""
    body = as_text(json.dumps(content, separators=(",", ":")).encode())
    return f"{body}.{derived(key, body)}"


def read_signed(value: str | None, key: bytes) -> Any:
    """What :func:`write_signed` wrote with this key. Raises ``ValueError`` for anything else."""
    body, _, signature = (value or "").partition(".")
    if not hmac.compare_digest(signature.encode(), derived(key, body).encode()):
        raise ValueError("another key's, or damaged")
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def form_token(session: Session, key: bytes) -> str:
    """What every form of this session carries, and no other site can know."""
    return derived(key, session.nonce)


def derived(key: bytes, text: str) -> str:
    """43 characters that follow from the text, and that nobody without the key can say."""
    return as_text(hmac.digest(key, text.encode(), "sha256"))


def as_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _visitor(content: dict[str, str]) -> Visitor:
    return Visitor(
        Role(content["role"]),
        content["id"],
        content["name"],
        content.get("team_name", ""),
        content.get("person_id", ""),
    )
