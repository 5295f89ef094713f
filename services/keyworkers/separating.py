"""Separations followed: what moved with a link goes back, what it ended is taken up again, and what
had gone to the wrong household is decided anew.

Invariants: afterwards every assessment rests on an engagement or referral of its own household, and
neither household is left with assessments and nobody; what was held is held in both.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from contracts.envelope import Event, derive_id
from contracts.handovers import EngagementEndedV1, ReferralClosedV1
from contracts.links import HouseholdsSeparatedV1
from contracts.vocabulary_changes import ChangeReason, LinkCause, ReversalReason
from services.keyworkers import store, store_holds, store_linking, store_separating
from services.keyworkers.assessment import people_to_know
from services.keyworkers.linking import are_of, emission, moved, stays
from services.keyworkers.rerouting import Anew, decide_anew, take_all_back
from services.keyworkers.roster import Roster
from services.keyworkers.situation import Emission, Route
from services.keyworkers.store_linking import Linked, Open
from services.keyworkers.store_restricted import load_families
from services.kit.db import Connection

if TYPE_CHECKING:
    from services.kit.consume import Received


async def separate(
    connection: Connection, roster: Roster, item: Received, event: HouseholdsSeparatedV1
) -> list[Emission]:
    """Apply one separation to the store; the events that follow."""
    left = await store_linking.find_current(connection, event.household_id)
    linked = await store_linking.find_link(connection, event.undoes) if event.undoes else None
    routes = await store.load_routes(connection, {m.assessment_id for m in event.moved})
    family = await _family(connection, left)
    if linked is not None:
        await store_separating.give_back(connection, linked, left, event.decided_at)
    other = await store_linking.find_current(connection, event.separated_household_id)
    await _hold_both(connection, item, event, family, other)
    await store_separating.move_routes(connection, list(routes), other)
    await _part_people(connection, roster, event, left, other, routes)
    taken_up: list[Open] = []
    needless: list[Emission] = []
    back: set[UUID] = set()
    if linked is not None:
        back = await store_separating.find_at(connection, other, linked.moved_referrals)
        taken_up, needless = await _take_up(
            connection, roster, item, linked, (left, other), event.decided_at
        )
    anew = await _to_decide(connection, event, left, other, routes)
    reason = (
        ReversalReason.NOT_THIS_HOUSEHOLD
        if event.cause is LinkCause.PRACTITIONER
        else ReversalReason.SEPARATED
    )
    trace = item.envelope.traceparent
    emissions = take_all_back(anew, event.separation_id, reason, trace) + needless
    with_it = routes.keys() - {one.assessment_id for one in anew}
    emissions += are_of(item, other, with_it, ReversalReason.SEPARATED)
    emissions += [
        moved(item, roster, one, left, one.household_id, ReversalReason.SEPARATED)
        for one in taken_up
    ]
    already = {one.referral_id for one in taken_up}
    emissions += [
        moved(item, roster, one, left, other, ReversalReason.SEPARATED)
        for one in (await store_linking.load_open(connection, {other})).values()
        if one.referral_id in back - already
    ]
    emissions += await decide_anew(connection, roster, anew, event.separation_id, trace)
    await store_separating.say_for_whom_it_waits(connection, (left, other))
    still_open = await store_linking.load_open(connection, {left, other})
    for opened in (still_open[one] for one in (left, other) if one in still_open):
        if not await store_separating.is_needed(connection, opened):
            emissions += await close_needless(connection, item, opened, event.decided_at)
    return emissions


async def _family(connection: Connection, household: UUID) -> set[UUID]:
    return {row["id"] for row in (await load_families(connection, [household]))[household]}


async def _hold_both(
    connection: Connection,
    item: Received,
    event: HouseholdsSeparatedV1,
    family: set[UUID],
    other: UUID,
) -> None:
    """What a privacy officer holds stays held, wherever it goes. ``family``: what was one."""
    elsewhere = family - await _family(connection, other)
    copies = [
        (row["hold_id"], derive_id(event.separation_id, "hold", row["hold_id"]))
        for row in await store_holds.find_holds_of(connection, elsewhere)
        if row["until"] > item.now and row["ended_at"] is None
    ]
    if copies:
        await store_holds.copy_holds(connection, copies, other)


async def _part_people(
    connection: Connection,
    roster: Roster,
    event: HouseholdsSeparatedV1,
    left: UUID,
    other: UUID,
    routes: dict[UUID, Route],
) -> None:
    """Who is seen in what moved, by the ids that they have now and had then."""
    facts = [one.facts for one in event.moved]
    facts += [route.facts for route in routes.values() if route.facts is not None]
    people = {person for one in facts for person in people_to_know(one)}
    await store_separating.part_people(connection, roster.place.id, left, other, people)


async def _take_up(
    connection: Connection,
    roster: Roster,
    item: Received,
    linked: Linked,
    households: tuple[UUID, UUID],
    now: datetime,
) -> tuple[list[Open], list[Emission]]:
    """Take up again what links ended in favour of what is no longer there: the longest of each
    household's whose key worker has not left, and may. With it, that a referral is closed for it
    with which nothing waits any more."""
    taken_up: list[Open] = []
    needless: list[Emission] = []
    still_open = await store_linking.load_open(connection, households)
    for household in households:
        found = await store_separating.load_ended_by_links(connection, household, linked.link_id)
        conflicted = await store_separating.find_conflicted(connection, {household})
        able = [one for one in found if _can_go_on(roster, item, one, conflicted)]
        if able:
            first = min(able, key=stays)
            if (opened := still_open.get(household)) is not None:
                needless += await close_needless(connection, item, opened, now)
            await store_separating.take_up_again(connection, first)
            taken_up.append(first)
    return taken_up, needless


def _can_go_on(roster: Roster, item: Received, one: Open, conflicted: set[str]) -> bool:
    if one.key_worker_id is None:
        return one.team_id in roster.teams
    key_worker = roster.key_workers.get(one.key_worker_id)
    if key_worker is None or one.key_worker_id in conflicted:
        return False
    return key_worker.left_on is None or key_worker.left_on >= roster.working_day(item.now)


async def _to_decide(
    connection: Connection,
    event: HouseholdsSeparatedV1,
    left: UUID,
    other: UUID,
    routes: dict[UUID, Route],
) -> list[Anew]:
    """What must be decided anew: what moved and was not decided yet, and strays of both."""
    strays = {
        stray.assessment_id: stray
        for stray in await store_separating.load_strays(connection, {left, other})
    }
    anew = []
    for one in event.moved:
        route = routes.get(one.assessment_id)
        if route is not None and route.state.is_settled and one.assessment_id not in strays:
            continue  # it went with what is the other's again
        strays.pop(one.assessment_id, None)
        anew.append(Anew(one.assessment_id, other, one.facts, one.evidence, route))
    for stray in strays.values():
        assert stray.household_id is not None
        anew.append(Anew.of(stray, stray.household_id))
    return sorted(anew, key=lambda one: (one.facts.received_at, one.assessment_id.bytes))


async def close_needless(
    connection: Connection,
    item: Received,
    opened: Open,
    now: datetime,
    why: ChangeReason = ChangeReason.SEPARATED,
) -> list[Emission]:
    """A household of which no assessment is left needs no key worker, and no referral with which
    none waits."""
    await store_linking.close_open(connection, opened, now, why.value)
    closed: list[tuple[Event, UUID]] = [
        (
            ReferralClosedV1(
                referral_id=opened.referral_id,
                household_id=opened.household_id,
                reason=ReversalReason.NO_ASSESSMENT_LEFT,
            ),
            opened.referral_id,
        )
    ]
    if opened.engagement_id is not None and opened.key_worker_id is not None:
        closed.append(
            (
                EngagementEndedV1(
                    engagement_id=opened.engagement_id,
                    referral_id=opened.referral_id,
                    household_id=opened.household_id,
                    key_worker_id=opened.key_worker_id,
                    reason=why,
                    ended_at=now,
                ),
                opened.engagement_id,
            )
        )
    return [emission(item, one, cause) for one, cause in closed]
