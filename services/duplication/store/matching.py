"""What the matcher knows, in PostgreSQL: loaded for a batch, written after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
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
        "select k.key, b.person_id from unnest($2::bigint[], $3::int[]) as k(key, most)"
        " cross join lateral (select person_id from block_key"
        " where place_id = $1 and key = k.key limit k.most + 1) b",
        place_id,
        list(keys),
        list(keys.values()),
    ):
        state.keys.setdefault(row["key"], []).append(row["person_id"])
    wanted = {p for key, found in state.keys.items() if len(found) <= keys[key] for p in found}
    await load_people(connection, place_id, list(wanted), state)
    for row in await connection.fetch(
        "select term, count from term_frequency where place_id = $1 and term = any($2::bigint[])",
        place_id,
        [POPULATION, *terms],
    ):
        state.counts[row["term"]] = row["count"]
    state.population = state.counts.get(POPULATION, 0)
    return state


async def load_people(
    connection: Connection, place_id: str, people: Sequence[UUID], state: State
) -> None:
    """Put people, every household they were in, and what was said of either into the state."""
    households: set[UUID] = set()
    for row in await connection.fetch(
        "select id, profile, households, mentions from person"
        " where place_id = $1 and id = any($2::uuid[])",
        place_id,
        people,
    ):
        state.people[row["id"]] = PersonState(
            row["id"], Profile.load(row["profile"]), tuple(row["households"]), row["mentions"]
        )
        households.update(row["households"])
    for row in await connection.fetch(
        "select id, homes, members, provisional from household where id = any($1::uuid[])",
        list(households),
    ):
        state.households[row["id"]] = HouseholdState(
            row["id"],
            tuple(Home(*home) for home in row["homes"]),
            tuple(row["members"]),
            row["provisional"],
        )
    for row in await connection.fetch(
        "select one, other from cannot_link where one = any($1::uuid[]) or other = any($1::uuid[])",
        [*people, *households],
    ):
        state.apart.add((row["one"], row["other"]))


async def save_state(connection: Connection, place_id: str, state: State, now: datetime) -> None:
    """Write what the fold changed: people, households, keys and counts."""
    people = [state.people[id_] for id_ in state.changed_people]
    await connection.execute(
        "insert into person (id, place_id, profile, households, mentions)"
        " select p.id, $1, p.profile,"
        " p.households::uuid[], p.mentions"
        " from unnest($2::uuid[], $3::jsonb[], $4::text[], $5::int[])"
        " as p(id, profile, households, mentions)"
        " on conflict (id) do update set profile = excluded.profile,"
        " households = excluded.households, mentions = excluded.mentions",
        place_id,
        [p.id for p in people],
        [p.profile.dump() for p in people],
        [_array(p.households) for p in people],
        [p.mentions for p in people],
    )
    households = [state.households[id_] for id_ in state.changed_households]
    await connection.execute(
        "insert into household (id, place_id, homes, members, provisional, first_seen)"
        " select h.id, $1, h.homes::jsonb, h.members::uuid[],"
        " h.provisional, $6 from unnest($2::uuid[], $3::text[], $4::text[], $5::bool[])"
        " as h(id, homes, members, provisional)"
        " on conflict (id) do update set homes = excluded.homes, members = excluded.members,"
        " provisional = excluded.provisional",
        place_id,
        [h.id for h in households],
        [_json([list(home) for home in h.homes]) for h in households],
        [_array(h.members) for h in households],
        [h.provisional for h in households],
        now,
    )
    await connection.execute(
        "insert into block_key (place_id, key, person_id)"
        " select $1, * from unnest($2::bigint[], $3::uuid[]) on conflict do nothing",
        place_id,
        [key for key, _ in state.new_keys],
        [person for _, person in state.new_keys],
    )
    terms = sorted(state.new_counts)
    await connection.execute(
        "insert into term_frequency (place_id, term, count)"
        " select $1, * from unnest($2::bigint[], $3::int[])"
        " on conflict (place_id, term) do update"
        " set count = term_frequency.count + excluded.count",
        place_id,
        terms,
        [state.new_counts[term] for term in terms],
    )


async def save_decided(
    connection: Connection, place_id: str, decided: Sequence[DecidedAssessment], now: datetime
) -> None:
    """Write assessments, mentions, decisions, and the memberships they opened and closed."""
    await connection.execute(
        "insert into assessment (id, place_id, agency_id, received_at, household_id, address,"
        " restrictions, facts) select a.id, $1, a.agency_id, a.received_at, a.household_id,"
        " a.address, a.restrictions::text[], a.facts"
        " from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::uuid[], $6::jsonb[],"
        " $7::text[], $8::jsonb[]) as a(id, agency_id, received_at, household_id, address,"
        " restrictions, facts)",
        place_id,
        [d.id for d in decided],
        [d.agency_id for d in decided],
        [d.received_at for d in decided],
        [d.household_id for d in decided],
        [d.address for d in decided],
        [_array(d.restrictions) for d in decided],
        [d.facts for d in decided],
    )
    mentions = [(d.id, i, p, w) for d in decided for i, (p, w) in enumerate(d.people)]
    await connection.execute(
        "insert into mention (assessment_id, position, place_id, person_id, as_given)"
        " select m.a, m.i, $1, m.p, m.w from unnest($2::uuid[], $3::int[], $4::uuid[], $5::jsonb[])"
        " as m(a, i, p, w)",
        place_id,
        [m[0] for m in mentions],
        [m[1] for m in mentions],
        [m[2] for m in mentions],
        [m[3] for m in mentions],
    )
    await connection.execute(
        "insert into decision (id, assessment_id, place_id, household_id, outcome, rule, weight,"
        " model_version, detail, decided_at) select d.id, d.a, $1, d.h, d.o, d.r, d.w, d.m, d.x, $2"
        " from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::float8[],"
        " $9::text[], $10::jsonb[]) as d(id, a, h, o, r, w, m, x)",
        place_id,
        now,
        [d.decision_id for d in decided],
        [d.id for d in decided],
        [d.household_id for d in decided],
        [d.outcome for d in decided],
        [d.rule for d in decided],
        [d.weight for d in decided],
        [d.model_version for d in decided],
        [d.detail for d in decided],
    )
    await _save_memberships(connection, place_id, decided)


async def _save_memberships(
    connection: Connection, place_id: str, decided: Sequence[DecidedAssessment]
) -> None:
    """Replay the batch's arrivals and departures in order, then write what came of them."""
    opened: dict[tuple[UUID, UUID], tuple[datetime, datetime | None]] = {}
    spells: list[tuple[UUID, UUID, datetime, datetime | None]] = []
    closed: list[tuple[UUID, UUID, datetime]] = []
    for d in decided:
        for person, household in d.left:
            since = opened.pop((person, household), None)
            if since is None:
                closed.append((person, household, d.received_at))
            else:
                spells.append((person, household, since[0], max(since[0], d.received_at)))
        for person, _ in d.people:
            opened.setdefault((person, d.household_id), (d.received_at, None))
    await connection.execute(
        "update membership m set until = greatest(c.at, m.since)"
        " from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as c(person, household, at)"
        " where m.person_id = c.person and m.household_id = c.household and m.until is null",
        [c[0] for c in closed],
        [c[1] for c in closed],
        [c[2] for c in closed],
    )
    spells += [(p, h, since, None) for (p, h), (since, _) in opened.items()]
    await connection.execute(
        "insert into membership (household_id, person_id, since, until, place_id)"
        " select s.h, s.p, s.since, s.until, $1 from unnest($2::uuid[], $3::uuid[],"
        " $4::timestamptz[], $5::timestamptz[]) as s(p, h, since, until)"
        " on conflict do nothing",
        place_id,
        [s[0] for s in spells],
        [s[1] for s in spells],
        [s[2] for s in spells],
        [s[3] for s in spells],
    )


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
