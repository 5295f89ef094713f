"""What agencies sent and were told, deleted where it was erased, in PostgreSQL.

Not deleted: who looked (``disclosure``) and who may know (``household_access``), by which that is
shown. Both name opaque ids and people at work.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.assessments import AssessmentRecordedV1
from contracts.envelope import derive_id
from services.kit.db import Connection, Pool
from services.kit.deliveries import drop_waiting
from services.kit.outbox import forget_events


async def delete_assessments(
    connection: Connection, assessment_ids: Sequence[UUID], household_ids: Sequence[UUID]
) -> dict[str, int]:
    """Rows deleted, by table. The ids are kept as erased before: see the migration "erased".

    An engagement of a household that has gone stays where another assessment rests on it: one that
    went to it before it went to another household.
    """
    ids, homes = list(assessment_ids), list(household_ids)
    await connection.execute(
        "insert into erased_assessment (assessment_id, agency_id, reference_sha256)"
        " select assessment_id, agency_id, reference_digest(agency_id, reference)"
        " from assessment where assessment_id = any($1::uuid[]) on conflict do nothing",
        ids,
    )
    return {
        "rejection": await _delete(
            connection,
            "delete from rejection r using assessment a where a.assessment_id = any($1::uuid[])"
            " and r.agency_id = a.agency_id and r.reference = a.reference returning 1",
            ids,
        ),
        # An answer says every id that it is of. None is older than the oldest of them.
        "idempotency_key": await _delete(
            connection,
            "delete from idempotency_key k using assessment a"
            " where a.assessment_id = any($1::uuid[]) and k.agency_id = a.agency_id"
            " and k.created_at >= a.received_at"
            " and position(convert_to(a.assessment_id::text, 'UTF8') in k.answer) > 0 returning 1",
            ids,
        ),
        "assessment": await _delete(
            connection, "delete from assessment where assessment_id = any($1) returning 1", ids
        ),
        "outcome": await _delete(
            connection, "delete from outcome where assessment_id = any($1) returning 1", ids
        ),
        "outcome_statement": await _delete(
            connection,
            "delete from outcome_statement where assessment_id = any($1) returning 1",
            ids,
        ),
        "acknowledgement": await _delete(
            connection, "delete from acknowledgement where assessment_id = any($1) returning 1", ids
        ),
        "engagement": await _delete(
            connection,
            "delete from engagement e where e.household_id = any($1) and not exists"
            " (select from outcome o where o.engagement_id = e.engagement_id) returning 1",
            homes,
        ),
        "assignment": await _delete(
            connection, "delete from assignment where household_id = any($1) returning 1", homes
        ),
        "delivery": await drop_waiting(connection, [str(one) for one in ids]),
        "outbox": await forget_events(
            connection, [derive_id(one, AssessmentRecordedV1.TYPE) for one in ids]
        ),
    }


async def _delete(connection: Connection, sql: str, ids: list[UUID]) -> int:
    return len(await connection.fetch(sql, ids))


async def find_erased_references(
    connection: Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], UUID]:
    """By agency and reference: the assessment that was sent under it and erased."""
    rows = await connection.fetch(
        "select w.agency_id, w.reference, e.assessment_id"
        " from unnest($1::text[], $2::text[]) w(agency_id, reference)"
        " join erased_assessment e on e.agency_id = w.agency_id"
        " and e.reference_sha256 = reference_digest(w.agency_id, w.reference)",
        [agency_id for agency_id, _ in keys],
        [reference for _, reference in keys],
    )
    return {(row["agency_id"], row["reference"]): row["assessment_id"] for row in rows}


async def is_erased_of(pool: Pool | Connection, agency_id: str, assessment_id: UUID) -> bool:
    """Whether this agency sent that assessment, and it was erased."""
    found: bool = await pool.fetchval(
        "select exists (select from erased_assessment where agency_id = $1 and assessment_id = $2)",
        agency_id,
        assessment_id,
    )
    return found
