"""The topic registry: for every topic its events, producer, consumers, partitions, retention.

Every record's key is the place id; a seal's, which is of every place, :data:`EVERY_PLACE`.
Structural tests hold the registry against the code: every topic consumed is registered, and every
registered consumer consumes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from contracts.alerts import (
    AlertAcknowledgedV1,
    AlertAnsweredV1,
    AlertEscalatedV1,
    AlertMovedV1,
    AlertRaisedV1,
    AlertWithdrawnV1,
)
from contracts.assessments import AssessmentRecordedV1, AssessmentSubmittedV1
from contracts.audit import SEALS
from contracts.duplication import HouseholdMatchedV1, MatchReviewedV1, ReviewRequestedV1
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
from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    ReferralOpenedV1,
)
from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1, LinkProposedV1
from contracts.outcomes import AssessmentOutcomeV1
from contracts.places import PlaceInForceV1
from contracts.restrictions import (
    AccessChangedV1,
    HouseholdRestrictedV1,
    LiftingAskedV1,
    LiftingClosedV1,
    RestrictionLiftedV1,
    RestrictionRestoredV1,
)


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. ``personal_data``: whether its records hold any; those are kept only briefly."""

    name: str
    events: tuple[type[Event], ...]
    producer: str
    consumers: tuple[str, ...]
    partitions: int
    retention: timedelta
    personal_data: bool = False


INBOUND_PREFIX = "agencies.inbound."
"""Each agency that writes to Kafka has a topic of its own, ``agencies.inbound.<agency>``."""

ASSESSMENTS = Topic(
    "agencies.assessments",
    (AssessmentRecordedV1,),
    producer="agencies",
    consumers=("duplication", "operations"),
    partitions=6,
    retention=timedelta(days=7),
    personal_data=True,
)
HOUSEHOLDS = Topic(
    "duplication.households",
    (
        HouseholdMatchedV1,
        ReviewRequestedV1,
        MatchReviewedV1,
        LinkProposedV1,
        HouseholdsLinkedV1,
        HouseholdsSeparatedV1,
        HouseholdRestrictedV1,
        AssessmentsErasedV1,
        ErasureRefusedV1,
    ),
    producer="duplication",
    consumers=("keyworkers", "agencies", "alerts", "operations"),
    partitions=6,
    retention=timedelta(days=90),
)
ASSIGNMENTS = Topic(
    "keyworkers.assignments",
    (
        ReferralOpenedV1,
        KeyWorkerAssignedV1,
        AssessmentRoutedV1,
        HouseholdQueuedV1,
        FrontDoorNotifiedV1,
        HouseholdOfferedV1,
        HandoverProposedV1,
        HandoverDeclinedV1,
        HandoverRefusedV1,
        KeyWorkerChangedV1,
        CoverArrangedV1,
        EngagementEndedV1,
        RoutingReversedV1,
        ReferralClosedV1,
        HouseholdMovedV1,
        AssessmentsMovedV1,
        PlaceInForceV1,
        AccessChangedV1,
        RestrictionLiftedV1,
        RestrictionRestoredV1,
        LiftingAskedV1,
        LiftingClosedV1,
        ErasureOrderedV1,
    ),
    producer="keyworkers",
    consumers=("alerts", "agencies", "operations", "duplication"),
    partitions=6,
    retention=timedelta(days=90),
)
ALERTS = Topic(
    "alerts.alerts",
    (
        AlertRaisedV1,
        AlertAcknowledgedV1,
        AlertEscalatedV1,
        AlertAnsweredV1,
        AlertMovedV1,
        AlertWithdrawnV1,
    ),
    producer="alerts",
    consumers=("keyworkers", "agencies", "duplication", "operations"),
    partitions=6,
    retention=timedelta(days=90),
)
OUTCOMES = Topic(
    "agencies.outcomes",
    (AssessmentOutcomeV1,),
    producer="agencies",
    consumers=("operations", "simulator"),
    partitions=6,
    retention=timedelta(days=30),
)
EVERY_PLACE = "every-place"
"""What an event says that is of no one place."""
FOR_EVER = timedelta(days=36_500)
SEAL_TOPICS: dict[str, Topic] = {
    service: Topic(
        event.TOPIC,
        (event,),
        producer=service,
        consumers=(),
        partitions=1,
        # Not compacted: what is said last under a key would take the place of what was said first.
        retention=FOR_EVER,
    )
    for service, event in SEALS.items()
}
"""By service: where it says the seals of its looks. No service reads them: they are kept, so that
whoever could change the tables cannot change the seals as well, for ``kith audit verify``."""
TOPICS: tuple[Topic, ...] = (ASSESSMENTS, HOUSEHOLDS, ASSIGNMENTS, ALERTS, OUTCOMES)
"""What services say to each other."""
ALL_TOPICS: tuple[Topic, ...] = (*TOPICS, *SEAL_TOPICS.values())
"""Those, and what is said to be kept."""


def inbound_topic(agency_id: str) -> Topic:
    """The topic on which one agency submits assessments under its own credential."""
    return Topic(
        f"{INBOUND_PREFIX}{agency_id}",
        (AssessmentSubmittedV1,),
        producer=agency_id,
        consumers=("agencies",),
        partitions=1,
        retention=timedelta(days=7),
        personal_data=True,
    )


_EVENTS: list[type[Event]] = [event for topic in ALL_TOPICS for event in topic.events]
_EVENTS.append(AssessmentSubmittedV1)
EVENT_TYPES: dict[str, type[Event]] = {event.TYPE: event for event in _EVENTS}
"""Every event class by its CloudEvents type."""
