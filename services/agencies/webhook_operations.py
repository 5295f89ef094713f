"""For operations: which agency has a webhook, whether it answers, and holding it back for a while.

Of its address only the host is shown: what follows may be the agency's own secret.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter
from pydantic import BaseModel

from services.agencies import webhook_store
from services.agencies.webhook_store import WebhookState, state_of
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import Row
from services.kit.deliveries import hold_waiting, release_waiting
from services.kit.errors import Problem


class WebhookView(BaseModel):
    """One agency's. ``waiting``, ``given_up``: outcomes not told yet, and those not told for good
    that nobody has let go; ``last_answer``: of the last attempt, in a word or two."""

    agency_id: str
    name: str
    host: str
    state: WebhookState
    created_at: datetime
    succeeded_at: datetime | None
    failing_since: datetime | None
    disabled_at: datetime | None
    statement: str | None
    paused_at: datetime | None
    paused_by: str | None
    waiting: int
    given_up: int
    last_answer: str | None


def webhook_operations(service: Service) -> APIRouter:
    """The routes. Every one asks for the service token and says on whose behalf it is."""
    router = APIRouter(prefix="/internal/webhooks", tags=["internal"])

    @router.get("")
    async def list_webhooks(_: CallingActor) -> list[WebhookView]:
        """The webhooks of agencies that take part, by the agency's name."""
        async with service.pool.acquire() as connection:
            rows = await webhook_store.find_all(connection)
        return [_view(row) for row in rows]

    @router.post("/{agency_id}/pause")
    async def pause(actor: CallingActor, agency_id: str) -> dict[str, str]:
        """Send it nothing until it goes on. What waits is kept, and is not given up meanwhile."""
        async with service.work() as work:
            # What waits before the endpoint, as whoever records a result takes them.
            await hold_waiting(work.connection, [agency_id])
            if not await webhook_store.save_pause(work.connection, agency_id, work.now, actor.id):
                raise Problem(
                    HTTPStatus.CONFLICT, "It is paused already, or the agency has no webhook."
                )
        return {"state": "paused"}

    @router.post("/{agency_id}/go-on")
    async def go_on(_: CallingActor, agency_id: str) -> dict[str, str]:
        """Send what waits, in order, with patience anew."""
        async with service.work() as work:
            await release_waiting(work.connection, agency_id, work.now)
            if not await webhook_store.save_pause(work.connection, agency_id, None, None):
                raise Problem(HTTPStatus.CONFLICT, "It is not paused, or the agency has none.")
        return {"state": "enabled"}

    return router


def _view(row: Row) -> WebhookView:
    values: dict[str, Any] = dict(row)
    state = state_of(row["failing_since"], row["paused_at"], row["disabled_at"])
    host = urlsplit(values.pop("url")).hostname or "?"
    return WebhookView(**values, host=host, state=state)
