"""What an agency is told of an assessment: pure, and the same whatever order facts arrive in.

Three topics speak of an assessment, each in its own order, so what was said is kept as facts (the
latest of each kind, by the time it became true) and the standing is worked out from all of them.
Nothing here is undone by something older, nor by hearing it twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.duplication import ReviewRequestedV1
from contracts.envelope import Contract, Event
from contracts.handovers import HouseholdOfferedV1
from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    WorkContact,
)
from contracts.vocabulary import AlertKind, OutcomeKind

FINAL = frozenset({OutcomeKind.OPENED, OutcomeKind.ROUTED})


class Said(Contract):
    """A fact: ``at`` is when it became true; ``event_id`` decides between two of one instant."""

    at: AwareDatetime
    event_id: UUID


class Named(Said):
    """Somebody was named for a household; ``referral_id`` where a referral is why."""

    household_id: UUID
    contact: WorkContact
    referral_id: UUID | None = None


class FrontDoor(Said):
    """The statutory front door was told."""

    contact: WorkContact


class Known(Contract):
    """All that is known of one assessment's fate."""

    review: Said | None = None
    possible: Named | None = None
    queued: Named | None = None
    opened: Named | None = None
    routed: Named | None = None
    front_door: FrontDoor | None = None


class Assignment(Named):
    """A referral's key worker. ``assessment_id``: the one whose alert the key worker was sent."""

    referral_id: UUID
    assessment_id: UUID


class Acknowledgement(Contract):
    """Somebody said that they know. ``household_id`` is None where it was not decided."""

    assessment_id: UUID
    kind: AlertKind
    at: AwareDatetime
    household_id: UUID | None = None


class Standing(Contract):
    """How an assessment stands. ``kind`` is None while nothing but the front door is known.

    ``household_id`` and ``referral_id`` stay inside: agencies are told neither.
    """

    kind: OutcomeKind | None = None
    contact: WorkContact | None = None
    front_door: WorkContact | None = None
    acknowledged_at: AwareDatetime | None = None
    household_id: UUID | None = None
    referral_id: UUID | None = None

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
    match event:
        case ReviewRequestedV1():
            return known.model_copy(update={"review": latest(known.review, said)})
        case FrontDoorNotifiedV1():
            told = FrontDoor(at=at, event_id=event_id, contact=event.front_door.contact)
            return known.model_copy(update={"front_door": latest(known.front_door, told)})
        case AssessmentRoutedV1():
            name, contact, referral = "routed", event.key_worker.contact, None
            name = "possible" if event.provisional else "routed"
        case HouseholdQueuedV1():
            name, contact, referral = "queued", event.team_lead.contact, event.referral_id
        case HouseholdOfferedV1():
            name, contact, referral = "queued", event.offered_to.contact, event.referral_id
        case KeyWorkerAssignedV1():
            name, contact, referral = "opened", event.key_worker.contact, event.referral_id
        case _:
            return known
    named = Named(
        at=at,
        event_id=event_id,
        household_id=event.household_id,
        contact=contact,
        referral_id=referral,
    )
    return known.model_copy(update={name: latest(getattr(known, name), named)})


def assignment_of(at: datetime, event_id: UUID, event: KeyWorkerAssignedV1) -> Assignment:
    """What an assignment means for every assessment that waits on its referral."""
    return Assignment(
        at=at,
        event_id=event_id,
        household_id=event.household_id,
        contact=event.key_worker.contact,
        referral_id=event.referral_id,
        assessment_id=event.cause.assessment_id,
    )


def stand(
    assessment_id: UUID,
    known: Known,
    assignments: Iterable[Assignment],
    acknowledgements: Iterable[Acknowledgement],
) -> Standing:
    """How the assessment stands, from all that is known.

    ``assignments`` and ``acknowledgements`` may hold others' too. A waiting assessment is opened
    with whoever is named for its referral, or for its household since it began to wait.
    """
    decided = _decided(known)
    kind, named = decided or (None, None)
    assignment = None
    if kind in {OutcomeKind.QUEUED, OutcomeKind.OPENED} and named is not None:
        assignment = _assignment_for(named, assignments)
        if assignment is not None:
            kind, named = OutcomeKind.OPENED, latest(named, assignment)
    possible = known.possible
    if possible is not None and decided is not None and decided[1].at >= possible.at:
        possible = None
    reviewed_again = known.review is not None and (
        decided is None or decided[1].at < known.review.at
    )
    if possible is not None or reviewed_again:
        kind, named, assignment = OutcomeKind.UNDER_REVIEW, possible, None
    answers = {assessment_id} | ({assignment.assessment_id} if assignment else set())
    return Standing(
        kind=kind,
        contact=named.contact if named else None,
        front_door=known.front_door.contact if known.front_door else None,
        acknowledged_at=_acknowledged(kind, named, answers, acknowledgements),
        household_id=named.household_id if named else None,
        referral_id=named.referral_id if named else None,
    )


def _decided(known: Known) -> tuple[OutcomeKind, Named] | None:
    """The last thing decided about the assessment itself, and what kind of thing it is."""
    found = [
        (fact.at, kind is not OutcomeKind.QUEUED, fact.event_id, kind, fact)
        for kind, fact in (
            (OutcomeKind.QUEUED, known.queued),
            (OutcomeKind.OPENED, known.opened),
            (OutcomeKind.ROUTED, known.routed),
        )
        if fact is not None
    ]
    if not found:
        return None
    *_, kind, fact = max(found, key=lambda entry: entry[:3])
    return kind, fact


def _assignment_for(named: Named, assignments: Iterable[Assignment]) -> Assignment | None:
    own, of_household = None, None
    for assignment in assignments:
        if assignment.referral_id == named.referral_id:
            own = latest(own, assignment)
        elif assignment.household_id == named.household_id and assignment.at >= named.at:
            of_household = latest(of_household, assignment)
    return own or of_household


_ANSWERS = {
    OutcomeKind.OPENED: AlertKind.ASSIGNED,
    OutcomeKind.ROUTED: AlertKind.ROUTED,
    OutcomeKind.UNDER_REVIEW: AlertKind.POSSIBLE_MATCH,
}
"""Which alert the key worker acknowledges; a team lead's or front door's word does not count."""


def _acknowledged(
    kind: OutcomeKind | None,
    named: Named | None,
    assessment_ids: set[UUID],
    acknowledgements: Iterable[Acknowledgement],
) -> datetime | None:
    if kind is None or named is None or kind not in _ANSWERS:
        return None
    return min(
        (
            a.at
            for a in acknowledgements
            if a.assessment_id in assessment_ids
            and a.kind is _ANSWERS[kind]
            and a.household_id in {None, named.household_id}
        ),
        default=None,
    )


_WORDS = {
    OutcomeKind.UNDER_REVIEW: "a person is checking which household this is",
    OutcomeKind.QUEUED: "a referral is open and waits for a key worker with room",
    OutcomeKind.OPENED: "a referral was opened and a key worker named",
    OutcomeKind.ROUTED: "the household already had a key worker",
}


def what_changed(before: Standing, after: Standing) -> str | None:
    """Why the agency is told again, in words; None where it has nothing new to learn."""
    if after.kind is None:
        return None
    told: list[str] = []
    if after.kind is not before.kind:
        if before.kind in FINAL:
            told.append("it was decided again which household this is")
        told.append(_WORDS[after.kind])
    elif after.contact != before.contact:
        if after.final and after.household_id != before.household_id:
            told.append("it was decided again which household this is")
        else:
            told.append("there is somebody else to call")
    if after.front_door != before.front_door or (before.kind is None and after.front_door):
        told.append("the statutory front door was told")
    if after.acknowledged_at != before.acknowledged_at:
        told.append(
            "the key worker knows" if after.acknowledged_at else "the key worker was told anew"
        )
    return "; ".join(told) or None
