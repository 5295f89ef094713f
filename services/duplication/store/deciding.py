"""What a batch came to, written: what the matcher knows by then, decisions and reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import orjson

from services.duplication.profile import dump_homes
from services.duplication.records import DecidedAssessment, OpenedReview
from services.duplication.residence import dump_residents
from services.duplication.state import Changes
from services.duplication.store.matching import salt
from services.kit.db import Connection


def array(values: Sequence[object]) -> str:
    """An array literal of ids or words: an array of arrays is something else to PostgreSQL."""
    return "{" + ",".join(str(value) for value in values) + "}"


def _json(value: object) -> str:
    """JSON text, for lists, which the driver would take for arrays."""
    return orjson.dumps(value).decode()


async def save_changes(
    connection: Connection, place_id: str, changes: Changes, now: datetime
) -> None:
    """Write what the fold changed: people, households, keys, counts."""
    people, households, keys, counts = changes
    terms, own = sorted(counts), salt(place_id)
    await connection.execute(
        "with saved_people as (insert into person (id, place_id, profile, households, mentions)"
        " select p.id, $1, p.profile, p.households::uuid[], p.mentions"
        " from unnest($2::uuid[], $3::text[], $4::text[], $5::int[])"
        " as p(id, profile, households, mentions)"
        " on conflict (id) do update set profile = excluded.profile,"
        " households = excluded.households, mentions = excluded.mentions),"
        " saved_households as (insert into household"
        " (id, place_id, homes, members, residents, provisional, first_seen, restrictions,"
        " alleged) select h.id, $1, h.homes, h.members::uuid[], h.residents, h.provisional, $6,"
        " h.restrictions::text[], h.alleged::uuid[]"
        " from unnest($7::uuid[], $8::text[], $9::text[], $15::text[], $10::bool[], $16::text[],"
        " $17::text[]) as h(id, homes, members, residents, provisional, restrictions, alleged)"
        " on conflict (id) do update set homes = excluded.homes, members = excluded.members,"
        " residents = excluded.residents, provisional = excluded.provisional,"
        " restrictions = excluded.restrictions, alleged = excluded.alleged),"
        " saved_keys as (insert into block_key (key, person_id)"
        " select key, f.person from unnest($11::uuid[], $12::text[]) as f(person, keys),"
        " unnest(f.keys::bigint[]) as key on conflict do nothing)"
        " insert into term_frequency (term, count)"
        " select * from unnest($13::bigint[], $14::int[])"
        " on conflict (term) do update set count = term_frequency.count + excluded.count",
        place_id,
        [p.id for p in people],
        [p.profile.dump() for p in people],
        [array(p.households) for p in people],
        [p.mentions for p in people],
        now,
        [h.id for h in households],
        [dump_homes(h.homes) for h in households],
        [array(h.members) for h in households],
        [h.provisional for h in households],
        [person for person, _ in keys],
        [array([key ^ own for key in new]) for _, new in keys],
        [term ^ own for term in terms],
        [counts[term] for term in terms],
        [dump_residents(h.residents.values()) for h in households],
        [array(h.restrictions) for h in households],
        [array(h.alleged) for h in households],
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
        # Whoever left had been there from before the batch: then that spell has been closed.
        " where s.until is null or not exists (select from membership m where m.household_id = s.h"
        " and m.person_id = s.p and m.since <= s.since and m.until >= s.until)"
        " on conflict do nothing",
        place_id,
        now,
        [d.id for d in decided],
        [d.agency_id for d in decided],
        [d.received_at for d in decided],
        [d.household_id for d in decided],
        [d.address for d in decided],
        [array(d.restrictions) for d in decided],
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
    """The batch's arrivals and departures, replayed in order: the spells that may begin in it, and
    those from before it that may end, by person, household and when."""
    opened: dict[tuple[UUID, UUID], datetime] = {}
    closed: dict[tuple[UUID, UUID], datetime] = {}
    spells: list[_Spell] = []
    for d in decided:
        for person, household in d.left:
            # The first to leave in the batch may have been there from before it.
            closed.setdefault((person, household), d.received_at)
            since = opened.pop((person, household), None)
            if since is not None:
                spells.append((person, household, since, max(since, d.received_at)))
        for person, _ in d.people:
            if person in d.elsewhere:
                continue
            opened.setdefault((person, d.household_id), d.received_at)
    spells += [(p, h, since, None) for (p, h), since in opened.items()]
    return spells, [(person, household, at) for (person, household), at in closed.items()]


async def save_reviews(
    connection: Connection, place_id: str, reviews: Sequence[OpenedReview], now: datetime
) -> set[tuple[UUID, UUID]]:
    """Open review cases; those that are new, with the assessment of each. The first one asks."""
    if not reviews:
        return set()
    rows = await connection.fetch(
        "insert into review_case (id, assessment_id, place_id, household_id, candidates, urgency,"
        " opened_at, due_at, event_id, journey_id, kind, why)"
        " select r.id, r.a, $1, r.h, r.c::jsonb, r.u, $2, r.due, r.e, r.j, r.k, r.w from"
        " unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[],"
        " $9::uuid[], $10::uuid[], $11::text[], $12::text[]) as r(id, a, h, c, u, due, e, j, k, w)"
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
        [r.why for r in reviews],
    )
    return {(row["id"], row["assessment_id"]) for row in rows}
