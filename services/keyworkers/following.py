"""Links and separations followed: referrals, engagements and assessments go where the people are.

Rule 8: of two active engagements the longer stays, and the other ends. Rule 7: what was routed to
the wrong household is taken back and routed again. Undoing a link gives back what it moved and
takes up again what it ended. Retired ids resolve for as long as the link stands.

Invariant: afterwards no household has two open referrals, and none that had a key worker is left
with assessments and nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from contracts.envelope import Event, derive_id
from contracts.handovers import (
    EngagementEndedV1,
    HouseholdMovedV1,
    ReferralClosedV1,
    RoutingReversedV1,
)
from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1, MovedAssessment
from contracts.vocabulary import ChangeReason, LinkCause, ReversalReason, Severity
from services.keyworkers import never_suppress, store, store_linking
from services.keyworkers.assessment import Assessment, households_known_by, people_to_know
from services.keyworkers.gathering import add_loads
from services.keyworkers.roster import Roster
from services.keyworkers.routing import settle
from services.keyworkers.situation import Emission, Route, Situation
from services.keyworkers.store_changes import save_changes
from services.keyworkers.store_linking import Linked, Open
from services.keyworkers.telling import tell_of_what_is_known
from services.kit.db import Connection

if TYPE_CHECKING:
    from services.kit.consume import Received

Following: TypeAlias = "HouseholdsLinkedV1 | HouseholdsSeparatedV1"


def stays(one: Open, other: Open) -> bool:
    """Whether ``one`` stays: a key worker before none, then the longer engagement or wait."""

    def rank(o: Open) -> tuple[bool, datetime, bytes]:
        return (o.engagement_id is None, o.started_at or o.opened_at, o.referral_id.bytes)

    return rank(one) < rank(other)


async def follow(
    connection: Connection, roster: Roster, item: Received, event: Following
) -> list[Emission]:
    """Apply one link or separation to the store; the events that follow."""
    if isinstance(event, HouseholdsLinkedV1):
        emissions = await _link(connection, roster, item, event)
        touched, cause, reason = [event.household_id], event.link_id, ReversalReason.LINKED
    else:
        emissions = await _separate(connection, roster, item, event)
        touched = [event.household_id, event.separated_household_id]
        cause, reason = event.separation_id, ReversalReason.SEPARATED
    return emissions + await tell_of_what_is_known(connection, roster, touched, cause, reason)


def _emission(item: Received, event: Event, *parts: object) -> Emission:
    return Emission(
        derive_id(item.envelope.id, event.TYPE, *parts),
        event,
        item.envelope.journey_id,
        item.envelope.traceparent,
    )


async def _link(
    connection: Connection, roster: Roster, item: Received, event: HouseholdsLinkedV1
) -> list[Emission]:
    kept_id, retired_id = event.household_id, event.retired_household_id
    found = await store_linking.load_open(connection, {kept_id, retired_id})
    own, others = found.get(kept_id), found.get(retired_id)
    lost = kept = None
    if own is not None and others is not None:
        kept, lost = (own, others) if stays(own, others) else (others, own)
        await store_linking.close_open(
            connection, lost, event.decided_at, ChangeReason.LINKED.value
        )
        await store_linking.join_queue(connection, lost.referral_id, kept.referral_id)
    referrals, engagements = await store_linking.move_household(connection, retired_id, kept_id)
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
        ),
        event.decided_at,
    )
    emissions = []
    if others is not None and others is not lost:
        emissions.append(_moved(item, roster, others, retired_id, kept_id, ReversalReason.LINKED))
    if lost is not None and kept is not None:
        emissions.append(_ended(item, roster, lost, kept, kept_id, event.decided_at))
    return emissions


def _moved(
    item: Received,
    roster: Roster,
    moved: Open,
    previous: UUID,
    household: UUID,
    reason: ReversalReason,
) -> Emission:
    return _emission(
        item,
        HouseholdMovedV1(
            previous_household_id=previous,
            household_id=household,
            referral_id=moved.referral_id,
            engagement_id=moved.engagement_id,
            key_worker=roster.key_worker(moved.key_worker_id) if moved.key_worker_id else None,
            reason=reason,
        ),
        moved.referral_id,
    )


def _ended(
    item: Received, roster: Roster, lost: Open, kept: Open, household_id: UUID, at: datetime
) -> Emission:
    """The engagement or referral that did not stay after a link, said under the kept id."""
    goes_on = kept.engagement_id and kept.key_worker_id
    if lost.engagement_id is not None and lost.key_worker_id is not None:
        return _emission(
            item,
            EngagementEndedV1(
                engagement_id=lost.engagement_id,
                referral_id=lost.referral_id,
                household_id=household_id,
                key_worker_id=lost.key_worker_id,
                reason=ChangeReason.LINKED,
                ended_at=at,
                kept_engagement_id=kept.engagement_id,
                key_worker=roster.key_worker(goes_on) if goes_on else None,
                alert=roster.alert_plan(goes_on, Severity.ROUTINE, at) if goes_on else None,
            ),
            lost.referral_id,
        )
    return _emission(
        item,
        ReferralClosedV1(
            referral_id=lost.referral_id,
            household_id=household_id,
            kept_referral_id=kept.referral_id,
            reason=ReversalReason.LINKED,
        ),
        lost.referral_id,
    )


async def _separate(
    connection: Connection, roster: Roster, item: Received, event: HouseholdsSeparatedV1
) -> list[Emission]:
    left, other = event.household_id, event.separated_household_id
    emissions: list[Emission] = []
    if event.undoes and (linked := await store_linking.find_link(connection, event.undoes)):
        await store_linking.undo_link(connection, linked, event.decided_at)
        emissions += [
            _moved(item, roster, back, left, other, ReversalReason.SEPARATED)
            for back in (await store_linking.load_open(connection, {other})).values()
            if back.referral_id in linked.moved_referrals
        ]
    routes = await store.load_routes(connection, {m.assessment_id for m in event.moved})
    at_other = (await store_linking.load_open(connection, {other})).get(other)
    mistaken = [m for m in event.moved if not _belongs(routes.get(m.assessment_id), at_other)]
    await store_linking.move_routes(
        connection, [m.assessment_id for m in event.moved if m not in mistaken], other
    )
    emissions += await _route_again(connection, roster, item, event, mistaken, routes)
    emissions += await _close_if_empty(connection, item, left, event.decided_at)
    return emissions


def _belongs(route: Route | None, at_other: Open | None) -> bool:
    """What was said of the assessment still holds: it went with what is the other's again."""
    if route is None or at_other is None:
        return False
    if route.engagement_id is not None:
        return route.engagement_id == at_other.engagement_id
    return route.referral_id == at_other.referral_id


async def _route_again(
    connection: Connection,
    roster: Roster,
    item: Received,
    event: HouseholdsSeparatedV1,
    moved: Sequence[MovedAssessment],
    routes: dict[UUID, Route],
) -> list[Emission]:
    """Take back what was said of each, then decide it anew for the household it is of."""
    if not moved:
        return []
    household = event.separated_household_id
    people = {p for m in moved for p in people_to_know(m.facts)}
    situation = Situation(
        roster,
        routes=dict(routes),
        households_of=await store.load_households_of(connection, people),
    )
    known = {
        h
        for m in moved
        for h in households_known_by(situation.households_of, situation.current, m.facts)
    }
    situation.engagements = await store.load_engagements(connection, {household, *known})
    situation.waiting = await store.load_waiting(connection, {household})
    await add_loads(connection, {roster.place.id: situation}, {roster.place.id: set(roster.teams)})
    reason = (
        ReversalReason.NOT_THIS_HOUSEHOLD
        if event.cause is LinkCause.PRACTITIONER
        else ReversalReason.SEPARATED
    )
    emissions: list[Emission] = []
    for one in moved:
        route = routes.get(one.assessment_id)
        if route is not None and route.state.is_settled and route.household_id is not None:
            reversed_ = RoutingReversedV1(
                assessment_id=one.assessment_id,
                household_id=route.household_id,
                engagement_id=route.engagement_id,
                reason=reason,
            )
            emissions.append(
                Emission(
                    derive_id(item.envelope.id, reversed_.TYPE, one.assessment_id),
                    reversed_,
                    one.assessment_id,
                    route.traceparent,
                )
            )
        assessment = Assessment.of(
            one.assessment_id,
            one.facts,
            one.evidence,
            event.separation_id,
            traceparent=route.traceparent if route else item.envelope.traceparent,
        )
        emissions += never_suppress.to_front_door(situation, assessment, route, household)
        emissions += settle(situation, assessment, household)
    await save_changes(connection, roster.place.id, situation.changes)
    return emissions


async def _close_if_empty(
    connection: Connection, item: Received, household_id: UUID, at: datetime
) -> list[Emission]:
    """A household of which no assessment is left needs no referral and no key worker."""
    if await store_linking.count_routes(connection, household_id):
        return []
    opened = (await store_linking.load_open(connection, {household_id})).get(household_id)
    if opened is None:
        return []
    await store_linking.close_open(connection, opened, at, ChangeReason.SEPARATED.value)
    emissions = [
        _emission(
            item,
            ReferralClosedV1(
                referral_id=opened.referral_id,
                household_id=household_id,
                reason=ReversalReason.NO_ASSESSMENT_LEFT,
            ),
            opened.referral_id,
        )
    ]
    if opened.engagement_id is not None and opened.key_worker_id is not None:
        emissions.append(
            _emission(
                item,
                EngagementEndedV1(
                    engagement_id=opened.engagement_id,
                    referral_id=opened.referral_id,
                    household_id=household_id,
                    key_worker_id=opened.key_worker_id,
                    reason=ChangeReason.SEPARATED,
                    ended_at=at,
                ),
                opened.engagement_id,
            )
        )
    return emissions
