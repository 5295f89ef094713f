"""One example of every event by which links, key workers and alerts change."""

from __future__ import annotations

from datetime import date, time, timedelta

from contracts.alerts import AlertAnsweredV1, AlertMovedV1, AlertWithdrawnV1
from contracts.audit import SEALS
from contracts.envelope import Event
from contracts.erasure import AssessmentsErasedV1, ErasureOrderedV1, ErasureRefusedV1
from contracts.handovers import (
    AssessmentsMovedV1,
    CoverArrangedV1,
    EngagementEndedV1,
    HandoverDeclinedV1,
    HandoverProposedV1,
    HandoverRefusedV1,
    HouseholdMovedV1,
    HouseholdOfferedV1,
    KeyWorkerChangedV1,
    ReferralClosedV1,
    RoutingReversedV1,
)
from contracts.keyworkers import AlertPlan, Recipient, WorkContact
from contracts.links import (
    HouseholdsLinkedV1,
    HouseholdsSeparatedV1,
    LinkProposedV1,
    MovedAssessment,
)
from contracts.places import PlaceInForceV1
from contracts.restrictions import (
    AccessChangedV1,
    HouseholdRestrictedV1,
    LiftingAskedV1,
    LiftingClosedV1,
    Reader,
    RestrictionLiftedV1,
    RestrictionRestoredV1,
)
from contracts.sample_facts import (
    ASSESSMENT,
    CAUSE,
    ENGAGEMENT,
    EVIDENCE,
    FACTS,
    HOUSEHOLD,
    KEY_WORKER,
    LEAD,
    NOW,
    PLAN,
    REFERRAL,
    TEAM,
    sample_id,
)
from contracts.vocabulary import Restriction, Severity
from contracts.vocabulary_access import KnowsBecause, LiftingOutcome, LiftingReason
from contracts.vocabulary_alerts import AlertAnswer, AlertKind, RecipientKind
from contracts.vocabulary_changes import (
    ChangeReason,
    HandoverOutcome,
    LinkCause,
    RefusalReason,
    ReversalReason,
)
from contracts.vocabulary_erasure import ErasureReason, ErasureRefusal

_OTHER = sample_id("household", "other")
_ALERT = sample_id("alert")
_HANDOVER = sample_id("handover")
_NEXT = Recipient(
    kind=RecipientKind.KEY_WORKER,
    id="kw-wigan-scholes-4",
    contact=WorkContact(name="Priya Nair", role="Key worker", phone="0161 496 0102"),
)
_OFFICER = Recipient(
    kind=RecipientKind.PRIVACY_OFFICER,
    id="privacy-officer",
    contact=WorkContact(name="Privacy officer", role="Privacy officer"),
)

CHANGES: tuple[Event, ...] = (
    HouseholdRestrictedV1(
        household_id=HOUSEHOLD,
        restrictions=(Restriction.DOMESTIC_ABUSE,),
        decided_at=NOW,
    ),
    AccessChangedV1(
        household_id=HOUSEHOLD,
        version=3,
        restricted=True,
        restricted_at=NOW,
        readers=(
            Reader(id=KEY_WORKER.id, because=KnowsBecause.KEY_WORKER),
            Reader(
                id=_NEXT.id,
                because=KnowsBecause.COVER,
                since=NOW,
                until=NOW + timedelta(days=14),
            ),
        ),
        barred=("kw-wigan-scholes-1",),
        desk=WorkContact(name="Duty desk", role="Duty desk", phone="0161 496 0199"),
        front_door=WorkContact(name="Front door", role="Front door", phone="0161 496 0198"),
        changed_at=NOW + timedelta(hours=1),
    ),
    LiftingAskedV1(
        lifting_id=sample_id("lifting"),
        household_id=HOUSEHOLD,
        asked_by=KEY_WORKER.id,
        told=LEAD,
        alert=AlertPlan(severity=Severity.ROUTINE, escalation=(_OFFICER,)),
        cause=CAUSE,
    ),
    LiftingClosedV1(
        lifting_id=sample_id("lifting"),
        household_id=HOUSEHOLD,
        outcome=LiftingOutcome.AGREED,
        closed_by="privacy-officer",
        told=KEY_WORKER,
        cause=CAUSE,
        alert=AlertPlan(severity=Severity.ROUTINE),
    ),
    RestrictionLiftedV1(
        lifting_id=sample_id("lifting"),
        household_id=HOUSEHOLD,
        assessment_ids=(ASSESSMENT,),
        reason=LiftingReason.SAFE_NOW,
        asked_by=KEY_WORKER.id,
        agreed_by="privacy-officer",
        agreed_at=NOW + timedelta(hours=3),
    ),
    RestrictionRestoredV1(
        household_id=HOUSEHOLD,
        assessment_ids=(ASSESSMENT,),
        restored_by=KEY_WORKER.id,
        restored_at=NOW + timedelta(hours=4),
    ),
    ErasureOrderedV1(
        erasure_id=sample_id("erasure"),
        household_id=HOUSEHOLD,
        household_ids=(HOUSEHOLD, _OTHER),
        assessment_ids=(ASSESSMENT,),
        reason=ErasureReason.RETENTION,
        until_youngest_is=25,
        ordered_at=NOW + timedelta(days=2222),
    ),
    AssessmentsErasedV1(
        erasure_id=sample_id("erasure"),
        household_ids=(HOUSEHOLD, _OTHER),
        assessment_ids=(ASSESSMENT,),
        person_ids=(sample_id("person", "1"),),
        reason=ErasureReason.RETENTION,
        erased_at=NOW + timedelta(days=2222),
    ),
    ErasureRefusedV1(
        erasure_id=sample_id("erasure", "2"),
        household_id=HOUSEHOLD,
        refusal=ErasureRefusal.TOO_YOUNG,
        not_before=date(2037, 1, 1),
        refused_at=NOW + timedelta(days=2222),
    ),
    LinkProposedV1(
        review_id=sample_id("review", "link"),
        household_ids=(HOUSEHOLD, _OTHER),
        assessment_id=ASSESSMENT,
        proposed_at=NOW,
        due_at=NOW + timedelta(days=1),
        evidence=EVIDENCE,
    ),
    HouseholdsLinkedV1(
        link_id=sample_id("link"),
        household_id=HOUSEHOLD,
        retired_household_id=_OTHER,
        cause=LinkCause.REVIEW,
        decided_by="reviewer-1",
        decided_at=NOW + timedelta(hours=1),
    ),
    HouseholdsSeparatedV1(
        separation_id=sample_id("separation"),
        household_id=HOUSEHOLD,
        separated_household_id=_OTHER,
        moved=(MovedAssessment(assessment_id=ASSESSMENT, facts=FACTS, evidence=EVIDENCE),),
        person_ids=FACTS.person_ids,
        cause=LinkCause.PRACTITIONER,
        decided_by=KEY_WORKER.id,
        decided_at=NOW + timedelta(hours=2),
    ),
    HouseholdOfferedV1(
        household_id=HOUSEHOLD,
        referral_id=REFERRAL,
        team_id=TEAM,
        offered_to=LEAD,
        claim_by=NOW + timedelta(hours=4),
        cause=CAUSE,
        alert=PLAN,
        reasons=("this team claims its households",),
    ),
    HandoverProposedV1(
        handover_id=_HANDOVER,
        engagement_id=ENGAGEMENT,
        household_id=HOUSEHOLD,
        from_key_worker=KEY_WORKER,
        to_key_worker=_NEXT,
        reason=ChangeReason.REQUESTED,
        proposed_by=KEY_WORKER.id,
        expires_at=NOW + timedelta(days=3),
        cause=CAUSE,
        alert=PLAN,
    ),
    HandoverDeclinedV1(
        handover_id=_HANDOVER,
        engagement_id=ENGAGEMENT,
        household_id=HOUSEHOLD,
        decided_by=_NEXT.id,
        outcome=HandoverOutcome.DECLINED,
        told=KEY_WORKER,
        cause=CAUSE,
        alert=PLAN,
        reasons=("Priya Nair declined the handover",),
    ),
    HandoverRefusedV1(
        handover_id=sample_id("handover", "refused"),
        engagement_id=ENGAGEMENT,
        household_id=HOUSEHOLD,
        asked_by=KEY_WORKER.id,
        asked_for=_NEXT.id,
        reason=RefusalReason.CONFLICT_OF_INTEREST,
        told=KEY_WORKER,
        cause=CAUSE,
        alert=PLAN,
        reasons=("they have a conflict of interest here: ask somebody else",),
    ),
    KeyWorkerChangedV1(
        engagement_id=ENGAGEMENT,
        household_id=HOUSEHOLD,
        team_id=TEAM,
        previous_key_worker_id=KEY_WORKER.id,
        key_worker=_NEXT,
        reason=ChangeReason.REQUESTED,
        handover_id=_HANDOVER,
        cause=CAUSE,
        alert=PLAN,
        previous=KEY_WORKER,
        asked=PLAN,
        reasons=("Priya Nair accepted the handover",),
    ),
    CoverArrangedV1(
        cover_id=sample_id("cover"),
        key_worker_id=KEY_WORKER.id,
        cover=_NEXT,
        starts_at=NOW,
        ends_at=NOW + timedelta(days=14),
    ),
    PlaceInForceV1(
        version=3,
        time_zone="Europe/London",
        working_days=(0, 1, 2, 3, 4),
        opens=time(9),
        closes=time(17),
        bank_holidays=(date(2026, 12, 25), date(2026, 12, 28)),
        immediate_minutes=60,
        urgent_working_minutes=240,
        routine_working_minutes=480,
        privacy_officers=("privacy-officer",),
    ),
    EngagementEndedV1(
        engagement_id=ENGAGEMENT,
        referral_id=REFERRAL,
        household_id=HOUSEHOLD,
        key_worker_id=KEY_WORKER.id,
        reason=ChangeReason.HELPED,
        ended_at=NOW + timedelta(days=90),
    ),
    RoutingReversedV1(
        assessment_id=ASSESSMENT,
        household_id=HOUSEHOLD,
        engagement_id=ENGAGEMENT,
        now_household_id=_OTHER,
        reason=ReversalReason.NOT_THIS_HOUSEHOLD,
    ),
    ReferralClosedV1(
        referral_id=sample_id("referral", "other"),
        household_id=HOUSEHOLD,
        kept_referral_id=REFERRAL,
        kept_engagement_id=ENGAGEMENT,
        reason=ReversalReason.LINKED,
    ),
    HouseholdMovedV1(
        previous_household_id=_OTHER,
        household_id=HOUSEHOLD,
        referral_id=sample_id("referral", "other"),
        engagement_id=ENGAGEMENT,
        key_worker=KEY_WORKER,
        alert=PLAN,
        assessment_ids=(ASSESSMENT,),
        reason=ReversalReason.LINKED,
    ),
    AssessmentsMovedV1(
        household_id=HOUSEHOLD,
        assessment_ids=(ASSESSMENT,),
        reason=ReversalReason.LINKED,
    ),
    AlertAnsweredV1(
        alert_id=_ALERT,
        kind=AlertKind.ROUTED,
        answer=AlertAnswer.SPOKEN_TO_THEM,
        assessment_id=ASSESSMENT,
        household_id=HOUSEHOLD,
        answered_by=KEY_WORKER.id,
        answered_at=NOW + timedelta(hours=3),
    ),
    AlertMovedV1(
        alert_id=_ALERT,
        recipient=_NEXT,
        assessment_id=ASSESSMENT,
        household_id=HOUSEHOLD,
        due_at=NOW + timedelta(days=1),
    ),
    AlertWithdrawnV1(
        alert_id=_ALERT,
        assessment_id=ASSESSMENT,
        reason=ReversalReason.NOT_THIS_HOUSEHOLD,
    ),
    *(
        sealed(
            table="access_look",
            number=2,
            ids=((101, 143), (145, 150)),
            columns=("look_id", "at", "actor"),
            rows="5" * 64,
            previous="7" * 64,
            digest="9" * 64,
            sealed_at=NOW,
        )
        for sealed in SEALS.values()
    ),
)
