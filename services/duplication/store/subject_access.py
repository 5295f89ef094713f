"""What is held about a person, in PostgreSQL; and what was given to whoever asked for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kit.db import Connection, Row


@dataclass(frozen=True, slots=True)
class Export:
    """A row of ``subject_access_export``. ``sha256``: of the file that left, in
    hexadecimal."""

    export_id: UUID
    place_id: str
    at: datetime
    actor: str
    purpose: str
    request: str
    identity: str
    person_id: UUID
    assessment_ids: tuple[UUID, ...]
    left_out: tuple[dict[str, Any], ...]
    kept: tuple[str, ...]
    withheld: tuple[str, ...]
    undecided: int
    sha256: str
    bytes: int


async def find_mentions(connection: Connection, person_ids: Collection[UUID]) -> list[Row]:
    """Every mention of these people, the first first, with its assessment's household and address.

    ``alleged``: they are named in it as alleged to have caused harm; ``alleged_here``: in another
    assessment of its household.
    """
    return await connection.fetch(
        "select m.person_id, m.assessment_id, m.position, m.as_given, a.place_id, a.household_id,"
        " a.agency_id, a.received_at, a.address, h.restrictions <> '{}' as restricted,"
        " m.as_given ? 'alleged_perpetrator' as alleged,"
        " m.person_id = any(h.alleged) as alleged_here"
        " from mention m join assessment a on a.id = m.assessment_id"
        " join household h on h.id = a.household_id where m.person_id = any($1::uuid[])"
        " order by a.received_at, a.id, m.position",
        list(person_ids),
    )


async def find_people_of(connection: Connection, assessment_id: UUID) -> list[UUID]:
    """The people of one assessment, in its order."""
    rows = await connection.fetch(
        "select person_id from mention where assessment_id = $1 order by position", assessment_id
    )
    return [row["person_id"] for row in rows]


async def find_spells(
    connection: Connection, person_id: UUID, household_ids: Collection[UUID]
) -> list[Row]:
    """When the person was in each of these households: ``since``, and ``until`` where they left."""
    return await connection.fetch(
        "select household_id, since, until from membership"
        " where person_id = $1 and household_id = any($2::uuid[]) order by since, household_id",
        person_id,
        list(household_ids),
    )


async def find_decisions(connection: Connection, assessment_ids: Collection[UUID]) -> list[Row]:
    """How each assessment was decided, the last model's word for it, and what a person answered
    where they were asked."""
    return await connection.fetch(
        "select d.assessment_id, d.outcome, coalesce(x.rule, d.rule) as rule,"
        " coalesce(x.model_version, d.model_version) as model_version, d.decided_at,"
        " x.decided_at as decided_again_at, coalesce(x.detail, d.detail) as detail,"
        " r.verdict, r.reviewed_at"
        " from decision d"
        " left join review_case r on r.assessment_id = d.assessment_id and r.kind = 'match'"
        " left join lateral (select rule, model_version, decided_at, detail from redecision"
        "  where assessment_id = d.assessment_id order by decided_at desc limit 1) x on true"
        " where d.assessment_id = any($1::uuid[]) order by d.decided_at, d.assessment_id",
        list(assessment_ids),
    )


async def find_undecided(
    connection: Connection,
    place_id: str,
    person_ids: Collection[UUID],
    household_ids: Collection[UUID],
    assessment_ids: Collection[UUID],
) -> list[Row]:
    """Open questions that may be about this person, the first due first: of whom an assessment is
    that may be of them, or is; and whether a household of theirs is another one. ``alleged``:
    whoever may be them is alleged in it to have caused harm."""
    return await connection.fetch(
        "select r.*, a.restrictions, a.received_at, a.household_id as current_household_id,"
        " a.agency_id, d.detail, exists (select from mention m cross join lateral"
        "  (values (d.detail->'people'->m.position::int->'best'),"
        "   (d.detail->'people'->m.position::int->'runner_up')) as o(one)"
        "  where m.assessment_id = r.assessment_id and m.as_given ? 'alleged_perpetrator'"
        "  and (m.person_id = any($2::uuid[]) or ((o.one->>'person_id')::uuid = any($2::uuid[])"
        "   and (o.one->>'weight')::float8 >= (d.detail->'thresholds'->>'review')::float8))"
        "  ) as alleged from review_case r join assessment a on a.id = r.assessment_id"
        " join decision d on d.assessment_id = r.assessment_id"
        " where r.verdict is null and r.place_id = $1 and (r.assessment_id = any($4::uuid[])"
        "  or (r.kind = 'link' and (r.household_id = any($3::uuid[]) or exists"
        "   (select from jsonb_array_elements(r.candidates) c"
        "    where (c->>'household_id')::uuid = any($3::uuid[]))))"
        "  or (r.kind = 'match' and exists (select from jsonb_array_elements(d.detail->'people') p"
        "   cross join lateral (values (p->'best'), (p->'runner_up')) as o(one)"
        "   where (o.one->>'person_id')::uuid = any($2::uuid[])"
        "   and (o.one->>'weight')::float8 >= (d.detail->'thresholds'->>'review')::float8)))"
        " order by r.due_at, r.id",
        place_id,
        list(person_ids),
        list(household_ids),
        list(assessment_ids),
    )


async def find_changes(
    connection: Connection, person_ids: Collection[UUID], household_ids: Collection[UUID]
) -> list[Row]:
    """Links and separations of these people and households, the first first."""
    return await connection.fetch(
        "select kind, cause, decided_at, decided_by, moves, undoes, person_id, other_person_id"
        " from change where person_id = any($1::uuid[]) or other_person_id = any($1::uuid[])"
        " or household_id = any($2::uuid[]) or other_household_id = any($2::uuid[])"
        " order by decided_at, id",
        list(person_ids),
        list(household_ids),
    )


async def count_looks(
    connection: Connection,
    subjects: Sequence[tuple[UUID, datetime | None, datetime | None]],
) -> list[Row]:
    """How often these (id, from, until) were looked at and shown, for what, from when to when."""
    return await connection.fetch(
        "select l.purpose, count(*) as looks, min(l.at) as first_at, max(l.at) as last_at"
        " from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[])"
        "  as s(id, since, until) join access_audit l on l.subject_id = s.id"
        "  and l.at >= coalesce(s.since, '-infinity') and l.at <= coalesce(s.until, 'infinity')"
        " where l.shown group by l.purpose order by min(l.at), l.purpose",
        [subject for subject, _, _ in subjects],
        [since for _, since, _ in subjects],
        [until for _, _, until in subjects],
    )


async def count_unread(connection: Connection) -> int:
    """Assessments that could not be handled: whom they are about nobody knows yet."""
    found: int = await connection.fetchval(
        "select count(*) from parked_record"
        " where state = 'parked' and topic like '%agencies.assessments'"
    )
    return found


async def save_export(connection: Connection, export: Export) -> bool:
    """Keep for ever that this left; whether it was not known yet."""
    row = await connection.fetchrow(
        "insert into subject_access_export (export_id, place_id, at, actor, purpose, request,"
        " identity, person_id, assessment_ids, left_out, kept, withheld, undecided, sha256, bytes)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        " on conflict do nothing returning export_id",
        export.export_id,
        export.place_id,
        export.at,
        export.actor,
        export.purpose,
        export.request,
        export.identity,
        export.person_id,
        list(export.assessment_ids),
        list(export.left_out),
        list(export.kept),
        list(export.withheld),
        export.undecided,
        export.sha256,
        export.bytes,
    )
    return row is not None


async def find_exports(connection: Connection, place_ids: Collection[str]) -> list[Row]:
    """The last 200 copies that left, the last first."""
    return await connection.fetch(
        "select export_id, at, actor, request, identity,"
        " cardinality(assessment_ids) as assessments, jsonb_array_length(left_out) as left_out,"
        " cardinality(withheld) as withheld, undecided, sha256, bytes"
        " from subject_access_export where place_id = any($1::text[])"
        " order by at desc, export_id limit 200",
        list(place_ids),
    )
