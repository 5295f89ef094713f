"""Links and separations: the journal of changes, and the pointers they move."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.duplication.changes import LINK, Change, Pair, Pointer
from services.duplication.profile import dump_homes
from services.duplication.rebuild import Mention, Rebuilt
from services.duplication.residence import dump_residents
from services.duplication.store.deciding import array
from services.duplication.store.matching import salt
from services.kit.db import Connection, Row

_POINTERS = (
    "select m.assessment_id, m.position, m.person_id, a.household_id from mention m"
    " join assessment a on a.id = m.assessment_id"
)


async def find_change(connection: Connection, change_id: UUID) -> Row | None:
    """One link or separation."""
    return await connection.fetchrow("select * from change where id = $1", change_id)


async def find_changes(connection: Connection, household_id: UUID) -> list[Row]:
    """Links and separations of a household, newest first."""
    return await connection.fetch(
        "select * from change where household_id = $1 or other_household_id = $1"
        " order by decided_at desc, id limit 200",
        household_id,
    )


async def find_places(connection: Connection, household_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The place of each household that exists."""
    rows = await connection.fetch(
        "select id, place_id from household where id = any($1::uuid[])", household_ids
    )
    return {row["id"]: row["place_id"] for row in rows}


async def find_people(connection: Connection, people: Sequence[UUID]) -> dict[UUID, UUID]:
    """For each person that exists, who they stand for now."""
    rows = await connection.fetch(
        "with recursive line as (select id, id as now, retired_into from person"
        " where id = any($1::uuid[]) union all select l.id, p.id, p.retired_into from line l"
        " join person p on p.id = l.retired_into)"
        " select id, now from line where retired_into is null",
        people,
    )
    return {row["id"]: row["now"] for row in rows}


async def find_retired(connection: Connection, people: Sequence[UUID]) -> dict[UUID, UUID]:
    """Every id that stands for one of these people, with whom it stands for."""
    rows = await connection.fetch(
        "with recursive line as (select id, retired_into as now from person"
        " where retired_into = any($1::uuid[]) union all select p.id, l.now from line l"
        " join person p on p.retired_into = l.id) select id, now from line",
        people,
    )
    return {row["id"]: row["now"] for row in rows}


async def find_pointers(
    connection: Connection, households: Sequence[UUID], people: Sequence[UUID]
) -> list[Pointer]:
    """Mentions in these households, and all others of whoever is mentioned there or named, in the
    order in which they came."""
    rows = await connection.fetch(
        f"with who as (select person_id from mention m join assessment a"  # noqa: S608
        " on a.id = m.assessment_id where a.household_id = any($1::uuid[])"
        f" union select unnest($2::uuid[])) {_POINTERS}"
        " where m.person_id in (select person_id from who)"
        " order by a.received_at, a.id, m.position",
        households,
        people,
    )
    return [Pointer(*row) for row in rows]


async def find_assessments_of(
    connection: Connection, households: Sequence[UUID]
) -> dict[UUID, UUID]:
    """The household of each assessment of these households."""
    rows = await connection.fetch(
        "select id, household_id from assessment where household_id = any($1::uuid[]) order by id",
        households,
    )
    return {row["id"]: row["household_id"] for row in rows}


async def find_apart(connection: Connection, ids: Sequence[UUID]) -> list[Pair]:
    """The cannot-links that concern these people and households."""
    rows = await connection.fetch(
        "select one, other from cannot_link where one = any($1::uuid[]) or other = any($1::uuid[])"
        " order by 1, 2",
        ids,
    )
    return [(row["one"], row["other"]) for row in rows]


async def find_facts(connection: Connection, assessment_ids: Sequence[UUID]) -> list[Row]:
    """What an event says of assessments: facts, the decision, and who is seen in them now."""
    return await connection.fetch(
        "select a.id, a.facts || jsonb_build_object('restrictions', a.restrictions) as facts,"
        " d.id as decision_id, coalesce(r.weight, d.weight) as weight,"
        " coalesce(r.model_version, d.model_version) as model_version,"
        " coalesce(r.rule, d.rule) as rule,"
        " array(select m.person_id from mention m where m.assessment_id = a.id"
        " order by m.position) as person_ids,"
        " array(select m.person_id from mention m where m.assessment_id = a.id"
        " and (m.as_given ? 'alleged_perpetrator' or m.person_id = any(h.alleged))"
        " order by m.position) as alleged,"
        " array(select distinct o.id from mention m join person p on p.id = m.person_id"
        " join household o on o.id = any(p.households) where m.assessment_id = a.id"
        " and o.id <> a.household_id and not m.as_given ? 'alleged_perpetrator'"
        " and not p.id = any(h.alleged) and not p.id = any(o.alleged)) as previous,"
        " array(select distinct o.id from mention m join person p on p.id = m.person_id"
        " join household o on o.id = any(p.households) where m.assessment_id = a.id"
        " and o.id <> a.household_id and (m.as_given ? 'alleged_perpetrator'"
        " or p.id = any(h.alleged) or p.id = any(o.alleged))) as apart"
        " from assessment a join decision d on d.assessment_id = a.id"
        " left join lateral (select rule, weight, model_version from redecision"
        " where assessment_id = a.id order by decided_at desc limit 1) r on true"
        " join household h on h.id = a.household_id"
        " where a.id = any($1::uuid[]) order by a.received_at, a.id",
        assessment_ids,
    )


async def save_change(
    connection: Connection,
    place_id: str,
    change: Change,
    said: tuple[str, str | None, str],
    now: datetime,
) -> None:
    """Move the pointers, and write down what was moved. ``said``: cause, by whom, for what."""
    await connection.execute(
        "insert into household (id, place_id, homes, members, provisional, first_seen)"
        " values ($1, $2, '', '{}', false, $3) on conflict do nothing",
        change.other_household_id,
        place_id,
        now,
    )
    await connection.execute(
        "insert into person (id, place_id, profile, households, mentions)"
        " select p, $1, '', '{}', 0 from unnest($2::uuid[]) p on conflict do nothing",
        place_id,
        list({to for _, _, _, to in change.mentions} | ({change.other_person_id} - {None})),
    )
    await connection.execute(
        "update assessment a set household_id = c.h from unnest($1::uuid[], $2::uuid[]) as c(a, h)"
        " where a.id = c.a",
        [a for a, _, _ in change.assessments],
        [to for _, _, to in change.assessments],
    )
    await connection.execute(
        "update mention m set person_id = c.p from unnest($1::uuid[], $2::int[], $3::uuid[])"
        " as c(a, i, p) where m.assessment_id = c.a and m.position = c.i",
        [m[0] for m in change.mentions],
        [m[1] for m in change.mentions],
        [m[3] for m in change.mentions],
    )
    await _save_redirect(connection, place_id, change, now)
    await connection.execute(
        "insert into change (id, place_id, kind, household_id, other_household_id, whole, cause,"
        " decided_by, purpose, decided_at, moves, undoes, person_id, other_person_id)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        change.id,
        place_id,
        change.kind,
        change.household_id,
        change.other_household_id,
        change.whole,
        said[0],
        said[1],
        said[2],
        now,
        change.moves(),
        change.undoes,
        change.person_id,
        change.other_person_id,
    )
    await connection.execute(
        "update change set undone_by = $2 where id = $1", change.undoes, change.id
    )
    await connection.execute("delete from must_link where review_id = $1", change.undoes)
    await _save_words(connection, place_id, change, said[1] or said[0], now)


async def _save_redirect(
    connection: Connection, place_id: str, change: Change, now: datetime
) -> None:
    if change.person_id is not None:
        return  # People have changed, and no household.
    if change.kind == LINK:
        await connection.execute(
            "insert into household_redirect (retired_id, household_id, place_id, redirected_at)"
            " values ($1, $2, $3, $4)",
            change.other_household_id,
            change.household_id,
            place_id,
            now,
        )
    else:
        await connection.execute(
            "delete from household_redirect where retired_id = $1", change.other_household_id
        )


async def _save_words(
    connection: Connection, place_id: str, change: Change, by: str, now: datetime
) -> None:
    """Cannot-links and must-links. Nothing that is together now is said to be apart."""
    for pairs, table in ((change.lifted, "cannot_link"), (change.apart, "must_link")):
        await connection.execute(
            f"delete from {table} c using unnest($1::uuid[], $2::uuid[]) as p(one, other)"  # noqa: S608
            " where (c.one = p.one and c.other = p.other)"
            " or (c.one = p.other and c.other = p.one)",
            [one for one, _ in pairs],
            [other for _, other in pairs],
        )
    for pairs, table in ((change.apart, "cannot_link"), (change.together, "must_link")):
        await connection.execute(
            f"insert into {table} (place_id, one, other, review_id, said_by, said_at)"  # noqa: S608
            " select $1, p.one, p.other, $2, $3, $4 from unnest($5::uuid[], $6::uuid[])"
            " as p(one, other) where $7 or not exists (select 1 from mention m"
            " join assessment a on a.id = m.assessment_id where"
            " (m.person_id = p.one and a.household_id = p.other)"
            " or (m.person_id = p.other and a.household_id = p.one)) on conflict do nothing",
            place_id,
            change.id,
            by,
            now,
            [one for one, _ in pairs],
            [other for _, other in pairs],
            table == "must_link",
        )


async def load_mentions(connection: Connection, people: Sequence[UUID]) -> list[Mention]:
    """All mentions of these people, in the order in which they came."""
    rows = await connection.fetch(
        "select m.assessment_id, m.position, m.person_id, a.household_id, a.received_at,"
        " m.as_given, a.address from mention m join assessment a on a.id = m.assessment_id"
        " where m.person_id = any($1::uuid[]) order by a.received_at, a.id, m.position",
        people,
    )
    return [Mention(*row) for row in rows]


FORGET_SPELLS = "delete from membership where person_id = any($1::uuid[])"


async def save_rebuilt(
    connection: Connection, place_id: str, built: Rebuilt, left: Sequence[Pair]
) -> None:
    """People, households, spells and keys as rebuilt. ``left``: people nobody is any more, and who
    they are."""
    people, gone = list(built.people.values()), [one for one, _ in left]
    await connection.execute(
        "update person p set profile = n.profile, households = n.h::uuid[], mentions = n.m,"
        " retired_into = null from unnest($1::uuid[], $2::text[], $3::text[], $4::int[])"
        " as n(id, profile, h, m) where p.id = n.id",
        [p.id for p in people],
        [p.profile.dump() for p in people],
        [array(p.households) for p in people],
        [p.mentions for p in people],
    )
    await connection.execute(
        "update person p set profile = '', households = '{}', mentions = 0,"
        " retired_into = n.other from unnest($1::uuid[], $2::uuid[]) as n(one, other)"
        " where p.id = n.one",
        gone,
        [other for _, other in left],
    )
    households = list(built.households.values())
    await connection.execute(
        "update household h set homes = n.homes, members = n.members::uuid[],"
        " residents = n.residents from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])"
        " as n(id, homes, members, residents) where h.id = n.id",
        [h.id for h in households],
        [dump_homes(h.homes) for h in households],
        [array(h.members) for h in households],
        [dump_residents(h.residents.values()) for h in households],
    )
    everybody = [*built.people, *gone]
    await connection.execute(FORGET_SPELLS, everybody)
    await connection.execute(
        "insert into membership (household_id, person_id, since, until, place_id)"
        " select s.h, s.p, s.since, s.until, $1 from unnest($2::uuid[], $3::uuid[],"
        " $4::timestamptz[], $5::timestamptz[]) as s(h, p, since, until) on conflict do nothing",
        place_id,
        [s.household_id for s in built.spells],
        [s.person_id for s in built.spells],
        [s.since for s in built.spells],
        [s.until for s in built.spells],
    )
    await forget_keys(connection, everybody)
    await save_keys(connection, place_id, built.keys)


async def save_keys(
    connection: Connection, place_id: str, keys: Mapping[UUID, Collection[int]]
) -> None:
    """File people under keys, besides those they have."""
    pairs = [(key, person) for person, own in keys.items() for key in own]
    await connection.execute(
        "insert into block_key (key, person_id)"
        " select * from unnest($1::bigint[], $2::uuid[]) on conflict do nothing",
        [key ^ salt(place_id) for key, _ in pairs],
        [person for _, person in pairs],
    )


async def forget_keys(connection: Connection, people: Sequence[UUID]) -> None:
    """File these people under nothing."""
    await connection.execute("delete from block_key where person_id = any($1::uuid[])", people)


async def find_considered(connection: Connection, assessment_id: UUID) -> list[UUID]:
    """The households that the decision held certain enough to be the assessment's, best first."""
    rows = await connection.fetch(
        "select (h->>'household_id')::uuid as id from decision d,"
        " jsonb_array_elements(d.detail->'households') with ordinality as e(h, n)"
        " where d.assessment_id = $1 and (h->>'shared')::int > 0"
        " and (h->>'weight')::float8 >= (d.detail->'thresholds'->>'link')::float8 order by n",
        assessment_id,
    )
    return [row["id"] for row in rows]


async def find_people_of(connection: Connection, assessment_id: UUID) -> set[UUID]:
    """Whom the assessment is of."""
    rows = await connection.fetch(
        "select person_id from mention where assessment_id = $1", assessment_id
    )
    return {row["person_id"] for row in rows}
