"""SQL of what is held about the households a person was in, for their request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.kit.db import Connection, Row

_SPELL = "unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as s(household_id, since, until)"


async def find_engagements(
    connection: Connection,
    household_ids: Sequence[UUID],
    since: Sequence[datetime],
    until: Sequence[datetime | None],
) -> list[Row]:
    """The engagements of these households while somebody was in them (as early as what brought them
    there), the first first; each once."""
    return await connection.fetch(
        "select distinct on (e.started_at, e.engagement_id) e.engagement_id, e.place_id,"  # noqa: S608
        " e.household_id, e.team_id, e.key_worker_id, e.started_at, e.ended_at, e.end_reason,"
        " (select a.reasons from assignment_reason a where a.engagement_id = e.engagement_id"
        "  and a.key_worker_id = e.key_worker_id limit 1) as reasons"
        f" from {_SPELL} join engagement e using (household_id)"
        " where coalesce(e.ended_at, 'infinity') >= s.since"
        " and e.started_at <= coalesce(s.until, 'infinity')"
        " order by e.started_at, e.engagement_id",
        list(household_ids),
        list(since),
        list(until),
    )


async def find_handovers(connection: Connection, engagement_ids: Sequence[UUID]) -> list[Row]:
    """Those that took place, the first first."""
    return await connection.fetch(
        "select engagement_id, from_key_worker_id, to_key_worker_id, reason, decided_at"
        " from handover where engagement_id = any($1::uuid[]) and state = 'accepted'"
        " order by decided_at, handover_id",
        list(engagement_ids),
    )


async def find_referrals(
    connection: Connection, household_ids: Sequence[UUID], assessment_ids: Sequence[UUID]
) -> list[Row]:
    """The referrals of these households that these assessments opened, the first first."""
    return await connection.fetch(
        "select assessment_id, team_id, place_id, re_referral, opened_at, assigned_at, closed_at"
        " from referral where household_id = any($1::uuid[]) and assessment_id = any($2::uuid[])"
        " order by opened_at, referral_id",
        list(household_ids),
        list(assessment_ids),
    )


async def find_routes(connection: Connection, assessment_ids: Sequence[UUID]) -> list[Row]:
    """What became of these assessments, the first first."""
    return await connection.fetch(
        "select assessment_id, household_id, state, referral_avoided, front_door, received_at"
        " from assessment_route where assessment_id = any($1::uuid[])"
        " order by received_at, assessment_id",
        list(assessment_ids),
    )


async def count_looks(
    connection: Connection,
    household_ids: Sequence[UUID],
    since: Sequence[datetime],
    until: Sequence[datetime | None],
) -> list[Row]:
    """How often these households, while restricted, were looked at and shown here meanwhile."""
    return await connection.fetch(
        "select l.purpose, count(*) as looks, min(l.at) as first_at, max(l.at) as last_at"  # noqa: S608
        f" from {_SPELL} join access_look l using (household_id)"
        " where l.shown and l.at >= s.since and l.at <= coalesce(s.until, 'infinity')"
        " group by l.purpose order by min(l.at), l.purpose",
        list(household_ids),
        list(since),
        list(until),
    )
