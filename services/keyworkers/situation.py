"""What is known when a batch is decided, and what the deciding changes: values, no rules.

``Situation`` is loaded once per batch and place, decided over in order, and saved once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.duplication import Candidate, MatchEvidence, ReviewRequestedV1, RoutingFacts
from contracts.envelope import Event
from contracts.keyworkers import Cause
from contracts.vocabulary import Severity
from services.keyworkers.ranking import Ranked
from services.keyworkers.roster import Roster


class RouteState(StrEnum):
    """What became of an assessment so far."""

    UNDER_REVIEW = "under_review"
    PROVISIONAL = "provisional"
    """Under review, and the likeliest household's key worker or team lead has been told."""
    QUEUED = "queued"
    OPENED = "opened"
    ROUTED = "routed"

    @property
    def is_settled(self) -> bool:
        """It is decided which household it is of."""
        return self not in {RouteState.UNDER_REVIEW, RouteState.PROVISIONAL}


@dataclass(frozen=True, slots=True)
class Engagement:
    """A household and its key worker, from ``started_at`` until ``ended_at``.

    ``held_before``: who handed it over, and when; not those who have it now.
    """

    engagement_id: UUID
    household_id: UUID
    referral_id: UUID
    team_id: str
    key_worker_id: str
    started_at: datetime
    ended_at: datetime | None = None
    held_before: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Referral:
    """Opened once, for a household nobody works with. Waits while ``engagement_id`` is None.

    ``claim_by``: offered to the team until then; None where it is not, or no longer.
    """

    referral_id: UUID
    household_id: UUID
    team_id: str
    cause: Cause
    severity: Severity
    opened_at: datetime
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    re_referral: bool = False
    reasons: tuple[str, ...] = ()
    known_households: frozenset[UUID] = frozenset()
    """Households in which somebody of this one has been before, for continuity."""
    engagement_id: UUID | None = None
    assigned_at: datetime | None = None
    claim_by: datetime | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One assessment and what became of it: one row of the ledger's evidence."""

    assessment_id: UUID
    state: RouteState
    cause: Cause
    evidence: MatchEvidence
    severity: Severity
    front_door: bool = False
    household_id: UUID | None = None
    referral_id: UUID | None = None
    engagement_id: UUID | None = None
    referral_avoided: bool = False
    reasons: tuple[str, ...] = ()
    traceparent: str | None = None
    facts: RoutingFacts | None = None
    """What it was routed by; None where it was before that was kept."""


@dataclass(frozen=True, slots=True)
class PendingReview:
    """An assessment a person must look at by ``due_at``; after that it is sent on provisionally."""

    review_id: UUID
    assessment_id: UUID
    due_at: datetime
    candidates: tuple[Candidate, ...]
    facts: RoutingFacts
    evidence: MatchEvidence
    traceparent: str | None = None

    def as_event(self) -> ReviewRequestedV1:
        """The event that asked for it."""
        return ReviewRequestedV1(
            review_id=self.review_id,
            assessment_id=self.assessment_id,
            candidates=self.candidates,
            due_at=self.due_at,
            facts=self.facts,
            evidence=self.evidence,
        )


@dataclass(frozen=True, slots=True)
class Load:
    """What a key worker carries. ``conflicts``: households they must not have."""

    households: float = 0.0
    last_assigned_at: datetime | None = None
    conflicts: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Emission:
    """An event that follows. ``journey_id``: the assessment whose journey it belongs to."""

    id: UUID
    event: Event
    journey_id: UUID
    traceparent: str | None = None


@dataclass(slots=True)
class Changes:
    """What is to be saved: the latest of each, by id."""

    engagements: dict[UUID, Engagement] = field(default_factory=dict)
    rankings: dict[UUID, tuple[Ranked, ...]] = field(default_factory=dict)
    referrals: dict[UUID, Referral] = field(default_factory=dict)
    routes: dict[UUID, Route] = field(default_factory=dict)
    seen: set[tuple[UUID, UUID]] = field(default_factory=set)
    """Household and person pairs not known before."""
    pending: dict[UUID, PendingReview] = field(default_factory=dict)
    told: set[UUID] = field(default_factory=set)
    """Reviews whose likeliest household's key worker or team lead has been told."""
    reviewed: set[UUID] = field(default_factory=set)


@dataclass(slots=True)
class Situation:
    """One place while a batch is being decided. Later events see what earlier ones changed."""

    roster: Roster
    engagements: dict[UUID, list[Engagement]] = field(default_factory=dict)
    """By household, oldest first."""
    waiting: dict[UUID, Referral] = field(default_factory=dict)
    """Referrals that wait for a key worker, by household."""
    crowded: set[str] = field(default_factory=set)
    """Teams with a waiting list."""
    loads: dict[str, Load] = field(default_factory=dict)
    routes: dict[UUID, Route] = field(default_factory=dict)
    households_of: dict[UUID, set[UUID]] = field(default_factory=dict)
    """By person: the households they have been seen in."""
    apart: dict[UUID, frozenset[UUID]] = field(default_factory=dict)
    """By household: those that must not have the same key worker."""
    current: Mapping[UUID, UUID] = field(default_factory=dict)
    """By retired id: the household that it stands for now."""
    opened_by: Mapping[UUID, UUID] = field(default_factory=dict)
    """By referral: the assessment that opened it, of those that are decided anew. One that comes
    back to what it had opened itself avoids nothing."""
    changes: Changes = field(default_factory=Changes)

    def current_of(self, household_id: UUID) -> UUID:
        """The household that an id stands for now: ids that were retired stay valid for ever."""
        return self.current.get(household_id, household_id)

    def active(self, household_id: UUID) -> Engagement | None:
        """The household's one active engagement."""
        for engagement in self.engagements.get(household_id, ()):
            if engagement.ended_at is None:
                return engagement
        return None

    def last(self, household_id: UUID) -> Engagement | None:
        """The household's latest engagement, active or not."""
        known = self.engagements.get(household_id)
        return known[-1] if known else None

    def see(self, household_id: UUID, person_ids: Iterable[UUID]) -> None:
        """People were seen in a household."""
        for person_id in person_ids:
            known = self.households_of.setdefault(person_id, set())
            if household_id not in known:
                known.add(household_id)
                self.changes.seen.add((household_id, person_id))

    def put_engagement(self, engagement: Engagement, ranking: tuple[Ranked, ...]) -> None:
        self.engagements.setdefault(engagement.household_id, []).append(engagement)
        self.changes.engagements[engagement.engagement_id] = engagement
        self.changes.rankings[engagement.engagement_id] = ranking
        load = self.loads.get(engagement.key_worker_id, Load())
        # What is kept apart from this household is kept from its key worker from now on.
        conflicts = load.conflicts | self.apart.get(engagement.household_id, frozenset())
        self.loads[engagement.key_worker_id] = Load(
            load.households + 1, engagement.started_at, conflicts
        )

    def put_referral(self, referral: Referral) -> None:
        if referral.engagement_id is None:
            self.waiting[referral.household_id] = referral
            if referral.claim_by is None:
                self.crowded.add(referral.team_id)
        else:
            self.waiting.pop(referral.household_id, None)
        self.changes.referrals[referral.referral_id] = referral

    def put_route(self, route: Route) -> None:
        self.routes[route.assessment_id] = route
        self.changes.routes[route.assessment_id] = route
