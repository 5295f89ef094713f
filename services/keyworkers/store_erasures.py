"""SQL of erasures: asked for, answered, ordered, refused. What came of one stands in the chassis'
own table, ``erasure``, once it is erased here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from contracts.erasure import ErasureRefusedV1
from contracts.vocabulary_erasure import ErasureReason
from services.keyworkers.retention import Record
from services.kit.db import Connection


async def save_asked(
    connection: Connection,
    place_id: str,
    erasure_id: UUID,
    household_id: UUID,
    reason: ErasureReason,
    by: str,
    now: datetime,
) -> None:
    """Keep that somebody asked for an erasure."""
    await connection.execute(
        "insert into erasure_asked (erasure_id, place_id, household_id, reason, asked_by, asked_at)"
        " values ($1, $2, $3, $4, $5, $6)",
        erasure_id,
        place_id,
        household_id,
        reason.value,
        by,
        now,
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
