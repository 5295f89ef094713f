"""What was sent to a recipient outside the pages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query

from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import Row
from services.kit.deliveries import find_deliveries

_Recipient = Annotated[str, Path(min_length=1, max_length=100)]


def _shown(row: Row) -> dict[str, Any]:
    content = row["content"]
    return {
        "id": row["id"],
        "what": content["what"],
        "alert_id": content.get("alert_id"),
        "severity": content["severity"],
    } | {
        name: row[name]
        for name in (
            "channel",
            "state",
            "attempts",
            "created_at",
            "last_attempt_at",
            "next_attempt_at",
            "last_status",
        )
    }


def create_router(service: Service) -> APIRouter:
    """The routes under ``/v1/recipients``. Every one asks for the service token."""
    router = APIRouter(prefix="/v1/recipients", tags=["messages"])

    @router.get("/{recipient_id}/messages")
    async def list_messages(
        _: CallingActor,
        recipient_id: _Recipient,
        state: Literal["waiting", "delivered", "given_up"] | None = None,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """What was or is to be sent, oldest first; ``next``: pass it as ``after`` for more."""
        async with service.pool.acquire() as connection:
            rows = await find_deliveries(connection, recipient_id, state, after, limit)
        return {
            "messages": [_shown(row) for row in rows],
            "next": rows[-1]["sequence"] if rows else after,
        }

    return router
