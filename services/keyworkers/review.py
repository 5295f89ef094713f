"""Assessments under review: nobody waits on a queue unseen (rule 4)."""

from __future__ import annotations

from contracts.duplication import ReviewRequestedV1
from contracts.envelope import derive_id
from contracts.vocabulary import Urgency
from contracts.vocabulary_changes import ReversalReason
from services.keyworkers import never_suppress
from services.keyworkers.assessment import Assessment, put_route
from services.keyworkers.notices import queue, route, take_back
from services.keyworkers.situation import Emission, PendingReview, Referral, RouteState, Situation
from services.keyworkers.teams import team_for


def hold(situation: Situation, assessment: Assessment, event: ReviewRequestedV1) -> list[Emission]:
    """Rule 4: what is urgent or harmful is sent on at once, the rest when its deadline passes."""
    review = PendingReview(
        event.review_id,
        event.assessment_id,
        event.due_at,
        event.candidates,
        event.facts,
        event.evidence,
        assessment.traceparent,
    )
    situation.changes.pending[review.review_id] = review
    known = situation.routes.get(assessment.id)
    if known is not None and known.state is RouteState.PROVISIONAL:
        return []  # somebody has been told; a new review waits for its own deadline
    if never_suppress.applies(assessment.facts) or assessment.facts.urgency is not Urgency.ROUTINE:
        return send_on_provisionally(situation, review)
    put_route(situation, assessment, RouteState.UNDER_REVIEW)
    return []


def send_on_provisionally(
    situation: Situation,
    review: PendingReview,
    *because: object,
    reason: ReversalReason = ReversalReason.ASSIGNED,
) -> list[Emission]:
    """To the likeliest household's key worker as a possible match; no referral is opened.

    Where it has none, its team's lead is told with ``HouseholdQueuedV1``: about the referral it
    waits with, or about the one that will be opened if a reviewer says it is this household.
    ``because``: what has changed since somebody else was told, which is taken back for ``reason``.
    """
    assessment = Assessment.under_review(review, *because)
    situation.changes.told.add(review.review_id)
    known = situation.routes.get(review.assessment_id)
    if known is not None and known.state.is_settled:
        return []
    emissions = []
    if known is not None and known.household_id is not None:
        emissions.append(take_back(assessment, known, reason))
    likeliest = situation.current_of(review.candidates[0].household_id)
    if engagement := situation.active(likeliest):
        reasons = ("possible match — please check: nobody has reviewed it yet",)
        return [*emissions, route(situation, assessment, engagement, reasons, provisional=True)]
    referral = situation.waiting.get(likeliest) or Referral(
        referral_id=derive_id(assessment.id, likeliest, review.review_id, "referral"),
        household_id=likeliest,
        team_id=team_for(situation, likeliest, review.facts),
        cause=assessment.cause,
        severity=assessment.severity,
        opened_at=review.facts.received_at,
    )
    return [*emissions, queue(situation, assessment, referral, RouteState.PROVISIONAL)]
