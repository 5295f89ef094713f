"""SQL of what is due to be erased by a place's policy, and of what is on notice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.keyworkers.pages import Position
from services.keyworkers.retention import Record
from services.kit.db import Connection, Row


async def find_quiet(
    connection: Connection, place_id: str, before: datetime, after: Position | None, most: int
) -> list[Row]:
    """``household_id``, ``closed_at`` and ``referral_id`` of households that are not on notice,
    whose last referral was closed by ``before``: what may be due is among them."""
    since, last = after or (None, None)
    return await connection.fetch(
        "select r.household_id, r.closed_at, r.referral_id from referral r"
        " where r.place_id = $1 and r.closed_at <= $2"
        " and (r.closed_at, r.referral_id) > (coalesce($3::timestamptz, '-infinity'),"
        "  coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))"
        # "offset 0": looked up one by one, however few were on notice when the plan was made.
        " and not exists (select from retention_notice n where n.household_id = r.household_id"
        "  offset 0)"
        " and not exists (select from referral o where o.household_id = r.household_id"
        "  and (o.closed_at is null"
        "   or (o.closed_at, o.referral_id) > (r.closed_at, r.referral_id)))"
        " order by r.closed_at, r.referral_id limit $5",
        place_id,
        before,
        since,
        last,
        most,
    )


async def load_records(
    connection: Connection, household_ids: Collection[UUID], now: datetime
) -> list[Record]:
    """What is known of each of these households. Holds are as of ``now``."""
    rows = await connection.fetch(
        # "offset 0": looked up one by one, in an index, whatever was known of the tables' sizes
        # when the plan was made.
        "with recursive family(kept, id, step) as ("
        " select h, h, 0 from unnest($1::uuid[]) h"
        " union all select f.kept, l.id, f.step + 1 from family f"
        "  cross join lateral (select retired_household_id as id from household_link"
        "   where household_id = f.id and undone_at is null offset 0) l"
        "  where f.step < 100),"
        " own as (select kept as household_id, array_agg(id order by step, id) as household_ids"
        "  from family group by kept),"
        # Few are open at any time: told apart by two indexes of few rows each.
        " asked as ("
        "  select p.candidates from pending_review p where p.state = 'pending'"
        "  union all select p.candidates from pending_review p where p.state = 'told'),"
        " likely as materialized (select (c->>'household_id')::uuid as id from asked,"
        "  jsonb_array_elements(asked.candidates) c)"
        " select o.household_id, coalesce(r.place_id, a.place_id) as place_id, o.household_ids,"
        " coalesce(a.assessment_ids, '{}') as assessment_ids, r.team_id,"
        " (select l.household_id from household_link l where l.undone_at is null"
        "  and l.retired_household_id = o.household_id limit 1) as linked_into,"
        " coalesce(e.active, false) as worked_with, coalesce(r.open, false) as waits,"
        " exists (select from likely where likely.id = any(o.household_ids)) as possible_match,"
        " coalesce(t.asked, false) as lifting_asked, h.held_until,"
        " exists (select from unnest(o.household_ids) f cross join lateral (select * from"
        "   erasure_asked where household_id = f offset 0) x left join erasure_answer y"
        "   using (erasure_id) where (x.asked_by is null or y.answer = 'agreed')"
        "  and not exists (select from erasure_refusal z where z.erasure_id = x.erasure_id)"
        "  and not exists (select from erasure z where z.erasure_id = x.erasure_id)) as ordered,"
        " (select max(z.not_before) from erasure_refusal z"
        "  where z.household_id = any(o.household_ids)) as not_before,"
        " a.assessed_at, e.engagement_ended_at, r.referral_closed_at, e.handover_decided_at,"
        " greatest(t.answered_at, (select max(x.restored_at) from restriction_restored x"
        "  where x.household_id = any(o.household_ids))) as restriction_asked_at"
        " from own o"
        " left join lateral (select max(place_id) as place_id, max(received_at) as assessed_at,"
        "  array_agg(assessment_id order by received_at, assessment_id)"
        "   filter (where state in ('queued', 'opened', 'routed')) as assessment_ids"
        "  from assessment_route where household_id = any(o.household_ids)) a on true"
        " left join lateral (select max(place_id) as place_id, max(closed_at) as"
        "  referral_closed_at, bool_or(closed_at is null) as open,"
        "  (array_agg(team_id order by opened_at desc, referral_id))[1] as team_id"
        "  from referral where household_id = any(o.household_ids)) r on true"
        " left join lateral (select max(g.ended_at) as engagement_ended_at,"
        "  bool_or(g.ended_at is null) as active, max(v.decided_at) as handover_decided_at"
        "  from engagement g left join handover v using (engagement_id)"
        "  where g.household_id = any(o.household_ids)) e on true"
        " left join lateral (select bool_or(y.answer is null) as asked,"
        "  max(y.answered_at) as answered_at"
        "  from unnest(o.household_ids) f cross join lateral (select lifting_id from lifting"
        "   where household_id = f offset 0) x left join lifting_answer y using (lifting_id)) t"
        "  on true"
        " left join lateral (select max(x.until) as held_until"
        "  from unnest(o.household_ids) f cross join lateral (select hold_id, until from"
        "   retention_hold where household_id = f offset 0) x"
        "  left join retention_hold_end y using (hold_id)"
        "  where x.until > $2 and y.ended_at is null) h on true"
        " order by o.household_id",
        list(household_ids),
        now,
    )
    return [_record(row) for row in rows]


async def save_notices(
    connection: Connection,
    place_id: str,
    records: Sequence[Record],
    now: datetime,
    erases_at: datetime,
) -> None:
    """Put these households on notice."""
    await connection.execute(
        "insert into retention_notice (household_id, place_id, last_contact_at, since, erases_at)"
        " select h, $1, t, $4, $5 from unnest($2::uuid[], $3::timestamptz[]) as n(h, t)"
        " on conflict do nothing",
        place_id,
        [record.household_id for record in records],
        [record.last_contact_at for record in records],
        now,
        erases_at,
    )


async def find_notices(
    connection: Connection, place_id: str, after: Position | None, most: int
) -> list[Row]:
    """What is on notice in a place, by when it is to be erased: ``household_id``, ``since``,
    ``erases_at``."""
    at, last = after or (None, None)
    return await connection.fetch(
        "select household_id, since, erases_at from retention_notice where place_id = $1"
        " and (erases_at, household_id) > (coalesce($2::timestamptz, '-infinity'),"
        "  coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'))"
        " order by erases_at, household_id limit $4",
        place_id,
        at,
        last,
        most,
    )


async def find_notices_for(
    connection: Connection,
    place_ids: Collection[str],
    actor_id: str,
    after: Position | None,
    most: int,
) -> list[Row]:
    """The same for several places, with ``place_id`` and ``last_contact_at``; of what ``actor_id``
    may know."""
    at, last = after or (None, None)
    return await connection.fetch(
        "select place_id, household_id, last_contact_at, since, erases_at from retention_notice n"
        " where place_id = any($1::text[])"
        " and ($2::timestamptz is null or (erases_at, household_id) > ($2, $3::uuid))"
        " and not exists (select from conflict c where c.household_id = n.household_id"
        "  and c.key_worker_id = $4)"
        " order by erases_at, household_id limit $5",
        list(place_ids),
        at,
        last,
        actor_id,
        most,
    )


async def find_notice(connection: Connection, household_id: UUID) -> Row | None:
    """Since when a household is on notice, and when it is to be erased."""
    return await connection.fetchrow(
        "select since, erases_at from retention_notice where household_id = $1", household_id
    )


async def end_notices(connection: Connection, household_ids: Collection[UUID]) -> set[UUID]:
    """These households are on notice no longer; those that were."""
    rows = await connection.fetch(
        "delete from retention_notice where household_id = any($1::uuid[]) returning household_id",
        list(household_ids),
    )
    return {row["household_id"] for row in rows}


async def count_notices(connection: Connection, actor_id: str | None = None) -> dict[str, int]:
    """Households on notice by place; places with none are not in it. Of what ``actor_id`` may
    know, if it is given."""
    rows = await connection.fetch(
        "select place_id, count(*) as households from retention_notice n"
        " where not exists (select from conflict c where c.household_id = n.household_id"
        "  and c.key_worker_id = $1) group by place_id",
        actor_id,
    )
    return {row["place_id"]: row["households"] for row in rows}


def _record(row: Row) -> Record:
    values = dict(row)
    for ids in ("household_ids", "assessment_ids"):
        values[ids] = tuple(values[ids])
    return Record(**values)
