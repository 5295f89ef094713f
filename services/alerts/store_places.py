"""What keyworkers says of the places in force, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.places import PlaceInForceV1
from services.kit.db import Connection, Pool


async def save_place(connection: Connection, place_id: str, said: PlaceInForceV1) -> None:
    """Keep it, unless a later version is known."""
    await connection.execute(
        "insert into place (place_id, version, content) values ($1, $2, $3)"
        " on conflict (place_id) do update set version = excluded.version,"
        " content = excluded.content where place.version < excluded.version",
        place_id,
        said.version,
        said.model_dump(mode="json"),
    )


async def load_newer(
    connection: Connection | Pool, known: Mapping[str, int]
) -> dict[str, PlaceInForceV1]:
    """By place, what is in force, where it is another version than the one ``known``."""
    rows = await connection.fetch(
        "select place_id, content from place p where not exists"
        " (select from unnest($1::text[], $2::int[]) k(place_id, version)"
        "  where k.place_id = p.place_id and k.version = p.version)",
        list(known),
        list(known.values()),
    )
    return {row["place_id"]: PlaceInForceV1.model_validate(row["content"]) for row in rows}
