"""What is erased, in PostgreSQL: found, and deleted table by table. What only grows stays: who
looked, and which copies left; and who may know of a household, by which that is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.duplication.store.matching import salt
from services.kit.db import Connection, Row


async def find_families(connection: Connection, household_ids: Sequence[UUID]) -> list[Row]:
    """For each id that exists (``asked``): what it stands for (``current``), and every id (``id``)
    that stands for that."""
    return await connection.fetch(
        "with recursive up(asked, id) as (select id, id from household where id = any($1::uuid[])"
        " union select u.asked, r.household_id from up u"
        " join household_redirect r on r.retired_id = u.id),"
        " down(asked, current, id) as (select asked, id, id from up where not exists"
        " (select from household_redirect r where r.retired_id = up.id)"
        " union select d.asked, d.current, r.retired_id from down d"
        " join household_redirect r on r.household_id = d.id)"
        " select asked, current, id from down",
        household_ids,
    )


async def find_homes(connection: Connection, assessment_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The household of each of the assessments that exist."""
    rows = await connection.fetch(
        "select id, household_id from assessment where id = any($1::uuid[])", assessment_ids
    )
    return {row["id"]: row["household_id"] for row in rows}


async def find_kept(
    connection: Connection, household_ids: Sequence[UUID], assessment_ids: Sequence[UUID]
) -> set[UUID]:
    """Those of the households that have other assessments than these."""
    rows = await connection.fetch(
        "select distinct household_id from assessment where household_id = any($1::uuid[])"
        " and id <> all($2::uuid[])",
        household_ids,
        assessment_ids,
    )
    return {row["household_id"] for row in rows}


async def find_asked(connection: Connection, place_id: str) -> set[UUID]:
    """The assessments, households and people about which a reviewer is being asked, and those of
    steps that a run under way has still to take."""
    rows = await connection.fetch(
        "with open as (select r.kind, r.assessment_id, r.household_id, r.candidates, d.detail"
        " from review_case r left join decision d on d.assessment_id = r.assessment_id"
        " where r.place_id = $1 and r.verdict is null),"
        " step as (select s.step from rematch r join rematch_step s on s.rematch_id = r.id"
        " where r.place_id = $1 and r.ended_at is null and s.came_to is null)"
        " select assessment_id as id from open union select household_id from open"
        " union select (c->>'household_id')::uuid from open, jsonb_array_elements(candidates) c"
        " union select (o.one->>'person_id')::uuid from open,"
        " jsonb_array_elements(detail->'people') p"
        " cross join lateral (values (p->'best'), (p->'runner_up')) as o(one)"
        " where kind = 'match'"
        " and (o.one->>'weight')::float8 >= (detail->'thresholds'->>'review')::float8"
        " union select (step->>'one')::uuid from step"
        " union select (step->>'to')::uuid from step where step->>'to' is not null"
        " union select a::uuid from step, jsonb_array_elements_text(step->'assessment_ids') a",
        place_id,
    )
    return {row["id"] for row in rows}


async def find_seen(connection: Connection, assessment_ids: Sequence[UUID]) -> list[Row]:
    """Who is seen in these: ``assessment_id``, ``person_id``."""
    return await connection.fetch(
        "select assessment_id, person_id from mention where assessment_id = any($1::uuid[])",
        assessment_ids,
    )


async def find_with(connection: Connection, people: Sequence[UUID]) -> set[UUID]:
    """The assessments in which any of these people is seen."""
    rows = await connection.fetch(
        "select distinct assessment_id from mention where person_id = any($1::uuid[])", people
    )
    return {row["assessment_id"] for row in rows}


async def find_people_in(connection: Connection, household_ids: Sequence[UUID]) -> set[UUID]:
    """Everybody who was ever seen in these households."""
    rows = await connection.fetch(
        "select distinct m.person_id from assessment a join mention m on m.assessment_id = a.id"
        " where a.household_id = any($1::uuid[])",
        household_ids,
    )
    return {row["person_id"] for row in rows}


async def find_changes(connection: Connection, ids: Sequence[UUID]) -> list[Row]:
    """Links and separations that moved, or name, any of these."""
    return await connection.fetch(
        "select * from change where id in (select id from change"
        " where jsonb_path_query_array(moves, '$.*[*][*]') ?| $2::text[]"
        " union all select id from change where household_id = any($1::uuid[])"
        " union all select id from change where other_household_id = any($1::uuid[])"
        " union all select id from change where person_id = any($1::uuid[])"
        " union all select id from change where other_person_id = any($1::uuid[])) order by id",
        ids,
        [str(one) for one in ids],
    )


async def find_origins(
    connection: Connection, assessment_ids: Sequence[UUID]
) -> dict[UUID, list[UUID]]:
    """By assessment: whom its mentions, in order, were decided to be of when it came."""
    rows = await connection.fetch(
        "select assessment_id, array(select (p->>'person_id')::uuid from"
        " jsonb_array_elements(detail->'people') with ordinality as e(p, n) order by n) as people"
        " from decision where assessment_id = any($1::uuid[])",
        assessment_ids,
    )
    return {row["assessment_id"]: row["people"] for row in rows}


async def delete_assessments(connection: Connection, ids: Sequence[UUID]) -> list[Row]:
    """Assessments, what they were decided to be, and what was asked because of them: ``name`` of
    the table, and the assessment (``id``), by row; of a question (``own``), its own."""
    return await connection.fetch(
        "with m as (delete from mention where assessment_id = any($1::uuid[])"
        " returning assessment_id as id),"
        " d as (delete from decision where assessment_id = any($1::uuid[])"
        " returning assessment_id as id),"
        " x as (delete from redecision where assessment_id = any($1::uuid[])"
        " returning assessment_id as id),"
        " r as (delete from review_case where kind = 'match' and assessment_id = any($1::uuid[])"
        " returning assessment_id as id, id as own),"
        " q as (delete from review_case where kind = 'link' and assessment_id = any($1::uuid[])"
        " returning assessment_id as id, id as own),"
        " l as (delete from assessment_lifted where assessment_id = any($1::uuid[])"
        " returning assessment_id as id),"
        " a as (delete from assessment where id = any($1::uuid[]) returning id)"
        " select 'mention' as name, id, null::uuid as own from m"
        " union all select 'decision', id, null from d"
        " union all select 'redecision', id, null from x"
        " union all select 'review_case', id, own from r"
        " union all select 'review_case', id, own from q"
        " union all select 'assessment_lifted', id, null from l"
        " union all select 'assessment', id, null from a",
        ids,
    )


async def delete_words(connection: Connection, ids: Sequence[UUID]) -> list[Row]:
    """What was said of these people and households to be one with another, or not: ``name``, and
    the ids of the pair."""
    return await connection.fetch(
        "with c as (delete from cannot_link where one = any($1::uuid[]) or other = any($1::uuid[])"
        " returning one, other),"
        " m as (delete from must_link where one = any($1::uuid[]) or other = any($1::uuid[])"
        " returning one, other)"
        " select 'cannot_link' as name, one, other from c union all select 'must_link', * from m",
        ids,
    )


async def delete_changes(connection: Connection, ids: Sequence[UUID]) -> None:
    """Links and separations of which nothing is left."""
    await connection.execute(
        "update rematch_step set change_id = null where change_id = any($1::uuid[])", ids
    )
    await connection.execute("delete from change where id = any($1::uuid[])", ids)


async def save_moves(
    connection: Connection, left: Sequence[tuple[UUID, Mapping[str, Any]]], now: datetime
) -> None:
    """What is left of what changes moved."""
    await connection.execute(
        "update change c set moves = n.moves, erased_at = $3"
        " from unnest($1::uuid[], $2::jsonb[]) as n(id, moves) where c.id = n.id",
        [id_ for id_, _ in left],
        [moves for _, moves in left],
        now,
    )


async def delete_steps(connection: Connection, place_id: str, ids: Sequence[UUID]) -> list[Row]:
    """Steps of runs that have ended, about these alone: ``name``, and what it was about."""
    return await connection.fetch(
        "delete from rematch_step s using rematch r where r.id = s.rematch_id and r.place_id = $1"
        " and r.ended_at is not null and (s.step->>'one')::uuid = any($2::uuid[])"
        " and (s.step->>'to' is null or (s.step->>'to')::uuid = any($2::uuid[]))"
        " returning 'rematch_step' as name, (s.step->>'one')::uuid as id",
        place_id,
        ids,
    )


async def delete_households(connection: Connection, ids: Sequence[UUID]) -> list[Row]:
    """Households, who was in them, and whether they are one with another: ``name``, and the
    household (``id``), by row; of a question (``own``), its own."""
    return await connection.fetch(
        "with s as (delete from membership where household_id = any($1::uuid[])"
        " returning household_id as id),"
        " r as (delete from household_redirect where retired_id = any($1::uuid[])"
        " returning retired_id as id),"
        " q as (delete from review_case where kind = 'link' and (household_id = any($1::uuid[])"
        " or id in (select c.id from unnest($1::uuid[]) h join review_case c on c.kind = 'link'"
        " and c.candidates @> jsonb_build_array(jsonb_build_object('household_id', h::text))))"
        " returning household_id as id, candidates->0->>'household_id' as other, id as own),"
        " h as (delete from household where id = any($1::uuid[]) returning id)"
        " select 'membership' as name, id, null::uuid as own from s"
        " union all select 'household_redirect', id, null from r"
        " union all select 'review_case',"
        " case when id = any($1::uuid[]) then id else other::uuid end, own from q"
        " union all select 'household', id, null from h",
        ids,
    )


async def delete_people(
    connection: Connection, ids: Sequence[UUID], standing: Mapping[UUID, UUID]
) -> list[Row]:
    """People of whom nothing is left: ``name`` of the table, and the person (``id``), by row.
    ``standing``: retired people who stay, with whom they stand for, by however many others."""
    await connection.execute(
        "update person p set retired_into = n.now from unnest($1::uuid[], $2::uuid[]) as n(id, now)"
        " where p.id = n.id and p.retired_into = any($3::uuid[])",
        list(standing),
        list(standing.values()),
        ids,
    )
    return await connection.fetch(
        "with s as (delete from membership where person_id = any($1::uuid[])"
        " returning person_id as id),"
        " k as (delete from block_key where person_id = any($1::uuid[]) returning person_id as id),"
        " p as (delete from person where id = any($1::uuid[]) returning id)"
        " select 'membership' as name, id from s union all select 'block_key', id from k"
        " union all select 'person', id from p",
        ids,
    )


async def take_off(connection: Connection, place_id: str, counts: Mapping[int, int]) -> None:
    """Count these terms so much less often. What is counted no more is not kept."""
    own, terms = salt(place_id), list(counts)
    await connection.execute(
        "with fewer as (select * from unnest($1::bigint[], $2::int[]) as f(term, times)),"
        " less as (update term_frequency t set count = t.count - f.times from fewer f"
        " where t.term = f.term and t.count > f.times)"
        " delete from term_frequency t using fewer f where t.term = f.term and t.count <= f.times",
        [term ^ own for term in terms],
        [counts[term] for term in terms],
    )


async def forget_in_facts(
    connection: Connection, assessment_ids: Sequence[UUID], ids: Sequence[UUID]
) -> None:
    """These households and people are told of no more with these assessments."""
    await connection.execute(
        "update assessment a set facts = a.facts || (select jsonb_object_agg(f,"
        " coalesce(a.facts->f, '[]') - $2::text[]) from unnest(array['person_ids',"
        " 'previous_household_ids', 'alleged_perpetrator_ids', 'apart_household_ids']) f)"
        " where a.id = any($1::uuid[])",
        assessment_ids,
        [str(one) for one in ids],
    )


async def settle_kept(connection: Connection, ids: Sequence[UUID]) -> None:
    """Households of which a part is left: since when that was known; and no question any more,
    where what was asked about went."""
    await connection.execute(
        "update household h set first_seen = greatest(h.first_seen, (select min(d.decided_at)"
        " from assessment a join decision d on d.assessment_id = a.id"
        " where a.household_id = h.id)),"
        " provisional = h.provisional and exists (select from review_case r"
        " where r.household_id = h.id and r.kind = 'match' and r.verdict is null)"
        " where h.id = any($1::uuid[])",
        ids,
    )


async def save_kinds(connection: Connection, kinds: Sequence[tuple[UUID, UUID, str]]) -> None:
    """What each erased id (with its erasure) had been. Questions and changes are nobody else's to
    keep as erased, so that is done here."""
    await connection.execute(
        "with kinds as (insert into erased_as (id, erasure_id, kind)"
        " select * from unnest($1::uuid[], $2::uuid[], $3::text[]) on conflict do nothing"
        " returning id, erasure_id, kind)"
        " insert into erased_id (id, erasure_id) select id, erasure_id from kinds"
        " where kind in ('review', 'change') on conflict do nothing",
        [id_ for id_, _, _ in kinds],
        [erasure for _, erasure, _ in kinds],
        [kind for _, _, kind in kinds],
    )


async def find_kinds(connection: Connection, erasure_ids: Sequence[UUID]) -> list[Row]:
    """All that went with these erasures: ``id``, ``erasure_id``, ``kind``."""
    return await connection.fetch(
        "select id, erasure_id, kind from erased_as where erasure_id = any($1::uuid[]) order by id",
        erasure_ids,
    )
