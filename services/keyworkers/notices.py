"""Saying where an assessment went: to the household's key worker, to the waiting list; or that
this no longer holds."""

from __future__ import annotations

from uuid import UUID

from contracts.envelope import derive_id
from contracts.handovers import RoutingReversedV1
from contracts.keyworkers import AlertPlan, AssessmentRoutedV1, HouseholdQueuedV1
from contracts.vocabulary_changes import ReversalReason
from services.keyworkers.assessment import Assessment, put_route
from services.keyworkers.situation import (
    Emission,
    Engagement,
    Referral,
    Route,
    RouteState,
    Situation,
)


def route(
    situation: Situation,
    assessment: Assessment,
    engagement: Engagement,
    reasons: tuple[str, ...],
    *,
    provisional: bool = False,
) -> Emission:
    """The assessment goes to the key worker the household has; no referral is opened."""
    at = assessment.facts.received_at
    key_worker = situation.roster.key_worker(engagement.key_worker_id)
    avoided = not provisional and (situation.opened_by.get(engagement.referral_id) != assessment.id)
    reasons = (
        *reasons,
        f"{key_worker.contact.name} has worked with this household"
        f" since {engagement.started_at:%-d %B %Y}",
    )
    event = AssessmentRoutedV1(
        household_id=engagement.household_id,
        engagement_id=engagement.engagement_id,
        team_id=engagement.team_id,
        key_worker=key_worker,
        cause=assessment.cause,
        alert=situation.roster.alert_plan(engagement.key_worker_id, assessment.severity, at),
        provisional=provisional,
        referral_avoided=avoided,
        evidence=assessment.evidence,
        reasons=reasons,
    )
    put_route(
        situation,
        assessment,
        RouteState.PROVISIONAL if provisional else RouteState.ROUTED,
        household_id=engagement.household_id,
        engagement_id=engagement.engagement_id,
        referral_avoided=avoided,
        reasons=reasons,
    )
    said = "provisional" if provisional else "final"
    return assessment.emission(
        event,
        derive_id(assessment.id, event.TYPE, engagement.household_id, *assessment.key, said),
    )


def take_back(
    assessment: Assessment, told: Route, reason: ReversalReason, household_id: UUID | None = None
) -> Emission:
    """What was said of an assessment no longer holds; what holds instead is said after it.

    ``household_id``: the household that it is of now, where that is decided.
    """
    assert told.household_id is not None
    event = RoutingReversedV1(
        assessment_id=assessment.id,
        household_id=told.household_id,
        engagement_id=told.engagement_id,
        now_household_id=household_id,
        reason=reason,
    )
    return assessment.emission(
        event,
        derive_id(
            assessment.id, event.TYPE, told.household_id, told.engagement_id, *assessment.key
        ),
    )


def queue(
    situation: Situation, assessment: Assessment, referral: Referral, state: RouteState
) -> Emission:
    """Nobody has room: the team lead is told, then the duty desk. Nobody waits unseen."""
    team = situation.roster.teams[referral.team_id]
    joined = referral.cause.assessment_id != assessment.id
    if state is RouteState.PROVISIONAL:
        reasons: tuple[str, ...] = (
            "possible match — please check: the likeliest household has no key worker",
        )
    else:
        reasons = (
            *(("this household is already waiting",) if joined else ()),
            f"nobody in {team.name} can take a household now",
        )
    event = HouseholdQueuedV1(
        household_id=referral.household_id,
        referral_id=referral.referral_id,
        team_id=referral.team_id,
        team_lead=situation.roster.team_lead(referral.team_id),
        cause=assessment.cause,
        alert=AlertPlan(
            severity=assessment.severity,
            escalation=(situation.roster.duty_desk(referral.team_id),),
        ),
        waiting_since=referral.opened_at,
        provisional=state is RouteState.PROVISIONAL,
        reasons=reasons,
    )
    final = state is not RouteState.PROVISIONAL
    put_route(
        situation,
        assessment,
        state,
        household_id=referral.household_id,
        referral_id=referral.referral_id if final else None,
        referral_avoided=final and joined,
        reasons=reasons,
    )
    said = "final" if final else "provisional"
    return assessment.emission(
        event,
        derive_id(assessment.id, event.TYPE, referral.household_id, *assessment.key, said),
    )
