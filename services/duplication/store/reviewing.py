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


async def save_must_links(
    connection: Connection,
    place_id: str,
    review_id: UUID,
    pairs: Sequence[tuple[UUID, UUID]],
    actor: str,
    now: datetime,
) -> None:
    """Say that these are one, for ever."""
    await connection.execute(
        "insert into must_link (place_id, one, other, review_id, said_by, said_at)"
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


async def move_people(connection: Connection, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Point every mention, key and membership of the first of each pair at the second."""
    ones, others = [one for one, _ in pairs], [other for _, other in pairs]
    await connection.execute(
        "update mention m set person_id = p.other from unnest($1::uuid[], $2::uuid[])"
        " as p(one, other) where m.person_id = p.one",
        ones,
        others,
    )
    await connection.execute(
        "insert into block_key (key, person_id) select b.key, p.other"
        " from block_key b join unnest($1::uuid[], $2::uuid[]) as p(one, other)"
        " on b.person_id = p.one on conflict do nothing",
        ones,
        others,
    )
    await connection.execute("delete from block_key where person_id = any($1::uuid[])", ones)
    await connection.execute(
        "insert into membership (household_id, person_id, since, until, place_id)"
        " select m.household_id, p.other, m.since, m.until, m.place_id from membership m"
        " join unnest($1::uuid[], $2::uuid[]) as p(one, other) on m.person_id = p.one"
        " on conflict do nothing",
        ones,
        others,
    )
    await connection.execute("delete from membership where person_id = any($1::uuid[])", ones)
    await connection.execute(
        "update person q set retired_into = p.other, households = '{}'"
        " from unnest($1::uuid[], $2::uuid[]) as p(one, other) where q.id = p.one",
        ones,
        others,
    )


async def move_household(
    connection: Connection, place_id: str, retired: UUID, target: UUID, now: datetime
) -> None:
    """Point everything of one household at another; the retired id redirects for ever."""
    await connection.execute(
        "update assessment set household_id = $2 where household_id = $1", retired, target
    )
    await connection.execute(
        "insert into membership (household_id, person_id, since, until, place_id)"
        " select $2, person_id, since, until, place_id from membership where household_id = $1"
        " on conflict do nothing",
        retired,
        target,
    )
    await connection.execute("delete from membership where household_id = $1", retired)
    await connection.execute(
        "update person set households = array_append(array_remove(array_remove(households, $1),"
        " $2), $2) where place_id = $3 and id in"
        " (select unnest(members) from household where id = $1)",
        retired,
        target,
        place_id,
    )
    await connection.execute(
        "update household set members = '{}', provisional = false where id = $1", retired
    )
    await connection.execute(
        "update household_redirect set household_id = $2 where household_id = $1", retired, target
    )
    await connection.execute(
        "insert into household_redirect (retired_id, household_id, place_id, redirected_at)"
        " values ($1, $2, $3, $4)",
        retired,
        target,
        place_id,
        now,
    )


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
