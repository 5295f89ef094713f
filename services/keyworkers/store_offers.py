"""SQL of offers: referrals that wait for somebody of the team to claim them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.kit.db import Connection, Row


async def find_offers(
    connection: Connection, place_id: str, team_id: str, key_worker_id: str | None
) -> list[Row]:
    """A team's open offers, the first to end first; without those that ``key_worker_id`` must
    not be given."""
    return await connection.fetch(
        "select referral_id, household_id, team_id, severity, re_referral, opened_at, claim_by"
        " from offer o where place_id = $1 and team_id = $2"
        " and not exists (select from conflict c where c.place_id = o.place_id"
        "  and c.household_id = o.household_id and c.key_worker_id = $3)"
        " order by claim_by, referral_id limit 200",
        place_id,
        team_id,
        key_worker_id,
    )


async def find_place(connection: Connection, referral_id: UUID) -> str | None:
    """The place whose lock a claim needs; None where nothing of that id was ever offered."""
    found: str | None = await connection.fetchval(
        "select place_id from referral where referral_id = $1", referral_id
    )
    return found


async def is_open(connection: Connection, referral_id: UUID) -> bool:
    """Whether it can still be claimed. The caller holds the place's lock."""
    return bool(
        await connection.fetchval("select true from offer where referral_id = $1", referral_id)
    )


async def find_lapsed(connection: Connection, now: datetime) -> list[str]:
    """Places with an offer that nobody has claimed in time."""
    rows = await connection.fetch(
        "select distinct place_id from offer where claim_by <= $1 order by 1", now
    )
    return [row["place_id"] for row in rows]


async def end_lapsed(connection: Connection, place_id: str, now: datetime) -> dict[UUID, str]:
    """These wait as others do from now on; by referral, the team."""
    rows = await connection.fetch(
        "update referral r set claim_by = null from offer o where o.referral_id = r.referral_id"
        " and o.place_id = $1 and o.claim_by <= $2 returning r.referral_id, r.team_id",
        place_id,
        now,
    )
    return {row["referral_id"]: row["team_id"] for row in rows}
