"""Who calls: another of Kith's services, on behalf of a practitioner, and why."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from services.kit.errors import Problem

_MOST_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Actor:
    """On whose behalf a service calls. ``id``: an opaque practitioner or service id, by which it is
    decided what they may; ``person``: who it is, where several share that id, as at a desk."""

    id: str
    purpose: str
    person: str | None = None


def bearer_token(authorization: str | None) -> str:
    """The token of an ``Authorization: Bearer`` header. Problem 401 where there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "Send your credential in the header 'Authorization: Bearer <credential>'.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return token.strip()


async def require_service(request: Request) -> Actor:
    """FastAPI dependency: only Kith's own services may call; answers on whose behalf.

    It reads the headers itself: declared, they would be analysed anew for every route, which is
    half of what a service takes to have its routes ready.
    """
    expected = request.app.state.service.settings.service_token.get_secret_value()
    token = bearer_token(request.headers.get("authorization"))
    if not hmac.compare_digest(token.encode(), expected.encode()):
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "This is not the credential of a Kith service.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return Actor(
        _short(request, "kith-actor", "service"),
        _short(request, "kith-purpose", "operation"),
        _short(request, "kith-person", "") or None,
    )


def _short(request: Request, name: str, otherwise: str) -> str:
    """The header's value, ``otherwise`` where there is none. Problem 422 where it is too long."""
    value = request.headers.get(name, otherwise)
    if len(value) > _MOST_CHARACTERS:
        rule = f"may have at most {_MOST_CHARACTERS} characters"
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"The header '{name}' {rule}. Nothing was stored.",
            errors=[{"field": f"header.{name}", "rule": rule}],
        )
    return value


CallingActor = Annotated[Actor, Depends(require_service)]
