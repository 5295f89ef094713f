"""What operations reads of each event, and no more.

Assessments carry personal data: of those only the agency, the time and the urgency are read, and
the rest of the record is never turned into values. The names here are the contracts' own; a test
holds them against the contracts.
"""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from contracts.alerts import AlertAcknowledgedV1, AlertEscalatedV1, AlertRaisedV1
from contracts.assessments import AssessmentRecordedV1
from contracts.codec import Undecodable, UnknownType, decode_envelope, faults
from contracts.duplication import (
    HouseholdMatchedV1,
    MatchEvidence,
    MatchReviewedV1,
    ReviewRequestedV1,
)
from contracts.envelope import Envelope, Event
from contracts.erasure import AssessmentsErasedV1, ErasureOrderedV1, ErasureRefusedV1
from contracts.handovers import CoverArrangedV1, HouseholdOfferedV1, RoutingReversedV1
from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    ReferralOpenedV1,
)
from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1
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
from contracts.topics import EVENT_TYPES, TOPICS
from contracts.vocabulary import OutcomeKind, Restriction, Urgency
from contracts.vocabulary_alerts import AlertKind
from services.kit.kafka import Record


class View(BaseModel):
    """Base of what is read of an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Asked(View):
    urgency: Urgency = Urgency.ROUTINE
    restrictions: tuple[Restriction, ...] = ()


class Facts(View):
    restrictions: tuple[Restriction, ...] = ()


class Recorded(View):
    agency_id: str
    received_at: AwareDatetime
    submission: Asked


class Matched(View):
    household_id: UUID


class ReviewAsked(View):
    review_id: UUID
    facts: Facts


class Reviewed(View):
    household_id: UUID


class From(View):
    agency_id: str
    restrictions: tuple[Restriction, ...] = ()
    would_have_referred_for: str | None = None


class Opened(View):
    referral_id: UUID
    household_id: UUID
    team_id: str
    cause: From
    re_referral: bool = False


class Assigned(View):
    engagement_id: UUID
    household_id: UUID
    cause: From


class Worker(View):
    id: str


class Routed(View):
    household_id: UUID
    engagement_id: UUID
    team_id: str
    key_worker: Worker
    cause: From
    provisional: bool = False
    referral_avoided: bool = True
    evidence: MatchEvidence
    reasons: tuple[str, ...] = ()


class Queued(View):
    household_id: UUID
    cause: From
    provisional: bool = False


class Offered(View):
    household_id: UUID
    cause: From


class FrontDoorTold(View):
    cause: From


class Raised(View):
    kind: AlertKind
    raised_at: AwareDatetime
    due_at: AwareDatetime


class Acknowledged(View):
    kind: AlertKind
    acknowledged_by: str
    acknowledged_at: AwareDatetime


class Escalated(View):
    step: int


class Told(View):
    """An event of which only the envelope counts: it is listed, and says nothing of a stage."""


class OfNoJourney(Told):
    """An event that follows from no assessment, such as somebody's leave: no journey is kept."""


class Whole(OfNoJourney):
    """An event that is read as the contract has it, unlike what else is read here: nothing may be
    left out of what is to be obeyed."""

    said: Event

    @classmethod
    def read(cls, event: type[Event], value: bytes) -> Self:
        return cls(said=event.model_validate_json(value))


class Access(Whole):
    """Who may know of a household, or why few may."""


class Place(Whole):
    """The place file in force: who its privacy officers are."""


class Erased(Whole):
    """What was recorded in these assessments is to be erased here too."""

    @property
    def erased(self) -> AssessmentsErasedV1:
        assert isinstance(self.said, AssessmentsErasedV1)
        return self.said


class ErasureOrdered(OfNoJourney):
    erasure_id: UUID
    ordered_at: AwareDatetime


class ErasureAnswered(OfNoJourney):
    """It was refused: that is an answer."""

    erasure_id: UUID


class Linked(Told):
    link_id: UUID
    household_id: UUID
    retired_household_id: UUID


class Moved(View):
    assessment_id: UUID


class Separated(Told):
    separated_household_id: UUID
    moved: tuple[Moved, ...] = ()
    undoes: UUID | None = None


class Reversed(Told):
    assessment_id: UUID
    engagement_id: UUID | None = None


class OutcomeStated(View):
    agency_id: str
    outcome: OutcomeKind
    final: bool
    version: int
    stated_at: AwareDatetime


_STAGES: dict[type[Event], type[View]] = {
    AssessmentRecordedV1: Recorded,
    HouseholdMatchedV1: Matched,
    ReviewRequestedV1: ReviewAsked,
    MatchReviewedV1: Reviewed,
    HouseholdsLinkedV1: Linked,
    HouseholdsSeparatedV1: Separated,
    ReferralOpenedV1: Opened,
    KeyWorkerAssignedV1: Assigned,
    AssessmentRoutedV1: Routed,
    RoutingReversedV1: Reversed,
    HouseholdQueuedV1: Queued,
    HouseholdOfferedV1: Offered,
    CoverArrangedV1: OfNoJourney,
    PlaceInForceV1: Place,
    AccessChangedV1: Access,
    HouseholdRestrictedV1: Access,
    RestrictionLiftedV1: Access,
    RestrictionRestoredV1: Access,
    LiftingAskedV1: OfNoJourney,
    LiftingClosedV1: OfNoJourney,
    ErasureOrderedV1: ErasureOrdered,
    AssessmentsErasedV1: Erased,
    ErasureRefusedV1: ErasureAnswered,
    FrontDoorNotifiedV1: FrontDoorTold,
    AlertRaisedV1: Raised,
    AlertAcknowledgedV1: Acknowledged,
    AlertEscalatedV1: Escalated,
    AssessmentOutcomeV1: OutcomeStated,
}
VIEWS: dict[type[Event], type[View]] = {
    event: _STAGES.get(event, Told) for topic in TOPICS for event in topic.events
}
"""What is read of each event of every topic."""

_BY_TYPE = {event.TYPE: view for event, view in VIEWS.items()}


class Seen(Event):
    """One event as it was seen: where it stands in Kafka, and what was read of it."""

    topic: str
    partition: int
    offset: int
    view: View

    def subject(self) -> str:
        return f"{self.topic}-{self.partition}@{self.offset}"


def decode_seen(record: Record) -> tuple[Envelope, Seen]:
    """The envelope and view of one of Kith's own records. Raises :class:`Undecodable`."""
    envelope = decode_envelope(record.headers)
    view = read_view(envelope.type, record.value)
    place: dict[str, Any] = {
        "topic": EVENT_TYPES[envelope.type].TOPIC,
        "partition": record.partition,
        "offset": record.offset,
    }
    return envelope, Seen.model_construct(**place, view=view)


def read_view(type_: str, value: bytes | None) -> View:
    """What is read of an event of CloudEvents type ``type_``. Raises :class:`Undecodable`."""
    view = _BY_TYPE.get(type_)
    if view is None:
        raise UnknownType(type_)
    if not value:
        raise Undecodable("the record has no value")
    try:
        if issubclass(view, Whole):
            return view.read(EVENT_TYPES[type_], value)
        return view.model_validate_json(value)
    except ValidationError as error:
        raise Undecodable(f"{type_}: {faults(error)}") from None
