"""SQL of the deciding: load what a batch needs. Lists in, lists out.

One statement per table, however large the batch is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from contracts.duplication import MatchEvidence, RoutingFacts
from contracts.keyworkers import Cause
from contracts.vocabulary import Severity
from services.keyworkers.situation import (
    Engagement,
    Load,
    Referral,
    Route,
    RouteState,
)
from services.kit.db import Connection, Row, one


async def load_households_of(
    connection: Connection, person_ids: Collection[UUID]
) -> dict[UUID, set[UUID]]:
    """By person: the households they have been seen in."""
    rows = await connection.fetch(
        "select person_id, household_id from household_person where person_id = any($1::uuid[])",
        list(person_ids),
    )
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for row in rows:
        found[row["person_id"]].add(row["household_id"])
    return found


async def load_engagements(
    connection: Connection, household_ids: Collection[UUID]
) -> dict[UUID, list[Engagement]]:
    """Active and ended engagements by household, oldest first."""
    rows = await connection.fetch(
        "select e.engagement_id, e.household_id, e.referral_id, e.team_id, e.key_worker_id,"
        " e.started_at, e.ended_at,"
        " coalesce(h.held_by, '{}') as held_by, coalesce(h.held_until, '{}') as held_until"
        " from engagement e left join lateral (select"
        "  array_agg(from_key_worker_id order by decided_at) as held_by,"
        "  array_agg(decided_at order by decided_at) as held_until"
        "  from handover where engagement_id = e.engagement_id and state = 'accepted') h on true"
        " where e.household_id = any($1::uuid[]) order by e.started_at, e.engagement_id",
        list(household_ids),
    )
    found: dict[UUID, list[Engagement]] = defaultdict(list)
    for row in rows:
        values = dict(row)
        before = tuple(zip(values.pop("held_by"), values.pop("held_until"), strict=True))
        found[row["household_id"]].append(Engagement(**values, held_before=before))
    return found


async def load_waiting(
    connection: Connection, household_ids: Collection[UUID]
) -> dict[UUID, Referral]:
    """Referrals that wait for a key worker, by household."""
    rows = await connection.fetch(
        "select * from waiting_list where household_id = any($1::uuid[])",
        list(household_ids),
    )
    return {row["household_id"]: referral_of(row) for row in rows}


async def load_referral(connection: Connection, referral_id: UUID) -> Referral:
    """One referral, as it was opened."""
    row = await connection.fetchrow("select * from referral where referral_id = $1", referral_id)
    return referral_of(one(row, "referral"))


async def load_waiting_of(connection: Connection, referral_ids: Collection[UUID]) -> list[Referral]:
    """Those of the referrals that still wait for a key worker, in turn."""
    rows = await connection.fetch(
        "select * from waiting_list where referral_id = any($1::uuid[])"
        " order by severity_order, opened_at, referral_id",
        list(referral_ids),
    )
    return [referral_of(row) for row in rows]


async def load_routes(
    connection: Connection, assessment_ids: Collection[UUID]
) -> dict[UUID, Route]:
    """What became of these assessments so far."""
    rows = await connection.fetch(
        "select assessment_id, state, household_id, referral_id, engagement_id, referral_avoided,"
        " front_door, severity, cause, evidence, reasons, traceparent, facts"
        " from assessment_route where assessment_id = any($1::uuid[])",
        list(assessment_ids),
    )
    return {row["assessment_id"]: route_of(row) for row in rows}


async def load_loads(
    connection: Connection, members: Sequence[tuple[str, str, str]]
) -> tuple[dict[tuple[str, str], Load], set[tuple[str, str]]]:
    """What key workers (place, team and id) carry, and which of their teams have a waiting list.

    By place and key worker, one who carries nothing included; and places and teams.
    """
    if not members:
        return {}, set()
    rows = await connection.fetch(
        "select k.place_id, k.team_id, k.id,"
        " (select coalesce(sum(e.intensity), 0) from engagement e where e.place_id = k.place_id"
        "  and e.key_worker_id = k.id and e.ended_at is null) as households,"
        " greatest((select max(e.started_at) from engagement e where e.place_id = k.place_id"
        "  and e.key_worker_id = k.id),"
        # Of a household that was erased the day is kept.
        "  (select max(x.started_on)::timestamp at time zone 'UTC' from erased_engagement x"
        "  where x.place_id = k.place_id and x.key_worker_id = k.id)) as last_assigned_at,"
        " array(select c.household_id from conflict c where c.place_id = k.place_id"
        "  and c.key_worker_id = k.id) as conflicts,"
        " exists(select from referral r where r.place_id = k.place_id and r.team_id = k.team_id"
        "  and r.engagement_id is null and r.closed_at is null and r.claim_by is null) as crowded"
        " from unnest($1::text[], $2::text[], $3::text[]) as k(place_id, team_id, id)",
        *(list(column) for column in zip(*members, strict=True)),
    )
    loads = {
        (row["place_id"], row["id"]): Load(
            row["households"], row["last_assigned_at"], frozenset(row["conflicts"])
        )
        for row in rows
    }
    return loads, {(row["place_id"], row["team_id"]) for row in rows if row["crowded"]}


async def load_waiting_teams(connection: Connection) -> list[tuple[str, str]]:
    """Places and teams with a waiting list. What is offered waits for its team first."""
    rows = await connection.fetch(
        "select distinct place_id, team_id from waiting_list where claim_by is null"
    )
    return [(row["place_id"], row["team_id"]) for row in rows]


async def load_places_unfollowed(connection: Connection) -> list[str]:
    """Places with assessments queued with a referral that has its key worker by now."""
    rows = await connection.fetch(
        "select distinct a.place_id from assessment_route a join referral r using (referral_id)"
        " where a.state = 'queued' and r.engagement_id is not null"
    )
    return [row["place_id"] for row in rows]


async def load_first_waiting(
    connection: Connection, place_id: str, team_ids: Sequence[str], most: Sequence[int]
) -> list[Referral]:
    """The first ``most`` of each team's waiting list: most urgent, then oldest."""
    rows = await connection.fetch(
        "select w.* from unnest($2::text[], $3::int[]) as t(id, most),"
        " lateral (select * from waiting_list w"
        "  where w.place_id = $1 and w.team_id = t.id and w.claim_by is null"
        "  order by w.severity_order, w.opened_at, w.referral_id limit t.most) w",
        place_id,
        list(team_ids),
        list(most),
    )
    return [referral_of(row) for row in rows]


async def load_unfollowed(
    connection: Connection, place_id: str, household_ids: Collection[UUID] | None = None
) -> tuple[list[Route], dict[UUID, Engagement], dict[UUID, UUID]]:
    """Assessments queued with a referral that has its key worker by now: of these households, or
    of all in the place.

    With them, by referral: the engagement, and the assessment that opened the referral.
    """
    rows = await connection.fetch(
        "select a.assessment_id, a.state, a.household_id, a.referral_id, a.referral_avoided,"
        " a.front_door, a.severity, a.cause, a.evidence, a.reasons, a.traceparent,"
        " a.engagement_id, a.facts, r.assessment_id as opened_by,"
        " e.engagement_id as e_engagement_id,"
        " e.household_id as e_household_id, e.team_id as e_team_id,"
        " e.key_worker_id as e_key_worker_id, e.started_at as e_started_at"
        " from assessment_route a join referral r using (referral_id)"
        " join engagement e on e.engagement_id = r.engagement_id"
        " where a.state = 'queued' and a.place_id = $1"
        " and ($2::uuid[] is null or a.household_id = any($2))"
        " order by a.received_at, a.assessment_id",
        place_id,
        None if household_ids is None else list(household_ids),
    )
    engagements = {
        row["referral_id"]: Engagement(
            row["e_engagement_id"],
            row["e_household_id"],
            row["referral_id"],
            row["e_team_id"],
            row["e_key_worker_id"],
            row["e_started_at"],
        )
        for row in rows
    }
    causes = {row["referral_id"]: row["opened_by"] for row in rows}
    return [route_of(row) for row in rows], engagements, causes


def referral_of(row: Row) -> Referral:
    """The referral in a row of its table or of the waiting list."""
    return Referral(
        referral_id=row["referral_id"],
        household_id=row["household_id"],
        team_id=row["team_id"],
        cause=Cause.model_validate(row["cause"]),
        severity=Severity(row["severity"]),
        opened_at=row["opened_at"],
        languages=tuple(row["languages"]),
        skills=tuple(row["skills"]),
        re_referral=row["re_referral"],
        reasons=tuple(row["reasons"]),
        known_households=frozenset(UUID(h) for h in row["known_households"]),
        engagement_id=row["engagement_id"],
        assigned_at=row["assigned_at"],
        claim_by=row["claim_by"],
        traceparent=row["traceparent"],
    )


def route_of(row: Row) -> Route:
    """What became of an assessment, in a row of its table."""
    return Route(
        assessment_id=row["assessment_id"],
        state=RouteState(row["state"]),
        cause=Cause.model_validate(row["cause"]),
        evidence=MatchEvidence.model_validate(row["evidence"]),
        severity=Severity(row["severity"]),
        front_door=row["front_door"],
        household_id=row["household_id"],
        referral_id=row["referral_id"],
        engagement_id=row["engagement_id"],
        referral_avoided=row["referral_avoided"],
        reasons=tuple(row["reasons"]),
        traceparent=row["traceparent"],
        facts=RoutingFacts.model_validate(row["facts"]) if row["facts"] else None,
    )
