"""One example of every event, with synthetic people: the files in ``examples/`` come from here."""

from __future__ import annotations

from datetime import timedelta

from contracts.alerts import AlertAcknowledgedV1, AlertEscalatedV1, AlertRaisedV1
from contracts.assessments import AssessmentRecordedV1, AssessmentSubmittedV1
from contracts.duplication import (
    Candidate,
    HouseholdMatchedV1,
    MatchReviewedV1,
    ReviewRequestedV1,
)
from contracts.envelope import Event
from contracts.keyworkers import (
    AlertPlan,
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    ReferralOpenedV1,
)
from contracts.outcomes import AssessmentOutcomeV1
from contracts.sample_changes import CHANGES
from contracts.sample_facts import (
    AGENCY,
    ASSESSMENT,
    CAUSE,
    CONTACT,
    DOOR,
    ENGAGEMENT,
    EVIDENCE,
    FACTS,
    FIELDS,
    HOUSEHOLD,
    KEY_WORKER,
    LEAD,
    NOW,
    PLAN,
    REFERRAL,
    SUBMISSION,
    TEAM,
    sample_id,
)
from contracts.vocabulary import AgencyKind, Channel, Decision, Harm, OutcomeKind, Severity, Verdict
from contracts.vocabulary_alerts import AlertKind

SAMPLES: tuple[Event, ...] = (
    AssessmentSubmittedV1(**FIELDS),
    AssessmentRecordedV1(
        assessment_id=ASSESSMENT,
        agency_id=AGENCY,
        agency_kind=AgencyKind.SCHOOL,
        locality_id="wigan",
        channel=Channel.HTTP,
        received_at=NOW,
        submission=SUBMISSION,
    ),
    HouseholdMatchedV1(
        assessment_id=ASSESSMENT,
        household_id=HOUSEHOLD,
        decision=Decision.MATCHED,
        facts=FACTS,
        evidence=EVIDENCE,
    ),
    ReviewRequestedV1(
        review_id=sample_id("review"),
        assessment_id=ASSESSMENT,
        candidates=(Candidate(household_id=HOUSEHOLD, weight=3.2),),
        due_at=NOW + timedelta(days=1),
        facts=FACTS,
        evidence=EVIDENCE,
    ),
    MatchReviewedV1(
        review_id=sample_id("review"),
        assessment_id=ASSESSMENT,
        verdict=Verdict.SAME,
        household_id=HOUSEHOLD,
        decision=Decision.MATCHED,
        reviewed_by="reviewer-1",
        reviewed_at=NOW + timedelta(hours=1),
        facts=FACTS,
        evidence=EVIDENCE,
    ),
    ReferralOpenedV1(
        referral_id=REFERRAL,
        household_id=HOUSEHOLD,
        team_id=TEAM,
        cause=CAUSE,
        reasons=("nobody was working with this household",),
    ),
    KeyWorkerAssignedV1(
        engagement_id=ENGAGEMENT,
        referral_id=REFERRAL,
        household_id=HOUSEHOLD,
        team_id=TEAM,
        key_worker=KEY_WORKER,
        cause=CAUSE,
        alert=PLAN,
        reasons=("most room: 6 of 16",),
    ),
    AssessmentRoutedV1(
        household_id=HOUSEHOLD,
        engagement_id=ENGAGEMENT,
        team_id=TEAM,
        key_worker=KEY_WORKER,
        cause=CAUSE,
        alert=PLAN,
        evidence=EVIDENCE,
        reasons=("Sam Okafor is this household's key worker",),
    ),
    HouseholdQueuedV1(
        household_id=HOUSEHOLD,
        referral_id=REFERRAL,
        team_id=TEAM,
        team_lead=LEAD,
        cause=CAUSE,
        alert=PLAN,
        waiting_since=NOW,
        reasons=("nobody in the team has room",),
    ),
    FrontDoorNotifiedV1(
        household_id=HOUSEHOLD,
        front_door=DOOR,
        grounds=(Harm.CHILD_SIGNIFICANT_HARM,),
        cause=CAUSE,
        alert=AlertPlan(severity=Severity.IMMEDIATE),
    ),
    AlertRaisedV1(
        alert_id=sample_id("alert"),
        kind=AlertKind.ROUTED,
        severity=Severity.ROUTINE,
        recipient=KEY_WORKER,
        assessment_id=ASSESSMENT,
        household_id=HOUSEHOLD,
        raised_at=NOW,
        due_at=NOW + timedelta(days=1),
    ),
    AlertAcknowledgedV1(
        alert_id=sample_id("alert"),
        kind=AlertKind.ROUTED,
        assessment_id=ASSESSMENT,
        household_id=HOUSEHOLD,
        acknowledged_by=KEY_WORKER.id,
        acknowledged_at=NOW + timedelta(minutes=9),
    ),
    AlertEscalatedV1(
        alert_id=sample_id("alert"),
        step=1,
        recipient=LEAD,
        assessment_id=ASSESSMENT,
        household_id=HOUSEHOLD,
        escalated_at=NOW + timedelta(days=1),
        due_at=NOW + timedelta(days=1, hours=4),
    ),
    AssessmentOutcomeV1(
        assessment_id=ASSESSMENT,
        agency_id=AGENCY,
        outcome=OutcomeKind.ROUTED,
        final=True,
        version=1,
        stated_at=NOW,
        contact=CONTACT,
    ),
    *CHANGES,
)
