"""What is held of assessments that name a person, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.kit.db import Connection, Row


async def find_received(connection: Connection, assessment_ids: Sequence[UUID]) -> list[Row]:
    """Those assessments as received, their agencies and the agreements under which they share."""
    return await connection.fetch(
        "select a.assessment_id, a.agency_id, g.name as agency_name, g.kind as agency_kind,"
        " s.reference as agreement, a.place_id, a.reference, a.channel, a.recorded_at,"
        " a.received_at, a.submission from assessment a join agency g using (agency_id)"
        " left join sharing_agreement s using (agency_id)"
        " where a.assessment_id = any($1::uuid[]) order by a.received_at, a.assessment_id",
        list(assessment_ids),
    )


async def find_statements(connection: Connection, assessment_ids: Sequence[UUID]) -> list[Row]:
    """What agencies were told of these, in order: that somebody was named, and never who."""
    return await connection.fetch(
        "select assessment_id, kind, contact is not null as names_somebody,"
        " front_door is not null as names_front_door, acknowledged_at, reason, stated_at"
        " from outcome_statement where assessment_id = any($1::uuid[]) order by sequence",
        list(assessment_ids),
    )


async def count_looks(connection: Connection, assessment_ids: Sequence[UUID]) -> list[Row]:
    """How often they were looked at and shown, for what, from when to when."""
    return await connection.fetch(
        "select purpose, count(*) as looks, min(at) as first_at, max(at) as last_at"
        " from disclosure where shown and assessment_ids && $1::uuid[]"
        " group by purpose order by min(at), purpose",
        list(assessment_ids),
    )
