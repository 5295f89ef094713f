"""Assessments as received and idempotency keys, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from services.kit.auth import Actor
from services.kit.db import Connection, Pool, Row
from services.kit.seals import LookTable

LOOKS = (
    LookTable(
        "disclosure",
        "disclosure_id",
        "at",
        ("disclosure_id", "at", "actor", "purpose", "assessment_ids", "fields", "shown", "person"),
    ),
)
"""Who looked: sealed."""


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """A row of ``assessment``; ``submission`` is its JSON text."""

    assessment_id: UUID
    agency_id: str
    place_id: str
    reference: str
    channel: str
    recorded_at: datetime
    received_at: datetime
    content_sha256: bytes
    submission: str
    traceparent: str


@dataclass(frozen=True, slots=True)
class Known:
    """An assessment that was there before. ``status`` is None until anything is stated."""

    assessment_id: UUID
    content_sha256: bytes
    status: str | None


async def save_assessments(connection: Connection, rows: Sequence[AssessmentRow]) -> set[UUID]:
    """Insert those whose agency and reference are new; their ids. In one order, so no deadlock.
    What was erased is not new."""
    saved = await connection.fetch(
        "insert into assessment (assessment_id, agency_id, place_id, reference, channel,"
        " recorded_at, received_at, content_sha256, submission, traceparent)"
        " select a.id, a.agency_id, a.place_id, a.reference, a.channel, a.recorded_at,"
        " a.received_at, a.sha, a.submission::jsonb, a.traceparent"
        " from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::timestamptz[], $7::timestamptz[], $8::bytea[], $9::text[], $10::text[])"
        " with ordinality as a(id, agency_id, place_id, reference, channel, recorded_at,"
        " received_at, sha, submission, traceparent, n)"
        " where not exists (select from erased_assessment e where e.agency_id = a.agency_id"
        " and e.reference_sha256 = reference_digest(a.agency_id, a.reference))"
        " order by a.agency_id, a.reference, a.n"
        " on conflict (agency_id, reference) do nothing returning assessment_id",
        [r.assessment_id for r in rows],
        [r.agency_id for r in rows],
        [r.place_id for r in rows],
        [r.reference for r in rows],
        [r.channel for r in rows],
        [r.recorded_at for r in rows],
        [r.received_at for r in rows],
        [r.content_sha256 for r in rows],
        [r.submission for r in rows],
        [r.traceparent for r in rows],
    )
    return {row["assessment_id"] for row in saved}


async def find_known(
    connection: Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Known]:
    """Assessments already there, by agency and reference."""
    rows = await connection.fetch(
        "select a.agency_id, a.reference, a.assessment_id, a.content_sha256, o.kind"
        " from unnest($1::text[], $2::text[]) w(agency_id, reference)"
        " join assessment a using (agency_id, reference) left join outcome o using (assessment_id)",
        [agency_id for agency_id, _ in keys],
        [reference for _, reference in keys],
    )
    return {
        (r["agency_id"], r["reference"]): Known(r["assessment_id"], r["content_sha256"], r["kind"])
        for r in rows
    }


_VIEW = (
    "select a.assessment_id, a.reference, a.channel, a.recorded_at, a.received_at,"
    " coalesce(o.kind, 'accepted') as status, coalesce(o.final, false) as final, o.contact,"
    " o.front_door, o.acknowledged_at, coalesce(o.version, 0) as version, o.stated_at"
    " from assessment a left join outcome o using (assessment_id)"
)


async def find_assessment(pool: Pool, agency_id: str, assessment_id: UUID) -> Row | None:
    """One assessment of this agency with its outcome."""
    return await pool.fetchrow(
        f"{_VIEW} where a.agency_id = $1 and a.assessment_id = $2", agency_id, assessment_id
    )


async def find_history(pool: Pool, assessment_id: UUID) -> list[Row]:
    """Every statement made about an assessment, oldest first."""
    return await pool.fetch(
        "select version, kind as status, final, contact, front_door, acknowledged_at, reason,"
        " stated_at from told where assessment_id = $1 order by version",
        assessment_id,
    )


async def list_assessments(
    pool: Pool,
    agency_id: str,
    *,
    reference: str | None,
    status: str | None,
    after: UUID | None,
    limit: int,
) -> list[Row]:
    """This agency's assessments, oldest first, after that one."""
    return await pool.fetch(
        f"{_VIEW} where a.agency_id = $1 and ($2::text is null or a.reference = $2)"
        " and ($3::text is null or coalesce(o.kind, 'accepted') = $3)"
        " and ($4::uuid is null or a.assessment_id > $4) order by a.assessment_id limit $5",
        agency_id,
        reference,
        status,
        after,
        limit,
    )


async def list_statements(pool: Pool, agency_id: str, after: int, limit: int) -> list[Row]:
    """Statements made to this agency after a cursor, in order.

    Statements of one place are made under its lock, and an agency is of one place: their
    sequence is the order in which they were committed, so a cursor misses none.
    """
    return await pool.fetch(
        "select s.sequence, s.assessment_id, a.reference, s.version, s.kind as status, s.final,"
        " s.contact, s.front_door, s.acknowledged_at, s.reason, s.stated_at"
        " from told s left join assessment a using (assessment_id)"
        " where s.agency_id = $1 and s.sequence > $2 order by s.sequence limit $3",
        agency_id,
        after,
        limit,
    )


async def list_rejections(pool: Pool, agency_id: str, after: int, limit: int) -> list[Row]:
    """What was refused on this agency's topic and not accepted since, oldest first."""
    return await pool.fetch(
        "select r.rejection_id, r.topic, r.partition, r.record_offset, r.reference, r.errors,"
        " r.rejected_at from rejection r where r.agency_id = $1 and r.rejection_id > $2"
        " and not exists (select from assessment a where a.agency_id = r.agency_id"
        " and a.reference = r.reference and a.received_at > r.rejected_at)"
        " order by r.rejection_id limit $3",
        agency_id,
        after,
        limit,
    )


# -- what Kith's own people look at ---------------------------------------------------------------


async def find_submissions(connection: Connection, assessment_ids: Sequence[UUID]) -> list[Row]:
    """Those assessments as received, with their agencies."""
    return await connection.fetch(
        "select a.assessment_id, a.agency_id, g.name as agency_name, g.kind as agency_kind,"
        " a.place_id, a.channel, a.recorded_at, a.received_at, a.submission,"
        " coalesce(o.kind, 'accepted') as status from assessment a join agency g using (agency_id)"
        " left join outcome o using (assessment_id) where a.assessment_id = any($1::uuid[])",
        list(assessment_ids),
    )


async def save_disclosure(
    connection: Connection,
    now: datetime,
    actor: Actor,
    assessment_ids: Sequence[UUID],
    fields: Sequence[str],
    *,
    shown: bool = True,
) -> None:
    """Keep who looked at what, when and why, for ever, and whether it was shown to them."""
    await connection.execute(
        "insert into disclosure (at, actor, purpose, assessment_ids, fields, shown, person)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        now,
        actor.id,
        actor.purpose,
        list(assessment_ids),
        list(fields),
        shown,
        actor.person,
    )


# -- idempotency keys ----------------------------------------------------------------------------


async def lock_key(connection: Connection, agency_id: str, key: str) -> bool:
    """Be the only request with this key until the transaction ends; False when another is."""
    got: bool = await connection.fetchval(
        "select pg_try_advisory_xact_lock(hashtextextended('kith.key.' || $1 || '/' || $2, 0))",
        agency_id,
        key,
    )
    return got


async def find_answer(connection: Connection, agency_id: str, key: str) -> Row | None:
    """What was answered to this key before."""
    return await connection.fetchrow(
        "select request_sha256, location, answer from idempotency_key"
        " where agency_id = $1 and key = $2",
        agency_id,
        key,
    )


async def save_answer(
    connection: Connection,
    agency_id: str,
    key: str,
    request_sha256: bytes,
    location: str | None,
    answer: bytes,
    now: datetime,
) -> None:
    """Keep an answer, to be given again."""
    await connection.execute(
        "insert into idempotency_key (agency_id, key, request_sha256, location, answer, created_at)"
        " values ($1, $2, $3, $4, $5, $6)",
        agency_id,
        key,
        request_sha256,
        location,
        answer,
        now,
    )


async def prune_keys(connection: Connection, now: datetime, keep: timedelta) -> None:
    """Forget old answers."""
    await connection.execute("delete from idempotency_key where created_at < $1", now - keep)


# -- what was refused on agencies' topics --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record of an agency's topic that was refused. ``errors``: field and rule, no value."""

    agency_id: str
    topic: str
    partition: int
    offset: int
    written_at: datetime
    reference: str | None
    errors: list[dict[str, str]]


async def save_rejections(
    connection: Connection, rejections: Sequence[Rejection], now: datetime
) -> None:
    """Keep each refusal once, for its agency to see."""
    await connection.execute(
        "insert into rejection (agency_id, topic, partition, record_offset, written_at, reference,"
        " errors, rejected_at) select r.agency_id, r.topic, r.part, r.at, r.written_at,"
        " r.reference, r.errors::jsonb, $8 from unnest($1::text[], $2::text[], $3::int[],"
        " $4::bigint[], $5::timestamptz[], $6::text[], $7::text[])"
        " r(agency_id, topic, part, at, written_at, reference, errors) on conflict do nothing",
        [r.agency_id for r in rejections],
        [r.topic for r in rejections],
        [r.partition for r in rejections],
        [r.offset for r in rejections],
        [r.written_at for r in rejections],
        [r.reference for r in rejections],
        [orjson.dumps(r.errors).decode() for r in rejections],
        now,
    )


async def close_accepted_since(connection: Connection, consumer: str, now: datetime) -> None:
    """The parked records of ``consumer`` whose reference their agency has had accepted since."""
    await connection.execute(
        "update parked_record p set state = 'discarded', decided_at = $2, decided_by = $3"
        " from rejection r where p.state = 'parked' and p.consumer = $1 and p.topic = r.topic"
        " and p.partition = r.partition and p.record_offset = r.record_offset"
        " and exists (select from assessment a where a.agency_id = r.agency_id"
        " and a.reference = r.reference and a.received_at > r.rejected_at)",
        consumer,
        now,
        "the agency, which sent it again",
    )


async def forget_consumed(connection: Connection, consumer: str, event_ids: Sequence[UUID]) -> None:
    """Let records that were refused be handled again: an operator may retry them."""
    await connection.execute(
        "delete from consumed_event where consumer = $1 and event_id = any($2::uuid[])",
        consumer,
        list(event_ids),
    )
