"""Credentials: ``kith_<prefix>_<secret>``, shown once, kept as a hash. Pure but for the making.

The prefix finds the row and may be shown in lists; the secret has 256 random bits, so SHA-256
keeps it without a salt.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

_FORM = re.compile(r"kith_([0-9a-f]{12})_([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """One credential. ``str()`` is what the agency sends, and the only place the secret shows."""

    prefix: str
    secret: str

    def __str__(self) -> str:
        return f"kith_{self.prefix}_{self.secret}"

    @property
    def secret_sha256(self) -> bytes:
        return hashlib.sha256(self.secret.encode()).digest()

    def is_kept_as(self, secret_sha256: bytes) -> bool:
        """Whether this is the secret of that hash, in constant time."""
        return hmac.compare_digest(self.secret_sha256, secret_sha256)


def new_credential() -> Credential:
    """A fresh credential, from the system's randomness."""
    return Credential(secrets.token_hex(6), secrets.token_hex(32))


def read_credential(text: str) -> Credential | None:
    """The credential that ``text`` is; None when it is none."""
    found = _FORM.fullmatch(text.strip())
    return Credential(found[1], found[2]) if found else None
