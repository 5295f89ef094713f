"""SQL of re-planning: a key worker's households, who has said no, and who has been asked."""

from __future__ import annotations

from collections.abc import Collection

from services.keyworkers.replanning import Household
from services.keyworkers.store import referral_of
from services.kit.db import Connection


async def load_households(
    connection: Connection, place_id: str, key_worker_id: str
) -> list[Household]:
    """Active engagements for which nobody has been asked."""
    rows = await connection.fetch(
        "select e.engagement_id, r.*, array(select"
        "  h.to_key_worker_id from handover h where h.engagement_id = e.engagement_id"
        "  and h.state = 'declined') as declined"
        " from engagement e join referral r on r.referral_id = e.referral_id"
        " where e.place_id = $1 and e.key_worker_id = $2 and e.ended_at is null and not exists"
        "  (select from handover h where h.engagement_id = e.engagement_id"
        "   and h.state = 'proposed') order by e.household_id",
        place_id,
        key_worker_id,
    )
    return [
        Household(row["engagement_id"], referral_of(row), frozenset(row["declined"]))
        for row in rows
    ]


async def count_proposed(
    connection: Connection, place_id: str, key_worker_ids: Collection[str]
) -> dict[str, int]:
    """How many households each has been asked to take and has not answered for."""
    rows = await connection.fetch(
        "select to_key_worker_id, count(*) as households from handover where place_id = $1"
        " and to_key_worker_id = any($2::text[]) and state = 'proposed' group by 1",
        place_id,
        list(key_worker_ids),
    )
    return {row["to_key_worker_id"]: row["households"] for row in rows}
