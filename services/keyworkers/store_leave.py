"""SQL of leave that was arranged through the API."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.keyworkers.roster import Arranged
from services.kit.db import Connection, Row


async def load_arranged(
    connection: Connection, place_ids: Collection[str]
) -> dict[str, tuple[Arranged, ...]]:
    """By place: the leave in force or to come, and what is over."""
    rows = await connection.fetch(
        "select place_id, key_worker_id, first_day, last_day, cover_id from arranged_leave"
        " where place_id = any($1::text[]) and ended_at is null"
        " order by key_worker_id, first_day, leave_id",
        list(place_ids),
    )
    found: dict[str, list[Arranged]] = {}
    for row in rows:
        found.setdefault(row["place_id"], []).append(_arranged(row))
    return {place_id: tuple(leaves) for place_id, leaves in found.items()}


async def save_leave(
    connection: Connection,
    place_id: str,
    leave_id: UUID,
    arranged: Arranged,
    by: str,
    now: datetime,
) -> None:
    """The caller holds the place's lock."""
    await connection.execute(
        "insert into arranged_leave (leave_id, place_id, key_worker_id, first_day, last_day,"
        " cover_id, arranged_by, arranged_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        leave_id,
        place_id,
        arranged.key_worker_id,
        arranged.first,
        arranged.last,
        arranged.cover,
        by,
        now,
    )
    await _changed(connection, place_id)


async def find_place(connection: Connection, leave_id: UUID) -> str | None:
    """The place whose lock a change needs; None where there is no such leave."""
    found: str | None = await connection.fetchval(
        "select place_id from arranged_leave where leave_id = $1", leave_id
    )
    return found


async def end_leave(
    connection: Connection, place_id: str, leave_id: UUID, by: str, now: datetime
) -> Arranged | None:
    """They are there again. None where it was ended before. The caller holds the place's lock."""
    row = await connection.fetchrow(
        "update arranged_leave set ended_at = $2, ended_by = $3"
        " where leave_id = $1 and ended_at is null"
        " returning key_worker_id, first_day, last_day, cover_id",
        leave_id,
        now,
        by,
    )
    if row is None:
        return None
    await _changed(connection, place_id)
    return _arranged(row)


async def find_leaves(connection: Connection, place_id: str, key_worker_id: str) -> list[Row]:
    """A key worker's arranged leave, what was ended included, the latest first."""
    return await connection.fetch(
        "select leave_id, key_worker_id, first_day as first, last_day as last,"
        " cover_id as cover, arranged_by, arranged_at, ended_by, ended_at from arranged_leave"
        " where place_id = $1 and key_worker_id = $2 order by first_day desc, leave_id limit 200",
        place_id,
        key_worker_id,
    )


async def _changed(connection: Connection, place_id: str) -> None:
    await connection.execute(
        "update place set leave_version = leave_version + 1 where place_id = $1", place_id
    )


def _arranged(row: Row) -> Arranged:
    return Arranged(row["key_worker_id"], row["first_day"], row["last_day"], row["cover_id"])
