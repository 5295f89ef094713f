"""One attempt to sign in, from the portal to the provider and back. Pure.

Invariant: who comes back is the browser that left. A signed cookie holds a random seed; state,
nonce and the code's verifier follow from it and a key of this installation, so that none of them
is kept anywhere, and neither the cookie nor an address alone is enough.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.portal.session import as_text, derived, read_signed, write_signed

LASTS = timedelta(minutes=15)
"""A person may have to find their telephone first."""
AT_ONCE = 10
"""So many tabs may be on their way at once: with more cookies, servers in front of the portal would
refuse each request of this browser (many take 8 KB of them)."""
_COOKIE = "kith_sign_in_"
_STATE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """``to``: the page of Kith's own that was asked for, or nothing; ``key``: this use's own."""

    seed: str
    to: str
    expires: datetime
    key: bytes

    @property
    def state(self) -> str:
        return derived(self.key, f"state {self.seed}")

    @property
    def nonce(self) -> str:
        return derived(self.key, f"nonce {self.seed}")

    @property
    def verifier(self) -> str:
        return derived(self.key, f"verifier {self.seed}")

    @property
    def challenge(self) -> str:
        """Of the verifier, as PKCE's S256 has it."""
        return as_text(hashlib.sha256(self.verifier.encode()).digest())

    @property
    def cookie(self) -> str:
        """Its cookie's name: several tabs may be on their way at once."""
        return cookie_of(self.state)

    def written(self) -> str:
        """The cookie's value."""
        content = {"seed": self.seed, "to": self.to, "expires": self.expires.isoformat()}
        return write_signed(content, self.key)


def cookie_of(state: str) -> str:
    """The name of the cookie in which the attempt with this state is kept."""
    return f"{_COOKIE}{state[:8]}" if _STATE.fullmatch(state) else ""


def read_attempt(value: str | None, state: str, key: bytes, now: datetime) -> Attempt | None:
    """The attempt in a cookie; None where it is not the one of this state, forged or over."""
    try:
        content = read_signed(value, key)
        expires = datetime.fromisoformat(content["expires"])
        attempt = Attempt(content["seed"], content["to"], expires, key)
    except (ValueError, KeyError, TypeError):
        return None
    same = hmac.compare_digest(attempt.state.encode(), state.encode())
    return attempt if same and now < expires else None


def too_many(cookies: Mapping[str, str], prefix: str, key: bytes) -> list[str]:
    """The names of cookies to take back before one more attempt begins: the oldest, and what cannot
    be read. ``prefix``: what stands before the names of this portal's cookies."""
    found = {k: v for k, v in cookies.items() if k.startswith(f"{prefix}{_COOKIE}")}
    begun = sorted(found, key=lambda name: _expires(found[name], key))
    return begun[: max(0, len(begun) - AT_ONCE + 1)]


def _expires(value: str, key: bytes) -> str:
    try:
        return str(read_signed(value, key)["expires"])
    except (ValueError, KeyError, TypeError):
        return ""
