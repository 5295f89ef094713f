"""One example of every event, with synthetic people: the files in ``examples/`` come from here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.alerts import AlertAcknowledgedV1, AlertEscalatedV1, AlertRaisedV1
from contracts.assessments import (
    Address,
    AssessmentRecordedV1,
    AssessmentSubmittedV1,
    Identifier,
    Person,
    Submission,
)
from contracts.duplication import (
    Candidate,
    HouseholdMatchedV1,
    MatchEvidence,
    MatchReviewedV1,
    ReviewRequestedV1,
    RoutingFacts,
)
from contracts.envelope import Event, derive_id
from contracts.keyworkers import (
    AlertPlan,
    AssessmentRoutedV1,
    Cause,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    Recipient,
    ReferralOpenedV1,
    WorkContact,
)
from contracts.outcomes import AssessmentOutcomeV1
from contracts.vocabulary import (
    AgencyKind,
    AlertKind,
    Channel,
    Decision,
    Harm,
    IdentifierScheme,
    LawfulBasis,
    Need,
    OutcomeKind,
    Purpose,
    RecipientKind,
    Relationship,
    Severity,
    Sex,
    Urgency,
    Verdict,
)

_NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_ASSESSMENT = UUID("0195f0a0-0000-7000-8000-000000000001")


def _id(*parts: str) -> UUID:
    return derive_id(_ASSESSMENT, *parts)


_HOUSEHOLD, _ENGAGEMENT, _REFERRAL = _id("household"), _id("engagement"), _id("referral")
_AGENCY, _TEAM = "wigan-primary-school", "wigan-scholes"
_FIELDS: dict[str, Any] = {
    "reference": "WPS-2026-0113",
    "recorded_at": _NOW - timedelta(hours=2),
    "people": (
        Person(
            reference="P-1",
            given_name="Danielle",
            family_name="Ashworth",
            date_of_birth="1991-04-12",
            sex=Sex.FEMALE,
            phones=("07700 900123",),
            relationship=Relationship.PARENT,
        ),
        Person(
            reference="P-2",
            given_name="Riley",
            family_name="Ashworth",
            date_of_birth="2017-09-XX",
            identifiers=(Identifier(scheme=IdentifierScheme.NHS_NUMBER, value="9990000018"),),
            relationship=Relationship.CHILD,
        ),
    ),
    "address": Address(lines=("14 Orchard Row",), town="Wigan", postcode="WN1 2AB"),
    "needs": (Need.EDUCATION, Need.FINANCIAL_STABILITY),
    "strengths": ("Riley's grandmother collects him twice a week",),
    "good_day": "Everyone is up on time and Riley walks to school with his friend.",
    "lawful_basis": LawfulBasis.CHILDREN_ACT_2004_S10,
    "purpose": Purpose.EARLY_HELP,
    "would_have_referred_for": "early-help",
}
_CONTACT = WorkContact(
    name="Sam Okafor", role="Key worker", phone="0161 496 0101", email="sam.okafor@example.org"
)
_KEY_WORKER = Recipient(kind=RecipientKind.KEY_WORKER, id="kw-wigan-scholes-3", contact=_CONTACT)
_LEAD = Recipient(
    kind=RecipientKind.TEAM_LEAD,
    id=_TEAM,
    contact=WorkContact(name="Jo Hindley", role="Team lead", phone="0161 496 0110"),
)
_DOOR = Recipient(
    kind=RecipientKind.FRONT_DOOR,
    id="wigan",
    contact=WorkContact(name="Wigan front door", role="Front door", phone="0161 496 0111"),
)
_PLAN = AlertPlan(severity=Severity.ROUTINE, escalation=(_LEAD,))
_CAUSE = Cause(
    assessment_id=_ASSESSMENT,
    agency_id=_AGENCY,
    agency_kind=AgencyKind.SCHOOL,
    received_at=_NOW,
    would_have_referred_for="early-help",
)
_FACTS = RoutingFacts(
    agency_id=_AGENCY,
    agency_kind=AgencyKind.SCHOOL,
    received_at=_NOW,
    urgency=Urgency.ROUTINE,
    needs=(Need.EDUCATION,),
    area="WN1 2",
    would_have_referred_for="early-help",
    person_ids=(_id("person", "0"), _id("person", "1")),
)
_EVIDENCE = MatchEvidence(
    decision_id=_id("decision"), weight=21.4, model_version="1", rule="person-links"
)
_SUBMISSION = Submission(**_FIELDS)

SAMPLES: tuple[Event, ...] = (
    AssessmentSubmittedV1(**_FIELDS),
    AssessmentRecordedV1(
        assessment_id=_ASSESSMENT,
        agency_id=_AGENCY,
        agency_kind=AgencyKind.SCHOOL,
        channel=Channel.HTTP,
        received_at=_NOW,
        submission=_SUBMISSION,
    ),
    HouseholdMatchedV1(
        assessment_id=_ASSESSMENT,
        household_id=_HOUSEHOLD,
        decision=Decision.MATCHED,
        facts=_FACTS,
        evidence=_EVIDENCE,
    ),
    ReviewRequestedV1(
        review_id=_id("review"),
        assessment_id=_ASSESSMENT,
        candidates=(Candidate(household_id=_HOUSEHOLD, weight=3.2),),
        due_at=_NOW + timedelta(days=1),
        facts=_FACTS,
        evidence=_EVIDENCE,
    ),
    MatchReviewedV1(
        review_id=_id("review"),
        assessment_id=_ASSESSMENT,
        verdict=Verdict.SAME,
        household_id=_HOUSEHOLD,
        decision=Decision.MATCHED,
        reviewed_by="reviewer-1",
        reviewed_at=_NOW + timedelta(hours=1),
        facts=_FACTS,
        evidence=_EVIDENCE,
    ),
    ReferralOpenedV1(
        referral_id=_REFERRAL,
        household_id=_HOUSEHOLD,
        team_id=_TEAM,
        cause=_CAUSE,
        reasons=("nobody was working with this household",),
    ),
    KeyWorkerAssignedV1(
        engagement_id=_ENGAGEMENT,
        referral_id=_REFERRAL,
        household_id=_HOUSEHOLD,
        team_id=_TEAM,
        key_worker=_KEY_WORKER,
        cause=_CAUSE,
        alert=_PLAN,
        reasons=("most room: 6 of 16",),
    ),
    AssessmentRoutedV1(
        household_id=_HOUSEHOLD,
        engagement_id=_ENGAGEMENT,
        team_id=_TEAM,
        key_worker=_KEY_WORKER,
        cause=_CAUSE,
        alert=_PLAN,
        evidence=_EVIDENCE,
        reasons=("Sam Okafor is this household's key worker",),
    ),
    HouseholdQueuedV1(
        household_id=_HOUSEHOLD,
        referral_id=_REFERRAL,
        team_id=_TEAM,
        team_lead=_LEAD,
        cause=_CAUSE,
        alert=_PLAN,
        waiting_since=_NOW,
        reasons=("nobody in the team has room",),
    ),
    FrontDoorNotifiedV1(
        household_id=_HOUSEHOLD,
        front_door=_DOOR,
        grounds=(Harm.CHILD_SIGNIFICANT_HARM,),
        cause=_CAUSE,
        alert=AlertPlan(severity=Severity.IMMEDIATE),
    ),
    AlertRaisedV1(
        alert_id=_id("alert"),
        kind=AlertKind.ROUTED,
        severity=Severity.ROUTINE,
        recipient=_KEY_WORKER,
        assessment_id=_ASSESSMENT,
        household_id=_HOUSEHOLD,
        raised_at=_NOW,
        due_at=_NOW + timedelta(days=1),
    ),
    AlertAcknowledgedV1(
        alert_id=_id("alert"),
        kind=AlertKind.ROUTED,
        assessment_id=_ASSESSMENT,
        household_id=_HOUSEHOLD,
        acknowledged_by=_KEY_WORKER.id,
        acknowledged_at=_NOW + timedelta(minutes=9),
    ),
    AlertEscalatedV1(
        alert_id=_id("alert"),
        step=1,
        recipient=_LEAD,
        assessment_id=_ASSESSMENT,
        household_id=_HOUSEHOLD,
        escalated_at=_NOW + timedelta(days=1),
        due_at=_NOW + timedelta(days=1, hours=4),
    ),
    AssessmentOutcomeV1(
        assessment_id=_ASSESSMENT,
        agency_id=_AGENCY,
        outcome=OutcomeKind.ROUTED,
        final=True,
        version=1,
        stated_at=_NOW,
        contact=_CONTACT,
    ),
)
