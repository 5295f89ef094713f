"""Which agency calls: bearer credentials, looked up together and trusted for a few seconds."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from services.agencies import registry_store
from services.agencies.agreement import Agency
from services.agencies.credentials import read_credential
from services.agencies.refusals import shown_name
from services.kit.app import Service
from services.kit.auth import bearer_token
from services.kit.errors import Problem


class Callers:
    """The credentials seen since the start. A revoked one works for ``seconds`` more at most.

    They are looked up again together, when one of them is used after that time: each by itself
    would be a statement for most requests where many agencies send.
    """

    def __init__(
        self, service: Service, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._service = service
        self._seconds = seconds
        self._clock = clock
        self._seen: dict[str, tuple[bytes, Agency]] = {}
        self._good_until = -math.inf
        self._looking = asyncio.Lock()

    async def identify(self, authorization: str | None) -> Agency:
        """The agency whose credential this is. Problem 401 where it is nobody's."""
        credential = read_credential(bearer_token(authorization))
        if credential is None:
            raise _unknown()
        if self._good_until < self._clock():
            async with self._looking:
                if self._good_until < self._clock():
                    await self._look_again()
        seen = self._seen.get(credential.prefix)
        if seen is None:
            found = await registry_store.find_callers(self._service.pool, [credential.prefix])
            seen = found.get(credential.prefix)
            if seen is None:
                raise _unknown()
            self._seen[credential.prefix] = seen
        secret_sha256, agency = seen
        if not credential.is_kept_as(secret_sha256):
            raise _unknown()
        return agency

    async def _look_again(self) -> None:
        """What stands of the credentials seen: those that were revoked are no longer among them."""
        began, seen = self._clock(), list(self._seen)
        self._seen = await registry_store.find_callers(self._service.pool, seen) if seen else {}
        self._good_until = began + self._seconds


def _unknown() -> Problem:
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "This credential is not known, or it was revoked. Ask the place's operator for a new one.",
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


async def _require_agency(request: Request) -> Agency:
    callers: Callers = request.app.state.callers
    return await callers.identify(request.headers.get("authorization"))


async def only_known_parameters(request: Request) -> None:
    """Problem 422 for a parameter that the call does not have: without it, ``?refrence=R`` would
    be answered with every household's key worker."""
    known = {field.alias for field in request.scope["route"].dependant.query_params}
    if unknown := sorted(request.query_params.keys() - known):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"This call has no such parameter. It takes: {', '.join(sorted(known)) or 'none'}.",
            errors=[
                {"field": f"query.{shown_name(name)}", "rule": "is not a parameter of this call"}
                for name in unknown[:100]
            ],
        )


CallingAgency = Annotated[Agency, Depends(_require_agency)]
