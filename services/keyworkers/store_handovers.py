"""SQL of handovers: proposals, and the engagement they are about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.alerts import AlertAnsweredV1
from contracts.handovers import HandoverProposedV1
from contracts.vocabulary_changes import RefusalReason
from services.kit.db import Connection, Row

_SHOWN = (
    "select h.*, r.cause, r.severity, r.traceparent from handover h"
    " join engagement e using (engagement_id) join referral r on r.referral_id = e.referral_id"
)


async def find_engagements(
    connection: Connection, engagement_ids: Sequence[UUID]
) -> dict[UUID, Row]:
    """Active ones with the cause and severity of their referral, and who has a conflict."""
    rows = await connection.fetch(
        "select e.engagement_id, e.place_id, e.household_id, e.key_worker_id, e.referral_id,"
        " r.cause, r.severity, r.traceparent, array(select key_worker_id"
        " from conflict c where c.household_id = e.household_id) as conflicts"
        " from engagement e join referral r on r.referral_id = e.referral_id"
        " where e.engagement_id = any($1::uuid[]) and e.ended_at is null",
        list(engagement_ids),
    )
    return {row["engagement_id"]: row for row in rows}


async def find_engagement(connection: Connection, engagement_id: UUID) -> Row | None:
    """One of :func:`find_engagements`."""
    return (await find_engagements(connection, [engagement_id])).get(engagement_id)


async def find_active_of_household(connection: Connection, household_id: UUID) -> UUID | None:
    """The household's active engagement."""
    found: UUID | None = await connection.fetchval(
        "select engagement_id from engagement where household_id = $1 and ended_at is null",
        household_id,
    )
    return found


async def add_handovers(
    connection: Connection, place_id: str, proposed: Sequence[HandoverProposedV1], now: datetime
) -> set[UUID]:
    """The ids of those that are asked now; not where another is open for the engagement."""
    rows = await connection.fetch(
        "insert into handover (handover_id, place_id, engagement_id, household_id,"
        " from_key_worker_id, to_key_worker_id, reason, state, proposed_by, proposed_at,"
        " expires_at) select h.id, $1, h.engagement, h.household, h.giver, h.taker, h.reason,"
        " 'proposed', h.asker, $2, h.expires from unnest($3::uuid[], $4::uuid[], $5::uuid[],"
        " $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[])"
        " as h(id, engagement, household, giver, taker, reason, asker, expires)"
        " on conflict do nothing returning handover_id",
        place_id,
        now,
        [p.handover_id for p in proposed],
        [p.engagement_id for p in proposed],
        [p.household_id for p in proposed],
        [p.from_key_worker.id for p in proposed],
        [p.to_key_worker.id for p in proposed],
        [p.reason.value for p in proposed],
        [p.proposed_by for p in proposed],
        [p.expires_at for p in proposed],
    )
    return {row["handover_id"] for row in rows}


async def save_refusal(
    connection: Connection,
    place_id: str,
    handover_id: UUID,
    asked: AlertAnsweredV1,
    why: RefusalReason,
    now: datetime,
) -> None:
    """Keep that a handover was asked for, and why it was not proposed."""
    await connection.execute(
        "insert into handover_refusal (handover_id, place_id, alert_id, household_id, asked_by,"
        " asked_for, reason, refused_at) values ($1, $2, $3, $4, $5, $6, $7, $8)"
        " on conflict do nothing",
        handover_id,
        place_id,
        asked.alert_id,
        asked.household_id,
        asked.answered_by,
        asked.hand_over_to,
        why.value,
        now,
    )


async def withdraw_of(connection: Connection, engagement_id: UUID | None, now: datetime) -> None:
    """Nobody need answer for an engagement that has ended."""
    await connection.execute(
        "update handover set state = 'withdrawn', decided_by = 'kith', decided_at = $2"
        " where engagement_id = $1 and state = 'proposed'",
        engagement_id,
        now,
    )


async def find_handover(connection: Connection, handover_id: UUID) -> Row | None:
    return await connection.fetchrow(f"{_SHOWN} where h.handover_id = $1", handover_id)


async def find_open(connection: Connection, key_worker_ids: Sequence[str]) -> list[Row]:
    """Proposals that key workers have made or been made, the first to expire first."""
    return await connection.fetch(
        f"{_SHOWN} where h.state = 'proposed'"
        " and (h.to_key_worker_id = any($1::text[]) or h.from_key_worker_id = any($1::text[]))"
        " order by h.expires_at, h.handover_id",
        list(key_worker_ids),
    )


async def find_expired(connection: Connection, now: datetime) -> list[Row]:
    """Proposals that nobody has answered in time, by place."""
    return await connection.fetch(
        f"{_SHOWN} where h.state = 'proposed' and h.expires_at <= $1"
        " order by h.place_id, h.handover_id limit 200",
        now,
    )


async def decide_handover(
    connection: Connection, handover_id: UUID, state: str, by: str | None, now: datetime
) -> bool:
    """False where it is decided already, or the engagement has ended or changed hands since."""
    decided = await connection.fetchval(
        "update handover h set state = $2, decided_by = $3, decided_at = $4 where handover_id = $1"
        " and state = 'proposed' and ($2 <> 'accepted' or exists (select from engagement e"
        "  where e.engagement_id = h.engagement_id and e.ended_at is null"
        "  and e.key_worker_id = h.from_key_worker_id)) returning true",
        handover_id,
        state,
        by,
        now,
    )
    return bool(decided)


async def change_key_worker(
    connection: Connection, engagement_id: UUID, key_worker_id: str, team_id: str
) -> UUID:
    """The engagement goes on with somebody else; its household."""
    household: UUID = await connection.fetchval(
        "update engagement set key_worker_id = $2, team_id = $3 where engagement_id = $1"
        " returning household_id",
        engagement_id,
        key_worker_id,
        team_id,
    )
    return household
