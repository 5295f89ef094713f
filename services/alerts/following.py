"""Open alerts follow their household: to its next key worker, to another household, or away.

Invariant: an alert is never dropped. It is withdrawn only where keyworkers takes back what it said
(and says anew what holds instead), and a front door's alert is never withdrawn at all.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from contracts.alerts import AlertMovedV1, AlertWithdrawnV1
from contracts.envelope import Event
from contracts.handovers import (
    HandoverDeclinedV1,
    HouseholdMovedV1,
    KeyWorkerChangedV1,
    ReferralClosedV1,
    RoutingReversedV1,
)
from contracts.keyworkers import Recipient
from contracts.vocabulary import AlertKind
from services.alerts import store, store_following
from services.alerts.escalation import Answer, OpenAlert, acknowledged
from services.alerts.policy import Policies
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.outbox import Outgoing

KEY_WORKERS = (
    AlertKind.ASSIGNED,
    AlertKind.ROUTED,
    AlertKind.POSSIBLE_MATCH,
    AlertKind.CHANGED,
)
"""Alerts that are the key worker's, and go to the next one."""
WITHDRAWABLE = (
    AlertKind.ASSIGNED,
    AlertKind.ROUTED,
    AlertKind.POSSIBLE_MATCH,
    AlertKind.QUEUED,
    AlertKind.OFFERED,
)
"""Alerts that say where an assessment went. A front door's is not among them: never suppress."""
FOLLOWED = (
    KeyWorkerChangedV1,
    RoutingReversedV1,
    HouseholdMovedV1,
    ReferralClosedV1,
    HandoverDeclinedV1,
)


def is_followed(event: Event) -> bool:
    """Whether open alerts may have to follow this event."""
    return isinstance(event, FOLLOWED)


async def follow(connection: Connection, policies: Policies, item: Received) -> list[Outgoing]:
    """Change the open alerts that one event is about."""
    match item.event:
        case KeyWorkerChangedV1():
            events = await _to_next_key_worker(connection, policies, item, item.event)
            if item.event.handover_id is not None:
                who = item.event.key_worker.id
                events += await _answered_by(connection, item, item.event.engagement_id, who)
            return events
        case HandoverDeclinedV1(decided_by=str() as who):
            return await _answered_by(connection, item, item.event.engagement_id, who)
        case RoutingReversedV1():
            return await _withdraw(connection, item, item.event)
        case HouseholdMovedV1():
            return await _to_other_household(connection, item, item.event)
        case ReferralClosedV1(kept_referral_id=kept) if kept is not None:
            await store_following.save_referral(connection, item.event.referral_id, kept)
    return []


def handed_on(alert: OpenAlert, to: Recipient, plan: tuple[Recipient, ...]) -> OpenAlert:
    """The alert as the next key worker's. Who was told in the plan has been; the rest is theirs."""
    told = alert.plan[: alert.step]
    known = {(one.kind, one.id) for one in (*told, to)}
    return replace(
        alert,
        recipient=to,
        plan=(*told, *(one for one in plan if (one.kind, one.id) not in known)),
    )


async def _to_next_key_worker(
    connection: Connection, policies: Policies, item: Received, event: KeyWorkerChangedV1
) -> list[Outgoing]:
    found = await store_following.lock_of_household(connection, event.household_id, KEY_WORKERS)
    moved = []
    for alert in found:
        if alert.recipient.id != event.previous_key_worker_id:
            continue
        policy = policies.of(alert.place_id)
        # The household has waited once already: the next has as long as a later recipient.
        due = policy.escalate_by(alert.severity, item.envelope.time)
        after = replace(handed_on(alert, event.key_worker, event.alert.escalation), due_at=due)
        await store_following.save_recipient(connection, alert, after)
        moved.append(after)
    return [item.emit(_moved(alert), alert.id) for alert in moved]


async def _to_other_household(
    connection: Connection, item: Received, event: HouseholdMovedV1
) -> list[Outgoing]:
    found = await store_following.lock_of_relationship(
        connection, event.previous_household_id, event.engagement_id, event.referral_id
    )
    after = [replace(alert, household_id=event.household_id) for alert in found]
    await store_following.save_household(connection, after)
    return [item.emit(_moved(alert), alert.id) for alert in after]


async def _withdraw(
    connection: Connection, item: Received, event: RoutingReversedV1
) -> list[Outgoing]:
    found = await store_following.lock_of_assessment(
        connection, event.assessment_id, event.household_id, WITHDRAWABLE
    )
    await store_following.save_withdrawn(connection, found, event.reason, item.now)
    return [
        item.emit(
            AlertWithdrawnV1(
                alert_id=alert.id, assessment_id=alert.assessment_id, reason=event.reason
            ),
            alert.id,
        )
        for alert in found
    ]


async def _answered_by(
    connection: Connection, item: Received, engagement_id: UUID, who: str
) -> list[Outgoing]:
    """Whoever accepts or declines a handover has said that they know of it."""
    found = await store_following.lock_handovers(connection, engagement_id)
    for alert in found:
        await store.save_acknowledgement(connection, alert, who, Answer.ACKNOWLEDGED, item.now)
    return [item.emit(acknowledged(alert, who, item.now), alert.id) for alert in found]


def _moved(alert: OpenAlert) -> AlertMovedV1:
    return AlertMovedV1(
        alert_id=alert.id,
        recipient=alert.recipient,
        assessment_id=alert.assessment_id,
        household_id=alert.household_id,
        due_at=alert.due_at,
    )
