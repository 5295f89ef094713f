"""What was said of assessments, as facts: the latest of each kind, by when it became true. Pure.

Nothing here is undone by something older, nor by hearing it twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.duplication import ReviewRequestedV1
from contracts.envelope import Contract, Event
from contracts.handovers import AssessmentsMovedV1, HouseholdMovedV1, HouseholdOfferedV1
from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    WorkContact,
)
from contracts.vocabulary import OutcomeKind
from contracts.vocabulary_alerts import AlertKind

FINAL = frozenset({OutcomeKind.OPENED, OutcomeKind.ROUTED})


class Said(Contract):
    """A fact: ``at`` is when it became true; ``event_id`` decides between two of one instant."""

    at: AwareDatetime
    event_id: UUID


class Home(Said):
    """The assessment is of this household."""

    household_id: UUID


class Named(Home):
    """Somebody was named for its household; ``engagement_id`` where it is the key worker."""

    contact: WorkContact
    engagement_id: UUID | None = None


class FrontDoor(Said):
    """The statutory front door was told. ``of_place``: whom to call where few may know."""

    contact: WorkContact
    of_place: WorkContact | None = None


class Known(Contract):
    """All that is known of one assessment's fate. ``restricted``: few may know of it, by what was
    recorded in it, whatever household it is of. ``home``: where it went since it was decided."""

    restricted: bool = False
    review: Said | None = None
    possible: Named | None = None
    queued: Named | None = None
    opened: Named | None = None
    routed: Named | None = None
    home: Home | None = None
    front_door: FrontDoor | None = None


class Acknowledgement(Contract):
    """Somebody said that they know. ``household_id`` is None where it was not decided."""

    assessment_id: UUID
    kind: AlertKind
    at: AwareDatetime
    household_id: UUID | None = None


class Standing(Contract):
    """How an assessment stands. ``kind`` is None while nothing but the front door is known.

    ``household_id`` and ``engagement_id``, that it went to, stay inside: agencies are told none.
    ``restricted``: its household is, so that the contacts are the place's own desks.
    """

    kind: OutcomeKind | None = None
    contact: WorkContact | None = None
    front_door: WorkContact | None = None
    acknowledged_at: AwareDatetime | None = None
    household_id: UUID | None = None
    engagement_id: UUID | None = None
    restricted: bool = False

    @property
    def final(self) -> bool:
        return self.kind in FINAL


_S = TypeVar("_S", bound=Said)


def latest(first: _S | None, second: _S) -> _S:
    """The later of two facts of one kind."""
    if first is None or (first.at, first.event_id) < (second.at, second.event_id):
        return second
    return first


def learn(known: Known, at: datetime, event_id: UUID, event: Event) -> Known:
    """What is known once ``event`` is, of the assessment that it names."""
    said = Said(at=at, event_id=event_id)
    about = getattr(event, "cause", None) or getattr(event, "facts", None)
    if about is not None and about.restrictions and not known.restricted:
        known = known.model_copy(update={"restricted": True})
    match event:
        case ReviewRequestedV1():
            return known.model_copy(update={"review": latest(known.review, said)})
        case FrontDoorNotifiedV1():
            told = FrontDoor(
                at=at,
                event_id=event_id,
                contact=event.front_door.contact,
                of_place=event.of_place,
            )
            return known.model_copy(update={"front_door": latest(known.front_door, told)})
        case AssessmentsMovedV1() | HouseholdMovedV1():
            home = Home(at=at, event_id=event_id, household_id=event.household_id)
            return known.model_copy(update={"home": latest(known.home, home)})
        case AssessmentRoutedV1():
            name, contact = "routed", event.key_worker.contact
            name = "possible" if event.provisional else name
        case HouseholdQueuedV1():
            name, contact = "queued", event.team_lead.contact
            name = "possible" if event.provisional else name
        case HouseholdOfferedV1():
            name, contact = "queued", event.offered_to.contact
        case KeyWorkerAssignedV1():
            name, contact = "opened", event.key_worker.contact
        case _:
            return known
    named = Named(
        at=at,
        event_id=event_id,
        household_id=event.household_id,
        contact=contact,
        engagement_id=getattr(event, "engagement_id", None),
    )
    return known.model_copy(update={name: latest(getattr(known, name), named)})
