"""The floor's one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.kit.db import Connection


async def save_hops(
    connection: Connection, rows: Sequence[tuple[UUID, str]], now: datetime
) -> None:
    """Insert one row for each assessment, in one statement."""
    await connection.execute(
        "insert into hop (journey_id, payload, at)"
        " select h.id, h.payload, $3 from unnest($1::uuid[], $2::text[]) h(id, payload)",
        [journey for journey, _ in rows],
        [payload for _, payload in rows],
        now,
    )
