"""What is known of assessments' fates and what their agencies were told, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.keyworkers import WorkContact
from contracts.vocabulary import OutcomeKind
from services.agencies.facts import Acknowledgement, Known, Standing
from services.kit.db import Connection


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """A row of ``outcome``. ``version`` counts the statements made."""

    assessment_id: UUID
    agency_id: str
    known: Known
    standing: Standing
    version: int
    stated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement made to an agency."""

    row: OutcomeRow
    reason: str


def _json(value: WorkContact | None) -> dict[str, Any] | None:
    return None if value is None else value.model_dump(mode="json", exclude_none=True)


async def save_acknowledgements(
    connection: Connection, alert_ids: Sequence[UUID], said: Sequence[Acknowledgement]
) -> None:
    """Keep each alert's first acknowledgement."""
    await connection.execute(
        "insert into acknowledgement (alert_id, assessment_id, household_id, kind, acknowledged_at)"
        " select distinct on (a.id) a.* from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[],"
        " $5::timestamptz[]) a(id, assessment_id, household_id, kind, at) order by a.id, a.at"
        " on conflict (alert_id) do update set acknowledged_at ="
        " least(acknowledgement.acknowledged_at, excluded.acknowledged_at)",
        list(alert_ids),
        [a.assessment_id for a in said],
        [a.household_id for a in said],
        [a.kind for a in said],
        [a.at for a in said],
    )


async def load_acknowledgements(
    connection: Connection, assessment_ids: Collection[UUID]
) -> list[Acknowledgement]:
    """What was acknowledged of those assessments."""
    rows = await connection.fetch(
        "select assessment_id, household_id, kind, acknowledged_at as at from acknowledgement"
        " where assessment_id = any($1::uuid[])",
        list(assessment_ids),
    )
    return [Acknowledgement(**row) for row in rows]


async def load_outcomes(
    connection: Connection,
    assessment_ids: Collection[UUID],
    engagement_ids: Collection[UUID],
    household_ids: Collection[UUID],
) -> dict[UUID, OutcomeRow]:
    """Rows of those assessments, of any that went to those engagements, or are of those
    households."""
    rows = await connection.fetch(
        "select assessment_id, agency_id, household_id, engagement_id, known, kind,"
        " contact, front_door, acknowledged_at, version, stated_at, restricted from outcome"
        " where assessment_id = any($1::uuid[]) or engagement_id = any($2::uuid[])"
        " or household_id = any($3::uuid[])",
        list(assessment_ids),
        list(engagement_ids),
        list(household_ids),
    )
    return {
        row["assessment_id"]: OutcomeRow(
            row["assessment_id"],
            row["agency_id"],
            Known.model_validate(row["known"]),
            Standing(
                kind=row["kind"] and OutcomeKind(row["kind"]),
                contact=row["contact"],
                front_door=row["front_door"],
                acknowledged_at=row["acknowledged_at"],
                household_id=row["household_id"],
                engagement_id=row["engagement_id"],
                restricted=row["restricted"],
            ),
            row["version"],
            row["stated_at"],
        )
        for row in rows
    }


async def save_outcomes(connection: Connection, rows: Sequence[OutcomeRow]) -> None:
    """Write each assessment's row as it is now."""
    await connection.execute(
        "insert into outcome (assessment_id, agency_id, household_id, known, kind,"
        " final, contact, front_door, acknowledged_at, version, stated_at, engagement_id,"
        " restricted)"
        " select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[],"
        " $5::text[], $6::boolean[], $7::jsonb[], $8::jsonb[], $9::timestamptz[], $10::int[],"
        " $11::timestamptz[], $12::uuid[], $13::boolean[])"
        " on conflict (assessment_id) do update set household_id = excluded.household_id,"
        " known = excluded.known, kind = excluded.kind, final = excluded.final,"
        " contact = excluded.contact, front_door = excluded.front_door,"
        " acknowledged_at = excluded.acknowledged_at, version = excluded.version,"
        " stated_at = excluded.stated_at, engagement_id = excluded.engagement_id,"
        " restricted = excluded.restricted",
        [r.assessment_id for r in rows],
        [r.agency_id for r in rows],
        [r.standing.household_id for r in rows],
        [r.known.model_dump(mode="json", exclude_none=True) for r in rows],
        [r.standing.kind for r in rows],
        [r.standing.final for r in rows],
        [_json(r.standing.contact) for r in rows],
        [_json(r.standing.front_door) for r in rows],
        [r.standing.acknowledged_at for r in rows],
        [r.version for r in rows],
        [r.stated_at for r in rows],
        [r.standing.engagement_id for r in rows],
        [r.standing.restricted for r in rows],
    )


async def find_homes(
    connection: Connection, assessment_ids: Sequence[UUID]
) -> dict[UUID, UUID | None]:
    """By assessment: the household that it is of, where that is known."""
    rows = await connection.fetch(
        "select assessment_id, household_id from outcome where assessment_id = any($1::uuid[])",
        assessment_ids,
    )
    return {row["assessment_id"]: row["household_id"] for row in rows}


async def save_statements(connection: Connection, statements: Sequence[Statement]) -> None:
    """Add to what agencies were told, in order."""
    await connection.execute(
        "insert into outcome_statement (assessment_id, version, agency_id, kind, final, contact,"
        " front_door, acknowledged_at, reason, stated_at)"
        " select s.assessment_id, s.version, s.agency_id, s.kind, s.final, s.contact,"
        " s.front_door, s.acknowledged_at, s.reason, s.stated_at"
        " from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::boolean[], $6::jsonb[],"
        " $7::jsonb[], $8::timestamptz[], $9::text[], $10::timestamptz[]) with ordinality"
        " s(assessment_id, version, agency_id, kind, final, contact, front_door, acknowledged_at,"
        " reason, stated_at, n) order by s.n",
        [s.row.assessment_id for s in statements],
        [s.row.version for s in statements],
        [s.row.agency_id for s in statements],
        [s.row.standing.kind for s in statements],
        [s.row.standing.final for s in statements],
        [_json(s.row.standing.contact) for s in statements],
        [_json(s.row.standing.front_door) for s in statements],
        [s.row.standing.acknowledged_at for s in statements],
        [s.reason for s in statements],
        [s.row.stated_at for s in statements],
    )
