"""Journeys and measures over HTTP, for the portal, the command line and the bench."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query
from pydantic import AwareDatetime
from sse_starlette import EventSourceResponse

from services.kit.access import find_hidden
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import snapshot
from services.kit.erased import find_erased
from services.kit.errors import Problem
from services.operations import live
from services.operations.guarding import entries, hidden_in, in_full, journeys
from services.operations.stalls import Stage
from services.operations.store import measuring, reading
from services.operations.views import (
    Avoided,
    EntryView,
    Flow,
    Impact,
    JourneyInFull,
    JourneyPage,
    Latency,
    LedgerPage,
    StallView,
    show_in_full,
    show_journey,
    show_stall,
)

After = Annotated[str | None, Query(max_length=100)]
Limit = Annotated[int, Query(ge=1, le=500)]
Word = Annotated[str | None, Query(max_length=100)]
_RECENT = timedelta(minutes=15)


def create_router(
    service: Service, allowed: Mapping[Stage, timedelta], stream_seconds: float
) -> APIRouter:
    """The routes under ``/v1``. ``allowed``: how long each stage may take."""
    router = APIRouter(prefix="/v1", tags=["operations"])

    @router.get("/journeys")
    async def list_journeys(
        actor: CallingActor,
        state: Word = None,
        agency: Word = None,
        place: Word = None,
        after: After = None,
        limit: Limit = 50,
    ) -> JourneyPage:
        """Journeys, the last begun first; by ``agency`` those whose agency may be shown."""
        async with service.pool.acquire() as connection:
            cursor = await reading.load_horizon(connection)
            rows = await reading.find_journeys(
                connection,
                state=state,
                agency_id=agency,
                place_id=place,
                after=_key(after),
                limit=limit,
            )
            hidden = await hidden_in(connection, actor.id, rows, service.clock())
        shown = journeys([show_journey(row) for row in rows], hidden)
        if agency is not None:
            # Whoever asks by agency would learn the agency of what does not say it.
            shown = [journey for journey in shown if journey.agency_id is not None]
        return JourneyPage(
            journeys=shown,
            next=_next(rows[-1]["started_at"], rows[-1]["id"]) if len(rows) == limit else None,
            cursor=cursor,
        )

    @router.get("/journeys/stream")
    async def stream(
        actor: CallingActor,
        after: Annotated[int | None, Query(ge=0)] = None,
        last_event_id: Annotated[str | None, Header(max_length=100)] = None,
    ) -> EventSourceResponse:
        """Server-sent events ``journeys``: a list of those that changed, a few times a second.

        ``after`` or the header ``Last-Event-ID`` goes on from where the caller was; without either
        it starts now. The first event is ``ready``.
        """
        since = _number(last_event_id) if last_event_id else after
        return EventSourceResponse(live.changes(service, actor, since, stream_seconds), ping=15)

    @router.get("/journeys/{journey_id}")
    async def read_journey(actor: CallingActor, journey_id: UUID) -> JourneyInFull:
        """One journey: its stages with their times, its events, and what it avoided."""
        async with service.pool.acquire() as connection:
            row = await reading.load_journey(connection, journey_id)
            if row is None:
                for erased in (await find_erased(connection, [journey_id])).values():
                    raise Problem(HTTPStatus.GONE, f"{erased.sentence()} Nothing of it is kept.")
                raise Problem(HTTPStatus.NOT_FOUND, "There is no journey with this id.")
            events = await reading.find_events(connection, journey_id)
            found = await reading.find_entries(connection, assessment_id=journey_id)
            now = service.clock()
            hidden = await hidden_in(connection, actor.id, [row], now)
            hidden |= await hidden_in(
                connection, actor.id, found, now, "household_id", "household_now"
            )
        return in_full(show_in_full(row, events, found), hidden)

    @router.get("/ledger")
    async def list_ledger(
        actor: CallingActor,
        household: UUID | None = None,
        after: After = None,
        limit: Limit = 100,
    ) -> LedgerPage:
        """Referrals avoided, the last routed first, with those that were reversed."""
        async with service.pool.acquire() as connection:
            rows = await reading.find_entries(
                connection, household_id=household, after=_key(after), limit=limit
            )
            now = service.clock()
            hidden = await hidden_in(
                connection, actor.id, rows, now, "household_id", "household_now"
            )
            if household is not None and await find_hidden(connection, actor.id, [household], now):
                rows = []
        last = rows[-1] if len(rows) == limit else None
        return LedgerPage(
            entries=entries([EntryView(**dict(row)) for row in rows], hidden),
            next=_next(last["routed_at"], last["assessment_id"]) if last else None,
        )

    @router.get("/impact")
    async def impact(_: CallingActor, place: Word = None) -> Impact:
        """What the place gains. Its counts are of one moment, and so equal the ledger's rows."""
        async with snapshot(service.pool) as connection:
            counts = await measuring.load_counts(connection, place)
            avoided = await measuring.find_avoided_reasons(connection, place)
            later = await measuring.load_later(connection, place)
            households, by_assessments, by_agencies = await measuring.find_households_by(
                connection, place
            )
        return Impact(
            **counts,
            referrals_avoided=sum(row["count"] for row in avoided),
            avoided=[Avoided(**row) for row in avoided],
            later_assessments=later["assessments"],
            later_routed=later["routed"],
            later_routed_share=(
                later["routed"] / later["assessments"] if later["assessments"] else None
            ),
            households=households,
            households_by_assessments=by_assessments,
            households_by_agencies=by_agencies,
        )

    @router.get("/stalls")
    async def stalls(actor: CallingActor, limit: Limit = 100) -> list[StallView]:
        """Journeys that have not reached their next stage in time, the longest first."""
        now = service.clock()
        async with service.pool.acquire() as connection:
            rows = await reading.find_stalls(connection, now, allowed, limit)
            hidden = await hidden_in(connection, actor.id, rows, now)
        return journeys([show_stall(row, now) for row in rows], hidden)

    @router.get("/flow")
    async def flow(_: CallingActor) -> list[Flow]:
        """Events of each topic, in the last minute and hour."""
        async with service.pool.acquire() as connection:
            rows = await measuring.find_flow(connection, service.clock())
        return [Flow(**row) for row in rows]

    @router.get("/latency")
    async def latency(_: CallingActor, since: AwareDatetime | None = None) -> Latency:
        """How long stages took, of journeys accepted since; without it, in the last 15 minutes."""
        since = since or service.clock() - _RECENT
        async with service.pool.acquire() as connection:
            return Latency(since=since, stages=await measuring.load_latency(connection, since))

    return router


def _next(at: datetime, id_: UUID) -> str:
    return f"{at.isoformat()}_{id_}"


def _key(text: str | None) -> reading.Key | None:
    if text is None:
        return None
    at, _, id_ = text.partition("_")
    try:
        key = datetime.fromisoformat(at), UUID(id_)
    except ValueError:
        raise _no_place() from None
    if key[0].tzinfo is None:
        raise _no_place()
    return key


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise _no_place()
    return int(text)


def _no_place() -> Problem:
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "This is no place in the list. Pass what an earlier answer gave you.",
    )
