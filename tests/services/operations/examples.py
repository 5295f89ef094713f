"""The events of whole journeys, as the services send them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from contracts.alerts import AlertAcknowledgedV1, AlertEscalatedV1, AlertRaisedV1
from contracts.assessments import AssessmentRecordedV1, Person, Submission
from contracts.duplication import (
    Candidate,
    HouseholdMatchedV1,
    MatchEvidence,
    MatchReviewedV1,
    ReviewRequestedV1,
    RoutingFacts,
)
from contracts.envelope import Envelope, Event
from contracts.handovers import RoutingReversedV1
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
from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1, MovedAssessment
from contracts.outcomes import AssessmentOutcomeV1
from contracts.vocabulary import (
    AgencyKind,
    Channel,
    Decision,
    Harm,
    LawfulBasis,
    OutcomeKind,
    Purpose,
    Restriction,
    Severity,
    Urgency,
    Verdict,
)
from contracts.vocabulary_alerts import AlertKind, RecipientKind
from contracts.vocabulary_changes import LinkCause, ReversalReason
from tests.stack import Stack

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
WORKER = Recipient(
    kind=RecipientKind.KEY_WORKER, id="kw-asha", contact=WorkContact(name="Asha", role="Worker")
)
PLAN = AlertPlan(severity=Severity.URGENT)
SURNAME = "Featherstonehaugh"
Sent = tuple[Envelope, Event]


class Tale:
    """One journey told event by event, a second apart."""

    def __init__(
        self,
        stack: Stack,
        *,
        household_id: UUID | None = None,
        engagement_id: UUID | None = None,
        agency: str = "wigan-schools",
        start: datetime = START,
        restrictions: tuple[Restriction, ...] = (),
    ) -> None:
        self.stack = stack
        self.id = uuid4()
        self.engagement_id = engagement_id or uuid4()
        self.household_id = household_id or uuid4()
        self.agency = agency
        self.restrictions = restrictions
        self.now = start
        self.sent: list[Sent] = []
        self.alert_id = uuid4()

    def _add(self, event: Event) -> Tale:
        self.now += timedelta(seconds=1)
        envelope = replace(self.stack.envelope(event, self.id), time=self.now)
        self.sent.append((envelope, event))
        return self

    @property
    def cause(self) -> Cause:
        return Cause(
            assessment_id=self.id,
            agency_id=self.agency,
            agency_kind=AgencyKind.SCHOOL,
            received_at=self.now,
            restrictions=self.restrictions,
            would_have_referred_for="early-help",
        )

    @property
    def facts(self) -> RoutingFacts:
        return RoutingFacts(
            agency_id=self.agency,
            agency_kind=AgencyKind.SCHOOL,
            received_at=self.now,
            urgency=Urgency.URGENT,
            restrictions=self.restrictions,
        )

    @property
    def evidence(self) -> MatchEvidence:
        return MatchEvidence(
            decision_id=self.id, weight=21.5, model_version="2026.1", rule="strong-link"
        )

    def recorded(self) -> Tale:
        submission = Submission(
            reference="WGN-1",
            recorded_at=self.now,
            people=(Person(given_name="Wilhelmina", family_name=SURNAME),),
            urgency=Urgency.URGENT,
            restrictions=self.restrictions,
            lawful_basis=LawfulBasis.CONSENT,
            purpose=Purpose.EARLY_HELP,
        )
        return self._add(
            AssessmentRecordedV1(
                assessment_id=self.id,
                agency_id=self.agency,
                agency_kind=AgencyKind.SCHOOL,
                channel=Channel.HTTP,
                received_at=self.now + timedelta(seconds=1),
                submission=submission,
            )
        )

    def matched(self) -> Tale:
        return self._add(
            HouseholdMatchedV1(
                assessment_id=self.id,
                household_id=self.household_id,
                decision=Decision.MATCHED,
                facts=self.facts,
                evidence=self.evidence,
            )
        )

    def review_requested(self) -> Tale:
        return self._add(
            ReviewRequestedV1(
                review_id=self.id,
                assessment_id=self.id,
                candidates=(Candidate(household_id=self.household_id, weight=9),),
                due_at=self.now,
                facts=self.facts,
                evidence=self.evidence,
            )
        )

    def reviewed(self, household_id: UUID | None = None) -> Tale:
        self.household_id = household_id or self.household_id
        return self._add(
            MatchReviewedV1(
                review_id=self.id,
                assessment_id=self.id,
                verdict=Verdict.DIFFERENT if household_id else Verdict.SAME,
                household_id=self.household_id,
                decision=Decision.MATCHED,
                reviewed_by="reviewer-1",
                reviewed_at=self.now,
                facts=self.facts,
                evidence=self.evidence,
            )
        )

    def opened(self) -> Tale:
        return self._add(
            ReferralOpenedV1(
                referral_id=uuid4(),
                household_id=self.household_id,
                team_id="wigan-north",
                cause=self.cause,
            )
        )

    def assigned(self) -> Tale:
        return self._add(
            KeyWorkerAssignedV1(
                engagement_id=self.engagement_id,
                referral_id=uuid4(),
                household_id=self.household_id,
                team_id="wigan-north",
                key_worker=WORKER,
                cause=self.cause,
                alert=PLAN,
            )
        )

    def routed(self, *, provisional: bool = False) -> Tale:
        return self._add(
            AssessmentRoutedV1(
                household_id=self.household_id,
                engagement_id=self.engagement_id,
                team_id="wigan-north",
                key_worker=WORKER,
                cause=self.cause,
                alert=PLAN,
                provisional=provisional,
                referral_avoided=not provisional,
                evidence=self.evidence,
                reasons=("the household has a key worker",),
            )
        )

    def reversed(self) -> Tale:
        """What was said of it is taken back: it went to the wrong household."""
        return self._add(
            RoutingReversedV1(
                assessment_id=self.id,
                household_id=self.household_id,
                engagement_id=self.engagement_id,
                reason=ReversalReason.SEPARATED,
            )
        )

    def queued(self) -> Tale:
        return self._add(
            HouseholdQueuedV1(
                household_id=self.household_id,
                referral_id=uuid4(),
                team_id="wigan-north",
                team_lead=WORKER,
                cause=self.cause,
                alert=PLAN,
                waiting_since=self.now,
            )
        )

    def front_door(self) -> Tale:
        return self._add(
            FrontDoorNotifiedV1(
                front_door=WORKER,
                grounds=(Harm.IMMEDIATE_DANGER,),
                cause=self.cause,
                alert=PLAN,
            )
        )

    def alerted(self, kind: AlertKind = AlertKind.ROUTED) -> Tale:
        return self._add(
            AlertRaisedV1(
                alert_id=self.alert_id,
                kind=kind,
                severity=Severity.URGENT,
                recipient=WORKER,
                assessment_id=self.id,
                raised_at=self.now + timedelta(seconds=1),
                due_at=self.now + timedelta(hours=4),
            )
        )

    def escalated(self) -> Tale:
        return self._add(
            AlertEscalatedV1(
                alert_id=self.alert_id,
                step=1,
                recipient=WORKER,
                assessment_id=self.id,
                escalated_at=self.now,
                due_at=self.now,
            )
        )

    def acknowledged(self, kind: AlertKind = AlertKind.ROUTED) -> Tale:
        return self._add(
            AlertAcknowledgedV1(
                alert_id=self.alert_id,
                kind=kind,
                assessment_id=self.id,
                acknowledged_by="kw-asha",
                acknowledged_at=self.now + timedelta(seconds=1),
            )
        )

    def told(
        self, outcome: OutcomeKind = OutcomeKind.ROUTED, *, final: bool = True, version: int = 1
    ) -> Tale:
        return self._add(
            AssessmentOutcomeV1(
                assessment_id=self.id,
                agency_id=self.agency,
                outcome=outcome,
                final=final,
                version=version,
                stated_at=self.now + timedelta(seconds=1),
            )
        )


def linked(stack: Stack, link_id: UUID, kept: UUID, retired: UUID) -> Sent:
    """Two households are said to be one."""
    event = HouseholdsLinkedV1(
        link_id=link_id,
        household_id=kept,
        retired_household_id=retired,
        cause=LinkCause.OFFICER,
        decided_at=START,
    )
    return stack.envelope(event, link_id), event


def link_undone(
    stack: Stack, link_id: UUID, kept: UUID, restored: UUID, *back: Tale, time: datetime = START
) -> Sent:
    """That is taken back, and with it the assessments ``back``."""
    event = HouseholdsSeparatedV1(
        separation_id=uuid4(),
        household_id=kept,
        separated_household_id=restored,
        moved=tuple(
            MovedAssessment(assessment_id=one.id, facts=one.facts, evidence=one.evidence)
            for one in back
        ),
        undoes=link_id,
        cause=LinkCause.UNDONE,
        decided_at=START,
    )
    return replace(stack.envelope(event, link_id), time=time), event


def first_contact(stack: Stack, **given: object) -> Tale:
    """A household that nobody knew: a referral is opened and a key worker named."""
    tale = Tale(stack, **given)  # type: ignore[arg-type]
    tale.recorded().matched().opened().assigned().alerted(AlertKind.ASSIGNED)
    return tale.told(OutcomeKind.OPENED).acknowledged(AlertKind.ASSIGNED)


def later_contact(stack: Stack, **given: object) -> Tale:
    """A household that has a key worker: the assessment is routed."""
    tale = Tale(stack, **given)  # type: ignore[arg-type]
    return tale.recorded().matched().routed().alerted().told().acknowledged()
