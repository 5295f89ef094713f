"""SQL of the API: what people look at, and the few things they change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.kit.db import Connection, Row

_WITH_RANKING = (
    "select e.engagement_id, e.place_id, e.household_id, e.referral_id, e.team_id,"
    " e.key_worker_id, e.started_at, e.ended_at, e.end_reason, e.ended_by, e.intensity,"
    " (select c.reason from intensity_change c where c.engagement_id = e.engagement_id"
    "  order by c.change_id desc limit 1) as intensity_reason,"
    " (select max(c.changed_at) from intensity_change c where c.engagement_id = e.engagement_id)"
    "  as intensity_since,"
    " (select coalesce(jsonb_agg(jsonb_build_object('key_worker_id', a.key_worker_id,"
    "  'rank', a.rank, 'eligible', a.eligible, 'reasons', a.reasons) order by a.rank),"
    "  '[]'::jsonb) from assignment_reason a where a.engagement_id = e.engagement_id) as ranking"
    " from engagement e"
)


async def find_caseloads(connection: Connection, place_id: str) -> dict[str, float]:
    """Active households by key worker of a place; those with none are not in it."""
    rows = await connection.fetch(
        "select key_worker_id, sum(intensity) as households from engagement"
        " where place_id = $1 and ended_at is null group by key_worker_id",
        place_id,
    )
    return {row["key_worker_id"]: row["households"] for row in rows}


async def find_waiting_counts(connection: Connection, place_id: str) -> dict[str, int]:
    """Waiting households by team of a place; teams with none are not in it."""
    rows = await connection.fetch(
        "select team_id, count(*) as waiting from waiting_list"
        " where place_id = $1 and claim_by is null group by 1",
        place_id,
    )
    return {row["team_id"]: row["waiting"] for row in rows}


async def find_active_of(connection: Connection, place_id: str, key_worker_id: str) -> list[Row]:
    """A key worker's active engagements with their rankings, newest first."""
    return await connection.fetch(
        f"{_WITH_RANKING} where e.place_id = $1 and e.key_worker_id = $2 and e.ended_at is null"
        " order by e.started_at desc, e.engagement_id",
        place_id,
        key_worker_id,
    )


async def find_active_of_team(
    connection: Connection, place_id: str, key_worker_ids: Sequence[str]
) -> list[Row]:
    """The active engagements of some key workers, by key worker, the oldest first."""
    return await connection.fetch(
        "select engagement_id, household_id, key_worker_id, started_at as since, intensity"
        " from engagement"
        " where place_id = $1 and key_worker_id = any($2::text[]) and ended_at is null"
        " order by key_worker_id, started_at, engagement_id",
        place_id,
        list(key_worker_ids),
    )


async def find_active_of_households(
    connection: Connection, household_ids: Sequence[UUID]
) -> list[Row]:
    """The active engagements of some households, by household."""
    return await connection.fetch(
        "select engagement_id, household_id, key_worker_id, started_at as since, intensity"
        " from engagement"
        " where household_id = any($1::uuid[]) and ended_at is null order by household_id",
        list(household_ids),
    )


async def find_engagements(connection: Connection, household_id: UUID) -> list[Row]:
    """A household's engagements with their rankings, newest first."""
    return await connection.fetch(
        f"{_WITH_RANKING} where e.household_id = $1 order by e.started_at desc, e.engagement_id",
        household_id,
    )


async def find_referrals(connection: Connection, household_id: UUID) -> list[Row]:
    """A household's referrals, newest first."""
    return await connection.fetch(
        "select referral_id, place_id, household_id, team_id, assessment_id, severity,"
        " re_referral, reasons, opened_at, assigned_at, closed_at, engagement_id from referral"
        " where household_id = $1 order by opened_at desc, referral_id",
        household_id,
    )


async def find_routes(connection: Connection, household_id: UUID) -> list[Row]:
    """What became of the assessments of a household, newest first, at most 500."""
    return await connection.fetch(
        "select assessment_id, state, referral_id, engagement_id, referral_avoided, front_door,"
        " severity, cause->>'agency_id' as agency_id, evidence, reasons, received_at"
        " from assessment_route where household_id = $1"
        " order by received_at desc, assessment_id limit 500",
        household_id,
    )


async def find_last_area(connection: Connection, household_id: UUID) -> str | None:
    """The postcode sector or district in which a household was seen last, where one is known."""
    found: str | None = await connection.fetchval(
        "select facts->>'area' from assessment_route where household_id = $1"
        " and state in ('queued', 'opened', 'routed') and facts->>'area' is not null"
        " order by received_at desc, assessment_id limit 1",
        household_id,
    )
    return found


async def find_waiting(connection: Connection, place_id: str, team_id: str | None) -> list[Row]:
    """The waiting list of a place or a team, in turn, at most 1,000."""
    return await connection.fetch(
        "select referral_id, place_id, household_id, team_id, assessment_id, severity,"
        " re_referral, reasons, opened_at from waiting_list"
        " where place_id = $1 and ($2::text is null or team_id = $2) and claim_by is null"
        " order by severity_order, opened_at, referral_id limit 1000",
        place_id,
        team_id,
    )


async def find_counts(connection: Connection, place_id: str | None) -> Row:
    """The impact counts of a place, or of all."""
    row = await connection.fetchrow(
        "select r.*, a.*, (select count(*) from engagement where ended_at is null"
        "  and ($1::text is null or place_id = $1)) as active_engagements from"
        " (select count(*) as referrals_opened,"
        "  count(*) filter (where re_referral) as re_referrals,"
        "  count(*) filter (where engagement_id is null and closed_at is null) as waiting"
        "  from referral where $1::text is null or place_id = $1) r,"
        " (select count(*) as assessments,"
        "  count(*) filter (where state = 'routed') as contacts_routed,"
        "  count(*) filter (where state = 'queued') as queued,"
        "  count(*) filter (where referral_avoided) as referrals_avoided,"
        "  count(*) filter (where state in ('under_review', 'provisional')) as under_review,"
        "  count(*) filter (where front_door) as front_door_notified"
        "  from assessment_route where $1::text is null or place_id = $1) a",
        place_id,
    )
    assert row is not None
    return row


async def find_place_of_engagement(connection: Connection, engagement_id: UUID) -> str | None:
    """The place an engagement is in; None where there is no such engagement."""
    found: str | None = await connection.fetchval(
        "select place_id from engagement where engagement_id = $1", engagement_id
    )
    return found


async def save_intensity(
    connection: Connection,
    engagement_id: UUID,
    intensity: float,
    reason: str,
    by: str,
    now: datetime,
) -> Row | None:
    """``household_id`` and ``key_worker_id`` of an active engagement that counts as so many
    households from now on, which is kept. None where it has ended."""
    return await connection.fetchrow(
        "with weighed as (update engagement set intensity = $2"
        "  where engagement_id = $1 and ended_at is null"
        "  returning engagement_id, household_id, key_worker_id),"
        " kept as (insert into intensity_change (engagement_id, intensity, reason, changed_by,"
        "  changed_at) select engagement_id, $2, $3, $4, $5 from weighed)"
        " select household_id, key_worker_id from weighed",
        engagement_id,
        intensity,
        reason,
        by,
        now,
    )


async def close_engagement(
    connection: Connection, engagement_id: UUID, reason: str, by: str, now: datetime
) -> Row | None:
    """End an active engagement and close its referral. None where it has ended already."""
    return await connection.fetchrow(
        "with ended as (update engagement set ended_at = greatest($4, started_at),"
        " end_reason = $2, ended_by = $3"
        " where engagement_id = $1 and ended_at is null"
        " returning engagement_id, household_id, referral_id, team_id, key_worker_id, ended_at),"
        " closed as (update referral r set closed_at = ended.ended_at from ended"
        " where r.referral_id = ended.referral_id and r.closed_at is null)"
        " select ended.*, r.assessment_id from ended join referral r using (referral_id)",
        engagement_id,
        reason,
        by,
        now,
    )
