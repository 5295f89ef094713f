"""Journeys of what was erased, in PostgreSQL: what leads anywhere goes, and what is counted stays.

A journey, the referrals it opened or avoided and who answered them become rows of ids that were
drawn for them and that nothing else has; a household that has gone is one such id, so that it is
still one household with so many assessments. When, by which agency and what was decided stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from services.kit.db import Connection

_HOME = "case when t.household_id = any($3::uuid[]) then $4::uuid else t.household_id end"
_OF = "from unnest($1::uuid[], $2::uuid[]) as m(old, new)"


async def forget_journeys(
    connection: Connection, assessment_ids: Sequence[UUID], household_ids: Sequence[UUID]
) -> dict[str, int]:
    """Rows deleted, by table, and ``journey``: those that became nobody's."""
    ids, homes = sorted(set(assessment_ids)), list(household_ids)
    counts = {
        "journey_event": await _count(
            connection,
            "delete from journey_event where journey_id = any($1::uuid[]) returning 1",
            ids,
        ),
        "span": await _count(
            connection, "delete from span where journey_ids <@ $1::uuid[] returning 1", ids
        ),
        "household_link": await _count(
            connection,
            "delete from household_link where household_id = any($1::uuid[])"
            " or retired_household_id = any($1::uuid[]) returning 1",
            homes,
        ),
    }
    await connection.execute(
        "update span set journey_ids = array(select j from unnest(journey_ids) j"
        " where j <> all($1::uuid[])) where journey_ids && $1::uuid[]",
        ids,
    )
    # In the order of the old: of what came at one instant, the id says which was first.
    drawn = (ids, sorted(uuid4() for _ in ids), homes, uuid4())
    await _unlink_engagements(connection, ids, homes)
    counts["journey"] = await _count(
        connection,
        f"update journey t set id = m.new, household_id = {_HOME}, erased = true,"  # noqa: S608
        " acknowledged_by = null, household_event = null, decision_event = null"
        f" {_OF} where t.id = m.old returning 1",
        *drawn,
    )
    await connection.execute(
        "update ledger t set event_id = gen_random_uuid(), assessment_id = m.new,"  # noqa: S608
        f" household_id = {_HOME}, decision_id = gen_random_uuid(), key_worker_id = '',"
        f" reasons = '{{\"reasons\": []}}' {_OF} where t.assessment_id = m.old",
        *drawn,
    )
    await connection.execute(
        f"update referral t set id = gen_random_uuid(), journey_id = m.new, household_id = {_HOME}"  # noqa: S608
        f" {_OF} where t.journey_id = m.old",
        *drawn,
    )
    for table, also in (
        ("ledger_reversal", ", event_id = gen_random_uuid()"),
        ("acknowledgement", ", event_id = gen_random_uuid(), acknowledged_by = ''"),
        ("engagement_start", ""),
    ):
        await connection.execute(
            f"update {table} t set assessment_id = m.new{also} {_OF} where t.assessment_id = m.old",  # noqa: S608
            *drawn[:2],
        )
    return counts


async def _unlink_engagements(
    connection: Connection, ids: Sequence[UUID], homes: Sequence[UUID]
) -> None:
    """Engagements of households that have gone get ids of their own as well, the same in each table
    of these assessments' rows."""
    rows = await connection.fetch(
        "select distinct engagement_id from ledger"
        " where assessment_id = any($1::uuid[]) and household_id = any($2::uuid[])"
        " union select engagement_id from engagement_start s join journey j on j.id = assessment_id"
        " where assessment_id = any($1::uuid[]) and household_id = any($2::uuid[])",
        list(ids),
        list(homes),
    )
    old = [row["engagement_id"] for row in rows]
    new = [uuid4() for _ in old]
    for table in ("ledger", "ledger_reversal", "engagement_start"):
        await connection.execute(
            f"update {table} t set engagement_id = m.new {_OF}"  # noqa: S608
            " where t.engagement_id = m.old and t.assessment_id = any($3::uuid[])",
            old,
            new,
            list(ids),
        )


async def _count(connection: Connection, sql: str, *arguments: object) -> int:
    return len(await connection.fetch(sql, *arguments))


async def save_orders(
    connection: Connection,
    ordered: Sequence[tuple[UUID, datetime]],
    answered: Sequence[tuple[UUID, datetime]],
) -> None:
    """Keep what was ordered, and what was answered, whichever is heard first."""
    if ordered or answered:
        await connection.execute(
            "insert into erasure_order as o (erasure_id, ordered_at, answered_at)"
            " select id, min(ordered_at), min(answered_at)"
            " from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[])"
            " as e(id, ordered_at, answered_at) group by id on conflict (erasure_id) do update"
            " set ordered_at = least(o.ordered_at, excluded.ordered_at),"
            " answered_at = least(o.answered_at, excluded.answered_at)",
            [id_ for id_, _ in (*ordered, *answered)],
            [*(at for _, at in ordered), *(None for _ in answered)],
            [*(None for _ in ordered), *(at for _, at in answered)],
        )


async def count_unanswered(connection: Connection, now: datetime, allowed: timedelta) -> int:
    """How many were ordered longer ago than that, and neither erased nor refused."""
    waiting: int = await connection.fetchval(
        "select count(*) from erasure_order where answered_at is null and ordered_at < $1",
        now - allowed,
    )
    return waiting
