"""What the other services say of assessments becomes what their agencies are told.

Invariant: one outcome row per assessment; its version counts the statements made, in order. The
rows need no assessment here, so that the topics may be replayed into an empty store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from contracts.alerts import AlertAcknowledgedV1
from contracts.duplication import ReviewRequestedV1
from contracts.envelope import derive_id
from contracts.handovers import HouseholdOfferedV1
from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
)
from contracts.outcomes import AssessmentOutcomeV1
from services.agencies import outcome_store as store
from services.agencies.outcome_store import OutcomeRow, Statement
from services.agencies.outcomes import (
    Acknowledgement,
    Assignment,
    Known,
    Standing,
    assignment_of,
    latest,
    learn,
    stand,
    what_changed,
)
from services.agencies.webhooks import tell
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.outbox import Outgoing

HEARD = (
    ReviewRequestedV1,
    AssessmentRoutedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    FrontDoorNotifiedV1,
    AlertAcknowledgedV1,
)
"""The events that say something of an assessment's outcome."""


@dataclass(slots=True)
class _Heard:
    """What a batch says, by what it says it of, and the event that said so."""

    known: dict[UUID, list[Received]] = field(default_factory=dict)
    agencies: dict[UUID, str] = field(default_factory=dict)
    assigned: dict[UUID, Assignment] = field(default_factory=dict)
    acknowledged: dict[UUID, Acknowledgement] = field(default_factory=dict)
    by_referral: dict[UUID | None, Received] = field(default_factory=dict)
    by_assessment: dict[UUID, Received] = field(default_factory=dict)

    def cause(self, row: OutcomeRow) -> Received:
        """The event of this batch from which a statement about ``row`` follows."""
        own = self.by_assessment.get(row.assessment_id)
        return own or self.by_referral[row.standing.referral_id]


def _hear(batch: Sequence[Received]) -> _Heard:
    heard = _Heard()
    for received in batch:
        event = received.event
        match event:
            case ReviewRequestedV1():
                assessment_id, agency_id = event.assessment_id, event.facts.agency_id
            case (
                AssessmentRoutedV1()
                | HouseholdQueuedV1()
                | HouseholdOfferedV1()
                | KeyWorkerAssignedV1()
                | FrontDoorNotifiedV1()
            ):
                assessment_id, agency_id = event.cause.assessment_id, event.cause.agency_id
            case AlertAcknowledgedV1():
                heard.acknowledged[event.alert_id] = Acknowledgement(
                    assessment_id=event.assessment_id,
                    household_id=event.household_id,
                    kind=event.kind,
                    at=event.acknowledged_at,
                )
                heard.by_assessment[event.assessment_id] = received
                continue
            case _:
                continue
        heard.known.setdefault(assessment_id, []).append(received)
        heard.agencies[assessment_id] = agency_id
        heard.by_assessment[assessment_id] = received
        if isinstance(event, KeyWorkerAssignedV1):
            new = assignment_of(received.envelope.time, received.envelope.id, event)
            heard.assigned[event.referral_id] = latest(heard.assigned.get(event.referral_id), new)
            heard.by_referral[event.referral_id] = received
    return heard


async def on_events(connection: Connection, batch: Sequence[Received]) -> list[Outgoing]:
    """Load, decide, save; one statement for each assessment that stands differently now."""
    heard = _hear(batch)
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
    before = await store.load_outcomes(
        connection,
        heard.by_assessment,
        [r for r in heard.by_referral if r is not None],
        {a.household_id for a in heard.assigned.values()},
    )
    rows = _learn(before, heard)
    waiting = [n for row in rows for n in (row.known.queued, row.known.opened) if n is not None]
    assignments = await store.load_assignments(
        connection,
        referral_ids={n.referral_id for n in waiting if n.referral_id is not None},
        household_ids={n.household_id for n in waiting},
    )
    acknowledgements = await store.load_acknowledgements(
        connection,
        {row.assessment_id for row in rows} | {a.assessment_id for a in assignments},
    )
    after = [
        replace(row, standing=stand(row.assessment_id, row.known, assignments, acknowledgements))
        for row in rows
    ]
    return await _state(connection, before, after, heard)


def _learn(before: Mapping[UUID, OutcomeRow], heard: _Heard) -> list[OutcomeRow]:
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
    return list(rows.values())


async def _state(
    connection: Connection,
    before: Mapping[UUID, OutcomeRow],
    after: Sequence[OutcomeRow],
    heard: _Heard,
) -> list[Outgoing]:
    """Save the rows; state to its agency what is new in each."""
    rows, statements, events = [], [], []
    for row in after:
        old = before.get(row.assessment_id)
        reason = what_changed(old.standing if old else Standing(), row.standing)
        if reason is None:
            rows.append(row)
            continue
        by = heard.cause(row)
        told = replace(row, version=row.version + 1, stated_at=by.now)
        rows.append(told)
        statements.append(Statement(told, reason))
        events.append(_stated(told, by))
    if rows:
        await store.save_outcomes(connection, rows)
    if statements:
        await store.save_statements(connection, statements)
        await tell(connection, statements, events, events[0].time)
    return events


def _stated(row: OutcomeRow, by: Received) -> Outgoing:
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
        ),
        place_id=by.envelope.place_id,
        journey_id=row.assessment_id,
        time=by.now,
        traceparent=by.envelope.traceparent,
    )
