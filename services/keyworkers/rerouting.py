"""Assessments that had gone to the wrong household: taken back, and decided anew for their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.duplication import MatchEvidence, RoutingFacts
from contracts.vocabulary import Harm, Severity, Urgency
from contracts.vocabulary_changes import ReversalReason
from services.keyworkers import (
    never_suppress,
    store,
    store_apart,
    store_linking,
    store_separating,
)
from services.keyworkers.assessment import Assessment, households_known_by, people_to_know
from services.keyworkers.gathering import add_loads
from services.keyworkers.notices import take_back
from services.keyworkers.roster import Roster
from services.keyworkers.routing import settle
from services.keyworkers.situation import Emission, Route, Situation
from services.keyworkers.store_changes import save_changes
from services.kit.db import Connection

_URGENCY = {
    Severity.ROUTINE: Urgency.ROUTINE,
    Severity.URGENT: Urgency.URGENT,
    Severity.IMMEDIATE: Urgency.IMMEDIATE,
}


@dataclass(frozen=True, slots=True)
class Anew:
    """An assessment of ``household_id``. ``route``: what had become of it; None: nothing yet."""

    assessment_id: UUID
    household_id: UUID
    facts: RoutingFacts
    evidence: MatchEvidence
    route: Route | None

    @classmethod
    def of(cls, route: Route, household_id: UUID) -> Anew:
        """An assessment by what is kept of it here."""
        facts = route.facts or _as_far_as_known(route)
        return cls(route.assessment_id, household_id, facts, route.evidence, route)

    def assessment(self, because: UUID, traceparent: str | None) -> Assessment:
        """``because``: what its consequences follow from this time."""
        return Assessment.of(
            self.assessment_id,
            self.facts,
            self.evidence,
            because,
            traceparent=self.route.traceparent if self.route else traceparent,
        )


def _as_far_as_known(route: Route) -> RoutingFacts:
    """For assessments from before their facts were kept. What the front door was told of stays
    what is never suppressed: which harm it was, it knows, and nothing is sent there again."""
    return RoutingFacts(
        agency_id=route.cause.agency_id,
        agency_kind=route.cause.agency_kind,
        received_at=route.cause.received_at,
        urgency=_URGENCY[route.severity],
        significant_harm=(Harm.IMMEDIATE_DANGER,) if route.front_door else (),
        restrictions=route.cause.restrictions,
        would_have_referred_for=route.cause.would_have_referred_for,
    )


def take_all_back(
    anew: Sequence[Anew], because: UUID, reason: ReversalReason, traceparent: str | None
) -> list[Emission]:
    """What was said of each no longer holds."""
    return [
        take_back(one.assessment(because, traceparent), one.route, reason, one.household_id)
        for one in anew
        if one.route is not None and one.route.household_id is not None
    ]


async def decide_anew(
    connection: Connection,
    roster: Roster,
    anew: Sequence[Anew],
    because: UUID,
    traceparent: str | None,
) -> list[Emission]:
    """Each is decided as any other, in order, over the store as it is now; never suppressed."""
    if not anew:
        return []
    households = {one.household_id for one in anew}
    people = {p for one in anew for p in people_to_know(one.facts)}
    previous = {h for one in anew for h in one.facts.previous_household_ids}
    situation = Situation(
        roster,
        # That it had been settled elsewhere counts no more; that the front door knows does.
        routes={one.assessment_id: one.route for one in anew if one.route is not None},
        households_of=await store.load_households_of(connection, people),
        current=await store_linking.load_current(connection, previous),
        opened_by=await store_separating.load_opened_by(
            connection, [one.assessment_id for one in anew]
        ),
    )
    known = {
        household
        for one in anew
        for household in households_known_by(situation.households_of, situation.current, one.facts)
    }
    situation.engagements = await store.load_engagements(connection, households | known)
    situation.waiting = await store.load_waiting(connection, households)
    await add_loads(connection, {roster.place.id: situation}, {roster.place.id: set(roster.teams)})
    situation.apart = await store_apart.load_apart(connection, households | known)
    emissions: list[Emission] = []
    for one in anew:
        assessment = one.assessment(because, traceparent)
        emissions += never_suppress.to_front_door(
            situation, assessment, one.route, one.household_id
        )
        emissions += settle(situation, assessment, one.household_id)
    await save_changes(connection, roster.place.id, situation.changes)
    return emissions
