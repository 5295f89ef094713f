"""The routing rules: what becomes of an assessment, decided over the situation, in order.

Pure. Decisions use the events' own times, and ids that follow from the assessment and household,
so that a replay decides the same. A batch is a fold of :func:`decide` over its events.

Invariants: every event passes :mod:`services.keyworkers.never_suppress` before anything is decided
about it; a household with an active engagement gets no referral.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias
from uuid import UUID

from contracts.duplication import HouseholdMatchedV1, MatchReviewedV1, ReviewRequestedV1
from contracts.envelope import derive_id
from contracts.keyworkers import ReferralOpenedV1
from contracts.vocabulary_changes import ReversalReason
from services.keyworkers import never_suppress, offers
from services.keyworkers.assessment import (
    Assessment,
    households_known_by,
    people_to_know,
    put_route,
)
from services.keyworkers.assigning import assign
from services.keyworkers.notices import queue, route, take_back
from services.keyworkers.review import hold
from services.keyworkers.severity import graver
from services.keyworkers.situation import (
    Emission,
    Engagement,
    Referral,
    RouteState,
    Situation,
)
from services.keyworkers.teams import team_for

Consumed: TypeAlias = "HouseholdMatchedV1 | ReviewRequestedV1 | MatchReviewedV1"


def decide(situation: Situation, event: Consumed, traceparent: str | None = None) -> list[Emission]:
    """What follows from one event. Changes ``situation``; answers the events to send, in order."""
    key = () if isinstance(event, HouseholdMatchedV1) else (event.review_id,)
    assessment = Assessment.of(
        event.assessment_id, event.facts, event.evidence, *key, traceparent=traceparent
    )
    known = situation.routes.get(assessment.id)
    if isinstance(event, ReviewRequestedV1):
        emissions = never_suppress.to_front_door(situation, assessment, known, None)
        if known is None or not known.state.is_settled:
            emissions += hold(situation, assessment, event)
        return emissions
    household_id = situation.current_of(event.household_id)
    emissions = never_suppress.to_front_door(situation, assessment, known, household_id)
    if isinstance(event, MatchReviewedV1):
        situation.changes.reviewed.add(event.review_id)
    if known is not None and known.state.is_settled and known.household_id == household_id:
        return emissions
    if known is not None and known.household_id is not None:
        # Whoever was told that it may be theirs, or is, is told that it is decided now.
        emissions.append(take_back(assessment, known, ReversalReason.REVIEWED, household_id))
    return emissions + settle(situation, assessment, household_id)


def settle(situation: Situation, assessment: Assessment, household_id: UUID) -> list[Emission]:
    """Rules 1, 2 and 5: route, or open and assign, offer or queue, or join what waits."""
    # Before this assessment's people are counted as seen in this household.
    known_households = households_known_by(
        situation.households_of, situation.current, assessment.facts
    )
    situation.see(household_id, people_to_know(assessment.facts))
    if engagement := situation.active(household_id):
        return [route(situation, assessment, engagement, ())]
    if waiting := situation.waiting.get(household_id):
        return _join_queue(situation, assessment, waiting, known_households)
    return _open(situation, assessment, household_id, known_households)


def _open(
    situation: Situation,
    assessment: Assessment,
    household_id: UUID,
    known_households: set[UUID],
) -> list[Emission]:
    facts = assessment.facts
    last = situation.last(household_id)
    within = situation.roster.place.policy.re_referral_days
    ended = last.ended_at if last else None
    if ended is None:
        reasons: tuple[str, ...] = ("this household has had no key worker yet",)
    else:
        reasons = (f"this household's last engagement ended on {ended:%-d %B %Y}",)
    referral = Referral(
        referral_id=derive_id(assessment.id, household_id, *assessment.key, "referral"),
        household_id=household_id,
        team_id=team_for(situation, household_id, facts),
        cause=assessment.cause,
        severity=assessment.severity,
        opened_at=facts.received_at,
        languages=facts.languages,
        skills=facts.skills,
        re_referral=ended is not None and (facts.received_at - ended).days < within,
        reasons=reasons,
        known_households=frozenset(known_households),
        traceparent=assessment.traceparent,
    )
    opened = ReferralOpenedV1(
        referral_id=referral.referral_id,
        household_id=household_id,
        team_id=referral.team_id,
        cause=assessment.cause,
        re_referral=referral.re_referral,
        reasons=reasons,
    )
    emissions = [
        assessment.emission(opened, derive_id(referral.referral_id, opened.TYPE)),
    ]
    referral = offers.offered(situation, referral)
    if referral.claim_by is not None:
        situation.put_referral(referral)
        return [*emissions, offers.offer(situation, assessment, referral)]
    if given := _assign_now(situation, assessment, referral):
        engagement, emission = given
        put_route(
            situation,
            assessment,
            RouteState.OPENED,
            household_id=household_id,
            referral_id=referral.referral_id,
            engagement_id=engagement.engagement_id,
            reasons=reasons,
        )
        return [*emissions, emission]
    situation.put_referral(referral)
    return [*emissions, queue(situation, assessment, referral, RouteState.QUEUED)]


def _assign_now(
    situation: Situation,
    assessment: Assessment,
    referral: Referral,
) -> tuple[Engagement, Emission] | None:
    """A key worker at once. Only harm passes by a waiting list, and may use the reserve."""
    if referral.team_id in situation.crowded and not never_suppress.applies(assessment.facts):
        return None
    reserve = never_suppress.room_above_limit(situation, assessment.facts)
    return assign(situation, referral, assessment.facts.received_at, reserve=reserve)


def _join_queue(
    situation: Situation,
    assessment: Assessment,
    waiting: Referral,
    known_households: set[UUID],
) -> list[Emission]:
    """A household that waits is assessed again: the same referral, as urgent as the gravest."""
    graver_now = offers.still_offered(
        replace(
            waiting,
            severity=graver(waiting.severity, assessment.severity),
            known_households=waiting.known_households | known_households,
        )
    )
    no_longer_offered = waiting.claim_by is not None and graver_now.claim_by is None
    if (never_suppress.applies(assessment.facts) or no_longer_offered) and (
        given := _assign_now(situation, assessment, graver_now)
    ):
        engagement, emission = given
        return [emission, route(situation, assessment, engagement, ())]
    if graver_now != waiting:
        waiting = graver_now
        situation.put_referral(waiting)
    if waiting.claim_by is not None:
        return [offers.offer(situation, assessment, waiting)]
    return [queue(situation, assessment, waiting, RouteState.QUEUED)]
