"""SQL of who looked at what agencies recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.kit.db import Connection, Row


async def find_places(connection: Connection, assessment_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The place of each assessment that there is."""
    rows = await connection.fetch(
        "select assessment_id, place_id from assessment where assessment_id = any($1::uuid[])",
        assessment_ids,
    )
    return {row["assessment_id"]: row["place_id"] for row in rows}


async def find_looks(
    connection: Connection, assessment_ids: Sequence[UUID], before: datetime | None, most: int
) -> list[Row]:
    """The last looks at any of them before a moment, and all of the same moment as the earliest."""
    return await connection.fetch(
        "select disclosure_id as number, at, actor, purpose, 'assessments' as what, fields, shown,"
        " person"
        " from disclosure where assessment_ids && $1::uuid[]"
        " and ($2::timestamptz is null or at < $2)"
        " order by at desc fetch first $3 rows with ties",
        assessment_ids,
        before,
        most,
    )
