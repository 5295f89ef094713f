"""Outcomes by signed webhook: what is sent, and what becomes of an endpoint that fails.

Invariants: a delivery's body is the outcome as it is polled, nothing more; an agency is sent only
its own; each assessment's outcomes arrive in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from fastapi.encoders import jsonable_encoder

from contracts.envelope import derive_id
from services.agencies import webhook_store
from services.agencies.outcome_store import Statement
from services.agencies.posting import href
from services.agencies.settings import AgenciesSettings
from services.kit.app import Service
from services.kit.db import Connection
from services.kit.deliveries import (
    Delivery,
    NewDelivery,
    Result,
    give_up_waiting,
    hold_waiting,
    save_deliveries,
)
from services.kit.outbox import Outgoing
from services.kit.outward import outward_client
from services.kit.webhooks import GONE, post_signed

CHANNEL = "webhook"
TYPE = "assessment.outcome"
_MENDED = (
    " Nothing more is sent to it. Mend it, then PUT /v1/webhook again; what it missed is in"
    " GET /v1/outcomes."
)


async def tell(
    connection: Connection,
    statements: Sequence[Statement],
    events: Sequence[Outgoing],
    now: datetime,
) -> None:
    """Have each statement delivered to its agency, where that has an endpoint. ``events``: the
    statements as they are published, in the same order; a delivery's id follows from its event's.
    """
    told = await webhook_store.load_told(connection, {s.row.agency_id for s in statements})
    await save_deliveries(
        connection,
        [
            NewDelivery(
                id=derive_id(event.id, CHANNEL),
                channel=CHANNEL,
                destination=statement.row.agency_id,
                lane=str(statement.row.assessment_id),
                content={
                    "assessment_id": str(statement.row.assessment_id),
                    "version": statement.row.version,
                },
                journey_id=event.journey_id,
                traceparent=event.traceparent,
            )
            for statement, event in zip(statements, events, strict=True)
            if statement.row.agency_id in told
        ],
        now,
    )
    if paused := await webhook_store.load_paused(connection, told):
        await hold_waiting(connection, paused)


def message(statement: dict[str, Any]) -> bytes:
    """What is sent: the statement as it is polled, within the form Standard Webhooks suggests."""
    # Through the same encoder as the poll's answer, so that both are the same to the letter.
    outcome = jsonable_encoder(statement | {"href": href(statement["assessment_id"])})
    return orjson.dumps({"type": TYPE, "timestamp": outcome["stated_at"], "data": outcome})


class Webhooks:
    """Sends. ``close`` when the service stops."""

    def __init__(self, service: Service, settings: AgenciesSettings) -> None:
        self._service = service
        self._seconds = settings.delivery_timeout_seconds
        self._client = outward_client(self._seconds, local=settings.local)

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, delivery: Delivery) -> Result:
        """One attempt: to the address and with the secret as they are now."""
        pool = self._service.pool
        endpoint = await webhook_store.find_endpoint(pool, delivery.destination)
        if endpoint is None or endpoint.disabled_at is not None:
            return Result(delivered=False, status="no endpoint", final=True)
        if endpoint.paused_at is not None:
            return Result(delivered=False, status="paused", held=True)
        statement = await webhook_store.find_statement(
            pool,
            delivery.destination,
            UUID(delivery.content["assessment_id"]),
            delivery.content["version"],
        )
        if statement is None:
            return Result(delivered=False, status="no such outcome", final=True)
        now = self._service.clock()
        return await post_signed(
            self._client,
            endpoint.url,
            endpoint.signing(now),
            delivery.id,
            message(statement),
            now,
            self._seconds,
            delivery.traceparent,
        )


async def settle(
    connection: Connection, delivery: Delivery, result: Result, now: datetime, *, given_up: bool
) -> None:
    """An endpoint that is gone, or that nothing has reached for as long as one delivery was tried,
    is disabled, with a statement for its agency to read."""
    agency_id = delivery.destination
    if result.delivered:
        await webhook_store.save_success(connection, agency_id, now)
        return
    if result.held:
        return
    await webhook_store.save_failure(connection, agency_id, delivery.attempted_at, now)
    if result.status == GONE:
        why = f"The endpoint answered 410 Gone on {_moment(now)}."
        unchanged, unreached = delivery.attempted_at, now + timedelta(microseconds=1)
    elif given_up and not result.final:
        since = delivery.since
        why = f"Nothing was accepted since {_moment(since)}; the last answer: {result.status}."
        unchanged = unreached = since
    else:
        return
    if await webhook_store.disable_endpoint(
        connection, agency_id, why + _MENDED, now, unchanged, unreached
    ):
        await give_up_waiting(connection, agency_id, "the endpoint was disabled", now)


def _moment(at: datetime) -> str:
    return f"{at:%-d %B %Y, %H:%M} UTC"
