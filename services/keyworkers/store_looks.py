"""SQL of who looked at the list of a household, or at who works with a restricted one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.kit.db import Connection, Row


async def find_places(connection: Connection, family: Collection[UUID]) -> set[str]:
    """The places in which anything is, or was until it was erased, known of a household, by any of
    its ids."""
    rows = await connection.fetch(
        "select place_id from restricted_household where household_id = any($1::uuid[])"
        " union select place_id from referral where household_id = any($1::uuid[])"
        " union select place_id from assessment_route where household_id = any($1::uuid[])"
        " union select e.place_id from erasure e join erased_id i using (erasure_id)"
        "  where i.id = any($1::uuid[])",
        list(family),
    )
    return {row["place_id"] for row in rows}


async def find_looks(
    connection: Connection, family: Collection[UUID], before: datetime | None, most: int
) -> list[Row]:
    """The last looks before a moment, and all of the same moment as the earliest of them. Those at
    another household count for the time in which this one was linked with it."""
    return await connection.fetch(
        "with subject(id, since, until, linked) as ("
        " select f, null::timestamptz, null::timestamptz, false from unnest($1::uuid[]) f"
        " union all select household_id, linked_at, undone_at, true from household_link"
        "  where retired_household_id = any($1::uuid[]) and undone_at is not null"
        "  and household_id <> all($1::uuid[])),"
        " seen as (select l.look_id, bool_and(s.linked) as linked from subject s"
        "  join access_look l on l.household_id = s.id and (s.since is null or l.at >= s.since)"
        "  and (s.until is null or l.at < s.until)"
        "  where $2::timestamptz is null or l.at < $2 group by l.look_id)"
        " select l.look_id as number, l.at, l.actor, l.purpose, l.what, l.shown, s.linked, l.person"
        " from seen s join access_look l using (look_id)"
        " order by l.at desc fetch first $3 rows with ties",
        list(family),
        before,
        most,
    )
