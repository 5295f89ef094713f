"""What a batch of events says that agencies may have to be told, by what it is about. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from contracts.alerts import AlertAcknowledgedV1
from contracts.duplication import ReviewRequestedV1
from contracts.handovers import (
    EngagementEndedV1,
    HouseholdMovedV1,
    HouseholdOfferedV1,
    KeyWorkerChangedV1,
    ReferralClosedV1,
)
from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
)
from contracts.places import PlaceInForceV1
from contracts.restrictions import (
    AccessChangedV1,
    HouseholdRestrictedV1,
    RestrictionLiftedV1,
    RestrictionRestoredV1,
)
from services.agencies.engagements import Engagement, both, engagement_said
from services.agencies.facts import Acknowledgement, Assignment, assignment_of, latest
from services.agencies.outcome_store import OutcomeRow
from services.kit.access import SAID
from services.kit.consume import Received

HEARD = (
    ReviewRequestedV1,
    AssessmentRoutedV1,
    HouseholdQueuedV1,
    HouseholdOfferedV1,
    KeyWorkerAssignedV1,
    FrontDoorNotifiedV1,
    AlertAcknowledgedV1,
    KeyWorkerChangedV1,
    HouseholdMovedV1,
    EngagementEndedV1,
    ReferralClosedV1,
    PlaceInForceV1,
    *SAID,
)
"""The events that say something of an assessment's outcome, or of who may see what."""


@dataclass(slots=True)
class Heard:
    """What a batch says, by what it says it of, and the event that said so."""

    known: dict[UUID, list[Received]] = field(default_factory=dict)
    agencies: dict[UUID, str] = field(default_factory=dict)
    assigned: dict[UUID, Assignment] = field(default_factory=dict)
    acknowledged: dict[UUID, Acknowledgement] = field(default_factory=dict)
    engagements: dict[UUID, Engagement] = field(default_factory=dict)
    kept: dict[UUID, UUID | None] = field(default_factory=dict)
    moved: dict[UUID, Received] = field(default_factory=dict)
    by_referral: dict[UUID, Received] = field(default_factory=dict)
    by_engagement: dict[UUID, Received] = field(default_factory=dict)
    by_assessment: dict[UUID, Received] = field(default_factory=dict)
    by_household: dict[UUID, Received] = field(default_factory=dict)

    def cause(self, before: OutcomeRow | None, after: OutcomeRow) -> Received:
        """The event of this batch from which a statement about the row follows."""
        own = self.by_assessment.get(after.assessment_id)
        standings = (after.standing, before.standing if before else after.standing)
        return (
            own
            or next((e for s in standings if (e := self._of(s.engagement_id, s.referral_id))), None)
            or self._last()
        )

    def _of(self, engagement_id: UUID | None, referral_id: UUID | None) -> Received | None:
        of_engagement = self.by_engagement.get(engagement_id) if engagement_id else None
        return of_engagement or (self.by_referral.get(referral_id) if referral_id else None)

    def _last(self) -> Received:
        """A statement follows from what the batch says of something else it rests on."""
        said = (
            *self.by_engagement.values(),
            *self.by_referral.values(),
            *self.by_household.values(),
        )
        return max(said, key=lambda received: (received.envelope.time, received.envelope.id))


def hear(batch: Sequence[Received]) -> Heard:
    """What the batch says, in its order."""
    heard = Heard()
    for received in batch:
        event = received.event
        match event:
            case ReviewRequestedV1():
                assessment_id, agency_id = event.assessment_id, event.facts.agency_id
            case (
                AssessmentRoutedV1()
                | HouseholdQueuedV1()
                | HouseholdOfferedV1()
                | KeyWorkerAssignedV1()
                | FrontDoorNotifiedV1()
            ):
                assessment_id, agency_id = event.cause.assessment_id, event.cause.agency_id
            case AlertAcknowledgedV1():
                heard.acknowledged[event.alert_id] = Acknowledgement(
                    assessment_id=event.assessment_id,
                    household_id=event.household_id,
                    kind=event.kind,
                    at=event.acknowledged_at,
                )
                heard.by_assessment[event.assessment_id] = received
                continue
            case AccessChangedV1() | HouseholdRestrictedV1():
                heard.by_household[event.household_id] = received
                continue
            case RestrictionLiftedV1() | RestrictionRestoredV1():
                # By assessment as well: what is under review is of no household yet.
                heard.by_household[event.household_id] = received
                for one in event.assessment_ids:
                    heard.by_assessment.setdefault(one, received)
                continue
            case (
                KeyWorkerChangedV1() | HouseholdMovedV1() | EngagementEndedV1() | ReferralClosedV1()
            ):
                _hear_change(heard, received, event)
                continue
            case _:
                continue
        heard.known.setdefault(assessment_id, []).append(received)
        heard.agencies[assessment_id] = agency_id
        heard.by_assessment[assessment_id] = received
        if isinstance(event, KeyWorkerAssignedV1):
            new = assignment_of(received.envelope.time, received.envelope.id, event)
            heard.assigned[event.referral_id] = latest(heard.assigned.get(event.referral_id), new)
            heard.by_referral[event.referral_id] = received
    return heard


def _hear_change(
    heard: Heard,
    received: Received,
    event: KeyWorkerChangedV1 | HouseholdMovedV1 | EngagementEndedV1 | ReferralClosedV1,
) -> None:
    """What was said of somebody named before, or of a referral that is waited on."""
    said = engagement_said(received.envelope.time, received.envelope.id, event)
    if said is not None:
        known = heard.engagements.get(said.engagement_id)
        heard.engagements[said.engagement_id] = both(known, said)
        heard.by_engagement[said.engagement_id] = received
    if isinstance(event, HouseholdMovedV1):
        # After an undone link the referral stands on its own again; what was told of the household
        # that it leaves may rest on this engagement once more.
        heard.by_household[event.previous_household_id] = received
        for one in event.assessment_ids:
            heard.moved[one] = received
            heard.by_assessment.setdefault(one, received)
        heard.kept[event.referral_id] = None
        heard.by_referral[event.referral_id] = received
    elif isinstance(event, ReferralClosedV1) and event.kept_referral_id is not None:
        heard.kept[event.referral_id] = event.kept_referral_id
        heard.by_referral[event.referral_id] = received
