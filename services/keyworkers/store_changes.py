"""SQL of the deciding: save what a batch changed, one statement per table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from services.keyworkers.severity import ORDER
from services.keyworkers.situation import Changes
from services.kit.db import Connection


async def save_changes(connection: Connection, place_id: str, changes: Changes) -> None:
    """Everything one place's batch changed. The unique indexes have the last word."""
    await _save_referrals(connection, place_id, changes)
    await _save_engagements(connection, place_id, changes)
    await _save_rankings(connection, changes)
    await _save_routes(connection, place_id, changes)
    await _save_people(connection, place_id, changes)
    await _save_reviews(connection, place_id, changes)


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _words(values: Sequence[Any]) -> str:
    """A JSON list as text: inside an array parameter the driver takes a list for a dimension."""
    return orjson.dumps(values).decode()


async def _save_referrals(connection: Connection, place_id: str, changes: Changes) -> None:
    if not changes.referrals:
        return
    await connection.execute(
        "insert into referral (place_id, referral_id, household_id, team_id, assessment_id, cause,"
        " severity, severity_order, re_referral, languages, skills, known_households, reasons,"
        " traceparent, opened_at, engagement_id, assigned_at, claim_by)"
        " select $1, r.id, r.household, r.team, r.assessment, r.cause, r.severity, r.turn,"
        " r.again, r.languages::jsonb, r.skills::jsonb, r.known::jsonb, r.reasons::jsonb,"
        " r.trace, r.opened, r.engagement, r.assigned, r.claim_by"
        " from unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::jsonb[], $7::text[],"
        " $8::smallint[], $9::boolean[], $10::text[], $11::text[], $12::text[], $13::text[],"
        " $14::text[], $15::timestamptz[], $16::uuid[], $17::timestamptz[], $18::timestamptz[])"
        " as r(id, household, team, assessment, cause, severity, turn, again, languages, skills,"
        " known, reasons, trace, opened, engagement, assigned, claim_by)"
        " on conflict (referral_id) do update set severity = excluded.severity,"
        " severity_order = excluded.severity_order, known_households = excluded.known_households,"
        " engagement_id = excluded.engagement_id, assigned_at = excluded.assigned_at,"
        " claim_by = excluded.claim_by",
        place_id,
        *_columns(
            (
                r.referral_id,
                r.household_id,
                r.team_id,
                r.cause.assessment_id,
                r.cause.model_dump(mode="json", exclude_none=True),
                r.severity.value,
                ORDER[r.severity],
                r.re_referral,
                _words(r.languages),
                _words(r.skills),
                _words(sorted(str(h) for h in r.known_households)),
                _words(r.reasons),
                r.traceparent,
                r.opened_at,
                r.engagement_id,
                r.assigned_at,
                r.claim_by,
            )
            for r in changes.referrals.values()
        ),
    )


async def _save_engagements(connection: Connection, place_id: str, changes: Changes) -> None:
    if not changes.engagements:
        return
    await connection.execute(
        "insert into engagement (place_id, engagement_id, household_id, referral_id, team_id,"
        " key_worker_id, started_at) select $1, * from unnest($2::uuid[], $3::uuid[], $4::uuid[],"
        " $5::text[], $6::text[], $7::timestamptz[])",
        place_id,
        *_columns(
            (
                e.engagement_id,
                e.household_id,
                e.referral_id,
                e.team_id,
                e.key_worker_id,
                e.started_at,
            )
            for e in changes.engagements.values()
        ),
    )


async def _save_rankings(connection: Connection, changes: Changes) -> None:
    if not changes.rankings:
        return
    await connection.execute(
        "insert into assignment_reason (engagement_id, rank, key_worker_id, eligible, reasons)"
        " select r.engagement, r.rank, r.key_worker, r.eligible, r.reasons::jsonb"
        " from unnest($1::uuid[], $2::smallint[], $3::text[], $4::boolean[], $5::text[])"
        " as r(engagement, rank, key_worker, eligible, reasons)",
        *_columns(
            (engagement_id, r.rank, r.key_worker_id, r.eligible, _words(r.reasons))
            for engagement_id, ranking in changes.rankings.items()
            for r in ranking
        ),
    )


async def _save_routes(connection: Connection, place_id: str, changes: Changes) -> None:
    if not changes.routes:
        return
    await connection.execute(
        "insert into assessment_route (place_id, assessment_id, state, household_id, referral_id,"
        " engagement_id, referral_avoided, front_door, severity, cause, evidence, reasons,"
        " traceparent, received_at, facts)"
        " select $1, r.id, r.state, r.household, r.referral, r.engagement, r.avoided,"
        " r.front_door, r.severity, r.cause, r.evidence, r.reasons::jsonb, r.trace, r.received,"
        " r.facts"
        " from unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::boolean[],"
        " $8::boolean[], $9::text[], $10::jsonb[], $11::jsonb[], $12::text[], $13::text[],"
        " $14::timestamptz[], $15::jsonb[]) as r(id, state, household, referral, engagement,"
        " avoided, front_door, severity, cause, evidence, reasons, trace, received, facts)"
        " on conflict (assessment_id) do update set state = excluded.state,"
        " household_id = excluded.household_id, referral_id = excluded.referral_id,"
        " engagement_id = excluded.engagement_id, referral_avoided = excluded.referral_avoided,"
        " front_door = excluded.front_door, severity = excluded.severity,"
        " evidence = excluded.evidence, reasons = excluded.reasons,"
        " facts = coalesce(excluded.facts, assessment_route.facts)",
        place_id,
        *_columns(
            (
                r.assessment_id,
                r.state.value,
                r.household_id,
                r.referral_id,
                r.engagement_id,
                r.referral_avoided,
                r.front_door,
                r.severity.value,
                r.cause.model_dump(mode="json", exclude_none=True),
                r.evidence.model_dump(mode="json", exclude_none=True),
                _words(r.reasons),
                r.traceparent,
                r.cause.received_at,
                r.facts and r.facts.model_dump(mode="json", exclude_none=True),
            )
            for r in changes.routes.values()
        ),
    )


async def _save_people(connection: Connection, place_id: str, changes: Changes) -> None:
    if not changes.seen:
        return
    pairs = sorted(changes.seen)
    await connection.execute(
        "insert into household_person (place_id, household_id, person_id)"
        " select $1, * from unnest($2::uuid[], $3::uuid[]) on conflict do nothing",
        place_id,
        [household_id for household_id, _ in pairs],
        [person_id for _, person_id in pairs],
    )


async def _save_reviews(connection: Connection, place_id: str, changes: Changes) -> None:
    if changes.pending:
        await connection.execute(
            "insert into pending_review (place_id, review_id, assessment_id, due_at, candidates,"
            " facts, evidence, traceparent, state)"
            " select $1, r.id, r.assessment, r.due, r.candidates::jsonb, r.facts, r.evidence,"
            " r.trace, 'pending' from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[],"
            " $6::jsonb[], $7::jsonb[], $8::text[])"
            " as r(id, assessment, due, candidates, facts, evidence, trace)"
            " on conflict (review_id) do nothing",
            place_id,
            *_columns(
                (
                    r.review_id,
                    r.assessment_id,
                    r.due_at,
                    _words([c.model_dump(mode="json") for c in r.candidates]),
                    r.facts.model_dump(mode="json", exclude_none=True),
                    r.evidence.model_dump(mode="json", exclude_none=True),
                    r.traceparent,
                )
                for r in changes.pending.values()
            ),
        )
    if changes.told or changes.reviewed:
        await connection.execute(
            "update pending_review set state ="
            " case when review_id = any($2::uuid[]) then 'reviewed' else 'told' end"
            " where review_id = any($1::uuid[] || $2::uuid[]) and state <> 'reviewed'",
            list(changes.told - changes.reviewed),
            list(changes.reviewed),
        )
