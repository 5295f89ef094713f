"""SQL of liftings of restrictions, and of what was restricted again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from contracts.restrictions import RestrictionRestoredV1
from contracts.vocabulary_access import LiftingOutcome, LiftingReason
from services.keyworkers.lifting import Lifting
from services.kit.db import Connection, Row

_LIFTINGS = (
    "select l.lifting_id, l.household_id, l.assessment_ids, l.reason, l.asked_by, l.asked_at,"
    " a.answer, a.answered_by, a.answered_at, coalesce(o.number, 0) as number,"
    " coalesce(o.first, '') as first from lifting l left join lifting_answer a using (lifting_id)"
    " left join lateral (select number, first from lifting_asked"
    "  where lifting_id = l.lifting_id order by number desc limit 1) o on true"
)


async def find_liftings(connection: Connection, household_ids: Collection[UUID]) -> list[Lifting]:
    """All that was ever asked about these households, the last first."""
    rows = await connection.fetch(
        f"{_LIFTINGS} where l.household_id = any($1::uuid[])"
        " order by l.asked_at desc, l.lifting_id limit 500",
        list(household_ids),
    )
    return [_lifting(row) for row in rows]


async def save_lifting(connection: Connection, place_id: str, lifting: Lifting) -> None:
    """Keep that it was asked for."""
    await connection.execute(
        "insert into lifting (lifting_id, place_id, household_id, assessment_ids, reason,"
        " asked_by, asked_at) values ($1, $2, $3, $4, $5, $6, $7)",
        lifting.lifting_id,
        place_id,
        lifting.household_id,
        list(lifting.assessment_ids),
        lifting.reason,
        lifting.asked_by,
        lifting.asked_at,
    )


async def save_asked(connection: Connection, lifting_id: UUID, number: int, first: str) -> None:
    """Keep of whom it is asked first, the ``number``-th time."""
    await connection.execute(
        "insert into lifting_asked (lifting_id, number, first) values ($1, $2, $3)",
        lifting_id,
        number,
        first,
    )


async def find_waiting(
    connection: Connection, household_ids: Collection[UUID]
) -> list[tuple[Lifting, int, str]]:
    """What is asked of these households and not answered, the first asked first: how often it was
    asked of somebody, and of whom last."""
    rows = await connection.fetch(
        f"{_LIFTINGS} where l.household_id = any($1::uuid[]) and a.answer is null"
        " order by l.asked_at, l.lifting_id",
        list(household_ids),
    )
    return [(_lifting(row), row["number"], row["first"]) for row in rows]


async def save_answer(
    connection: Connection, lifting_id: UUID, answer: LiftingOutcome, by: str, now: datetime
) -> None:
    """Keep what became of it."""
    await connection.execute(
        "insert into lifting_answer (lifting_id, answer, answered_by, answered_at)"
        " values ($1, $2, $3, $4)",
        lifting_id,
        answer,
        by,
        now,
    )


async def find_restricting(
    connection: Connection, household_ids: Sequence[UUID]
) -> dict[UUID, bool]:
    """The assessments of these households by which they are restricted; whether it was stated."""
    rows = await connection.fetch(
        "select assessment_id, coalesce((facts->>'restriction_stated')::boolean, true) as stated"
        " from assessment_route r where household_id = any($1::uuid[])"
        " and state in ('queued', 'opened', 'routed')"
        " and jsonb_array_length(coalesce(cause->'restrictions', '[]')) > 0"
        " and not exists (select from assessment_lifted l where l.lifted"
        " and l.assessment_id = r.assessment_id) order by assessment_id",
        household_ids,
    )
    return {row["assessment_id"]: row["stated"] for row in rows}


async def find_lifted(connection: Connection, household_ids: Sequence[UUID]) -> list[UUID]:
    """Assessments whose restriction is lifted: those of these households now, and those for which
    it was lifted in these, wherever they are since."""
    rows = await connection.fetch(
        "select assessment_id from assessment_lifted where lifted and (assessment_id in (select"
        " assessment_id from assessment_route where household_id = any($1::uuid[]))"
        " or assessment_id in (select unnest(assessment_ids) from lifting join lifting_answer"
        " using (lifting_id) where answer = 'agreed' and household_id = any($1::uuid[])))"
        " order by assessment_id",
        household_ids,
    )
    return [row["assessment_id"] for row in rows]


async def save_restored(
    connection: Connection, place_id: str, restored_id: UUID, event: RestrictionRestoredV1
) -> None:
    """Keep that a household is restricted again, and close it here at once, by what was stated:
    that duplication says the same is not waited for."""
    await connection.execute(
        "insert into restriction_restored (restored_id, place_id, household_id, assessment_ids,"
        " restored_by, restored_at) values ($1, $2, $3, $4, $5, $6)",
        restored_id,
        place_id,
        event.household_id,
        list(event.assessment_ids),
        event.restored_by,
        event.restored_at,
    )
    await connection.execute(
        "update restricted_household set since = $2, restrictions = array(select distinct x"
        " from assessment_route, jsonb_array_elements_text(cause->'restrictions') as x"
        " where assessment_id = any($3::uuid[]) order by x)"
        " where household_id = $1 and restrictions = '{}'",
        event.household_id,
        event.restored_at,
        list(event.assessment_ids),
    )


async def find_restored(connection: Connection, household_ids: Collection[UUID]) -> list[Row]:
    """When these households were restricted again, and by whom, the last first."""
    return await connection.fetch(
        "select restored_by, restored_at from restriction_restored"
        " where household_id = any($1::uuid[]) order by restored_at desc limit 500",
        list(household_ids),
    )


async def find_lifted_at(connection: Connection, household_id: UUID) -> datetime | None:
    """Since when a household is restricted no longer, because that was lifted."""
    found: datetime | None = await connection.fetchval(
        "select max(a.answered_at) from lifting l join lifting_answer a using (lifting_id)"
        " join restricted_household r using (household_id)"
        " where l.household_id = $1 and a.answer = 'agreed' and r.restrictions = '{}'",
        household_id,
    )
    return found


def _lifting(row: Row) -> Lifting:
    return Lifting(
        row["lifting_id"],
        row["household_id"],
        tuple(row["assessment_ids"]),
        LiftingReason(row["reason"]),
        row["asked_by"],
        row["asked_at"],
        LiftingOutcome(row["answer"]) if row["answer"] else None,
        row["answered_by"],
        row["answered_at"],
    )
