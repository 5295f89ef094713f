"""SQL of the lists of those who may know: who was put on them, every version, every look."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from contracts.restrictions import AccessChangedV1
from contracts.vocabulary_access import AccessReason
from services.keyworkers.access import Entry
from services.kit.auth import Actor
from services.kit.db import Connection, Row
from services.kit.seals import LookTable

LOOKS = (
    LookTable(
        "access_look",
        "look_id",
        "at",
        ("look_id", "at", "actor", "purpose", "what", "household_id", "shown", "person"),
    ),
)
"""Who looked: sealed."""


async def find_entries(connection: Connection, household_ids: Collection[UUID]) -> list[Entry]:
    """Everybody who was ever put on these households' lists by name, the first added first."""
    rows = await connection.fetch(
        "select e.entry_id, e.household_id, e.reader_id, e.reason, e.until, e.added_by,"
        " e.added_at, r.removed_at from access_entry e left join access_removal r using (entry_id)"
        " where e.household_id = any($1::uuid[]) order by e.added_at, e.entry_id",
        list(household_ids),
    )
    return [Entry(**{**dict(row), "reason": AccessReason(row["reason"])}) for row in rows]


async def add_entry(
    connection: Connection, place_id: str, entry: Entry, copied_from: UUID | None = None
) -> None:
    """Put somebody on a list."""
    await connection.execute(
        "insert into access_entry (entry_id, place_id, household_id, reader_id, reason, until,"
        " added_by, added_at, copied_from) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " on conflict do nothing",
        entry.entry_id,
        place_id,
        entry.household_id,
        entry.reader_id,
        entry.reason.value,
        entry.until,
        entry.added_by,
        entry.added_at,
        copied_from,
    )


async def remove_entries(
    connection: Connection, entry_ids: Sequence[UUID], reason: AccessReason, by: str, now: datetime
) -> None:
    """Take somebody off a list. Who was taken off before stays so."""
    await connection.execute(
        "insert into access_removal (entry_id, reason, removed_by, removed_at)"
        " select e, $2, $3, $4 from unnest($1::uuid[]) as e on conflict do nothing",
        list(entry_ids),
        reason.value,
        by,
        now,
    )


async def load_last_versions(
    connection: Connection, household_ids: Collection[UUID]
) -> dict[UUID, Row]:
    """By household: the list in force."""
    rows = await connection.fetch(
        "select distinct on (household_id) * from access_version"
        " where household_id = any($1::uuid[]) order by household_id, version desc",
        list(household_ids),
    )
    return {row["household_id"]: row for row in rows}


async def save_version(connection: Connection, place_id: str, event: AccessChangedV1) -> None:
    """The list that is in force from now on."""
    await connection.execute(
        "insert into access_version (household_id, version, place_id, at, restricted,"
        " restricted_at, readers, barred) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        event.household_id,
        event.version,
        place_id,
        event.changed_at,
        event.restricted,
        event.restricted_at,
        {"readers": [reader.model_dump(mode="json") for reader in event.readers]},
        list(event.barred),
    )


async def find_versions(connection: Connection, household_id: UUID) -> list[Row]:
    """Every list that was in force, the last first."""
    return await connection.fetch(
        "select version, at, restricted, readers from access_version where household_id = $1"
        " order by version desc limit 500",
        household_id,
    )


async def find_version_at(connection: Connection, household_id: UUID, at: datetime) -> Row | None:
    """The list that was in force at a moment."""
    return await connection.fetchrow(
        "select version, at, restricted, readers from access_version"
        " where household_id = $1 and at <= $2 order by version desc limit 1",
        household_id,
        at,
    )


async def find_log(connection: Connection, household_id: UUID) -> list[Row]:
    """Who was put on the list by name and taken off it, by whom and why, the last first."""
    return await connection.fetch(
        "select e.entry_id, e.reader_id, e.reason, e.until, e.added_by, e.added_at,"
        " r.reason as removed_because, r.removed_by, r.removed_at"
        " from access_entry e left join access_removal r using (entry_id)"
        " where e.household_id = $1 order by e.added_at desc, e.entry_id limit 500",
        household_id,
    )


async def has_conflict(connection: Connection, household_id: UUID, reader_id: str) -> bool:
    """Whether this household must not be given, or shown, to them."""
    return bool(
        await connection.fetchval(
            "select exists (select from conflict where household_id = $1 and key_worker_id = $2)",
            household_id,
            reader_id,
        )
    )


async def save_look(
    connection: Connection,
    now: datetime,
    actor: Actor,
    what: str,
    household_ids: Sequence[UUID],
    *,
    shown: bool,
) -> None:
    """Record that somebody looked."""
    await connection.execute(
        "insert into access_look (at, actor, purpose, what, household_id, shown, person)"
        " select $1, $2, $3, $4, h, $6, $7 from unnest($5::uuid[]) as h",
        now,
        actor.id,
        actor.purpose,
        what,
        list(household_ids),
        shown,
        actor.person,
    )
