"""Which agency calls: bearer credentials, looked up once and trusted for a few seconds."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from services.agencies import registry_store
from services.agencies.agreement import Agency
from services.agencies.credentials import read_credential
from services.kit.app import Service
from services.kit.auth import bearer_token
from services.kit.errors import Problem


class Callers:
    """The credentials seen lately. A revoked one works for ``seconds`` more at most."""

    def __init__(self, service: Service, seconds: float) -> None:
        self._service = service
        self._seconds = seconds
        self._seen: dict[str, tuple[float, bytes, Agency]] = {}

    async def identify(self, authorization: str | None) -> Agency:
        """The agency whose credential this is. Problem 401 where it is nobody's."""
        credential = read_credential(bearer_token(authorization))
        if credential is None:
            raise _unknown()
        seen = self._seen.get(credential.prefix)
        if seen is None or seen[0] < time.monotonic():
            self._seen.pop(credential.prefix, None)
            found = await registry_store.find_caller(self._service.pool, credential.prefix)
            if found is None:
                raise _unknown()
            seen = (time.monotonic() + self._seconds, *found)
            self._seen[credential.prefix] = seen
        _, secret_sha256, agency = seen
        if not credential.is_kept_as(secret_sha256):
            raise _unknown()
        return agency


def _unknown() -> Problem:
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "This credential is not known, or it was revoked. Ask the place's operator for a new one.",
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


async def _require_agency(request: Request) -> Agency:
    callers: Callers = request.app.state.callers
    return await callers.identify(request.headers.get("authorization"))


CallingAgency = Annotated[Agency, Depends(_require_agency)]
