"""A service's HTTP side: problem details for every error, health, parked records."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from services.kit import parked, releases
from services.kit.alike import Decided, discard_alike, retry_alike
from services.kit.auth import CallingActor
from services.kit.errors import INFRASTRUCTURE, Problem, Reject, is_infrastructure
from services.kit.faults import rule_of
from services.kit.in_time import InTime
from services.kit.telemetry_http import Traced

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from services.kit.app import Service

LOG = logging.getLogger(__name__)
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

__all__ = ["AsyncIterator", "create_api", "field_errors", "problem_response"]


def problem_response(
    status: HTTPStatus,
    detail: str,
    type_: str = "about:blank",
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """RFC 9457: ``type``, ``title``, ``status``, ``detail``, and ``errors`` by field."""
    body: dict[str, Any] = {
        "type": type_,
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return JSONResponse(body, int(status), headers=headers, media_type="application/problem+json")


def field_errors(error: ValidationError | RequestValidationError) -> list[dict[str, str]]:
    """Each fault's field and rule, without the value that broke it."""
    return [{"field": _field(fault), "rule": rule_of(fault)} for fault in error.errors()]


def _field(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "json_invalid":  # its place is a byte's
        return "(body)"
    return ".".join(str(part) for part in fault["loc"] if part != "body") or "(body)"


async def _on_problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return problem_response(error.status, error.detail, error.type, error.errors, error.headers)


async def _on_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem_response(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request does not keep the contract. Nothing was stored. See 'errors'.",
        errors=field_errors(error),
    )


async def _on_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return problem_response(
        HTTPStatus(error.status_code), str(error.detail), headers=dict(error.headers or {})
    )


async def _on_reject(_: Request, error: Exception) -> JSONResponse:
    return problem_response(HTTPStatus.CONFLICT, str(error))


async def _on_hung_up(_: Request, __: Exception) -> JSONResponse:
    """Whoever asked has gone before they had asked: no fault of Kith's, and nobody reads this."""
    return problem_response(
        HTTPStatus.BAD_REQUEST,
        "The connection ended before the request had come. Nothing was stored.",
    )


async def _on_infrastructure(_: Request, error: Exception) -> JSONResponse:
    """Handled, so that it is measured as 503 and logged in a line: a trace would tell nothing."""
    if not is_infrastructure(error):
        raise error
    LOG.warning("answered 503: %s", type(error).__name__)
    return problem_response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "A server Kith needs does not answer. Nothing was stored. Try again.",
        headers={"Retry-After": "2"},
    )


async def _on_error(_: Request, __: Exception) -> JSONResponse:
    """What Kith did wrong. It is raised again once this is answered: its trace is in the log."""
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Kith failed. Nothing was stored. Try again, or tell us."
    )


async def _too_late(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem_response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "A server Kith needs does not answer. Whether this was done is not known: look, or send it"
        " again. What has the same reference is taken once.",
        headers={"Retry-After": "10"},
    )
    await answer(scope, receive, send)


def create_api(service: Service, lifespan: Lifespan) -> FastAPI:
    """The FastAPI application of a service, with health and parked records."""
    # No descriptions of its own: FastAPI's pages load scripts from elsewhere.
    api = FastAPI(title=f"Kith {service.name}", version="1", lifespan=lifespan, openapi_url=None)
    api.state.service = service
    if service.has_database:
        api.add_middleware(InTime, service.settings.answer_seconds, _too_late)
    api.add_middleware(Traced)
    api.add_exception_handler(Problem, _on_problem)
    api.add_exception_handler(RequestValidationError, _on_invalid)
    api.add_exception_handler(HTTPException, _on_http)
    api.add_exception_handler(Reject, _on_reject)
    api.add_exception_handler(ClientDisconnect, _on_hung_up)
    for kind in INFRASTRUCTURE:
        api.add_exception_handler(kind, _on_infrastructure)
    api.add_exception_handler(Exception, _on_error)
    api.include_router(_health(service))
    if service.has_database:
        api.include_router(_parked(service))
    return api


def _health(service: Service) -> APIRouter:
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def live() -> JSONResponse:
        """200 while every consumer polls and the relay runs; 503 means: restart me."""
        faults = service.faults()
        return JSONResponse({"faults": faults}, 503 if faults else 200)

    @router.get("/ready")
    async def ready() -> JSONResponse:
        """200 when work can be done now: database, broker, assignments, lag."""
        faults = await service.obstacles()
        return JSONResponse({"faults": faults}, 503 if faults else 200)

    @router.get("/answering")
    async def answering() -> JSONResponse:
        """200 when requests are answered now, whether or not Kafka is there: for whoever chooses
        which process to send them to."""
        faults = await service.hindrances()
        return JSONResponse({"faults": faults}, 503 if faults else 200)

    @router.get("/status")
    async def status(_: CallingActor) -> dict[str, Any]:
        """Obstacles, lag per consumer, unsent events, parked records: what operations shows. While
        PostgreSQL does not answer, what is known without it."""
        standing = await service.standing()
        try:
            async with asyncio.timeout(1):
                return standing | await service.counts()
        except Exception as error:
            if not is_infrastructure(error):
                raise
            return standing

    return router


def _parked(service: Service) -> APIRouter:
    router = APIRouter(prefix="/parked", tags=["parked records"])

    @router.get("")
    async def list_parked(_: CallingActor) -> list[dict[str, Any]]:
        async with service.pool.acquire() as connection:
            return [dict(row) for row in await parked.find_parked(connection)]

    @router.get("/alike")
    async def list_alike(_: CallingActor) -> list[dict[str, Any]]:
        """By consumer, topic and reason: how many there are, and the first of them."""
        async with service.pool.acquire() as connection:
            return [dict(row) for row in await parked.find_alike(connection)]

    @router.post("/{parked_id}/retry")
    async def retry(parked_id: int, actor: CallingActor, alike: bool = False) -> dict[str, Any]:
        """Read the record again from Kafka and handle it; ``alike``: and those like it, as many as
        can be in a few seconds."""
        found = Decided(1)
        if alike:
            found = await retry_alike(service, parked_id, actor.id)
        else:
            async with service.work() as work:
                await releases.retry(service, work, parked_id, actor.id)
        return {"state": "retried"} | asdict(found)

    @router.post("/{parked_id}/discard")
    async def discard(parked_id: int, actor: CallingActor, alike: bool = False) -> dict[str, Any]:
        """Let the record go, ``alike``: and those like it; who did so is kept."""
        found = Decided(1)
        if alike:
            found = await discard_alike(service, parked_id, actor.id)
        else:
            async with service.work() as work:
                await parked.lock_parked(work.connection, parked_id)
                await parked.close_parked(
                    work.connection, parked_id, "discarded", work.now, actor.id
                )
        return {"state": "discarded"} | asdict(found)

    return router
