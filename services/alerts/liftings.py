"""Alerts that ask whether a restriction be lifted, and that say what was answered: whose they are,
and when nobody need answer.

Invariant: whoever is asked may answer: where the household goes to another team, or to none, the
lead who was asked may no more, and the next one is asked instead.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from contracts.keyworkers import Recipient
from contracts.restrictions import LiftingClosedV1, RestrictionRestoredV1
from contracts.vocabulary import AlertKind, LiftingOutcome, RecipientKind, ReversalReason
from services.alerts import store_following
from services.alerts.policy import Policies
from services.alerts.settling import handed_on, known_to, take_back
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.outbox import Outgoing

OF_LIFTINGS = frozenset({AlertKind.LIFTING, AlertKind.LIFTING_AGREED, AlertKind.LIFTING_DECLINED})
"""Of no assessment in particular: there is nobody to have spoken to, and nothing to hand over."""


async def to_next_lead(
    connection: Connection,
    policies: Policies,
    item: Received,
    household_id: UUID,
    lead: Recipient | None,
) -> list[Outgoing]:
    """The household is of ``lead``'s team from now on; None: of no team, so that the privacy
    officers alone may answer."""
    moved = []
    for alert in await store_following.lock_of_household(
        connection, household_id, [AlertKind.LIFTING]
    ):
        officers = [r for r in alert.plan if r.kind is RecipientKind.PRIVACY_OFFICER]
        to = lead or next(iter(officers), None)
        if alert.recipient.kind is not RecipientKind.TEAM_LEAD or to is None:
            continue
        if to.id == alert.recipient.id:
            continue
        due = policies.of(alert.place_id).escalate_by(alert.severity, item.envelope.time)
        after = replace(handed_on(alert, to, alert.plan[alert.step :]), due_at=due)
        await store_following.save_recipient(connection, alert, after)
        moved.append(after)
    return [item.emit(alert.moved(), alert.id) for alert in moved]


async def close(connection: Connection, item: Received, event: LiftingClosedV1) -> list[Outgoing]:
    """Whoever agrees or declines has said that they know; what was taken back needs no answer."""
    asked = await store_following.lock_of_household(
        connection, event.household_id, [AlertKind.LIFTING]
    )
    if event.outcome is LiftingOutcome.WITHDRAWN or event.closed_by is None:
        return await take_back(connection, item, asked, ReversalReason.LIFTING_WITHDRAWN)
    return await known_to(connection, item, asked, event.closed_by)


async def restricted_again(
    connection: Connection, item: Received, event: RestrictionRestoredV1
) -> list[Outgoing]:
    """Whoever was to hear that the household is restricted no longer would hear what is not so."""
    found = await store_following.lock_of_assessments(
        connection, event.assessment_ids, [AlertKind.LIFTING_AGREED]
    )
    return await take_back(connection, item, found, ReversalReason.RESTRICTED_AGAIN)
