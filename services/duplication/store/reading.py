"""Households, decisions and reviews as the API shows them, and the audit of who looked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.kit.auth import Actor
from services.kit.db import Connection, Row
from services.kit.seals import LookTable

LOOKS = (
    LookTable(
        "access_audit",
        "id",
        "at",
        ("id", "at", "actor", "purpose", "what", "subject_id", "place_id", "shown", "person"),
    ),
    LookTable(
        "subject_access_export",
        "id",
        "at",
        (
            "export_id", "place_id", "at", "actor", "purpose", "request", "identity",
            "person_id", "assessment_ids", "left_out", "kept", "withheld", "undecided", "sha256",
            "bytes", "id",
        ),
    ),
)  # fmt: skip
"""Who looked, and what left: sealed."""


async def find_current(connection: Connection, household_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """For each id that exists, the household it stands for now: itself, or where it redirects."""
    rows = await connection.fetch(
        "with recursive line as (select h.id, h.id as current from household h"
        " where h.id = any($1::uuid[]) union select l.id, r.household_id from line l"
        " join household_redirect r on r.retired_id = l.current)"
        " select id, current from line where not exists"
        " (select 1 from household_redirect r where r.retired_id = line.current)",
        household_ids,
    )
    return {row["id"]: row["current"] for row in rows}


async def find_households(connection: Connection, household_ids: Sequence[UUID]) -> list[Row]:
    """Per household: place, provisional, restrictions ever stated, family names of its members (of
    who were there, where nobody is any more), last address.

    One name for each person, since spellings differ: the one they were most often seen under; of
    several, the one that is most often seen in the household, then the one seen last, then the
    first by alphabet. Capitals make no difference. Mentions in other households that are restricted
    do not count.
    """
    return await connection.fetch(
        "with seen as (select s.household_id, s.person_id, a.received_at,"
        " lower(btrim(m.as_given->>'family_name')) as name from membership s"
        " join mention m on m.person_id = s.person_id"
        " join assessment a on a.id = m.assessment_id where s.household_id = any($1::uuid[])"
        " and (s.until is null or not exists (select from membership o"
        " where o.household_id = s.household_id and o.until is null))"
        " and (a.household_id = s.household_id or not exists (select from assessment r"
        " where r.household_id = a.household_id and r.restrictions <> '{}'))),"
        " spelt as (select household_id, person_id, name, count(*) as times,"
        " sum(count(*)) over among as times_in_household,"
        " max(max(received_at)) over among as last from seen where name <> ''"
        " group by household_id, person_id, name"
        " window among as (partition by household_id, name)),"
        " called as (select distinct on (household_id, person_id) household_id, name from spelt"
        " order by household_id, person_id, times desc, times_in_household desc, last desc, name)"
        " select h.id, h.place_id, h.provisional, h.first_seen, h.restrictions,"
        " array(select distinct c.name from called c where c.household_id = h.id) as family_names,"
        " (select a.address from assessment a where a.household_id = h.id"
        " and a.address is not null order by a.received_at desc limit 1) as address"
        " from household h where h.id = any($1::uuid[])",
        household_ids,
    )


async def find_members(connection: Connection, household_id: UUID) -> list[Row]:
    """Everybody who was in the household, with all words that agencies had for them, in order; but
    those of other households that are restricted."""
    return await connection.fetch(
        "select s.person_id, s.since, s.until, coalesce(m.words, '{}') as words,"
        " s.person_id = any(h.alleged) as alleged from membership s"
        " join household h on h.id = s.household_id"
        " left join lateral (select array_agg(m.as_given order by a.received_at, a.id) as words,"
        " (array_agg(m.position order by a.received_at desc, a.id))[1] as position from mention m"
        " join assessment a on a.id = m.assessment_id where m.person_id = s.person_id"
        " and (a.household_id = $1 or not exists (select from assessment r"
        " where r.household_id = a.household_id and r.restrictions <> '{}'))) m on true"
        " where s.household_id = $1 order by s.until is not null, s.since, m.position",
        household_id,
    )


async def find_assessments(connection: Connection, household_id: UUID) -> list[Row]:
    """The assessments of a household, newest first."""
    return await connection.fetch(
        "select id, agency_id, received_at from assessment where household_id = $1"
        " order by received_at desc, id limit 500",
        household_id,
    )


async def find_decision(connection: Connection, assessment_id: UUID) -> Row | None:
    """The stored decision of an assessment, with the household it is of now."""
    return await connection.fetchrow(
        "select d.*, a.household_id as current_household_id from decision d"
        " join assessment a on a.id = d.assessment_id where d.assessment_id = $1",
        assessment_id,
    )


async def find_redecisions(connection: Connection, assessment_id: UUID) -> list[Row]:
    """Decisions of other models on an assessment, the latest first."""
    return await connection.fetch(
        "select rule, weight, model_version, decided_at, detail from redecision"
        " where assessment_id = $1 order by decided_at desc",
        assessment_id,
    )


async def find_links(connection: Connection, assessment_ids: Sequence[UUID]) -> list[Row]:
    """Per assessment: its outcome, its household at arrival and now, its people now in order, and
    which households it was asked to link because of it, as they were then."""
    return await connection.fetch(
        "select a.id as assessment_id, d.outcome, d.household_id as household_id_at_arrival,"
        " a.household_id, array(select m.person_id from mention m where m.assessment_id = a.id"
        " order by m.position) as person_ids, coalesce(r.asked, '[]') as asked"
        " from assessment a join decision d on d.assessment_id = a.id"
        " left join (select assessment_id, jsonb_agg(jsonb_build_array(household_id,"
        "  candidates->0->>'household_id') order by id) as asked from review_case"
        "  where kind = 'link' and why is distinct from 'another_model'"
        "  and assessment_id = any($1::uuid[]) group by assessment_id) r on r.assessment_id = a.id"
        " where a.id = any($1::uuid[])",
        assessment_ids,
    )


_WEIGHT = (
    "case r.kind when 'link' then (r.candidates->0->>'weight')::float8 else d.weight end as weight"
)
"""Of a proposed link, what speaks for that; the decision's own is of the assessment's household."""


async def find_reviews(connection: Connection, place_id: str | None, limit: int) -> list[Row]:
    """Open review cases, the first due first."""
    return await connection.fetch(
        f"select r.*, a.restrictions, a.household_id as current_household_id, {_WEIGHT}, d.rule"  # noqa: S608
        " from review_case r"
        " join assessment a on a.id = r.assessment_id"
        " join decision d on d.assessment_id = r.assessment_id"
        " where r.verdict is null and ($1::text is null or r.place_id = $1)"
        " order by r.due_at, r.id limit $2",
        place_id,
        limit,
    )


async def find_review(connection: Connection, review_id: UUID) -> Row | None:
    """One review case, open or closed."""
    return await connection.fetchrow(
        "select r.*, a.restrictions, a.household_id as current_household_id, a.address,"  # noqa: S608
        f" {_WEIGHT}, d.rule, d.detail from review_case r"
        " join assessment a on a.id = r.assessment_id"
        " join decision d on d.assessment_id = r.assessment_id where r.id = $1",
        review_id,
    )


async def find_households_of(
    connection: Connection, people: Sequence[UUID]
) -> dict[UUID, list[UUID]]:
    """By person, under any id they ever had: every household they were in."""
    rows = await connection.fetch(
        "with recursive line as (select id, households, retired_into from person"
        " where id = any($1::uuid[]) union all select l.id, p.households, p.retired_into"
        " from line l join person p on p.id = l.retired_into)"
        " select id, households from line where retired_into is null",
        people,
    )
    return {row["id"]: list(row["households"]) for row in rows}


async def find_mentions(connection: Connection, assessment_id: UUID) -> list[Row]:
    """The people of an assessment in its order, in the agency's words."""
    return await connection.fetch(
        "select person_id, as_given from mention where assessment_id = $1 order by position",
        assessment_id,
    )


async def save_looks(
    connection: Connection,
    now: datetime,
    actor: Actor,
    what: str,
    subjects: Sequence[tuple[UUID, str | None]],
    hidden: Collection[UUID] = (),
) -> None:
    """Record that somebody looked at these subjects (id, place). ``hidden``: not shown to them."""
    await connection.execute(
        "insert into access_audit (at, actor, purpose, what, subject_id, place_id, shown, person)"
        " select $1, $2, $3, $4, s.id, s.place, not s.id = any($7::uuid[]), $8"
        " from unnest($5::uuid[], $6::text[]) as s(id, place)",
        now,
        actor.id,
        actor.purpose,
        what,
        [subject for subject, _ in subjects],
        [place for _, place in subjects],
        list(hidden),
        actor.person,
    )


async def find_places_of_people(
    connection: Connection, person_ids: Sequence[UUID]
) -> dict[UUID, str]:
    """The place of each person that exists."""
    rows = await connection.fetch(
        "select id, place_id from person where id = any($1::uuid[])", person_ids
    )
    return {row["id"]: row["place_id"] for row in rows}


async def find_mentions_of_people(connection: Connection, household_id: UUID) -> list[Row]:
    """All mentions of whoever was ever seen in the household, by person, the first first. Those of
    other households that are restricted are left out."""
    return await connection.fetch(
        "select m.person_id, m.assessment_id, m.as_given, a.household_id, a.agency_id,"
        " a.received_at from mention m join assessment a on a.id = m.assessment_id"
        " where m.person_id in (select o.person_id from mention o join assessment b"
        " on b.id = o.assessment_id where b.household_id = $1)"
        " and (a.household_id = $1 or not exists (select from assessment r"
        " where r.household_id = a.household_id and r.restrictions <> '{}'))"
        " order by min(a.received_at) over (partition by m.person_id),"
        " min(m.position) over (partition by m.person_id), m.person_id, a.received_at, a.id"
        " limit 2000",
        household_id,
    )
