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


async def find_members_then(
    connection: Connection, assessment_id: UUID, household_ids: Sequence[UUID]
) -> dict[UUID, set[UUID]]:
    """Per household: the people who were in it when the assessment came."""
    rows = await connection.fetch(
        "select s.household_id, array_agg(s.person_id) as people from membership s"
        " join assessment a on a.id = $1 where s.household_id = any($2::uuid[])"
        " and s.since <= a.received_at and (s.until is null or s.until >= a.received_at)"
        " group by s.household_id",
        assessment_id,
        household_ids,
    )
    return {row["household_id"]: set(row["people"]) for row in rows}


async def find_seen_since(
    connection: Connection, assessment_id: UUID, household_ids: Sequence[UUID]
) -> list[tuple[datetime, frozenset[UUID]]]:
    """Who was seen together, and when, since an assessment: in assessments of these households in
    which somebody of it was seen again, and which are not themselves under review."""
    rows = await connection.fetch(
        "select a.received_at, array_agg(m.person_id) as people from assessment a"
        " join mention m on m.assessment_id = a.id join assessment asked on asked.id = $1"
        " where a.household_id = any($2::uuid[]) and a.id <> $1"
        " and a.received_at >= asked.received_at"
        " and exists (select from mention o join mention s on s.person_id = o.person_id"
        " and s.assessment_id = $1 where o.assessment_id = a.id)"
        " and not exists (select from review_case r where r.assessment_id = a.id"
        " and r.kind = 'match' and r.verdict is null)"
        " group by a.id order by a.received_at, a.id limit 500",
        assessment_id,
        household_ids,
    )
    return [(row["received_at"], frozenset(row["people"])) for row in rows]
