"""SQL of holds: who keeps a household's records beyond the policy, why and until when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from contracts.vocabulary_erasure import HoldReason
from services.keyworkers.pages import Position
from services.kit.db import Connection, Row

_HOLDS = (
    "select h.hold_id, h.place_id, h.household_id, h.reason, h.until, h.held_by, h.held_at,"
    " e.ended_by, e.ended_at from retention_hold h left join retention_hold_end e using (hold_id)"
)


async def save_hold(
    connection: Connection,
    place_id: str,
    hold_id: UUID,
    household_id: UUID,
    reason: HoldReason,
    until: datetime,
    by: str,
    now: datetime,
) -> None:
    """Keep that somebody holds it."""
    await connection.execute(
        "insert into retention_hold (hold_id, place_id, household_id, reason, until, held_by,"
        " held_at) values ($1, $2, $3, $4, $5, $6, $7)",
        hold_id,
        place_id,
        household_id,
        reason.value,
        until,
        by,
        now,
    )


async def copy_holds(
    connection: Connection, copies: Sequence[tuple[UUID, UUID]], household_id: UUID
) -> None:
    """Have holds hold this household as well. ``copies``: of each its id, and that of the copy."""
    await connection.execute(
        "insert into retention_hold (hold_id, place_id, household_id, reason, until, held_by,"
        " held_at) select c.copy, h.place_id, $3, h.reason, h.until, h.held_by, h.held_at"
        " from unnest($1::uuid[], $2::uuid[]) as c(hold_id, copy) join retention_hold h"
        " using (hold_id) on conflict do nothing",
        [hold_id for hold_id, _ in copies],
        [copy for _, copy in copies],
        household_id,
    )


async def end_hold(connection: Connection, hold_id: UUID, by: str, now: datetime) -> bool:
    """False where somebody has ended it already."""
    ended = await connection.fetchval(
        "insert into retention_hold_end (hold_id, ended_by, ended_at) values ($1, $2, $3)"
        " on conflict do nothing returning true",
        hold_id,
        by,
        now,
    )
    return bool(ended)


async def find_hold(connection: Connection, hold_id: UUID) -> Row | None:
    """One hold, in force or not."""
    return await connection.fetchrow(f"{_HOLDS} where h.hold_id = $1", hold_id)


async def find_holds_of(connection: Connection, household_ids: Collection[UUID]) -> list[Row]:
    """All that there ever were of these households, the last first."""
    return await connection.fetch(
        f"{_HOLDS} where h.household_id = any($1::uuid[])"
        " order by h.held_at desc, h.hold_id limit 500",
        list(household_ids),
    )


async def find_in_force(
    connection: Connection,
    place_ids: Collection[str],
    actor_id: str,
    now: datetime,
    after: Position | None,
    most: int,
) -> list[Row]:
    """The holds in force in these places, those that run out first first; of what ``actor_id`` may
    know."""
    at, last = after or (None, None)
    return await connection.fetch(
        f"{_HOLDS} where h.place_id = any($1::text[]) and h.until > $3"  # noqa: S608
        " and e.hold_id is null"
        " and ($4::timestamptz is null or (h.until, h.hold_id) > ($4, $5::uuid))"
        " and not exists (select from conflict c where c.household_id = h.household_id"
        "  and c.key_worker_id = $2)"
        " and not exists (select from erased_id i where i.id = h.household_id)"
        " order by h.until, h.hold_id limit $6",
        list(place_ids),
        actor_id,
        now,
        at,
        last,
        most,
    )


async def count_in_force(
    connection: Connection, place_ids: Collection[str], actor_id: str, now: datetime
) -> dict[str, int]:
    """How many of those there are, by place; places with none are not in it."""
    rows = await connection.fetch(
        "select h.place_id, count(distinct h.household_id) as households from retention_hold h"
        " left join retention_hold_end e using (hold_id)"
        " where h.place_id = any($1::text[]) and h.until > $3 and e.hold_id is null"
        " and not exists (select from conflict c where c.household_id = h.household_id"
        "  and c.key_worker_id = $2)"
        " and not exists (select from erased_id i where i.id = h.household_id)"
        " group by h.place_id",
        list(place_ids),
        actor_id,
        now,
    )
    return {row["place_id"]: row["households"] for row in rows}
