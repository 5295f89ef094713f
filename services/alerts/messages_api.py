"""What was sent to a recipient outside the pages, and by which channels they want to be told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict

from services.alerts import store_messages
from services.alerts.messages import Channel, Preference
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import Row
from services.kit.deliveries import find_deliveries

_Recipient = Annotated[str, Path(min_length=1, max_length=100)]


class Preferences(BaseModel):
    """``channels``: those they want, of all there are; immediate alerts come by every channel of
    the place's policy all the same. ``digest``: how many routine alerts wait, each working day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[Channel, ...] = tuple(Channel)
    digest: bool = True


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

    @router.get("/{recipient_id}/preferences")
    async def read_preferences(_: CallingActor, recipient_id: _Recipient) -> Preferences:
        """What the recipient asked for, or what holds where they asked for nothing."""
        async with service.pool.acquire() as connection:
            said = await store_messages.load_preferences(connection, [recipient_id])
        if recipient_id not in said:
            return Preferences()
        found = said[recipient_id]
        wanted = tuple(channel for channel in Channel if channel in found.channels)
        return Preferences(channels=wanted, digest=found.digest)

    @router.put("/{recipient_id}/preferences")
    async def write_preferences(
        actor: CallingActor, recipient_id: _Recipient, wanted: Preferences
    ) -> Preferences:
        """Say by which channels the recipient wants to be told from now on."""
        async with service.work() as work:
            said = Preference(frozenset(wanted.channels), wanted.digest)
            await store_messages.save_preference(
                work.connection, recipient_id, said, actor.id, work.now
            )
        return wanted

    return router
