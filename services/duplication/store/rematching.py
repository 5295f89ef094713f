"""A place's history for deciding it again: assessments in order, and what people said."""

from __future__ import annotations

from uuid import UUID

from services.kit.db import Connection, Row


async def find_places(connection: Connection) -> list[str]:
    """Every place that has assessments."""
    rows = await connection.fetch("select distinct place_id from assessment order by 1")
    return [row["place_id"] for row in rows]


async def find_history(connection: Connection, place_id: str) -> list[Row]:
    """Assessments as they came: address, people in the agencies' words, households then and now."""
    return await connection.fetch(
        "select a.id, a.received_at, a.address, a.household_id, d.household_id as arrived_in,"
        " array(select m.as_given from mention m where m.assessment_id = a.id order by m.position)"
        " as people from assessment a join decision d on d.assessment_id = a.id"
        " where a.place_id = $1 order by a.received_at, a.id",
        place_id,
    )


async def find_said(
    connection: Connection, place_id: str
) -> tuple[list[tuple[UUID, UUID]], list[tuple[UUID, UUID]]]:
    """What people said is one, and what is not: pairs of ids."""
    together = await connection.fetch(
        "select one, other from must_link where place_id = $1 order by 1, 2", place_id
    )
    apart = await connection.fetch(
        "select one, other from cannot_link where place_id = $1 order by 1, 2", place_id
    )
    return (
        [(row["one"], row["other"]) for row in together],
        [(row["one"], row["other"]) for row in apart],
    )
