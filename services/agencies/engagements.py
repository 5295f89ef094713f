"""Whom to call now: engagements are handed over, move with their household, and end. Pure.

An assessment's outcome names a key worker by an engagement; what was said of engagements is kept
here, and read back whenever the outcome is worked out again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from contracts.envelope import Event
from contracts.handovers import EngagementEndedV1, HouseholdMovedV1, KeyWorkerChangedV1
from contracts.keyworkers import KeyWorkerAssignedV1, Recipient, WorkContact
from contracts.vocabulary_changes import ChangeReason
from services.agencies.facts import Named, Said, latest


class Held(Said):
    """The engagement is of this household, and of this key worker."""

    household_id: UUID
    contact: WorkContact


class Ended(Said):
    """It ended. ``linked``: the household, under this id, went on with another engagement."""

    household_id: UUID
    linked: bool = False


class Engagement(Said):
    """What was said of one engagement; ``at``: when it was last spoken of."""

    engagement_id: UUID
    held: Held | None = None
    ended: Ended | None = None

    @property
    def household_id(self) -> UUID:
        """The household it is of; once it has ended, was of then."""
        said = self.held_now or self.ended
        assert said is not None
        return said.household_id

    @property
    def held_now(self) -> Held | None:
        """Whose it is; None once it has ended and was not taken up again since."""
        if self.held is None or self.ended is None:
            return self.held
        return self.held if latest(self.ended, self.held) is self.held else None

    @property
    def ended_by_link(self) -> bool:
        return self.held_now is None and self.ended is not None and self.ended.linked


def engagement_said(at: datetime, event_id: UUID, event: Event) -> Engagement | None:
    """What ``event`` says of an engagement that agencies may be, or have been, told of."""
    held = ended = None
    match event:
        case (
            KeyWorkerAssignedV1(key_worker=Recipient() as who)
            | KeyWorkerChangedV1(key_worker=Recipient() as who)
            | HouseholdMovedV1(engagement_id=UUID(), key_worker=Recipient() as who)
        ):
            held = Held(
                at=at, event_id=event_id, household_id=event.household_id, contact=who.contact
            )
        case EngagementEndedV1():
            ended = Ended(
                at=at,
                event_id=event_id,
                household_id=event.household_id,
                linked=event.reason is ChangeReason.LINKED,
            )
        case _:
            return None
    assert event.engagement_id is not None
    return Engagement(
        at=at, event_id=event_id, engagement_id=event.engagement_id, held=held, ended=ended
    )


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


def whom_to_call(
    named: Named, household_id: UUID | None, engagements: Mapping[UUID, Engagement]
) -> WorkContact | None:
    """Whoever works with the household that the assessment is of now.

    That is its own engagement's key worker, as long as that lasts; once a link has ended it, the
    household's. Once a person has ended it there is nobody: a new assessment finds somebody.
    """
    own = engagements.get(named.engagement_id) if named.engagement_id else None
    if own is None or latest(own, named) is named:
        return named.contact
    goes_on = own.held_now
    if own.ended_by_link:
        for other in engagements.values():
            if (held := other.held_now) is not None and held.household_id == household_id:
                goes_on = latest(goes_on, held)
    return goes_on.contact if goes_on else None
