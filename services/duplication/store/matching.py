"""What the matcher knows, in PostgreSQL: loaded for a batch, written after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import orjson

from services.duplication.addresses import Home
from services.duplication.frequencies import POPULATION
from services.duplication.profile import Profile
from services.duplication.records import DecidedAssessment, OpenedReview
from services.duplication.state import HouseholdState, PersonState, State
from services.kit.db import Connection


def _array(values: Sequence[object]) -> str:
    """An array literal of ids or words: an array of arrays is something else to PostgreSQL."""
    return "{" + ",".join(str(value) for value in values) + "}"


def _json(value: object) -> str:
    """JSON text, for lists, which the driver would take for arrays."""
    return orjson.dumps(value).decode()


async def find_decided(connection: Connection, assessment_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the assessments that were decided before."""
    rows = await connection.fetch(
        "select id from assessment where id = any($1::uuid[])", assessment_ids
    )
    return {row["id"] for row in rows}


async def load_state(
    connection: Connection, place_id: str, keys: Mapping[int, int], terms: Sequence[int]
) -> State:
    """Everybody in the place who shares a usable key, their households, and the terms' counts."""
    state = State()
    for row in await connection.fetch(
        "select k.key, b.person_id, null::int as count"
        " from unnest($2::bigint[], $3::int[]) as k(key, most)"
        " cross join lateral (select person_id from block_key"
        " where place_id = $1 and key = k.key limit k.most + 1) b"
        " union all"
        " select term, null, count from term_frequency"
        " where place_id = $1 and term = any($4::bigint[])",
        place_id,
        list(keys),
        list(keys.values()),
        [POPULATION, *terms],
    ):
        if row["count"] is None:
            state.keys.setdefault(row["key"], []).append(row["person_id"])
        else:
            state.counts[row["key"]] = row["count"]
    state.population = state.counts.get(POPULATION, 0)
    wanted = {p for key, found in state.keys.items() if len(found) <= keys[key] for p in found}
    await load_people(connection, place_id, list(wanted), state)
    return state


async def load_people(
    connection: Connection, place_id: str, people: Sequence[UUID], state: State
) -> None:
    """Put people, every household they were in, and what was said of either into the state."""
    if not people:
        return
    for row in await connection.fetch(
        "with found as materialized (select id, profile, households, mentions from person"
        " where place_id = $1 and id = any($2::uuid[])),"
        " theirs as materialized (select id, homes, members, provisional from household"
        " where id = any(array(select distinct unnest(households) from found))),"
        " known as materialized (select id from found union all select id from theirs)"
        " select 'person' as what, id, profile as value, households as ids, mentions as number"
        " from found"
        " union all select 'household', id, homes, members, provisional::int from theirs"
        " union all select 'apart', one, null, array[other], null from cannot_link"
        " where one = any(array(select id from known)) or other = any(array(select id from known))",
        place_id,
        people,
    ):
        match row["what"]:
            case "person":
                profile = Profile.load(row["value"])
                state.people[row["id"]] = PersonState(
                    row["id"], profile, tuple(row["ids"]), row["number"]
                )
            case "household":
                homes = tuple(Home(*home) for home in row["value"])
                state.households[row["id"]] = HouseholdState(
                    row["id"], homes, tuple(row["ids"]), bool(row["number"])
                )
            case _:
                state.apart.add((row["id"], row["ids"][0]))


async def save_state(connection: Connection, place_id: str, state: State, now: datetime) -> None:
    """Write what the fold changed: people, households, keys and counts."""
    people = [state.people[id_] for id_ in state.changed_people]
    households = [state.households[id_] for id_ in state.changed_households]
    terms = sorted(state.new_counts)
    await connection.execute(
        "with saved_people as (insert into person (id, place_id, profile, households, mentions)"
        " select p.id, $1, p.profile, p.households::uuid[], p.mentions"
        " from unnest($2::uuid[], $3::jsonb[], $4::text[], $5::int[])"
        " as p(id, profile, households, mentions)"
        " on conflict (id) do update set profile = excluded.profile,"
        " households = excluded.households, mentions = excluded.mentions),"
        " saved_households as (insert into household"
        " (id, place_id, homes, members, provisional, first_seen)"
        " select h.id, $1, h.homes::jsonb, h.members::uuid[], h.provisional, $6"
        " from unnest($7::uuid[], $8::text[], $9::text[], $10::bool[])"
        " as h(id, homes, members, provisional)"
        " on conflict (id) do update set homes = excluded.homes, members = excluded.members,"
        " provisional = excluded.provisional),"
        " saved_keys as (insert into block_key (place_id, key, person_id)"
        " select $1, * from unnest($11::bigint[], $12::uuid[]) on conflict do nothing)"
        " insert into term_frequency (place_id, term, count)"
        " select $1, * from unnest($13::bigint[], $14::int[])"
        " on conflict (place_id, term) do update"
        " set count = term_frequency.count + excluded.count",
        place_id,
        [p.id for p in people],
        [p.profile.dump() for p in people],
        [_array(p.households) for p in people],
        [p.mentions for p in people],
        now,
        [h.id for h in households],
        [_json([list(home) for home in h.homes]) for h in households],
        [_array(h.members) for h in households],
        [h.provisional for h in households],
        [key for key, _ in state.new_keys],
        [person for _, person in state.new_keys],
        terms,
        [state.new_counts[term] for term in terms],
    )


async def save_decided(
    connection: Connection, place_id: str, decided: Sequence[DecidedAssessment], now: datetime
) -> None:
    """Write assessments, mentions, decisions, and the memberships they opened and closed."""
    spells, closed = _memberships(decided)
    if closed:
        # Before the others are opened: of one person in one household only one is open at a time.
        await connection.execute(
            "update membership m set until = greatest(c.at, m.since)"
            " from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as c(person, household, at)"
            " where m.person_id = c.person and m.household_id = c.household and m.until is null",
            [c[0] for c in closed],
            [c[1] for c in closed],
            [c[2] for c in closed],
        )
    mentions = [(d.id, i, p, w) for d in decided for i, (p, w) in enumerate(d.people)]
    await connection.execute(
        "with assessments as (insert into assessment (id, place_id, agency_id, received_at,"
        " household_id, address, restrictions, facts) select a.id, $1, a.agency_id, a.received_at,"
        " a.household_id, a.address, a.restrictions::text[], a.facts"
        " from unnest($3::uuid[], $4::text[], $5::timestamptz[], $6::uuid[], $7::jsonb[],"
        " $8::text[], $9::jsonb[]) as a(id, agency_id, received_at, household_id, address,"
        " restrictions, facts)),"
        " mentions as (insert into mention (assessment_id, position, place_id, person_id, as_given)"
        " select m.a, m.i, $1, m.p, m.w"
        " from unnest($10::uuid[], $11::int[], $12::uuid[], $13::jsonb[]) as m(a, i, p, w)),"
        " decisions as (insert into decision (id, assessment_id, place_id, household_id, outcome,"
        " rule, weight, model_version, detail, decided_at)"
        " select d.id, d.a, $1, d.h, d.o, d.r, d.w, d.m, d.x, $2"
        " from unnest($14::uuid[], $3::uuid[], $6::uuid[], $15::text[], $16::text[],"
        " $17::float8[], $18::text[], $19::jsonb[]) as d(id, a, h, o, r, w, m, x))"
        " insert into membership (household_id, person_id, since, until, place_id)"
        " select s.h, s.p, s.since, s.until, $1 from unnest($20::uuid[], $21::uuid[],"
        " $22::timestamptz[], $23::timestamptz[]) as s(p, h, since, until)"
        " on conflict do nothing",
        place_id,
        now,
        [d.id for d in decided],
        [d.agency_id for d in decided],
        [d.received_at for d in decided],
        [d.household_id for d in decided],
        [d.address for d in decided],
        [_array(d.restrictions) for d in decided],
        [d.facts for d in decided],
        [m[0] for m in mentions],
        [m[1] for m in mentions],
        [m[2] for m in mentions],
        [m[3] for m in mentions],
        [d.decision_id for d in decided],
        [d.outcome for d in decided],
        [d.rule for d in decided],
        [d.weight for d in decided],
        [d.model_version for d in decided],
        [d.detail for d in decided],
        [s[0] for s in spells],
        [s[1] for s in spells],
        [s[2] for s in spells],
        [s[3] for s in spells],
    )


_Spell: TypeAlias = tuple[UUID, UUID, datetime, datetime | None]
"""Person, household, since, until."""


def _memberships(
    decided: Sequence[DecidedAssessment],
) -> tuple[list[_Spell], list[tuple[UUID, UUID, datetime]]]:
    """The batch's arrivals and departures, replayed in order: the spells that begin in it, and
    those from before it that end, by person, household and when."""
    opened: dict[tuple[UUID, UUID], datetime] = {}
    spells: list[_Spell] = []
    closed: list[tuple[UUID, UUID, datetime]] = []
    for d in decided:
        for person, household in d.left:
            since = opened.pop((person, household), None)
            if since is None:
                closed.append((person, household, d.received_at))
            else:
                spells.append((person, household, since, max(since, d.received_at)))
        for person, _ in d.people:
            opened.setdefault((person, d.household_id), d.received_at)
    spells += [(p, h, since, None) for (p, h), since in opened.items()]
    return spells, closed


async def save_reviews(
    connection: Connection, place_id: str, reviews: Sequence[OpenedReview], now: datetime
) -> set[tuple[UUID, UUID]]:
    """Open review cases; those that are new, with the assessment of each. The first one asks."""
    if not reviews:
        return set()
    rows = await connection.fetch(
        "insert into review_case (id, assessment_id, place_id, household_id, candidates, urgency,"
        " opened_at, due_at, event_id, journey_id, kind)"
        " select r.id, r.a, $1, r.h, r.c::jsonb, r.u, $2, r.due, r.e, r.j, r.k from"
        " unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[],"
        " $9::uuid[], $10::uuid[], $11::text[]) as r(id, a, h, c, u, due, e, j, k)"
        " on conflict (id) do nothing returning id, assessment_id",
        place_id,
        now,
        [r.id for r in reviews],
        [r.assessment_id for r in reviews],
        [r.household_id for r in reviews],
        [_json(r.candidates) for r in reviews],
        [r.urgency for r in reviews],
        [r.due_at for r in reviews],
        [r.event_id for r in reviews],
        [r.journey_id for r in reviews],
        [r.kind for r in reviews],
    )
    return {(row["id"], row["assessment_id"]) for row in rows}
