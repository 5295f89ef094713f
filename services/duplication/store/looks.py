"""SQL of who looked at a household: at it, at decisions, at questions about it, at its people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.kit.db import Connection, Row


async def find_by_reference(connection: Connection, reference: str) -> list[UUID]:
    """The households that the last twelve digits of an id name: their own, or of an assessment of
    theirs. Reads a whole index, of ids alone: seldom asked, and it costs nobody else anything."""
    rows = await connection.fetch(
        "with named as materialized (select id from household where right(id::text, 12) = $1),"
        " assessed as materialized (select id from assessment where right(id::text, 12) = $1)"
        " select id from named union select a.household_id from assessed join assessment a"
        " using (id) order by 1 limit 10",
        reference,
    )
    return [row["id"] for row in rows]


async def find_by_id(connection: Connection, any_id: UUID) -> list[UUID]:
    """The household of this id, or of the assessment of this id."""
    rows = await connection.fetch(
        "select id from household where id = $1"
        " union select household_id from assessment where id = $1",
        any_id,
    )
    return [row["id"] for row in rows]


async def find_family(connection: Connection, household_id: UUID) -> list[UUID]:
    """The household and every id that stands for it now."""
    rows = await connection.fetch(
        "with recursive family as (select $1::uuid as id union select r.retired_id from family f"
        " join household_redirect r on r.household_id = f.id) select id from family",
        household_id,
    )
    return [row["id"] for row in rows]


async def find_assessment_ids(connection: Connection, household_id: UUID) -> list[UUID]:
    """The household's assessments, the first first."""
    rows = await connection.fetch(
        "select id from assessment where household_id = $1 order by received_at, id limit 2000",
        household_id,
    )
    return [row["id"] for row in rows]


async def find_looks(
    connection: Connection,
    family: Sequence[UUID],
    assessment_ids: Sequence[UUID],
    before: datetime | None,
    most: int,
) -> list[Row]:
    """The last looks before a moment, and all of the same moment as the earliest of them. Of a
    household that was erased, ``assessment_ids`` has its people and questions too.

    Those at another household count for the time in which this one was part of it: from when they
    were linked, or its first assessment came, until they were separated.
    """
    return await connection.fetch(
        "with subject(id, since, until, linked) as ("
        " select f, null::timestamptz, null::timestamptz, false from unnest($1::uuid[]) f"
        " union all select a, null, null, false from unnest($2::uuid[]) a"
        " union all select s.household_id, coalesce(l.decided_at, (select min(received_at)"
        "  from assessment where id = any($2::uuid[]))), s.decided_at, true"
        "  from change s left join change l on l.id = s.undoes"
        "  where s.kind = 'separation' and s.other_household_id = any($1::uuid[])"
        "  and s.household_id <> all($1::uuid[])"
        " union all select r.id, null, null, false from review_case r"
        "  where r.assessment_id = any($2::uuid[])"
        " union all select r.id, null, null, false from unnest($1::uuid[]) f join review_case r"
        "  on r.candidates @> jsonb_build_array(jsonb_build_object('household_id', f::text))"
        " union all select m.person_id, null, null, false from membership m"
        "  where m.household_id = any($1::uuid[])"
        " union all select e.export_id, null, null, false from membership m"
        "  join subject_access_export e on e.person_id = m.person_id"
        "  where m.household_id = any($1::uuid[])"
        # Of whoever was erased the spells have gone; they themselves are asked for.
        " union all select e.export_id, null, null, false from subject_access_export e"
        "  where e.person_id = any($2::uuid[])),"
        " seen as (select l.id, bool_and(s.linked) as linked from subject s join access_audit l"
        "  on l.subject_id = s.id and (s.since is null or l.at >= s.since)"
        "  and (s.until is null or l.at < s.until)"
        "  where $3::timestamptz is null or l.at < $3 group by l.id)"
        " select l.id as number, l.at, l.actor, l.purpose, l.what, l.shown, s.linked, l.person"
        " from seen s join access_audit l using (id)"
        " order by l.at desc fetch first $4 rows with ties",
        family,
        assessment_ids,
        before,
        most,
    )


async def find_erased_homes(
    connection: Connection, any_id: UUID | None, reference: str | None
) -> list[Row]:
    """Households that were erased, by an id of theirs or of an assessment of theirs, or by the last
    twelve digits of one: ``id``, ``place_id`` and ``erasure_id``. By digits it reads all that was
    ever erased: seldom asked."""
    return await connection.fetch(
        "with named as (select erasure_id from erased_as where id = $1 and kind in"
        " ('assessment', 'household', 'retired_household') union select erasure_id from erased_as"
        " where $2::text is not null and right(id::text, 12) = $2 and kind in"
        " ('assessment', 'household', 'retired_household'))"
        " select h.id, e.place_id, e.erasure_id from named join erasure e using (erasure_id)"
        " join erased_as h on h.erasure_id = e.erasure_id and h.kind = 'household'"
        " order by h.id limit 10",
        any_id,
        reference,
    )
