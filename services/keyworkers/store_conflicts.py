"""SQL of conflicts of interest: which households a key worker must not be given."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.kit.db import Connection, Row


async def save_conflict(
    connection: Connection,
    place_id: str,
    key_worker_id: str,
    household_id: UUID,
    actor: str,
    now: datetime,
) -> None:
    """A key worker must not be given this household."""
    await connection.execute(
        "insert into conflict_of_interest"
        " (place_id, key_worker_id, household_id, declared_at, declared_by)"
        " values ($1, $2, $3, $4, $5) on conflict do nothing",
        place_id,
        key_worker_id,
        household_id,
        now,
        actor,
    )


async def find_conflicts(connection: Connection, place_id: str, key_worker_id: str) -> list[Row]:
    """A key worker's, the last declared first; ``is_theirs``: they walk beside it now."""
    return await connection.fetch(
        "select c.household_id, c.declared_at, c.declared_by, exists (select from engagement e"
        "  where e.household_id = c.household_id and e.ended_at is null"
        "  and e.key_worker_id = c.key_worker_id) as is_theirs from conflict_of_interest c"
        " where c.place_id = $1 and c.key_worker_id = $2"
        " and not exists (select from household_link l"
        "  where l.retired_household_id = c.household_id and l.undone_at is null)"
        " order by c.declared_at desc, c.household_id limit 500",
        place_id,
        key_worker_id,
    )


async def withdraw_conflict(
    connection: Connection,
    place_id: str,
    key_worker_id: str,
    household_ids: Collection[UUID],
    actor: str,
    now: datetime,
) -> bool:
    """It no longer holds, under none of the household's ids; False where there was none."""
    gone = await connection.fetchval(
        "with gone as (delete from conflict_of_interest where place_id = $1"
        "  and key_worker_id = $2 and household_id = any($3::uuid[]) returning *),"
        " kept as (insert into conflict_withdrawn (place_id, key_worker_id, household_id,"
        "  declared_at, declared_by, withdrawn_at, withdrawn_by)"
        "  select place_id, key_worker_id, household_id, declared_at, declared_by, $4, $5"
        "  from gone)"
        " select count(*) from gone",
        place_id,
        key_worker_id,
        list(household_ids),
        now,
        actor,
    )
    return bool(gone)


async def find_conflicted(
    connection: Connection, household_ids: Collection[UUID]
) -> dict[UUID, frozenset[str]]:
    """By household: whom it must not be given, or shown, to. Those that bar nobody are left out."""
    rows = await connection.fetch(
        "select household_id, array_agg(key_worker_id) as barred from conflict"
        " where household_id = any($1::uuid[]) group by household_id",
        list(household_ids),
    )
    return {row["household_id"]: frozenset(row["barred"]) for row in rows}
