"""Whether an ID token is what it says it is, and what the directory calls its person.

Invariant: only who is named in a token signed by the issuer's own key, for this portal, for this
attempt and not over, is let on. What a token says of its own signature chooses among what is
allowed here, never beyond it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""Those whose key to check is not the key to sign: a secret that both sides have proves nothing."""
LEEWAY_SECONDS = 60
"""By how much two machines' clocks may differ."""
_REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]


class BadToken(Exception):
    """The token is not to be believed. ``str()``: which check it failed, nothing of what it says"""


class UnknownKey(BadToken):
    """Signed with a key that is not among those known: the provider may have a new one."""


class NoName(Exception):
    """The token is right, and says not what the person is to be known by. ``str()`` says why."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must agree with."""

    issuer: str
    client_id: str
    nonce: str


def verify(token: str, keys: Sequence[Mapping[str, Any]], expected: Expected) -> dict[str, Any]:
    """The token's claims. ``keys``: the provider's JSON Web Keys. Raises :class:`BadToken`."""
    try:
        key = _key_of(jwt.get_unverified_header(token), keys)
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=ALGORITHMS,
            audience=expected.client_id,
            issuer=expected.issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": _REQUIRED},
        )
    except jwt.PyJWTError as error:
        raise BadToken(type(error).__name__) from None
    party = claims.get("azp")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (party is not None or several) and party != expected.client_id:
        raise BadToken("azp")
    if not hmac.compare_digest(str(claims["nonce"]).encode(), expected.nonce.encode()):
        raise BadToken("nonce")
    return claims


def sign_in_name(claims: Mapping[str, Any], claim: str, *, trust_email: bool) -> str:
    """What the directory calls the person. Raises :class:`NoName`."""
    value = claims.get(claim)
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise NoName(f"the claim {claim} is missing")
    if claim == "email" and not trust_email and not _is_verified(claims):
        raise NoName("the email is not said to be verified")
    return value


def _is_verified(claims: Mapping[str, Any]) -> bool:
    """As the standard says it, or Microsoft (``xms_edov``: the domain's owner is known)."""
    said = claims.get("email_verified")
    if said is not None:
        return said is True or said == "true"
    return claims.get("xms_edov") in (True, 1, "1", "true", "True")


def _key_of(header: Mapping[str, Any], keys: Sequence[Mapping[str, Any]]) -> jwt.PyJWK:
    """The one key that the token's header means, for the algorithm that it names."""
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise BadToken("algorithm")
    fitting = [
        key
        for key in keys
        if key.get("use", "sig") == "sig"
        and key.get("kty") != "oct"
        and key.get("alg", algorithm) == algorithm
        and (key_id is None or key.get("kid") == key_id)
    ]
    if len(fitting) != 1:
        raise UnknownKey("key")
    return jwt.PyJWK(dict(fitting[0]), algorithm)
