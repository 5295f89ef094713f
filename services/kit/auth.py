"""Who calls: another of Kith's services, on behalf of a practitioner, and why."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Request

from services.kit.errors import Problem


@dataclass(frozen=True, slots=True)
class Actor:
    """On whose behalf a service calls. ``id``: an opaque practitioner or service id."""

    id: str
    purpose: str


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


async def require_service(
    request: Request,
    authorization: Annotated[str | None, Header()] = None,
    kith_actor: Annotated[str, Header(max_length=100)] = "service",
    kith_purpose: Annotated[str, Header(max_length=100)] = "operation",
) -> Actor:
    """FastAPI dependency: only Kith's own services may call; answers on whose behalf."""
    expected = request.app.state.service.settings.service_token.get_secret_value()
    if not hmac.compare_digest(bearer_token(authorization).encode(), expected.encode()):
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "This is not the credential of a Kith service.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return Actor(kith_actor, kith_purpose)


CallingActor = Annotated[Actor, Depends(require_service)]
