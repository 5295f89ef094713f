"""Whom to call now: engagements are handed over, move with their household, and end. Pure.

An assessment's outcome names a key worker by an engagement; what was said of that engagement since
is kept here, and read back whenever the outcome is worked out again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from contracts.envelope import Event
from contracts.handovers import EngagementEndedV1, HouseholdMovedV1, KeyWorkerChangedV1
from contracts.keyworkers import WorkContact
from contracts.vocabulary import ChangeReason
from services.agencies.facts import Assignment, Named, Said, latest


class Held(Said):
    """The engagement is of this household, and of this key worker. ``left``: the household that it
    left by a separation, where what did not go with it stays."""

    household_id: UUID
    contact: WorkContact
    left: UUID | None = None


class Ended(Said):
    """It ended. ``linked``: the household, under this id, went on with another engagement."""

    household_id: UUID
    linked: bool = False


class Engagement(Said):
    """What was said of one engagement since it began; ``at``: when it was last spoken of."""

    engagement_id: UUID
    held: Held | None = None
    ended: Ended | None = None

    @property
    def household_id(self) -> UUID:
        """The household it is or was last of."""
        said = self.ended if self.has_ended else self.held
        assert said is not None
        return said.household_id

    @property
    def has_ended(self) -> bool:
        """Ended, and not taken up again since."""
        ended, held = self.ended, self.held
        return ended is not None and (
            held is None or (held.at, held.event_id) < (ended.at, ended.event_id)
        )

    @property
    def ended_by_link(self) -> bool:
        return self.ended is not None and self.ended.linked


def engagement_said(at: datetime, event_id: UUID, event: Event) -> Engagement | None:
    """What ``event`` says of an engagement that agencies may have been told of."""
    left = None
    match event:
        case KeyWorkerChangedV1():
            contact = event.key_worker.contact
        case HouseholdMovedV1(engagement_id=UUID(), key_worker=moved) if moved is not None:
            contact = moved.contact
            if event.assessment_ids and event.previous_household_id != event.household_id:
                left = event.previous_household_id
        case EngagementEndedV1():
            ended = Ended(
                at=at,
                event_id=event_id,
                household_id=event.household_id,
                linked=event.reason is ChangeReason.LINKED,
            )
            return Engagement(
                at=at, event_id=event_id, engagement_id=event.engagement_id, ended=ended
            )
        case _:
            return None
    assert event.engagement_id is not None
    held = Held(
        at=at, event_id=event_id, household_id=event.household_id, contact=contact, left=left
    )
    return Engagement(at=at, event_id=event_id, engagement_id=event.engagement_id, held=held)


def both(first: Engagement | None, second: Engagement) -> Engagement:
    """What two say of one engagement, in whatever order they came."""
    if first is None:
        return second
    return latest(first, second).model_copy(
        update={
            "held": latest(first.held, second.held) if second.held else first.held,
            "ended": latest(first.ended, second.ended) if second.ended else first.ended,
        }
    )


def rests_on(named: Named, moved: Named | None, engagements: Mapping[UUID, Engagement]) -> Named:
    """Whose engagement an assessment rests on: its own, or since then another's with which it
    ``moved`` to another household, until its own is taken up again."""
    if moved is None or latest(named, moved) is named:
        return named
    own = engagements.get(named.engagement_id) if named.engagement_id else None
    if own is None:
        return moved
    if own.has_ended:
        return moved if own.ended_by_link else named
    return named if own.held is not None and latest(moved, own.held) is own.held else moved


def now_named(
    named: Named, engagements: Mapping[UUID, Engagement], assignments: Iterable[Assignment]
) -> tuple[Named, WorkContact | None]:
    """The household, engagement and contact as they are now; no contact where there is nobody."""
    said = engagements.get(named.engagement_id) if named.engagement_id else None
    if said is None:
        return named, named.contact
    if not said.has_ended:
        held = said.held
        if held is not None and latest(named, held) is held:
            if held.left is not None:
                return _at_home(named, held.left, engagements, assignments)
            update = {"household_id": held.household_id, "contact": held.contact}
            named = named.model_copy(update=update)
        return named, named.contact
    assert said.ended is not None
    if latest(named, said.ended) is named:
        return named, named.contact
    if not said.ended_by_link:
        return named.model_copy(update={"household_id": said.household_id}), None
    return _at_home(named, said.household_id, engagements, assignments)


def _at_home(
    named: Named,
    household_id: UUID,
    engagements: Mapping[UUID, Engagement],
    assignments: Iterable[Assignment],
) -> tuple[Named, WorkContact | None]:
    """Whoever is named for a household, now that who was is not, or no longer, of it."""
    other = _other_of(household_id, engagements, assignments)
    if other is None:
        return named.model_copy(update={"household_id": household_id}), None
    return now_named(other, engagements, ())


def _other_of(
    household_id: UUID, engagements: Mapping[UUID, Engagement], assignments: Iterable[Assignment]
) -> Named | None:
    """The engagement with which the household goes on, the latest where there are several."""
    found: Named | None = None
    for assignment in assignments:
        said = engagements.get(assignment.engagement_id) if assignment.engagement_id else None
        at_home = said.household_id if said else assignment.household_id
        if at_home == household_id and not (said and said.has_ended):
            found = latest(found, assignment)
    for said in engagements.values():
        if said.held and not said.has_ended and said.household_id == household_id:
            held = Named(**said.held.model_dump(), engagement_id=said.engagement_id)
            found = latest(found, held)
    return found
