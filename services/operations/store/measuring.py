"""Counts and times over many journeys.

Referrals avoided are counted in ``ledger_entry`` and nowhere else, so that every figure shown is
the number of rows that can be looked at. Households that were linked count as one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.kit.db import Connection


async def load_counts(connection: Connection, place_id: str | None) -> dict[str, Any]:
    """How many journeys, referrals opened and ledger rows reversed, and the median minutes."""
    row = await connection.fetchrow(
        "select j.*, r.*, l.* from (select count(*) as assessments,"
        " count(*) filter (where decision = 'routed') as contacts_routed,"
        " count(*) filter (where decision = 'assigned') as key_workers_assigned,"
        " count(*) filter (where state = 'queued' and not erased) as waiting_for_room,"
        " count(*) filter (where state = 'under_review' and not erased) as under_review,"
        " count(*) filter (where front_door_at is not null) as front_door,"
        " percentile_cont(0.5) within group (order by"
        " extract(epoch from alerted_at - accepted_at)::float8 / 60)"
        " as median_minutes_to_alert,"
        " percentile_cont(0.5) within group (order by"
        " extract(epoch from acknowledged_at - accepted_at)::float8 / 60)"
        " as median_minutes_to_acknowledgement"
        " from journey where $1::text is null or place_id = $1) j,"
        " (select count(*) as referrals_opened, count(*) filter (where re_referral)"
        " as re_referrals from referral where $1::text is null or place_id = $1) r,"
        " (select count(*) as avoided_then_reversed from ledger_entry"
        " where reversed_at is not null and ($1::text is null or place_id = $1)) l",
        place_id,
    )
    return dict(row) if row else {}


async def find_avoided_reasons(
    connection: Connection, place_id: str | None
) -> list[dict[str, Any]]:
    """Referrals avoided by the service referred to and by the rule that matched, most first."""
    rows = await connection.fetch(
        "select would_have_referred_for, match_rule, count(*) as count from ledger_entry"
        " where reversed_at is null and ($1::text is null or place_id = $1)"
        " group by 1, 2 order by 3 desc, 1, 2",
        place_id,
    )
    return [dict(row) for row in rows]


async def load_later(connection: Connection, place_id: str | None) -> dict[str, int]:
    """Second and later assessments of a household, and how many of those were routed."""
    row = await connection.fetchrow(
        "select count(*) as assessments, count(*) filter (where decision = 'routed') as routed"
        " from (select decision, row_number() over (partition by"
        " coalesce(r.household_id, j.household_id) order by accepted_at, id) as nth"
        " from journey j left join household_redirect r on r.retired_id = j.household_id"
        " where j.household_id is not null and accepted_at is not null"
        " and ($1::text is null or place_id = $1)) s where nth > 1",
        place_id,
    )
    return dict(row) if row else {}


async def find_households_by(
    connection: Connection, place_id: str | None
) -> tuple[int, dict[int, int], dict[int, int]]:
    """How many households; how many have n assessments; how many were assessed by n agencies."""
    rows = await connection.fetch(
        "with household as (select count(*)::int as assessments,"
        " count(distinct agency_id)::int as agencies from journey j"
        " left join household_redirect r on r.retired_id = j.household_id"
        " where j.household_id is not null and ($1::text is null or place_id = $1)"
        " group by coalesce(r.household_id, j.household_id))"
        " select 'assessments' as what, assessments as n, count(*) as households"
        " from household group by 2"
        " union all select 'agencies', agencies, count(*) from household group by 2 order by 1, 2",
        place_id,
    )
    by: dict[str, dict[int, int]] = {"assessments": {}, "agencies": {}}
    for row in rows:
        by[row["what"]][row["n"]] = row["households"]
    return sum(by["assessments"].values()), by["assessments"], by["agencies"]


async def find_flow(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Events of each topic in the last minute and hour, in whole slots of ten seconds."""
    rows = await connection.fetch(
        "select topic, sum(events)::int as last_hour, coalesce(sum(events)"
        " filter (where slot > $1::timestamptz - interval '1 minute'), 0)::int as last_minute"
        " from flow where slot > $1::timestamptz - interval '1 hour' and slot <= $1"
        " group by topic order by topic",
        now,
    )
    return [dict(row) for row in rows]


async def load_latency(connection: Connection, since: datetime) -> dict[str, Any]:
    """Milliseconds between stages at p50, p95, p99 and the most, of journeys accepted since."""
    rows = await connection.fetch(
        "select s.stage, count(s.ms) as journeys,"
        " percentile_cont(array[0.5, 0.95, 0.99, 1.0]) within group (order by s.ms) as at"
        " from journey j cross join lateral (values"
        " ('accepted_to_alerted', extract(epoch from j.alerted_at - j.accepted_at)::float8 * 1000),"
        " ('accepted_to_matched', extract(epoch from j.matched_at - j.accepted_at)::float8 * 1000),"
        " ('matched_to_decided', extract(epoch from j.decided_at - j.matched_at)::float8 * 1000),"
        " ('decided_to_alerted', extract(epoch from j.alerted_at - j.decided_at)::float8 * 1000),"
        " ('decided_to_outcome', extract(epoch from j.outcome_at - j.decided_at)::float8 * 1000)"
        ") as s(stage, ms) where j.started_at >= $1 and j.accepted_at >= $1 group by s.stage",
        since,
    )
    return {
        row["stage"]: {"journeys": row["journeys"]}
        | (
            dict(zip(("p50", "p95", "p99", "max"), (round(v, 1) for v in row["at"]), strict=True))
            if row["journeys"]
            else {}
        )
        for row in rows
    }


async def load_standing(connection: Connection) -> dict[str, int]:
    """Journeys that wait for a key worker with room, and for a person's review."""
    row = await connection.fetchrow(
        "select count(*) filter (where state = 'queued') as queued,"
        " count(*) filter (where state = 'under_review') as under_review from journey where open"
        " and not erased"
    )
    return dict(row) if row else {}
