"""GOV.UK Notify as its API is published, as far as Kith uses it: a real server on this machine.

It checks the token as Notify does (issuer, algorithm, signature, thirty seconds), the body's
schema, and that a template's every placeholder is given; and answers errors as Notify words them.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import jwt
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.services.portal.serving import serve

_ADDRESS = {"email": "email_address", "sms": "phone_number"}
_OPTIONAL = {"personalisation", "reference", "email_reply_to_id", "sms_sender_id"}


@dataclass
class NotifyServer:
    """``templates``: placeholders by template id. ``failures``: statuses and types to answer next.

    ``sent``: what was accepted; ``refused``: the errors that were answered.
    """

    service_id: str
    secret: str
    clock: Callable[[], datetime]
    url: str = ""
    templates: dict[str, set[str]] = field(default_factory=dict)
    failures: deque[tuple[int, str]] = field(default_factory=deque)
    sent: list[dict[str, Any]] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)

    def refuse(self, status: int, kind: str, message: str) -> JSONResponse:
        self.refused.append((status, kind, message))
        errors = [{"error": kind, "message": message}]
        return JSONResponse({"status_code": status, "errors": errors}, status)

    def distrust(self, authorization: str) -> str | None:
        """Why the token is not accepted."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer":
            return "Unauthorized: authentication token must be provided"
        try:
            header = jwt.get_unverified_header(token)
            claims = jwt.decode(
                token,
                self.secret,
                algorithms=["HS256"],
                options={"verify_iat": False, "require": ["iss", "iat"]},
            )
        except jwt.InvalidTokenError as error:
            return f"Invalid token: {error}"
        if header.get("typ") != "JWT" or claims["iss"] != self.service_id:
            return "Invalid token: service not found"
        if abs(claims["iat"] - self.clock().timestamp()) > 30:
            return "Error: Your system clock must be accurate to within 30 seconds"
        return None

    def fault(self, kind: str, body: dict[str, Any]) -> tuple[str, str] | None:
        """The type and message of what is wrong with a body."""
        needed = {_ADDRESS[kind], "template_id"}
        if missing := needed - body.keys():
            return "ValidationError", f"{min(missing)} is a required property"
        if other := body.keys() - needed - _OPTIONAL:
            return "ValidationError", f"Additional properties are not allowed ({min(other)})"
        try:
            UUID(str(body["template_id"]))
        except ValueError:
            return "ValidationError", "template_id is not a valid UUID"
        if len(str(body.get("reference", ""))) > 1000:
            return "ValidationError", "reference is too long"
        placeholders = self.templates.get(body["template_id"])
        if placeholders is None:
            return "BadRequestError", "Template not found"
        given = {name for name, value in body["personalisation"].items() if value is not None}
        if lacking := placeholders - given:
            return "BadRequestError", f"Missing personalisation: {', '.join(sorted(lacking))}"
        return None


def _create_app(server: NotifyServer) -> FastAPI:
    app = FastAPI()

    @app.post("/v2/notifications/{kind}")
    async def send(request: Request, kind: str) -> JSONResponse:
        if server.failures:
            status, error = server.failures.popleft()
            return server.refuse(status, error, "as it was told")
        if why := server.distrust(request.headers.get("authorization", "")):
            return server.refuse(403, "AuthError", why)
        body = json.loads(await request.body())
        if fault := server.fault(kind, body):
            return server.refuse(400, *fault)
        server.sent.append(body | {"kind": kind})
        answer = {"id": str(uuid4()), "reference": body.get("reference"), "scheduled_for": None}
        return JSONResponse(answer, 201)

    return app


@asynccontextmanager
async def notify_server(
    service_id: str, secret: str, clock: Callable[[], datetime]
) -> AsyncIterator[NotifyServer]:
    """The server on a port of its own."""
    server = NotifyServer(service_id, secret, clock)
    with serve(_create_app(server)) as url:
        server.url = url
        yield server
