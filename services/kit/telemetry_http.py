"""The hop of HTTP: one span and one measure of time for each request a service answers.

A request that is for no journey becomes a span only if it failed or was slow.
Named by the route, never by the address as called: references and ids of people are in addresses.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from opentelemetry.trace import SpanKind

from services.kit.telemetry_metrics import record
from services.kit.telemetry_spans import CURRENT, JOURNEY, Hop, parse_traceparent, tracer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NOT_TRACED = ("/health", "/otlp")
_OF_JOURNEY = ("journey_id", "assessment_id")


class Traced:
    """ASGI middleware. A stream of events ends, for this, when it begins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_NOT_TRACED):
            await self._app(scope, receive, send)
            return
        found = tracer()
        began = time.perf_counter()
        hop = found and Hop(
            found, scope["method"], SpanKind.SERVER, {}, _caller(scope.get("headers", ()))
        )
        current, journey = CURRENT.set(hop or None), JOURNEY.set("-")
        ended = False

        def end(status: int) -> None:
            nonlocal ended
            if ended:
                return
            ended = True
            route = _route(scope)
            about: dict[str, str | int] = {
                "http.request.method": scope["method"],
                "http.route": route,
                "http.response.status_code": status,
            }
            record("http.server.request.duration", time.perf_counter() - began, **about)
            if hop:
                hop.name = f"{scope['method']} {route}".strip()
                hop.attributes.update(about | {"url.scheme": scope.get("scheme", "http")})
                hop.journeys.extend(_named(scope.get("path_params") or {}))
                if status >= 500 and hop.error is None:
                    hop.error = str(status)
                hop.finish()

        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if _is_stream(message):
                    end(status)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except BaseException as error:
            if hop:
                hop.error = type(error).__name__
            raise
        finally:
            end(status)
            CURRENT.reset(current)
            JOURNEY.reset(journey)


def current_traceparent() -> str | None:
    """The context of the request being answered; None where nothing is traced."""
    hop = CURRENT.get()
    return hop.traceparent if hop else None


def _caller(headers: Any) -> Any:
    for name, value in headers:
        if name == b"traceparent":
            return parse_traceparent(value.decode("ascii", "replace"))
    return None


def _is_stream(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in message.get("headers", ())
    )


def _route(scope: Scope) -> str:
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "(none)"


def _named(params: dict[str, Any]) -> list[UUID]:
    named = []
    for name in _OF_JOURNEY:
        try:
            named.append(UUID(str(params[name])))
        except (KeyError, ValueError):
            continue
    return named
