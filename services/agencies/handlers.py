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
from services.agencies.erasing import erase, leave_out_erased
from services.agencies.facts import Known, Standing, learn
from services.agencies.hearing import Heard, hear
from services.agencies.outcome_store import OutcomeRow, Statement
from services.agencies.outcomes import decided, disclosed, stand, what_changed
from services.agencies.webhooks import tell
from services.kit.access import find_hidden, find_lifted, learn_access
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.erased import follow_erasures
from services.kit.officers import learn_officers
from services.kit.outbox import Outgoing


async def on_events(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
    """Load, decide, save; one statement for each assessment that stands differently now."""
    await follow_erasures(connection, batch, erase)
    heard = hear(batch)
    await leave_out_erased(connection, heard)
    await learn_access(connection, [received.event for received in batch])
    await learn_officers(connection, batch)
    if heard.acknowledged:
        await store.save_acknowledgements(
            connection, list(heard.acknowledged), list(heard.acknowledged.values())
        )
    if heard.engagements:
        for said in await engagement_store.load_engagements(
            connection, engagement_ids=heard.engagements
        ):
            now = heard.engagements[said.engagement_id]
            heard.engagements[said.engagement_id] = both(said, now)
        await engagement_store.save_engagements(connection, list(heard.engagements.values()))
    before = await store.load_outcomes(
        connection, heard.by_assessment, heard.by_engagement, heard.by_household
    )
    after = await _standings(connection, _learn(before, heard), batch[0].now)
    return await _state(connection, before, after, heard)


async def _standings(
    connection: Connection, rows: Sequence[OutcomeRow], now: datetime
) -> list[OutcomeRow]:
    """Each row as it stands, by all that is known, and as far as its agency may know."""
    engagements = await _engagements(connection, [row.known for row in rows])
    acknowledgements = await store.load_acknowledgements(
        connection, {row.assessment_id for row in rows}
    )
    standings = {
        row.assessment_id: stand(row.assessment_id, row.known, engagements, acknowledgements)
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


async def _engagements(connection: Connection, known: Sequence[Known]) -> dict[UUID, Engagement]:
    """What was said of those that the assessments went to; where a link has ended one, of all that
    the household has."""
    rest = [(d.household_id, d.named.engagement_id) for d in map(decided, known) if d.named]
    own = {engagement_id for _, engagement_id in rest if engagement_id is not None}
    if not own:
        return {}
    found = await engagement_store.load_engagements(connection, engagement_ids=own)
    ended = {one.engagement_id for one in found if one.ended_by_link}
    homes = {home for home, engagement_id in rest if home and engagement_id in ended}
    if homes:
        found += await engagement_store.load_engagements(connection, household_ids=homes)
    return {one.engagement_id: one for one in found}


def _learn(before: Mapping[UUID, OutcomeRow], heard: Heard) -> list[OutcomeRow]:
    """Every row the batch may change, with what is known of it now."""
    rows = dict(before)
    for assessment_id, agency_id in heard.agencies.items():
        if assessment_id not in rows:
            rows[assessment_id] = OutcomeRow(assessment_id, agency_id, Known(), Standing(), 0, None)
    for assessment_id in heard.known.keys() & rows.keys():
        row = rows[assessment_id]
        known = row.known
        for received in heard.known[assessment_id]:
            known = learn(known, received.envelope.time, received.envelope.id, received.event)
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
