"""What duplication detection says: which household an assessment is of, or that a person must look.

These events carry opaque ids and routing facts, no personal data.
"""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.envelope import Contract, Event, Slug
from contracts.vocabulary import AgencyKind, Decision, Harm, Need, Restriction, Urgency, Verdict

Area = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,4}( [0-9])?$", examples=["WN1 2", "M14"])]
"""A postcode sector (about 3,000 addresses) or, where only that is known, a district."""


class RoutingFacts(Contract):
    """What assignment and routing need to know of an assessment, and no more.

    ``area`` is None with no fixed abode, no postcode or one that is not British. ``locality_id`` is
    that of the agency, where it works for one: whose front door is told where the area names none.
    ``person_ids``: the people of this assessment, for continuity. ``previous_household_ids``:
    households in which any of them has been before. ``alleged_perpetrator_ids``: those of them who
    must never be alerted or named to. ``apart_household_ids``: households that must not have the
    same key worker as this one: somebody of one is alleged to have caused harm in the other.
    ``restriction_stated``: its own agency stated that few may know, or may have; False where its
    people or its household were restricted already.
    """

    agency_id: Slug
    agency_kind: AgencyKind
    received_at: AwareDatetime
    urgency: Urgency
    significant_harm: tuple[Harm, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    restriction_stated: bool = True
    needs: tuple[Need, ...] = ()
    area: Area | None = None
    locality_id: Slug | None = None
    languages: tuple[str, ...] = ()
    skills: tuple[Slug, ...] = ()
    would_have_referred_for: Slug | None = None
    person_ids: tuple[UUID, ...] = ()
    previous_household_ids: tuple[UUID, ...] = ()
    alleged_perpetrator_ids: tuple[UUID, ...] = ()
    apart_household_ids: tuple[UUID, ...] = ()


class MatchEvidence(Contract):
    """Why: summary of the stored decision. ``weight``: log2 odds of the best link, in bits."""

    decision_id: UUID
    weight: float | None = None
    model_version: str
    rule: str


class HouseholdMatchedV1(Event):
    """It is decided which household the assessment is of: a new one, or one already known."""

    TYPE: ClassVar[str] = "kith.duplication.household.matched.v1"
    TOPIC: ClassVar[str] = "duplication.households"

    assessment_id: UUID
    household_id: UUID
    decision: Decision
    facts: RoutingFacts
    evidence: MatchEvidence

    def subject(self) -> str:
        return str(self.household_id)


class Candidate(Contract):
    """A household the assessment may be of. ``weight``: log2 odds, in bits."""

    household_id: UUID
    weight: float


class ReviewRequestedV1(Event):
    """Nobody can be sure which household it is: a person is asked. The likeliest comes first.

    ``due_at``: when, unreviewed, the likeliest household's key worker is told anyway.
    """

    TYPE: ClassVar[str] = "kith.duplication.review.requested.v1"
    TOPIC: ClassVar[str] = "duplication.households"

    review_id: UUID
    assessment_id: UUID
    candidates: Annotated[tuple[Candidate, ...], Field(min_length=1)]
    due_at: AwareDatetime
    facts: RoutingFacts
    evidence: MatchEvidence

    def subject(self) -> str:
        return str(self.review_id)


class MatchReviewedV1(Event):
    """A person decided a possible match. ``household_id``: what household it is of now."""

    TYPE: ClassVar[str] = "kith.duplication.match.reviewed.v1"
    TOPIC: ClassVar[str] = "duplication.households"

    review_id: UUID
    assessment_id: UUID
    verdict: Verdict
    household_id: UUID
    decision: Decision
    reviewed_by: str
    reviewed_at: AwareDatetime
    facts: RoutingFacts
    evidence: MatchEvidence

    def subject(self) -> str:
        return str(self.review_id)
