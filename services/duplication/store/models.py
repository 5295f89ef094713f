"""Models that were put in force, and which one decides for a place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.kit.db import Connection, Row


async def find_in_force(connection: Connection, place_ids: Sequence[str]) -> list[Row]:
    """Of places in which a model was put in force: its version and digest."""
    return await connection.fetch(
        "select p.id as place_id, m.version, m.digest from unnest($1::text[]) p(id)"
        " cross join lateral (select version from model_in_force f where f.place_id = p.id"
        " order by f.id desc limit 1) f join model m on m.version = f.version",
        place_ids,
    )


async def load_model(connection: Connection, version: str) -> dict[str, Any]:
    """A model's data, as it was put in force."""
    data: dict[str, Any] = await connection.fetchval(
        "select data from model where version = $1", version
    )
    return data


async def save_model(
    connection: Connection, version: str, digest: str, data: dict[str, Any], now: datetime
) -> str:
    """Keep a model; the digest of what is kept under its version, which is the first one's."""
    await connection.execute(
        "insert into model (version, digest, data, added_at) values ($1, $2, $3, $4)"
        " on conflict do nothing",
        version,
        digest,
        data,
        now,
    )
    kept: str = await connection.fetchval("select digest from model where version = $1", version)
    return kept


async def save_in_force(
    connection: Connection, place_id: str, version: str, by: str, purpose: str, now: datetime
) -> None:
    """Have a model decide for a place from now on."""
    await connection.execute(
        "insert into model_in_force (place_id, version, since, decided_by, purpose)"
        " values ($1, $2, $3, $4, $5)",
        place_id,
        version,
        now,
        by,
        purpose,
    )
