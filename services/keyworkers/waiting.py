"""The waiting list: most urgent first, then oldest; and telling those who asked meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.envelope import derive_id
from contracts.keyworkers import AssessmentRoutedV1
from services.keyworkers.assigning import assign
from services.keyworkers.severity import ORDER
from services.keyworkers.situation import (
    Emission,
    Engagement,
    Referral,
    Route,
    RouteState,
    Situation,
)


def in_turn(referrals: Iterable[Referral]) -> list[Referral]:
    """The order in which households are given a key worker."""
    return sorted(referrals, key=lambda r: (ORDER[r.severity], r.opened_at, r.referral_id.bytes))


def drain(situation: Situation, referrals: Iterable[Referral], at: datetime) -> list[Emission]:
    """Assign what there is room for now. One nobody may have does not keep the others back."""
    given = (assign(situation, referral, at) for referral in in_turn(referrals))
    return [emission for assigned in given if assigned for emission in assigned[1:]]


def follow(
    situation: Situation,
    routes: Iterable[Route],
    engagements: dict[UUID, Engagement],
    causes: dict[UUID, UUID],
    *because: object,
) -> list[Emission]:
    """Assessments that joined a waiting household go to the key worker it has been given.

    ``engagements`` and ``causes``, by referral: the engagement, and the assessment that opened it,
    whose own event is ``KeyWorkerAssignedV1``. ``because``: the link by which it was given them.
    """
    emissions: list[Emission] = []
    for waited in routes:
        assert waited.referral_id is not None
        engagement = engagements[waited.referral_id]
        opened = waited.assessment_id == causes[waited.referral_id]
        # By a link it may come back to the referral that it opened: that was said long ago.
        said = opened and not because
        told = replace(
            waited,
            state=RouteState.OPENED if said else RouteState.ROUTED,
            engagement_id=engagement.engagement_id,
            referral_avoided=waited.referral_avoided and not opened,
        )
        situation.put_route(told)
        if not said:
            emissions.append(_routed(situation, told, engagement, *because))
    return emissions


def _routed(
    situation: Situation, told: Route, engagement: Engagement, *because: object
) -> Emission:
    roster = situation.roster
    key_worker = roster.key_worker(engagement.key_worker_id)
    event = AssessmentRoutedV1(
        household_id=engagement.household_id,
        engagement_id=engagement.engagement_id,
        team_id=engagement.team_id,
        key_worker=key_worker,
        cause=told.cause,
        alert=roster.alert_plan(engagement.key_worker_id, told.severity, engagement.started_at),
        referral_avoided=told.referral_avoided,
        evidence=told.evidence,
        reasons=(
            f"the household waited; {key_worker.contact.name} is its key worker"
            f" since {engagement.started_at:%-d %B %Y}",
        ),
    )
    event_id = derive_id(
        told.assessment_id, event.TYPE, engagement.engagement_id, *because, "followed"
    )
    return Emission(event_id, event, told.cause.assessment_id, told.traceparent)
