"""Reading journeys, their events and the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from services.kit.db import Connection, Row
from services.operations.stalls import Stage

_JOURNEY = (
    "select j.id, j.place_id, j.agency_id, j.urgency, j.state, j.household_id, j.decision,"
    " j.outcome, j.outcome_final, j.started_at, j.accepted_at, j.review_at, j.matched_at,"
    " j.decided_at, j.alerted_at, j.due_at, j.acknowledged_at, j.acknowledged_by, j.outcome_at,"
    " j.front_door_at, j.front_door_alerted_at, j.front_door_due_at,"
    " j.front_door_acknowledged_at, j.restricted"
)
_ENTRY = (
    "select assessment_id, household_id, place_id, agency_id, engagement_id, team_id,"
    " key_worker_id, routed_at, would_have_referred_for, decision_id, match_rule, match_weight,"
    " model_version, reasons->'reasons' as reasons, acknowledged_by, acknowledged_at, accepted_at,"
    " reversed_at, first_assessment_id, household_now, erased from ledger_entry"
)
_ONE_WITH = (
    "with now as (select coalesce((select household_id from household_redirect"
    " where retired_id = $1), $1) as id) select id from now union all"
    " select r.retired_id from household_redirect r join now on r.household_id = now.id"
)
_CHANGED = (
    "with horizon as (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as next),"
    " changed as (select distinct journey_id from journey_event where seen_in >= $1)"
)
Key = tuple[datetime, UUID]


async def load_journey(connection: Connection, journey_id: UUID) -> Row | None:
    """One journey."""
    return await connection.fetchrow(
        f"{_JOURNEY} from journey j where j.id = $1 and not j.erased", journey_id
    )


async def find_events(connection: Connection, journey_id: UUID) -> list[Row]:
    """A journey's events, in the order of their times."""
    return await connection.fetch(
        'select event_id, type, time, topic, partition, "offset", subject from journey_event'
        ' where journey_id = $1 order by time, topic, "offset"',
        journey_id,
    )


async def find_journeys(
    connection: Connection,
    *,
    state: str | None,
    agency_id: str | None,
    place_id: str | None,
    after: Key | None,
    limit: int,
) -> list[Row]:
    """Journeys, the last begun first. ``after``: start and id of the last one had."""
    return await connection.fetch(
        f"{_JOURNEY} from journey j where not j.erased and ($1::text is null or j.state = $1)"
        " and ($2::text is null or j.agency_id = $2) and ($3::text is null or j.place_id = $3)"
        " and ($4::timestamptz is null or (j.started_at, j.id) < ($4, $5::uuid))"
        " order by j.started_at desc, j.id desc limit $6",
        state,
        agency_id,
        place_id,
        *(after or (None, None)),
        limit,
    )


async def find_changed(connection: Connection, since: int, limit: int) -> tuple[int, list[Row]]:
    """The journeys with an event written since ``since``, and where to go on from.

    The place to go on from is the oldest transaction still open, so that what commits late is not
    missed; what had committed already may be answered again.
    """
    rows = await connection.fetch(
        f"{_CHANGED} select h.next, j.* from horizon h left join lateral"  # noqa: S608 - fixed text
        f" ({_JOURNEY} from changed c join journey j on j.id = c.journey_id"
        " order by j.started_at desc limit $2) j on true",
        since,
        limit,
    )
    return rows[0]["next"], [row for row in rows if row["id"] is not None]


async def load_horizon(connection: Connection) -> int:
    """Where to begin to look for what changes from now on."""
    horizon: int = await connection.fetchval(
        "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    )
    return horizon


async def find_entries(
    connection: Connection,
    *,
    household_id: UUID | None = None,
    assessment_id: UUID | None = None,
    after: Key | None = None,
    limit: int = 100,
) -> list[Row]:
    """Ledger rows, the last routed first. ``after``: when and which assessment, of the last had.

    ``household_id``: with those of the households that it is one with now.
    """
    return await connection.fetch(
        f"{_ENTRY} where ($1::uuid is null or (household_now = coalesce((select household_id"  # noqa: S608
        "  from household_redirect where retired_id = $1), $1)"
        f" and (household_id in ({_ONE_WITH}) or assessment_id in"
        f"  (select id from journey where household_id in ({_ONE_WITH})))))"
        " and ($2::uuid is null or assessment_id = $2)"
        " and ($3::timestamptz is null or (routed_at, assessment_id) < ($3, $4::uuid))"
        " order by routed_at desc, assessment_id desc limit $5",
        household_id,
        assessment_id,
        *(after or (None, None)),
        limit,
    )


async def find_stalls(
    connection: Connection, now: datetime, allowed: Mapping[Stage, timedelta], limit: int
) -> list[Row]:
    """Stages that were not reached in time: the journey, the stage, since when; longest first."""
    return await connection.fetch(
        "select j.id, j.place_id, j.agency_id, j.household_id, j.restricted, j.state, s.stage,"
        " s.since,"
        " s.since + a.allowed as due_at from journey j cross join lateral (values"
        " ('match', j.accepted_at, coalesce(j.matched_at, j.review_at)),"
        " ('review', j.review_at, j.matched_at),"
        " ('decision', j.matched_at, j.decided_at),"
        " ('room', case when j.decision = 'queued' then j.decided_at end, null),"
        " ('alert', j.decided_at, j.alerted_at),"
        " ('acknowledgement', case when j.decision is distinct from 'queued' then j.due_at end,"
        " j.acknowledged_at),"
        " ('front_door', coalesce(j.front_door_due_at, j.front_door_at + interval '1 minute'),"
        " j.front_door_acknowledged_at),"
        " ('outcome', case when j.decision <> 'queued' then j.decided_at end, j.outcome_at)"
        ") as s(stage, since, reached)"
        " join unnest($2::text[], $3::interval[]) as a(stage, allowed) on a.stage = s.stage"
        " where j.open and not j.erased and s.reached is null and s.since + a.allowed < $1"
        " order by s.since, j.id limit $4",
        now,
        list(allowed),
        list(allowed.values()),
        limit,
    )
