"""Writing what events said: a few statements for a batch, whatever its size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from contracts.envelope import Envelope
from services.kit.db import Connection
from services.operations.journeys import Journey, Said
from services.operations.seen import (
    Acknowledged,
    Assigned,
    Linked,
    Opened,
    Reversed,
    Routed,
    Seen,
)


async def save_events(connection: Connection, seen: Sequence[tuple[Envelope, Seen]]) -> None:
    """List the events of each journey."""
    await connection.execute(
        "insert into journey_event"
        ' (event_id, journey_id, type, time, topic, partition, "offset", subject)'
        " select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[],"
        " $6::int[], $7::bigint[], $8::text[]) on conflict (event_id) do nothing",
        [e.id for e, _ in seen],
        [e.journey_id for e, _ in seen],
        [e.type for e, _ in seen],
        [e.time for e, _ in seen],
        [s.topic for _, s in seen],
        [s.partition for _, s in seen],
        [s.offset for _, s in seen],
        [e.subject for e, _ in seen],
    )


_INSERT = (
    "insert into journey as j (id, place_id, started_at, agency_id, urgency, accepted_at,"
    " review_at, matched_at, decided_at, alerted_at, due_at, acknowledged_at,"
    " acknowledged_by, outcome_at, outcome, outcome_version, outcome_final, household_id,"
    " household_time, household_event, decision, decision_time, decision_event,"
    " front_door_at, front_door_alerted_at, front_door_due_at, front_door_acknowledged_at,"
    " restricted)"
    " select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[],"
    " $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[],"
    " $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[],"
    " $14::timestamptz[], $15::text[], $16::int[], $17::boolean[], $18::uuid[],"
    " $19::timestamptz[], $20::uuid[], $21::text[], $22::timestamptz[], $23::uuid[],"
    " $24::timestamptz[], $25::timestamptz[], $26::timestamptz[], $27::timestamptz[],"
    " $28::boolean[])"
)


async def save_journeys(connection: Connection, journeys: Sequence[Journey]) -> None:
    """Merge into what is known, as :func:`services.operations.journeys.merge` does."""
    await connection.execute(
        f"{_INSERT} on conflict (id) do update set {_MERGE}",
        [j.id for j in journeys],
        [j.place_id for j in journeys],
        [j.started_at for j in journeys],
        [j.agency_id for j in journeys],
        [j.urgency for j in journeys],
        [j.accepted_at for j in journeys],
        [j.review_at for j in journeys],
        [j.matched_at for j in journeys],
        [j.decided_at for j in journeys],
        [j.alerted_at for j in journeys],
        [j.due_at for j in journeys],
        [j.known.at if j.known else None for j in journeys],
        [j.known.by if j.known else None for j in journeys],
        [j.outcome_at for j in journeys],
        [j.outcome.kind if j.outcome else None for j in journeys],
        [j.outcome.version if j.outcome else None for j in journeys],
        [j.outcome.final if j.outcome else None for j in journeys],
        *_said([j.household for j in journeys]),
        *_said([j.decision for j in journeys]),
        [j.front_door_at for j in journeys],
        [j.front_door_alerted_at for j in journeys],
        [j.front_door_due_at for j in journeys],
        [j.front_door_acknowledged_at for j in journeys],
        [j.restricted for j in journeys],
    )


def _said(said: Sequence[Said | None]) -> tuple[list[object], ...]:
    return (
        [s.value if s else None for s in said],
        [s.at if s else None for s in said],
        [s.event_id if s else None for s in said],
    )


def _earliest(*columns: str) -> str:
    return ", ".join(f"{c} = least(j.{c}, excluded.{c})" for c in columns)


def _together(says_when: str, *columns: str) -> str:
    return ", ".join(
        f"{c} = case when {says_when} then excluded.{c} else j.{c} end" for c in columns
    )


# `least` passes over nulls, and a comparison with a null does not replace what is known.
_MERGE = ", ".join(
    (
        _earliest(
            "started_at", "accepted_at", "review_at", "matched_at", "decided_at", "alerted_at",
            "due_at", "outcome_at", "front_door_at", "front_door_alerted_at",
            "front_door_due_at", "front_door_acknowledged_at",
        ),
        "agency_id = coalesce(j.agency_id, excluded.agency_id)",
        "urgency = coalesce(j.urgency, excluded.urgency)",
        "restricted = j.restricted or excluded.restricted",
        _together(
            "j.acknowledged_at is null or (excluded.acknowledged_at, excluded.acknowledged_by)"
            " < (j.acknowledged_at, j.acknowledged_by)",
            "acknowledged_at", "acknowledged_by",
        ),
        _together(
            "j.outcome_version is null or excluded.outcome_version > j.outcome_version",
            "outcome", "outcome_version", "outcome_final",
        ),
        _together(
            "j.household_time is null or (excluded.household_time, excluded.household_event)"
            " > (j.household_time, j.household_event)",
            "household_id", "household_time", "household_event",
        ),
        _together(
            "j.decision_time is null or (excluded.decision_time, excluded.decision_event)"
            " > (j.decision_time, j.decision_event)",
            "decision", "decision_time", "decision_event",
        ),
    )
)  # fmt: skip


async def save_referrals(connection: Connection, opened: Sequence[tuple[Envelope, Opened]]) -> None:
    """List the referrals opened."""
    if not opened:
        return
    await connection.execute(
        "insert into referral (id, journey_id, place_id, household_id, team_id, agency_id,"
        " re_referral, opened_at) select * from unnest($1::uuid[], $2::uuid[], $3::text[],"
        " $4::uuid[], $5::text[], $6::text[], $7::boolean[], $8::timestamptz[])"
        " on conflict (id) do nothing",
        [o.referral_id for _, o in opened],
        [e.journey_id for e, _ in opened],
        [e.place_id for e, _ in opened],
        [o.household_id for _, o in opened],
        [o.team_id for _, o in opened],
        [o.cause.agency_id for _, o in opened],
        [o.re_referral for _, o in opened],
        [e.time for e, _ in opened],
    )


async def save_avoided(connection: Connection, routed: Sequence[tuple[Envelope, Routed]]) -> None:
    """Enter referrals avoided into the ledger: a row for each time an assessment was routed."""
    if not routed:
        return
    await connection.execute(
        "insert into ledger (event_id, assessment_id, household_id, place_id, agency_id,"
        " engagement_id, team_id, key_worker_id, routed_at, would_have_referred_for, decision_id,"
        " match_rule, match_weight, model_version, reasons)"
        " select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[],"
        " $6::uuid[], $7::text[], $8::text[], $9::timestamptz[], $10::text[], $11::uuid[],"
        " $12::text[], $13::float8[], $14::text[], $15::jsonb[])"
        " on conflict (event_id) do nothing",
        [e.id for e, _ in routed],
        [e.journey_id for e, _ in routed],
        [r.household_id for _, r in routed],
        [e.place_id for e, _ in routed],
        [r.cause.agency_id for _, r in routed],
        [r.engagement_id for _, r in routed],
        [r.team_id for _, r in routed],
        [r.key_worker.id for _, r in routed],
        [e.time for e, _ in routed],
        [r.cause.would_have_referred_for for _, r in routed],
        [r.evidence.decision_id for _, r in routed],
        [r.evidence.rule for _, r in routed],
        [r.evidence.weight for _, r in routed],
        [r.evidence.model_version for _, r in routed],
        [{"reasons": list(r.reasons)} for _, r in routed],
    )


async def save_reversals(
    connection: Connection, reversals: Sequence[tuple[Envelope, Reversed]]
) -> None:
    """Keep what takes rows of the ledger back, whichever is heard first."""
    of_engagements = [(e, r) for e, r in reversals if r.engagement_id is not None]
    if not of_engagements:
        return
    await connection.execute(
        "insert into ledger_reversal (event_id, assessment_id, engagement_id, reversed_at)"
        " select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])"
        " on conflict (event_id) do nothing",
        [e.id for e, _ in of_engagements],
        [r.assessment_id for _, r in of_engagements],
        [r.engagement_id for _, r in of_engagements],
        [e.time for e, _ in of_engagements],
    )


async def save_acknowledgements(
    connection: Connection, said: Sequence[tuple[Envelope, Acknowledged]]
) -> None:
    """Keep who said that they know of what was routed to them."""
    if not said:
        return
    await connection.execute(
        "insert into acknowledgement (event_id, assessment_id, acknowledged_by, acknowledged_at)"
        " select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[])"
        " on conflict (event_id) do nothing",
        [e.id for e, _ in said],
        [e.journey_id for e, _ in said],
        [a.acknowledged_by for _, a in said],
        [a.acknowledged_at for _, a in said],
    )


async def save_engagements(
    connection: Connection, assigned: Sequence[tuple[Envelope, Assigned]]
) -> None:
    """Keep which assessment each engagement began with."""
    if not assigned:
        return
    await connection.execute(
        "insert into engagement_start as s (engagement_id, assessment_id, place_id, assigned_at)"
        " select distinct on (1) * from unnest($1::uuid[], $2::uuid[], $3::text[],"
        " $4::timestamptz[]) as e(id, a, p, at) order by 1, at, a"
        " on conflict (engagement_id) do update set assessment_id = excluded.assessment_id,"
        " assigned_at = excluded.assigned_at"
        " where (excluded.assigned_at, excluded.assessment_id) < (s.assigned_at, s.assessment_id)",
        [a.engagement_id for _, a in assigned],
        [e.journey_id for e, _ in assigned],
        [e.place_id for e, _ in assigned],
        [e.time for e, _ in assigned],
    )


async def save_links(
    connection: Connection, linked: Sequence[Linked], undone: Mapping[UUID, datetime]
) -> None:
    """Keep which households are one, and which links were taken back, whichever is heard first."""
    if linked:
        await connection.execute(
            "insert into household_link (link_id, household_id, retired_household_id)"
            " select distinct on (1) * from unnest($1::uuid[], $2::uuid[], $3::uuid[])"
            " on conflict (link_id) do update set household_id = excluded.household_id,"
            " retired_household_id = excluded.retired_household_id",
            [link.link_id for link in linked],
            [link.household_id for link in linked],
            [link.retired_household_id for link in linked],
        )
    if undone:
        await connection.execute(
            "insert into household_link as l (link_id, undone_at)"
            " select * from unnest($1::uuid[], $2::timestamptz[])"
            " on conflict (link_id) do update"
            " set undone_at = least(l.undone_at, excluded.undone_at)",
            list(undone),
            list(undone.values()),
        )


async def save_flow(connection: Connection, events: Mapping[str, int], now: datetime) -> None:
    """Count the events of each topic in the slot of ten seconds that ``now`` is in."""
    slot = now.replace(second=now.second // 10 * 10, microsecond=0)
    topics = sorted(events)  # sorted, so that two processes never wait for each other in a ring
    await connection.execute(
        "insert into flow as f (topic, slot, events)"
        " select t, $2, n from unnest($1::text[], $3::int[]) as e(t, n) order by t"
        " on conflict (topic, slot) do update set events = f.events + excluded.events",
        topics,
        slot,
        [events[topic] for topic in topics],
    )


async def prune_flow(connection: Connection, before: datetime) -> None:
    """Forget the counts of slots before ``before``."""
    await connection.execute("delete from flow where slot < $1", before)
