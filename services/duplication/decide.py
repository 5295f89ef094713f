"""From a recorded assessment to its decision, its rows and its event: pure, one at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.assessments import AssessmentRecordedV1
from contracts.duplication import (
    Candidate,
    HouseholdMatchedV1,
    MatchEvidence,
    ReviewRequestedV1,
    RoutingFacts,
)
from contracts.envelope import derive_id
from contracts.links import LinkProposedV1
from contracts.restrictions import HouseholdRestrictedV1
from contracts.vocabulary import Decision, Restriction, Urgency
from services.duplication import addresses, evidence, joining, strangers
from services.duplication.fold import Assessed, Resolution, resolve
from services.duplication.joining import Joined
from services.duplication.model import Model
from services.duplication.one_person import WHY, OnePerson
from services.duplication.records import DecidedAssessment, OpenedReview
from services.duplication.state import State

_MOST_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Decided:
    """What one assessment came to: a row, perhaps a review case, and the event that says so.

    ``proposals``: links to be asked about, each with its event, which is sent where the question
    is new. ``restrictions``: why few may know of the household, where that is new; ``same``: people
    known apart who are one.
    """

    row: DecidedAssessment
    review: OpenedReview | None
    event: HouseholdMatchedV1 | ReviewRequestedV1
    proposals: tuple[tuple[OpenedReview, LinkProposedV1], ...] = ()
    restrictions: tuple[str, ...] | None = None
    same: tuple[OnePerson, ...] = ()

    def restricted(self, now: datetime) -> HouseholdRestrictedV1 | None:
        """The event that says so, as of ``now``."""
        if self.restrictions is None:
            return None
        return HouseholdRestrictedV1(
            household_id=self.row.household_id,
            restrictions=tuple(Restriction(r) for r in self.restrictions),
            decided_at=now,
        )


def decide(
    model: Model,
    state: State,
    taken: Assessed,
    event: AssessmentRecordedV1,
    event_id: UUID,
    journey_id: UUID,
) -> Decided:
    """Resolve the assessment against the state (which it changes) and say so."""
    resolution = resolve(model, state, taken)
    facts = routing_facts(event, taken, resolution)
    decision_id = derive_id(event.assessment_id, "decision")
    weight = resolution.choice.weight
    proof = MatchEvidence(
        decision_id=decision_id,
        weight=None if weight is None else round(weight, 3),
        model_version=model.version,
        rule=resolution.choice.rule,
    )
    submission = event.submission
    row = DecidedAssessment(
        id=event.assessment_id,
        agency_id=event.agency_id,
        received_at=event.received_at,
        household_id=resolution.household_id,
        address=submission.address.model_dump(mode="json", exclude_none=True)
        if submission.address
        else None,
        restrictions=resolution.restrictions,
        facts=facts.model_dump(mode="json"),
        people=tuple(
            (link.person_id, person.model_dump(mode="json", exclude_defaults=True))
            for link, person in zip(resolution.links, submission.people, strict=True)
        ),
        elsewhere=resolution.elsewhere,
        left=resolution.left,
        decision_id=decision_id,
        outcome=evidence.outcome(resolution),
        rule=resolution.choice.rule,
        weight=proof.weight,
        model_version=model.version,
        detail=evidence.detail(resolution, model),
    )
    news = state.households[resolution.household_id].restrictions if resolution.restricts else None
    if resolution.review:
        doubt = _under_review(model, event, resolution, row, facts, proof, event_id, journey_id)
        return replace(doubt, restrictions=news)
    matched = HouseholdMatchedV1(
        assessment_id=event.assessment_id,
        household_id=resolution.household_id,
        decision=Decision.NEW if resolution.new_household else Decision.MATCHED,
        facts=facts,
        evidence=proof,
    )
    others = {one.other for one in resolution.same}
    proposals = tuple(
        _propose(
            model,
            event,
            joined,
            proof,
            event_id,
            journey_id,
            joined.why or (WHY if others.issuperset(joined.people) else None),
        )
        for joined in resolution.joins
    )
    return Decided(row, None, matched, proposals, news, resolution.same)


def _propose(
    model: Model,
    event: AssessmentRecordedV1,
    joined: Joined,
    proof: MatchEvidence,
    event_id: UUID,
    journey_id: UUID,
    why: str | None,
) -> tuple[OpenedReview, LinkProposedV1]:
    """One question for each two households, however many assessments connect them."""
    one, other = sorted((joined.household_id, joined.other_household_id))
    review_id = derive_id(one, "link", other)
    weight = round(joined.weight, 3)
    rule = strangers.RULE if why == strangers.WHY else joining.RULE
    due_at = event.received_at + timedelta(hours=model.review_hours[Urgency.ROUTINE])
    proposed = LinkProposedV1(
        review_id=review_id,
        household_ids=(joined.household_id, joined.other_household_id),
        assessment_id=event.assessment_id,
        proposed_at=event.received_at,
        due_at=due_at,
        evidence=proof.model_copy(update={"rule": rule, "weight": weight}),
    )
    opened = OpenedReview(
        id=review_id,
        assessment_id=event.assessment_id,
        household_id=joined.household_id,
        candidates=[{"household_id": str(joined.other_household_id), "weight": weight}],
        urgency=Urgency.ROUTINE,
        due_at=due_at,
        event_id=event_id,
        journey_id=journey_id,
        kind="link",
        why=why,
    )
    return opened, proposed


def _under_review(
    model: Model,
    event: AssessmentRecordedV1,
    resolution: Resolution,
    row: DecidedAssessment,
    facts: RoutingFacts,
    proof: MatchEvidence,
    event_id: UUID,
    journey_id: UUID,
) -> Decided:
    review_id = derive_id(event.assessment_id, "review")
    urgency = event.submission.urgency
    due_at = event.received_at + timedelta(hours=model.review_hours[urgency])
    candidates = tuple(
        Candidate(household_id=c.household_id, weight=round(c.weight, 3))
        for c in resolution.choice.candidates[:_MOST_CANDIDATES]
    )
    requested = ReviewRequestedV1(
        review_id=review_id,
        assessment_id=event.assessment_id,
        candidates=candidates,
        due_at=due_at,
        facts=facts,
        evidence=proof,
    )
    opened = OpenedReview(
        id=review_id,
        assessment_id=event.assessment_id,
        household_id=resolution.household_id,
        candidates=[c.model_dump(mode="json") for c in candidates],
        urgency=urgency,
        due_at=due_at,
        event_id=event_id,
        journey_id=journey_id,
    )
    return Decided(row, opened, requested)


def routing_facts(
    event: AssessmentRecordedV1, taken: Assessed, resolution: Resolution
) -> RoutingFacts:
    """What routing needs to know of the assessment, with opaque ids only."""
    submission = event.submission
    return RoutingFacts(
        agency_id=event.agency_id,
        agency_kind=event.agency_kind,
        received_at=event.received_at,
        urgency=submission.urgency,
        significant_harm=submission.significant_harm,
        restrictions=tuple(Restriction(r) for r in resolution.restrictions),
        restriction_stated=bool(taken.restrictions),
        needs=submission.needs,
        area=addresses.area(taken.home.postcode) if taken.home else None,
        locality_id=event.locality_id,
        languages=submission.languages,
        skills=submission.skills,
        would_have_referred_for=submission.would_have_referred_for,
        person_ids=tuple(link.person_id for link in resolution.links),
        previous_household_ids=tuple(
            h for h in resolution.previous_households if h != resolution.household_id
        ),
        alleged_perpetrator_ids=resolution.alleged,
        apart_household_ids=resolution.apart,
    )
