"""SQL of erasures: asked for, answered, ordered, refused. What came of one stands in the chassis'
own table, ``erasure``, once it is erased here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from contracts.erasure import ErasureRefusedV1
from contracts.vocabulary_erasure import ErasureReason
from services.keyworkers.pages import Position
from services.keyworkers.retention import Record
from services.kit.db import Connection, Row


async def save_asked(
    connection: Connection,
    place_id: str,
    erasure_id: UUID,
    household_ids: Sequence[UUID],
    reason: ErasureReason,
    by: str,
    now: datetime,
) -> None:
    """Keep that somebody asked for an erasure. ``household_ids``: of the household by every id that
    it has, its own first."""
    await connection.execute(
        "insert into erasure_asked (erasure_id, place_id, household_id, reason, asked_by, asked_at,"
        " household_ids) values ($1, $2, $3, $4, $5, $6, $7)",
        erasure_id,
        place_id,
        household_ids[0],
        reason.value,
        by,
        now,
        list(household_ids),
    )


async def save_ordered(
    connection: Connection,
    place_id: str,
    reason: ErasureReason,
    erasures: Sequence[tuple[UUID, Record]],
    now: datetime,
) -> None:
    """Keep that the policy ordered these erasures."""
    await connection.execute(
        "insert into erasure_asked (erasure_id, place_id, household_id, reason, asked_at)"
        " select e, $1, h, $2, $5 from unnest($3::uuid[], $4::uuid[]) as o(e, h)"
        " on conflict do nothing",
        place_id,
        reason.value,
        [erasure_id for erasure_id, _ in erasures],
        [of.household_id for _, of in erasures],
        now,
    )


async def find_asked(connection: Connection, erasure_id: UUID) -> Row | None:
    """What somebody asked for: ``household_id``, ``household_ids``, ``reason``, ``asked_by``, and
    the ``answer``."""
    return await connection.fetchrow(
        "select a.household_id, coalesce(a.household_ids, array[a.household_id]) as household_ids,"
        " a.reason, a.asked_by, b.answer from erasure_asked a"
        " left join erasure_answer b using (erasure_id)"
        " where a.erasure_id = $1 and a.asked_by is not null",
        erasure_id,
    )


async def save_answer(
    connection: Connection, erasure_id: UUID, answer: str, by: str, now: datetime
) -> None:
    """Keep what became of it."""
    await connection.execute(
        "insert into erasure_answer (erasure_id, answer, answered_by, answered_at)"
        " values ($1, $2, $3, $4)",
        erasure_id,
        answer,
        by,
        now,
    )


async def save_refusals(connection: Connection, events: Sequence[ErasureRefusedV1]) -> None:
    """Keep that they were refused: the records are all still there."""
    if not events:
        return
    await connection.execute(
        "insert into erasure_refusal (erasure_id, household_id, refusal, not_before, refused_at)"
        " select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[], $5::timestamptz[])"
        " on conflict do nothing",
        [event.erasure_id for event in events],
        [event.household_id for event in events],
        [event.refusal.value for event in events],
        [event.not_before for event in events],
        [event.refused_at for event in events],
    )


async def close_unanswered(
    connection: Connection, household_ids: Collection[UUID], now: datetime
) -> None:
    """Nobody need answer any more whether these households be erased: they are."""
    await connection.execute(
        "insert into erasure_answer (erasure_id, answer, answered_by, answered_at)"
        " select a.erasure_id, 'withdrawn', 'kith', $2 from erasure_asked a"
        " where a.household_id = any($1::uuid[]) and a.asked_by is not null"
        " on conflict do nothing",
        list(household_ids),
        now,
    )


_ALL = (
    "select x.erasure_id, x.place_id, x.household_id, x.reason, x.asked_by, x.asked_at, x.at,"
    " b.answer, b.answered_by, b.answered_at, r.refusal, r.not_before, r.refused_at,"
    " e.erased_at, e.counts"
)
_OUTCOMES = (
    " left join erasure_answer b using (erasure_id) left join erasure_refusal r using (erasure_id)"
    " left join erasure e using (erasure_id)"
)


async def find_erasures(
    connection: Connection, place_ids: Collection[str], after: Position | None, most: int
) -> list[Row]:
    """The register of these places, the last first. ``at``: when it was asked for or ordered or,
    where it was not here, when it was erased."""
    at, last = after or (None, None)
    return await connection.fetch(
        f"{_ALL} from ("  # noqa: S608
        " (select a.erasure_id, a.place_id, a.household_id, a.reason, a.asked_by, a.asked_at,"
        "   a.asked_at as at from erasure_asked a where a.place_id = any($1::text[])"
        "   and ($2::timestamptz is null or (a.asked_at, a.erasure_id) < ($2, $3::uuid))"
        "   order by a.asked_at desc, a.erasure_id desc limit $4)"
        " union all"
        " (select o.erasure_id, o.place_id, null, o.reason, null, null, o.erased_at"
        "   from erasure o where o.place_id = any($1::text[])"
        "   and ($2::timestamptz is null or (o.erased_at, o.erasure_id) < ($2, $3::uuid))"
        "   and not exists (select from erasure_asked a where a.erasure_id = o.erasure_id)"
        "   order by o.erased_at desc, o.erasure_id desc limit $4)"
        f" ) x {_OUTCOMES} order by x.at desc, x.erasure_id desc limit $4",
        list(place_ids),
        at,
        last,
        most,
    )


async def find_unanswered(
    connection: Connection,
    place_ids: Collection[str],
    household_ids: Collection[UUID] | None = None,
) -> list[Row]:
    """What people have asked for in these places, or of these households there, and nobody has
    answered; the first first."""
    return await connection.fetch(
        f"{_ALL} from (select a.*, a.asked_at as at from erasure_asked a"  # noqa: S608
        "  where a.asked_by is not null and a.place_id = any($1::text[])"
        "  and ($2::uuid[] is null or a.household_id = any($2))"
        "  and not exists (select from erasure_answer n where n.erasure_id = a.erasure_id)) x"
        f"{_OUTCOMES} order by x.asked_at, x.erasure_id limit 500",
        list(place_ids),
        None if household_ids is None else list(household_ids),
    )


async def find_last_refusals(
    connection: Connection, household_ids: Collection[UUID]
) -> dict[UUID, Row]:
    """By household: what was refused of it last."""
    rows = await connection.fetch(
        "select distinct on (household_id) household_id, refusal, not_before, refused_at"
        " from erasure_refusal where household_id = any($1::uuid[])"
        " order by household_id, refused_at desc",
        list(household_ids),
    )
    return {row["household_id"]: row for row in rows}
