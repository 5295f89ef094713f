"""What the other services say of assessments becomes what their agencies are told.

Invariant: one outcome row per assessment; its version counts the statements made, in order. The
rows need no assessment here, so that the topics may be replayed into an empty store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.envelope import derive_id
from contracts.outcomes import AssessmentOutcomeV1
from services.agencies import engagement_store
from services.agencies import outcome_store as store
from services.agencies.engagements import Engagement, both
from services.agencies.facts import Known, Named, Standing, latest, learn
from services.agencies.hearing import Heard, hear
from services.agencies.outcome_store import OutcomeRow, Statement
from services.agencies.outcomes import disclosed, stand, what_changed
from services.agencies.webhooks import tell
from services.kit.access import find_hidden, find_lifted, learn_access
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.officers import learn_officers
from services.kit.outbox import Outgoing


async def on_events(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
    """Load, decide, save; one statement for each assessment that stands differently now."""
    heard = hear(batch)
    await learn_access(connection, [received.event for received in batch])
    await learn_officers(connection, batch)
    if heard.acknowledged:
        await store.save_acknowledgements(
            connection, list(heard.acknowledged), list(heard.acknowledged.values())
        )
        acknowledged = {a.assessment_id: None for a in heard.acknowledged.values()}
        for assignment in await store.load_assignments(connection, assessment_ids=acknowledged):
            by = heard.by_assessment[assignment.assessment_id]
            heard.by_referral.setdefault(assignment.referral_id, by)
    if heard.assigned:
        for old in await store.load_assignments(connection, referral_ids=heard.assigned):
            newest = latest(old, heard.assigned[old.referral_id])
            heard.assigned[old.referral_id] = newest
        await store.save_assignments(connection, list(heard.assigned.values()))
    if heard.engagements:
        for said in await engagement_store.load_engagements(
            connection, engagement_ids=heard.engagements
        ):
            now = heard.engagements[said.engagement_id]
            heard.engagements[said.engagement_id] = both(said, now)
        await engagement_store.save_engagements(connection, list(heard.engagements.values()))
    joined: set[UUID] = set()
    if heard.kept:
        # Who waited on a referral that stands on its own again is found by the one it had joined.
        joined = set((await engagement_store.load_kept(connection, heard.kept)).values())
        await engagement_store.save_kept(connection, heard.kept)
    before = await store.load_outcomes(
        connection,
        heard.by_assessment,
        heard.by_referral.keys() | joined,
        {a.household_id for a in heard.assigned.values()},
        heard.by_engagement,
        heard.by_household,
    )
    rows = _learn(before, heard)
    after = await _standings(connection, rows, batch[0].now)
    return await _state(connection, before, after, heard)


async def _standings(
    connection: Connection, rows: Sequence[OutcomeRow], now: datetime
) -> list[OutcomeRow]:
    """Each row as it stands, by all that is known, and as far as its agency may know."""
    waiting = [n for row in rows for n in (row.known.queued, row.known.opened) if n is not None]
    referrals = {n.referral_id for n in waiting if n.referral_id is not None}
    kept = await engagement_store.load_kept(connection, referrals) if referrals else {}
    assignments = await store.load_assignments(
        connection,
        referral_ids=referrals | set(kept.values()),
        household_ids={n.household_id for n in waiting},
    )
    named = [
        n
        for row in rows
        for n in (row.known.opened, row.known.routed, row.known.possible, row.known.moved)
        if n is not None
    ]
    engagements = await _engagements(connection, [*named, *assignments])
    homes = {e.household_id for e in engagements.values() if e.has_ended and e.ended_by_link}
    homes |= {e.held.left for e in engagements.values() if e.held and e.held.left}
    if homes:
        # Of two that became one household, the other's key worker is whom to call.
        assignments += await store.load_assignments(connection, household_ids=homes)
        at_home = await engagement_store.load_engagements(connection, household_ids=homes)
        engagements |= {e.engagement_id: e for e in at_home}
        engagements |= await _engagements(connection, assignments)
    acknowledgements = await store.load_acknowledgements(
        connection,
        {row.assessment_id for row in rows} | {a.assessment_id for a in assignments},
    )
    standings = {
        row.assessment_id: stand(
            row.assessment_id, row.known, assignments, acknowledgements, engagements, kept
        )
        for row in rows
    }
    homes = {s.household_id for s in standings.values() if s.household_id is not None}
    hidden = await find_hidden(connection, None, homes, now)
    lifted = await find_lifted(
        connection, [row.assessment_id for row in rows if row.known.restricted]
    )
    return [
        replace(
            row,
            standing=disclosed(
                row.known,
                standings[row.assessment_id],
                hidden,
                lifted=row.assessment_id in lifted,
            ),
        )
        for row in rows
    ]


async def _engagements(connection: Connection, named: Sequence[Named]) -> dict[UUID, Engagement]:
    ids = {n.engagement_id for n in named if n.engagement_id is not None}
    if not ids:
        return {}
    found = await engagement_store.load_engagements(connection, engagement_ids=ids)
    return {e.engagement_id: e for e in found}


def _learn(before: Mapping[UUID, OutcomeRow], heard: Heard) -> list[OutcomeRow]:
    """Every row the batch may change, with what is known of it now."""
    rows = dict(before)
    for assessment_id, told in heard.known.items():
        row = rows.get(assessment_id) or OutcomeRow(
            assessment_id, heard.agencies[assessment_id], Known(), Standing(), 0, None
        )
        known = row.known
        for received in told:
            known = learn(known, received.envelope.time, received.envelope.id, received.event)
        rows[assessment_id] = replace(row, known=known)
    for assessment_id in heard.moved.keys() & rows.keys():
        row, told_so = rows[assessment_id], heard.moved[assessment_id].envelope
        known = learn(row.known, told_so.time, told_so.id, heard.moved[assessment_id].event)
        rows[assessment_id] = replace(row, known=known)
    return list(rows.values())


async def _state(
    connection: Connection,
    before: Mapping[UUID, OutcomeRow],
    after: Sequence[OutcomeRow],
    heard: Heard,
) -> list[Outgoing]:
    """Save the rows; state to its agency what is new in each."""
    rows, statements, events = [], [], []
    for row in after:
        old = before.get(row.assessment_id)
        reason = what_changed(old.standing if old else Standing(), row.standing)
        if reason is None:
            rows.append(row)
            continue
        by = heard.cause(old, row)
        told = replace(row, version=row.version + 1, stated_at=by.now)
        rows.append(told)
        statements.append(Statement(told, reason))
        events.append(_stated(told, reason, by))
    if rows:
        await store.save_outcomes(connection, rows)
    if statements:
        await store.save_statements(connection, statements)
        await tell(connection, statements, events, events[0].time)
    return events


def _stated(row: OutcomeRow, reason: str, by: Received) -> Outgoing:
    standing = row.standing
    assert standing.kind is not None
    return Outgoing(
        id=derive_id(by.envelope.id, AssessmentOutcomeV1.TYPE, row.assessment_id),
        event=AssessmentOutcomeV1(
            assessment_id=row.assessment_id,
            agency_id=row.agency_id,
            outcome=standing.kind,
            final=standing.final,
            version=row.version,
            stated_at=by.now,
            contact=standing.contact,
            front_door=standing.front_door,
            acknowledged_at=standing.acknowledged_at,
            reason=reason,
        ),
        place_id=by.envelope.place_id,
        journey_id=row.assessment_id,
        time=by.now,
        traceparent=by.envelope.traceparent,
    )
