"""One assessment while it is being decided: its facts, and what later decisions carry on of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from contracts.duplication import MatchEvidence, RoutingFacts
from contracts.envelope import Event
from contracts.keyworkers import Cause
from contracts.vocabulary import Severity
from services.keyworkers.severity import severity_of
from services.keyworkers.situation import Emission, PendingReview, Route, RouteState, Situation


@dataclass(frozen=True, slots=True)
class Assessment:
    """``key``: what the ids of its consequences follow from, besides itself and the household."""

    id: UUID
    facts: RoutingFacts
    evidence: MatchEvidence
    cause: Cause
    severity: Severity
    key: tuple[object, ...] = ()
    traceparent: str | None = None

    @classmethod
    def of(
        cls,
        assessment_id: UUID,
        facts: RoutingFacts,
        evidence: MatchEvidence,
        *key: object,
        traceparent: str | None = None,
    ) -> Assessment:
        cause = cause_of(assessment_id, facts)
        return cls(assessment_id, facts, evidence, cause, severity_of(facts), key, traceparent)

    @classmethod
    def under_review(cls, review: PendingReview, *because: object) -> Assessment:
        """``because``: what has changed since somebody was told of it first."""
        return cls.of(
            review.assessment_id,
            review.facts,
            review.evidence,
            review.review_id,
            *because,
            traceparent=review.traceparent,
        )

    def emission(self, event: Event, event_id: UUID) -> Emission:
        """An event of this assessment's own journey."""
        return Emission(event_id, event, self.id, self.traceparent)


def cause_of(assessment_id: UUID, facts: RoutingFacts) -> Cause:
    """Which assessment an event follows from."""
    return Cause(
        assessment_id=assessment_id,
        agency_id=facts.agency_id,
        agency_kind=facts.agency_kind,
        received_at=facts.received_at,
        restrictions=facts.restrictions,
        would_have_referred_for=facts.would_have_referred_for,
    )


def people_to_know(facts: RoutingFacts) -> tuple[UUID, ...]:
    """The people through whom a key worker may be found: never an alleged perpetrator."""
    return tuple(p for p in facts.person_ids if p not in facts.alleged_perpetrator_ids)


def households_known_by(
    households_of: Mapping[UUID, set[UUID]], current: Mapping[UUID, UUID], facts: RoutingFacts
) -> set[UUID]:
    """Households in which somebody of this one has been before, for continuity, as they are now.

    ``previous_household_ids`` does not say whose they are. Where somebody is alleged to have
    caused harm they may be theirs, and their key worker must not be led to this household; then
    only what is known of the other people counts.
    """
    known = {h for p in people_to_know(facts) for h in households_of.get(p, ())}
    if not facts.alleged_perpetrator_ids:
        known.update(current.get(h, h) for h in facts.previous_household_ids)
    return known


def put_route(
    situation: Situation,
    assessment: Assessment,
    state: RouteState,
    *,
    household_id: UUID | None = None,
    referral_id: UUID | None = None,
    engagement_id: UUID | None = None,
    referral_avoided: bool = False,
    reasons: tuple[str, ...] = (),
) -> None:
    known = situation.routes.get(assessment.id)
    situation.put_route(
        Route(
            assessment.id,
            state,
            assessment.cause,
            assessment.evidence,
            assessment.severity,
            front_door=known is not None and known.front_door,
            household_id=household_id,
            referral_id=referral_id,
            engagement_id=engagement_id,
            referral_avoided=referral_avoided,
            reasons=reasons,
            traceparent=assessment.traceparent,
            facts=assessment.facts,
        )
    )
