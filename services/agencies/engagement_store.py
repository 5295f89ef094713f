"""What was said of engagements, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from services.agencies.engagements import Engagement
from services.kit.db import Connection


async def load_engagements(
    connection: Connection,
    *,
    engagement_ids: Collection[UUID] = (),
    household_ids: Collection[UUID] = (),
) -> list[Engagement]:
    """By id, or by the household that each is of, or was of when it ended."""
    rows = await connection.fetch(
        "select known from engagement where engagement_id = any($1::uuid[])"
        " or household_id = any($2::uuid[])",
        list(engagement_ids),
        list(household_ids),
    )
    return [Engagement.model_validate(row["known"]) for row in rows]


async def save_engagements(connection: Connection, engagements: Sequence[Engagement]) -> None:
    """Keep what was said of each."""
    await connection.execute(
        "insert into engagement (engagement_id, household_id, known)"
        " select * from unnest($1::uuid[], $2::uuid[], $3::jsonb[])"
        " on conflict (engagement_id) do update set household_id = excluded.household_id,"
        " known = excluded.known",
        [e.engagement_id for e in engagements],
        [e.household_id for e in engagements],
        [e.model_dump(mode="json", exclude_none=True) for e in engagements],
    )
