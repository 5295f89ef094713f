"""The household, people and practitioners whom the sample events are about. All synthetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.assessments import Address, Identifier, Person, Submission
from contracts.duplication import MatchEvidence, RoutingFacts
from contracts.envelope import derive_id
from contracts.keyworkers import AlertPlan, Cause, Recipient, WorkContact
from contracts.vocabulary import (
    AgencyKind,
    IdentifierScheme,
    LawfulBasis,
    Need,
    Purpose,
    Relationship,
    Severity,
    Sex,
    Urgency,
)
from contracts.vocabulary_alerts import RecipientKind

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ASSESSMENT = UUID("0195f0a0-0000-7000-8000-000000000001")


def sample_id(*parts: str) -> UUID:
    """The id of what ``parts`` name, the same every time."""
    return derive_id(ASSESSMENT, *parts)


HOUSEHOLD, ENGAGEMENT, REFERRAL = (
    sample_id("household"),
    sample_id("engagement"),
    sample_id("referral"),
)
AGENCY, TEAM = "wigan-primary-school", "wigan-scholes"
FIELDS: dict[str, Any] = {
    "reference": "WPS-2026-0113",
    "recorded_at": NOW - timedelta(hours=2),
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
CONTACT = WorkContact(
    name="Sam Okafor", role="Key worker", phone="0161 496 0101", email="sam.okafor@example.org"
)
KEY_WORKER = Recipient(kind=RecipientKind.KEY_WORKER, id="kw-wigan-scholes-3", contact=CONTACT)
LEAD = Recipient(
    kind=RecipientKind.TEAM_LEAD,
    id=TEAM,
    contact=WorkContact(name="Jo Hindley", role="Team lead", phone="0161 496 0110"),
)
DOOR = Recipient(
    kind=RecipientKind.FRONT_DOOR,
    id="wigan",
    contact=WorkContact(name="Wigan front door", role="Front door", phone="0161 496 0111"),
)
PLAN = AlertPlan(severity=Severity.ROUTINE, escalation=(LEAD,))
CAUSE = Cause(
    assessment_id=ASSESSMENT,
    agency_id=AGENCY,
    agency_kind=AgencyKind.SCHOOL,
    received_at=NOW,
    would_have_referred_for="early-help",
)
FACTS = RoutingFacts(
    agency_id=AGENCY,
    agency_kind=AgencyKind.SCHOOL,
    received_at=NOW,
    urgency=Urgency.ROUTINE,
    needs=(Need.EDUCATION,),
    area="WN1 2",
    locality_id="wigan",
    would_have_referred_for="early-help",
    person_ids=(sample_id("person", "0"), sample_id("person", "1")),
)
EVIDENCE = MatchEvidence(
    decision_id=sample_id("decision"), weight=21.4, model_version="1", rule="person-links"
)
SUBMISSION = Submission(**FIELDS)
