"""Alerts over HTTP, for the portal: a recipient's inbox, its live stream, and acknowledging."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query
from sse_starlette import EventSourceResponse, ServerSentEvent

from contracts.vocabulary_alerts import OF_LIFTINGS
from services.alerts import escalation, store
from services.alerts.escalation import Answer, OpenAlert
from services.alerts.feed import Feed
from services.alerts.guarding import show_all
from services.alerts.views import (
    Acknowledgement,
    AlertPage,
    AlertView,
    Counts,
    State,
    what_changed,
)
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor
from services.kit.errors import Problem
from services.kit.work import Work

RecipientId = Annotated[str, Query(min_length=1, max_length=100)]
_RETRY_MS = 1_000


def create_router(service: Service, feed: Feed, heartbeat_seconds: float) -> APIRouter:
    """The routes under ``/v1``."""
    router = APIRouter(prefix="/v1", tags=["alerts"])

    @router.get("/alerts")
    async def list_alerts(
        actor: CallingActor,
        recipient: RecipientId,
        state: State = State.OPEN,
        after: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> AlertPage:
        """A recipient's alerts: open ones with the first due first, others last changed first.

        ``acknowledged`` and ``withdrawn`` both answer all that is closed, each with its state.
        """
        async with service.pool.acquire() as connection:
            cursor = await store.load_cursor(connection, recipient)
            if state is State.OPEN:
                rows = await store.find_open(connection, recipient, _due_key(after), limit)
                places = [f"{row['due_at'].isoformat()}_{row['id']}" for row in rows]
            else:
                closed_only = state is not State.ALL
                rows = await store.find_latest(
                    connection, recipient, closed_only, _number(after), limit
                )
                places = [str(row["changed"]) for row in rows]
            shown = await show_all(connection, actor, rows, service.clock())
        return AlertPage(
            alerts=shown,
            next=places[-1] if len(rows) == limit else None,
            cursor=cursor,
        )

    @router.get("/alerts/stream")
    async def stream(
        actor: CallingActor,
        recipient: RecipientId,
        after: Annotated[int | None, Query(ge=0)] = None,
        last_event_id: Annotated[str | None, Header(max_length=100)] = None,
    ) -> EventSourceResponse:
        """Server-sent events ``raised``, ``escalated``, ``acknowledged`` and ``withdrawn``.

        Each carries an alert as it is now.

        ``after`` or the header ``Last-Event-ID`` goes on from where the caller was; without
        either it starts now. The first event is ``ready``.
        """
        since = _number(last_event_id) if last_event_id else after
        return EventSourceResponse(
            changes(service, feed, actor, recipient, since, heartbeat_seconds),
            ping=heartbeat_seconds,
        )

    @router.get("/alerts/{alert_id}")
    async def read_alert(actor: CallingActor, alert_id: UUID) -> AlertView:
        """One alert with every step of its escalation."""
        async with service.pool.acquire() as connection:
            row = await store.load_alert(connection, alert_id)
            if row is None:
                raise _no_such_alert()
            (shown,) = await show_all(connection, actor, [row], service.clock())
        return shown

    @router.post("/alerts/{alert_id}/acknowledge")
    async def acknowledge(
        actor: CallingActor, alert_id: UUID, said: Acknowledgement | None = None
    ) -> AlertView:
        """Say that somebody who was told knows, and what they did or what should happen.

        ``answer``: ``acknowledged``, ``spoken_to_them``, ``not_this_household`` (the assessment
        is separated and routed again) or ``hand_over`` (``hand_over_to``: to whom, if named). An
        alert that was acknowledged can still be answered; who said first that they know stays.
        Saying the same again changes nothing; an alert withdrawn in the meantime stays so.
        """
        said = said or Acknowledgement()
        async with service.work() as work:
            place_id = await store.load_place(work.connection, alert_id)
            if place_id is None:
                raise _no_such_alert()
            await work.lock_place(place_id)
            alert = await store.lock_alert(work.connection, alert_id)
            if alert is not None and escalation.is_news(alert, said.answer, said.hand_over_to):
                if not escalation.may_acknowledge(alert, said.as_recipient or actor.id):
                    raise Problem(
                        HTTPStatus.FORBIDDEN,
                        "Only those who were told of this alert can acknowledge it.",
                    )
                if alert.kind in OF_LIFTINGS and said.answer is not Answer.ACKNOWLEDGED:
                    raise Problem(
                        HTTPStatus.UNPROCESSABLE_ENTITY,
                        "Say that you know of it; agree or decline where the household's list is.",
                    )
                if said.answer is Answer.NOT_THIS_HOUSEHOLD and alert.household_id is None:
                    raise Problem(
                        HTTPStatus.UNPROCESSABLE_ENTITY,
                        "This alert names no household yet, so it cannot be the wrong one.",
                    )
                await store.save_acknowledgement(
                    work.connection, alert, actor.id, said.answer, work.now, said.hand_over_to
                )
                _say(work, alert, actor.id, said)
            row = await store.load_alert(work.connection, alert_id)
            assert row is not None
            (shown,) = await show_all(work.connection, actor, [row], work.now)
        return shown

    @router.get("/counts")
    async def counts(
        _: CallingActor, recipient: Annotated[str | None, Query(max_length=100)] = None
    ) -> Counts:
        """How many alerts wait: of everybody, or of one recipient."""
        async with service.pool.acquire() as connection:
            found = await store.load_counts(connection, recipient, service.clock())
        return Counts(**found)

    return router


async def changes(
    service: Service,
    feed: Feed,
    actor: Actor,
    recipient_id: str,
    since: int | None,
    heartbeat_seconds: float,
) -> AsyncIterator[ServerSentEvent]:
    """What changes in a recipient's inbox, as it does: as much of it as ``actor`` may know. Holds
    no connection while it waits."""
    with feed.watch(recipient_id) as woken:
        if since is None:
            async with service.pool.acquire() as connection:
                since = await store.load_cursor(connection, recipient_id)
        yield ServerSentEvent(event="ready", id=str(since), data="{}", retry=_RETRY_MS)
        woken.set()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), heartbeat_seconds)
            woken.clear()
            while True:
                async with service.pool.acquire() as connection:
                    rows = await store.find_changes(connection, recipient_id, since)
                    shown = await show_all(connection, actor, rows, service.clock())
                for row, alert in zip(rows, shown, strict=True):
                    since = row["changed"]
                    yield ServerSentEvent(
                        event=what_changed(alert), id=str(since), data=alert.model_dump_json()
                    )
                if not rows:
                    break


def _say(work: Work, alert: OpenAlert, who: str, said: Acknowledgement) -> None:
    """Emit what the answer says that was not said before."""
    if not alert.acknowledged:
        work.emit(
            escalation.acknowledged(alert, who, work.now),
            place_id=alert.place_id,
            journey_id=alert.assessment_id,
            cause=alert.id,
            traceparent=alert.traceparent,
        )
    if (answer := said.answer.event) is not None:
        work.emit(
            escalation.answered(alert, who, answer, said.hand_over_to, work.now),
            place_id=alert.place_id,
            journey_id=alert.assessment_id,
            cause=alert.id,
            parts=(answer, said.hand_over_to, work.now.isoformat()),
            traceparent=alert.traceparent,
        )


def _no_such_alert() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "There is no alert with this id.")


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise _bad_cursor()
    return int(text)


def _due_key(text: str | None) -> tuple[datetime, UUID] | None:
    if text is None:
        return None
    due, _, alert_id = text.partition("_")
    try:
        key = datetime.fromisoformat(due), UUID(alert_id)
    except ValueError:
        raise _bad_cursor() from None
    if key[0].tzinfo is None:
        raise _bad_cursor()
    return key


def _bad_cursor() -> Problem:
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "This is no place in the list. Pass what an earlier answer gave you.",
    )
