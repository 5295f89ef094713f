"""Links followed: referrals, engagements and assessments go where the people are.

Rule 8: of two active engagements the longer stays, and the other ends: its key worker is asked to
hand over. Retired ids resolve for as long as the link stands.

Invariant: afterwards the household has at most one open referral, and a key worker if one of the
two had.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from contracts.envelope import Event, derive_id
from contracts.handovers import (
    AssessmentsMovedV1,
    EngagementEndedV1,
    HouseholdMovedV1,
    ReferralClosedV1,
)
from contracts.keyworkers import AlertPlan, Cause
from contracts.links import HouseholdsLinkedV1
from contracts.vocabulary import Severity
from contracts.vocabulary_changes import ChangeReason, ReversalReason
from services.keyworkers import handovers, store_handovers, store_linking, store_separating
from services.keyworkers.candidates import first_taker
from services.keyworkers.roster import Roster
from services.keyworkers.situation import Emission
from services.keyworkers.store_linking import Linked, Open
from services.kit.db import Connection

if TYPE_CHECKING:
    from services.kit.consume import Received


def stays(one: Open, conflicted: Collection[str] = ()) -> tuple[bool, bool, datetime, bytes]:
    """The less, the rather it stays: a key worker who has no conflict of interest before one who
    has (``conflicted``), before none; then the longer engagement or wait."""
    return (
        one.engagement_id is None,
        one.key_worker_id in conflicted,
        one.started_at or one.opened_at,
        one.referral_id.bytes,
    )


async def link(
    connection: Connection, roster: Roster, item: Received, event: HouseholdsLinkedV1
) -> list[Emission]:
    """Apply one link to the store; the events that follow."""
    kept_id, retired_id = event.household_id, event.retired_household_id
    found = await store_linking.load_open(connection, {kept_id, retired_id})
    own, others = found.get(kept_id), found.get(retired_id)
    lost = kept = None
    if own is not None and others is not None:
        conflicted = await store_separating.find_conflicted(connection, {kept_id, retired_id})
        kept, lost = sorted((own, others), key=lambda one: stays(one, conflicted))
        await store_linking.close_open(
            connection, lost, event.decided_at, ChangeReason.LINKED.value
        )
        await store_linking.join_queue(connection, lost.referral_id, kept.referral_id)
    referrals, engagements, assessments = await store_linking.move_household(
        connection, retired_id, kept_id
    )
    await store_linking.save_link(
        connection,
        roster.place.id,
        Linked(
            event.link_id,
            kept_id,
            retired_id,
            referrals,
            engagements,
            lost.referral_id if lost else None,
            lost.engagement_id if lost else None,
            kept.referral_id if kept else None,
        ),
        event.decided_at,
    )
    emissions = are_of(item, kept_id, assessments, ReversalReason.LINKED)
    if others is not None and others is not lost:
        emissions.append(moved(item, roster, others, retired_id, kept_id, ReversalReason.LINKED))
    if lost is not None and kept is not None:
        emissions.append(_ended(item, roster, lost, kept, kept_id, event.decided_at))
    return emissions + await _pass_on(connection, roster, item, kept_id)


async def _pass_on(
    connection: Connection, roster: Roster, item: Received, household_id: UUID
) -> list[Emission]:
    """A link may leave a household with somebody who has a conflict of interest with it: another
    is asked to take it over. Until they accept it stays, as nobody may be left without anyone."""
    active = await store_handovers.find_active_of_household(connection, household_id)
    found = await store_handovers.find_engagement(connection, active) if active else None
    if found is None or found["key_worker_id"] not in found["conflicts"]:
        return []
    handover_id = derive_id(item.envelope.id, "handover")
    team = roster.key_workers[found["key_worker_id"]].team
    to = await first_taker(connection, roster, found, item.now)
    if to is None:
        said: Event = handovers.nobody_can(roster, found, handover_id, team)
    else:
        # That there is a conflict is nobody else's to know: it is asked for the team.
        reason = ChangeReason.REQUESTED
        said = handovers.proposed(roster, found, handover_id, to, reason, team, item.now)
        if not await store_handovers.add_handovers(connection, roster.place.id, [said], item.now):
            return []  # somebody has been asked already
    cause = Cause.model_validate(found["cause"])
    id_ = derive_id(handover_id, said.TYPE)
    return [Emission(id_, said, cause.assessment_id, found["traceparent"])]


def emission(item: Received, event: Event, *parts: object) -> Emission:
    """An event that follows from a link or a separation."""
    return Emission(
        derive_id(item.envelope.id, event.TYPE, *parts),
        event,
        item.envelope.journey_id,
        item.envelope.traceparent,
    )


def moved(
    item: Received,
    roster: Roster,
    one: Open,
    previous: UUID,
    household: UUID,
    reason: ReversalReason,
) -> Emission:
    """An engagement or open referral is this household's from now on."""
    who = one.key_worker_id
    return emission(
        item,
        HouseholdMovedV1(
            previous_household_id=previous,
            household_id=household,
            referral_id=one.referral_id,
            engagement_id=one.engagement_id,
            key_worker=roster.key_worker(who) if who else None,
            alert=roster.alert_plan(who, one.severity, item.now) if who else None,
            reason=reason,
        ),
        one.referral_id,
    )


def are_of(
    item: Received, household: UUID, assessment_ids: Collection[UUID], reason: ReversalReason
) -> list[Emission]:
    """Assessments, if there are any, are this household's from now on."""
    if not assessment_ids:
        return []
    event = AssessmentsMovedV1(
        household_id=household,
        assessment_ids=tuple(sorted(assessment_ids, key=lambda one: one.bytes)),
        reason=reason,
    )
    return [emission(item, event)]


def _ended(
    item: Received, roster: Roster, lost: Open, kept: Open, household_id: UUID, at: datetime
) -> Emission:
    """The engagement or referral that did not stay after a link, said under the kept id."""
    if lost.engagement_id is None or lost.key_worker_id is None:
        return emission(
            item,
            ReferralClosedV1(
                referral_id=lost.referral_id,
                household_id=household_id,
                kept_referral_id=kept.referral_id,
                kept_engagement_id=kept.engagement_id,
                reason=ReversalReason.LINKED,
            ),
            lost.referral_id,
        )
    ended = EngagementEndedV1(
        engagement_id=lost.engagement_id,
        referral_id=lost.referral_id,
        household_id=household_id,
        key_worker_id=lost.key_worker_id,
        reason=ChangeReason.LINKED,
        ended_at=at,
    )
    if kept.engagement_id is None or kept.key_worker_id is None:
        return emission(item, ended, lost.referral_id)
    goes_on = roster.key_worker(kept.key_worker_id)
    told: dict[str, object] = {
        "kept_engagement_id": kept.engagement_id,
        "key_worker": goes_on,
        "alert": roster.alert_plan(kept.key_worker_id, Severity.ROUTINE, at),
    }
    if lost.key_worker_id != kept.key_worker_id:
        team = roster.key_workers[lost.key_worker_id].team
        told |= {
            "previous": roster.key_worker(lost.key_worker_id),
            "cause": lost.cause,
            "asked": AlertPlan(severity=Severity.ROUTINE, escalation=(roster.team_lead(team),)),
            "reasons": (
                "two households are one; who has worked with it for longer stays",
                f"please hand over to {goes_on.contact.name}, and tell them what helps",
            ),
        }
    return emission(item, ended.model_copy(update=told), lost.referral_id)
