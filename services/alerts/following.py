"""Open alerts follow their household: to its next key worker, to another household, or away.

Invariant: an alert is never dropped. It is withdrawn only where what it said or asked no longer
holds and what holds instead is said anew; a front door's alert is never withdrawn at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from contracts.envelope import Event
from contracts.handovers import (
    AssessmentsMovedV1,
    EngagementEndedV1,
    HandoverDeclinedV1,
    HouseholdMovedV1,
    KeyWorkerChangedV1,
    ReferralClosedV1,
    RoutingReversedV1,
)
from contracts.keyworkers import AlertPlan, KeyWorkerAssignedV1, Recipient
from contracts.restrictions import LiftingAskedV1, LiftingClosedV1, RestrictionRestoredV1
from contracts.vocabulary_alerts import AlertKind, RecipientKind
from contracts.vocabulary_changes import HandoverOutcome, ReversalReason
from services.alerts import liftings, store_following
from services.alerts.escalation import OpenAlert
from services.alerts.policy import Policies
from services.alerts.settling import handed_on, known_to, take_back
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
    AssessmentsMovedV1,
    ReferralClosedV1,
    HandoverDeclinedV1,
    EngagementEndedV1,
    LiftingAskedV1,
    LiftingClosedV1,
    RestrictionRestoredV1,
)
_CAME_TO_NOTHING = {
    HandoverOutcome.WITHDRAWN: ReversalReason.HANDOVER_WITHDRAWN,
    HandoverOutcome.EXPIRED: ReversalReason.HANDOVER_EXPIRED,
}


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
        case HandoverDeclinedV1(outcome=HandoverOutcome.DECLINED | None, decided_by=str() as who):
            return await _answered_by(connection, item, item.event.engagement_id, who)
        case HandoverDeclinedV1():
            why = _CAME_TO_NOTHING.get(
                item.event.outcome or HandoverOutcome.EXPIRED, ReversalReason.HANDOVER_EXPIRED
            )
            asked = await store_following.lock_handovers(connection, item.event.engagement_id)
            return await take_back(connection, item, asked, why)
        case EngagementEndedV1():
            return await _after_the_end(connection, policies, item, item.event)
        case RoutingReversedV1():
            return await _withdraw(connection, item, item.event)
        case HouseholdMovedV1():
            return await _to_other_household(connection, policies, item, item.event)
        case AssessmentsMovedV1():
            return await _doors_follow(connection, item, item.event)
        case LiftingAskedV1():
            return await liftings.ask_again(connection, item, item.event)
        case LiftingClosedV1():
            return await liftings.close(connection, item, item.event)
        case RestrictionRestoredV1():
            return await liftings.restricted_again(connection, item, item.event)
        case ReferralClosedV1(kept_referral_id=kept) if kept is not None:
            return await _waits_with_another(connection, item, item.event, kept)
    return []


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
    return [item.emit(alert.moved(), alert.id) for alert in moved]


async def _to_other_household(
    connection: Connection, policies: Policies, item: Received, event: HouseholdMovedV1
) -> list[Outgoing]:
    outgoing = await _taken_up_again(connection, policies, item, event)
    found = await store_following.lock_of_relationship(
        connection, event.previous_household_id, event.engagement_id, event.referral_id
    )
    outgoing += await _are_of(connection, item, found, event.household_id)
    return outgoing + await _doors_follow(connection, item, event)


async def _doors_follow(
    connection: Connection, item: Received, event: AssessmentsMovedV1 | HouseholdMovedV1
) -> list[Outgoing]:
    """What the front door was told of goes with the assessment of which it was."""
    found = await store_following.lock_of_assessments(
        connection, event.assessment_ids, [AlertKind.FRONT_DOOR]
    )
    return await _are_of(connection, item, found, event.household_id)


async def _waits_with_another(
    connection: Connection, item: Received, event: ReferralClosedV1, kept: UUID
) -> list[Outgoing]:
    """After a link what waited waits with the other referral, or has its key worker."""
    closed = event.referral_id
    if event.kept_engagement_id is not None:
        waited = (await store_following.lock_waiting(connection, [closed])).get(closed, [])
        return await take_back(connection, item, waited, ReversalReason.ASSIGNED)
    await store_following.save_referral(connection, closed, kept, event.household_id)
    return []


async def _are_of(
    connection: Connection, item: Received, alerts: Sequence[OpenAlert], household_id: UUID
) -> list[Outgoing]:
    after = [
        replace(alert, household_id=household_id)
        for alert in alerts
        if alert.household_id != household_id
    ]
    await store_following.save_household(connection, after)
    return [item.emit(alert.moved(), alert.id) for alert in after]


async def _taken_up_again(
    connection: Connection, policies: Policies, item: Received, event: HouseholdMovedV1
) -> list[Outgoing]:
    """What was handed on when a link ended the engagement is its key worker's again."""
    if event.engagement_id is None or event.key_worker is None:
        return []
    asked = await store_following.lock_of_engagement(connection, event.engagement_id)
    asked = [alert for alert in asked if alert.kind is AlertKind.LINKED]
    outgoing = await take_back(connection, item, asked, event.reason)
    found = await store_following.lock_handed_on(
        connection, event.previous_household_id, event.engagement_id
    )
    plan = event.alert.escalation if event.alert else ()
    back = []
    for alert in found:
        due = policies.of(alert.place_id).escalate_by(alert.severity, item.envelope.time)
        after = handed_on(alert, event.key_worker, plan)
        after = replace(after, due_at=due, household_id=event.household_id)
        await store_following.save_recipient(connection, alert, after)
        back.append(after)
    await store_following.save_taken_up(connection, back, event.engagement_id, event.household_id)
    return outgoing + [item.emit(alert.moved(), alert.id, "again") for alert in back]


async def _withdraw(
    connection: Connection, item: Received, event: RoutingReversedV1
) -> list[Outgoing]:
    """What came before; what holds instead comes after. The front door's goes along."""
    found = await store_following.lock_of_assessments(
        connection, [event.assessment_id], WITHDRAWABLE
    )
    outgoing = await take_back(connection, item, found, event.reason)
    if event.now_household_id is None:
        return outgoing
    doors = await store_following.lock_of_assessments(
        connection, [event.assessment_id], [AlertKind.FRONT_DOOR]
    )
    return outgoing + await _are_of(connection, item, doors, event.now_household_id)


async def _after_the_end(
    connection: Connection, policies: Policies, item: Received, event: EngagementEndedV1
) -> list[Outgoing]:
    """What is open of an engagement that is over: nobody's alert is left lying.

    After a link the other key worker has it, with the household. Else the team lead is told of the
    assessments that nobody has said they know of; what was asked of key workers is taken back.
    """
    found = await store_following.lock_of_engagement(connection, event.engagement_id)
    open_still = [alert for alert in found if alert.kind in KEY_WORKERS]
    outgoing = await take_back(
        connection,
        item,
        [alert for alert in found if alert.kind not in KEY_WORKERS],
        ReversalReason.ENGAGEMENT_ENDED,
    )
    moved = []
    for alert in open_still:
        to, plan = _next_after_the_end(alert, event.key_worker, event.alert)
        if to is None:
            continue
        due = policies.of(alert.place_id).escalate_by(alert.severity, item.envelope.time)
        after = replace(handed_on(alert, to, plan), due_at=due, household_id=event.household_id)
        await store_following.save_recipient(connection, alert, after)
        moved.append(after)
    if event.kept_engagement_id is not None:
        await store_following.save_engagement(
            connection, moved, event.kept_engagement_id, event.household_id
        )
    return outgoing + [item.emit(alert.moved(), alert.id) for alert in moved]


def _next_after_the_end(
    alert: OpenAlert, kept: Recipient | None, plan: AlertPlan | None
) -> tuple[Recipient | None, tuple[Recipient, ...]]:
    """Who has the alert now, and who after them; None: it stays with those who have it."""
    if kept is not None:
        return kept, plan.escalation if plan else ()
    leads = [one for one in alert.plan if one.kind is RecipientKind.TEAM_LEAD]
    if not leads:
        return None, ()
    return leads[0], alert.plan[alert.plan.index(leads[0]) + 1 :]


async def close_waiting(connection: Connection, received: Sequence[Received]) -> list[Outgoing]:
    """What told a team that a household waits, or is offered, is settled by its key worker.

    Whoever claimed it has said that they know; where it was assigned, the lead need not answer.
    """
    assigned = {
        item.event.referral_id: (item, item.event)
        for item in received
        if isinstance(item.event, KeyWorkerAssignedV1)
    }
    if not assigned:
        return []
    outgoing: list[Outgoing] = []
    for referral_id, alerts in (
        await store_following.lock_waiting(connection, list(assigned))
    ).items():
        item, event = assigned[referral_id]
        claimed = [a for a in alerts if event.claimed and a.kind is AlertKind.OFFERED]
        outgoing += await known_to(connection, item, claimed, event.key_worker.id)
        rest = [alert for alert in alerts if alert not in claimed]
        outgoing += await take_back(connection, item, rest, ReversalReason.ASSIGNED)
    return outgoing


async def _answered_by(
    connection: Connection, item: Received, engagement_id: UUID, who: str
) -> list[Outgoing]:
    """Whoever accepts or declines a handover has said that they know of it."""
    found = await store_following.lock_handovers(connection, engagement_id)
    return await known_to(connection, item, found, who)
