"""What a batch of events says that agencies may have to be told, by what it is about. Pure."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from contracts.alerts import AlertAcknowledgedV1
from contracts.duplication import ReviewRequestedV1
from contracts.erasure import AssessmentsErasedV1
from contracts.handovers import (
    AssessmentsMovedV1,
    EngagementEndedV1,
    HouseholdMovedV1,
    HouseholdOfferedV1,
    KeyWorkerChangedV1,
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
from services.agencies.facts import Acknowledgement
from services.agencies.outcome_store import OutcomeRow
from services.kit.access import SAID
from services.kit.consume import Received

_T = TypeVar("_T")
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
    AssessmentsMovedV1,
    EngagementEndedV1,
    PlaceInForceV1,
    AssessmentsErasedV1,
    *SAID,
)
"""The events that say something of an assessment's outcome, of who may see what, or of what was
erased."""


@dataclass(slots=True)
class Heard:
    """What a batch says, by what it says it of: ``known`` of assessments, whose ``agencies`` it
    names where they may be new. ``by_...``: the last event that may change how what is of one
    stands."""

    known: dict[UUID, list[Received]] = field(default_factory=dict)
    agencies: dict[UUID, str] = field(default_factory=dict)
    acknowledged: dict[UUID, Acknowledgement] = field(default_factory=dict)
    engagements: dict[UUID, Engagement] = field(default_factory=dict)
    by_assessment: dict[UUID, Received] = field(default_factory=dict)
    by_engagement: dict[UUID, Received] = field(default_factory=dict)
    by_household: dict[UUID, Received] = field(default_factory=dict)

    def about(self) -> set[UUID]:
        """Every assessment and household that the batch says something of."""
        return {
            *self.by_assessment,
            *self.by_household,
            *(said.household_id for said in self.engagements.values()),
        }

    def forget(self, ids: Container[UUID]) -> None:
        """Hear nothing of these assessments and households."""
        self.known = _without(self.known, ids)
        self.agencies = _without(self.agencies, ids)
        self.by_assessment = _without(self.by_assessment, ids)
        self.by_household = _without(self.by_household, ids)
        self.acknowledged = {
            alert_id: said
            for alert_id, said in self.acknowledged.items()
            if said.assessment_id not in ids
        }
        gone = {id_ for id_, said in self.engagements.items() if said.household_id in ids}
        self.engagements = _without(self.engagements, gone)
        self.by_engagement = _without(self.by_engagement, gone)

    def cause(self, before: OutcomeRow | None, after: OutcomeRow) -> Received:
        """The event of this batch from which a statement about the row follows: of its own, or of
        what it rests on or rested on."""
        standings = [after.standing, before.standing] if before else [after.standing]
        about = [after.assessment_id]
        about += [s.engagement_id for s in standings if s.engagement_id is not None]
        about += [s.household_id for s in standings if s.household_id is not None]
        said = (self.by_assessment, self.by_engagement, self.by_household)
        return next(by[one] for one in about for by in said if one in by)


def _without(said: Mapping[UUID, _T], ids: Container[UUID]) -> dict[UUID, _T]:
    return {id_: what for id_, what in said.items() if id_ not in ids}


def hear(batch: Sequence[Received]) -> Heard:
    """What the batch says, in its order."""
    heard = Heard()
    for received in batch:
        event = received.event
        match event:
            case ReviewRequestedV1():
                _know(heard, received, [event.assessment_id], event.facts.agency_id)
            case (
                AssessmentRoutedV1()
                | HouseholdQueuedV1()
                | HouseholdOfferedV1()
                | KeyWorkerAssignedV1()
                | FrontDoorNotifiedV1()
            ):
                _know(heard, received, [event.cause.assessment_id], event.cause.agency_id)
            case AlertAcknowledgedV1():
                heard.acknowledged[event.alert_id] = Acknowledgement(
                    assessment_id=event.assessment_id,
                    household_id=event.household_id,
                    kind=event.kind,
                    at=event.acknowledged_at,
                )
                heard.by_assessment[event.assessment_id] = received
            case AssessmentsMovedV1():
                _know(heard, received, event.assessment_ids)
            case HouseholdMovedV1():
                _know(heard, received, event.assessment_ids)
                heard.by_household[event.previous_household_id] = received
            case AccessChangedV1() | HouseholdRestrictedV1():
                heard.by_household[event.household_id] = received
            case RestrictionLiftedV1() | RestrictionRestoredV1():
                # By assessment as well: what is under review is of no household yet.
                heard.by_household[event.household_id] = received
                for one in event.assessment_ids:
                    heard.by_assessment.setdefault(one, received)
        said = engagement_said(received.envelope.time, received.envelope.id, event)
        if said is not None:
            known = heard.engagements.get(said.engagement_id)
            heard.engagements[said.engagement_id] = both(known, said)
            heard.by_engagement[said.engagement_id] = received
            heard.by_household[said.household_id] = received
    return heard


def _know(
    heard: Heard, received: Received, assessment_ids: Collection[UUID], agency_id: str | None = None
) -> None:
    for one in assessment_ids:
        heard.known.setdefault(one, []).append(received)
        heard.by_assessment[one] = received
        if agency_id is not None:
            heard.agencies[one] = agency_id
