"""How long the records of a household are kept, by the place's policy. Pure.

Invariant: nothing is due that somebody works with, that waits, about which a question is open, or
that is held; nor before nothing has happened with it for as long as the policy says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.keyworkers.place import Retention


class Kept(StrEnum):
    """Why a household's records are kept."""

    GONE = "gone"
    """There is nothing of it, or it was linked into another, with which it is kept."""
    WORKED_WITH = "worked_with"
    """It has a key worker."""
    WAITS = "waits"
    """It waits for one, or is offered to a team."""
    POSSIBLE_MATCH = "possible_match"
    """A reviewer is asked whether an assessment is of it."""
    LIFTING_ASKED = "lifting_asked"
    """It is asked that it be restricted no longer."""
    HELD = "held"
    """A privacy officer holds it."""
    ORDERED = "ordered"
    """It is ordered already that it be erased."""
    TOO_YOUNG = "too_young"
    """Somebody in it is younger than the policy says."""
    NO_POLICY = "no_policy"
    """The place names no policy: nothing is erased by itself."""
    RECENT = "recent"
    """Something happened with it not so long ago."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known here of a household and of those that were linked into it.

    ``household_ids``: its own first; ``team_id``: with which it was last; ``held_until``: of the
    hold that lasts longest; ``not_before``: until when it was too young to be erased. The moments
    are when each last happened, None where it never did.
    """

    household_id: UUID
    place_id: str | None
    household_ids: tuple[UUID, ...]
    assessment_ids: tuple[UUID, ...]
    team_id: str | None
    linked_into: UUID | None = None
    worked_with: bool = False
    waits: bool = False
    possible_match: bool = False
    lifting_asked: bool = False
    held_until: datetime | None = None
    ordered: bool = False
    not_before: date | None = None
    assessed_at: datetime | None = None
    engagement_ended_at: datetime | None = None
    referral_closed_at: datetime | None = None
    handover_decided_at: datetime | None = None
    restriction_asked_at: datetime | None = None

    @property
    def last_contact_at(self) -> datetime | None:
        """When anything last happened with it."""
        moments = (
            self.assessed_at,
            self.engagement_ended_at,
            self.referral_closed_at,
            self.handover_decided_at,
            self.restriction_asked_at,
        )
        return max((one for one in moments if one is not None), default=None)


def why_not_ordered(record: Record) -> Kept | None:
    """Why its erasure cannot be ordered by anybody; None where it can."""
    if record.place_id is None or record.linked_into is not None:
        return Kept.GONE
    reasons = {
        Kept.WORKED_WITH: record.worked_with,
        Kept.WAITS: record.waits,
        Kept.HELD: record.held_until is not None,
        Kept.ORDERED: record.ordered,
    }
    return next((why for why, holds in reasons.items() if holds), None)


def why_kept(record: Record, policy: Retention, now: datetime) -> Kept | None:
    """Why it is not due; None where it is."""
    if why := why_not_ordered(record):
        return why
    if record.possible_match:
        return Kept.POSSIBLE_MATCH
    if record.lifting_asked:
        return Kept.LIFTING_ASKED
    too_young = record.not_before is not None and now.date() < record.not_before
    if too_young and policy.until_youngest_is is not None:
        return Kept.TOO_YOUNG
    last = record.last_contact_at
    if last is None or last > years_before(now, policy.years_after_last_contact):
        return Kept.RECENT
    return None


def years_before(moment: datetime, years: int) -> datetime:
    """The same moment so many years ago; on a 29 February that there was none of, the day before
    it, so that nothing is due a day too early."""
    year = moment.year - years
    try:
        return moment.replace(year=year)
    except ValueError:
        return moment.replace(year=year, day=28)


def years_after(moment: datetime, years: int) -> datetime:
    """The first moment whose :func:`years_before` is not before ``moment``."""
    year = moment.year + years
    try:
        return moment.replace(year=year)
    except ValueError:
        return moment.replace(year=year, month=3, day=1, hour=0, minute=0, second=0, microsecond=0)
