"""Verdicts on possible matches: what people said, and the pointers that move because of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.kit.db import Connection, Row


async def lock_review(connection: Connection, review_id: UUID) -> Row | None:
    """The review case with its assessment and decision, held until the transaction ends."""
    return await connection.fetchrow(
        "select r.*, a.facts, a.household_id as current_household_id,"
        " d.id as decision_id, d.weight, d.rule, d.model_version, d.detail from review_case r"
        " join assessment a on a.id = r.assessment_id"
        " join decision d on d.assessment_id = r.assessment_id where r.id = $1 for update of r",
        review_id,
    )


async def save_verdict(
    connection: Connection, review_id: UUID, verdict: str, actor: str, now: datetime
) -> None:
    """Close the review case."""
    await connection.execute(
        "update review_case set verdict = $2, reviewed_by = $3, reviewed_at = $4 where id = $1",
        review_id,
        verdict,
        actor,
        now,
    )


async def save_cannot_links(
    connection: Connection,
    place_id: str,
    review_id: UUID,
    pairs: Sequence[tuple[UUID, UUID]],
    actor: str,
    now: datetime,
) -> None:
    """Keep these apart, for ever."""
    await connection.execute(
        "insert into cannot_link (place_id, one, other, review_id, said_by, said_at)"
        " select $1, p.one, p.other, $2, $3, $4 from unnest($5::uuid[], $6::uuid[])"
        " as p(one, other) on conflict do nothing",
        place_id,
        review_id,
        actor,
        now,
        [one for one, _ in pairs],
        [other for _, other in pairs],
    )


async def save_confirmed(connection: Connection, household_id: UUID) -> None:
    """The provisional household stands."""
    await connection.execute("update household set provisional = false where id = $1", household_id)


async def save_taken(
    connection: Connection, review_id: UUID, by: str | None, now: datetime
) -> None:
    """Say who looks at the case; nobody where ``by`` is None."""
    await connection.execute(
        "update review_case set taken_by = $2, taken_at = case when $2::text is null then null"
        " when taken_by = $2 then taken_at else $3::timestamptz end where id = $1",
        review_id,
        by,
        now,
    )


async def count_words(connection: Connection, review_id: UUID) -> tuple[int, int]:
    """How many cannot-links and must-links an answer has set."""
    row = await connection.fetchrow(
        "select (select count(*) from cannot_link where review_id = $1) as apart,"
        " (select count(*) from must_link where review_id = $1) as together",
        review_id,
    )
    return (row["apart"], row["together"]) if row else (0, 0)
