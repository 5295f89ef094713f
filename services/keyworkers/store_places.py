"""SQL of the places: every version of a place file, and the one in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from services.kit.db import Connection, Row


async def load_newer_places(
    connection: Connection, place_ids: list[str], known: Mapping[str, tuple[int, int]]
) -> list[Row]:
    """``place_id``, ``version``, ``leave_version``, and ``document``, which is null where both
    versions are ``known``."""
    return await connection.fetch(
        "select p.place_id, p.version, p.leave_version,"
        " case when k.version is null then v.document end as document"
        " from place p join place_version v using (place_id, version)"
        " left join unnest($2::text[], $3::int[], $4::int[]) as k(place_id, version, leave_version)"
        "  on k.place_id = p.place_id and k.version = p.version"
        "  and k.leave_version = p.leave_version where p.place_id = any($1::text[])",
        place_ids,
        list(known),
        [version for version, _ in known.values()],
        [leave_version for _, leave_version in known.values()],
    )


async def find_places(connection: Connection) -> list[str]:
    """The ids of the places loaded."""
    return [
        row["place_id"] for row in await connection.fetch("select place_id from place order by 1")
    ]


async def find_versions(connection: Connection, place_id: str, limit: int = 50) -> list[Row]:
    """Every version that was ever in force, the latest first. ``digest``: of the file."""
    return await connection.fetch(
        "select v.version, v.loaded_at, left(v.sha256, 12) as digest,"
        " v.version = p.version as in_force from place_version v join place p using (place_id)"
        " where v.place_id = $1 order by v.version desc limit $2",
        place_id,
        limit,
    )


async def load_current(connection: Connection, place_id: str) -> Row | None:
    """``version`` and ``sha256`` of the version in force."""
    return await connection.fetchrow(
        "select version, sha256 from place join place_version using (place_id, version)"
        " where place_id = $1",
        place_id,
    )


async def save_place(
    connection: Connection,
    place_id: str,
    version: int,
    sha256: str,
    document: bytes,
    now: datetime,
) -> None:
    """Keep this version and put it in force."""
    await connection.execute(
        "insert into place_version (place_id, version, sha256, document, loaded_at)"
        " values ($1, $2, $3, $4, $5)",
        place_id,
        version,
        sha256,
        document,
        now,
    )
    await connection.execute(
        "insert into place (place_id, version) values ($1, $2)"
        " on conflict (place_id) do update set version = excluded.version",
        place_id,
        version,
    )


async def find_unannounced(connection: Connection) -> list[str]:
    """The places of whose version in force the other services have not been told."""
    rows = await connection.fetch(
        "select place_id from place where announced_version is distinct from version order by 1"
    )
    return [row["place_id"] for row in rows]


async def save_announced(connection: Connection, place_id: str, version: int) -> None:
    """They are told of this version."""
    await connection.execute(
        "update place set announced_version = $2 where place_id = $1", place_id, version
    )


async def find_still_needed(connection: Connection, place_id: str) -> list[Row]:
    """``team_id`` and ``key_worker_id`` (null on the waiting list) that households rely on."""
    return await connection.fetch(
        "select distinct team_id, key_worker_id from engagement"
        " where place_id = $1 and ended_at is null"
        " union select distinct team_id, null from waiting_list where place_id = $1",
        place_id,
    )
