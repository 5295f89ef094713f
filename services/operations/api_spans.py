"""Spans in (OTLP over HTTP) and a journey's waterfall out.

Invariant: taking spans in never keeps a service waiting. They come on a thread of their own; when
too many are waiting here, more are let go with an answer that says so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from pydantic import AwareDatetime, BaseModel

from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.errors import Problem
from services.kit.periodic import Task
from services.kit.work import Work
from services.operations.guarding import attributes_shown, hidden_in, name_shown, says_agency
from services.operations.spans import Placed, as_tree, read_spans
from services.operations.store import reading, tracing

_MOST_AT_ONCE = 4
_MOST_BYTES = 8 * 1024 * 1024


class SpanView(BaseModel):
    """One bar of the waterfall. Times in milliseconds; ``after_ms``: since the first began.

    ``parent_id``: the span it hangs on; None for the first. ``depth``: how far to indent it.
    ``kind``: server, client, producer, consumer or internal. ``waited_ms``: how long a record lay
    in the outbox and in Kafka before. ``detail``: the database's statement, the topic, the route.
    """

    span_id: str
    parent_id: str | None
    depth: int
    service: str
    name: str
    kind: str
    started_at: AwareDatetime
    after_ms: float
    duration_ms: float
    waited_ms: float | None
    failed: bool
    error: str | None
    detail: str | None
    attributes: dict[str, Any]


class TraceView(BaseModel):
    """A journey's spans in drawing order, parents before children. Empty where none were kept.

    ``duration_ms``: from the first span's beginning to the last one's end.
    """

    journey_id: UUID
    trace_id: str | None
    duration_ms: float
    services: list[str]
    spans: list[SpanView]


def create_router(service: Service) -> APIRouter:
    """``POST /otlp/v1/traces`` and ``GET /v1/journeys/{journey_id}/trace``."""
    router = APIRouter(tags=["spans"])
    being_saved = 0

    @router.post("/otlp/v1/traces", include_in_schema=False)
    async def take_in(
        _: CallingActor,
        request: Request,
        content_encoding: Annotated[str | None, Header(max_length=40)] = None,
    ) -> Response:
        nonlocal being_saved
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_BYTES:
                raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Send fewer spans at once.")
        try:
            spans = read_spans(bytes(body), content_encoding)
        except ValueError as error:
            raise Problem(HTTPStatus.BAD_REQUEST, f"No spans were kept: {error}.") from None
        if being_saved < _MOST_AT_ONCE:
            being_saved += 1
            try:
                async with service.work() as work:
                    await tracing.save_spans(work.connection, spans)
            finally:
                being_saved -= 1
        return Response(b"", HTTPStatus.OK, media_type="application/x-protobuf")

    @router.get("/v1/journeys/{journey_id}/trace", tags=["operations"])
    async def read_trace(actor: CallingActor, journey_id: UUID) -> TraceView:
        """How a journey went, hop by hop, from the spans that were kept."""
        async with service.pool.acquire() as connection:
            spans = await tracing.find_spans(connection, journey_id)
            row = await reading.load_journey(connection, journey_id)
            rows = [row] if row is not None else []
            hidden = await hidden_in(connection, actor.id, rows, service.clock())
            # A journey of which nothing was heard yet is of no household yet.
            if not rows or not says_agency(rows[0]["household_id"], hidden):
                spans = [
                    replace(
                        one, name=name_shown(one.name), attributes=attributes_shown(one.attributes)
                    )
                    for one in spans
                ]
        return show_trace(journey_id, as_tree(spans))

    return router


def show_trace(journey_id: UUID, placed: list[Placed]) -> TraceView:
    """The tree as it is drawn."""
    if not placed:
        return TraceView(journey_id=journey_id, trace_id=None, duration_ms=0, services=[], spans=[])
    began = placed[0].span.started_at
    shown = [
        _show(one, (one.span.started_at - began) / timedelta(milliseconds=1)) for one in placed
    ]
    return TraceView(
        journey_id=journey_id,
        trace_id=placed[0].span.trace_id,
        duration_ms=round(max(s.after_ms + s.duration_ms for s in shown), 3),
        services=list(dict.fromkeys(one.span.service for one in placed)),
        spans=shown,
    )


def _show(placed: Placed, after_ms: float) -> SpanView:
    span, about = placed.span, placed.span.attributes
    detail = next(
        (about[k] for k in ("db.query.text", "messaging.destination.name", "http.route")
         if k in about),
        None,
    )  # fmt: skip
    return SpanView(
        span_id=span.span_id,
        parent_id=placed.parent_id,
        depth=placed.depth,
        service=span.service,
        name=span.name,
        kind=span.kind,
        started_at=span.started_at,
        after_ms=round(after_ms, 3),
        duration_ms=round(span.duration_ms, 3),
        waited_ms=about.get("kith.waited_ms"),
        failed=span.failed,
        error=about.get("error.type"),
        detail=detail,
        attributes=about,
    )


def pruning(keep: timedelta, most: int) -> Task:
    """The periodic task that keeps the store within its bounds."""

    async def prune(work: Work) -> None:
        await tracing.prune_spans(work.connection, work.now - keep, most)

    return prune
