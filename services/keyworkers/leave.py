"""Leave that is arranged through the API, and who answers for the key worker meanwhile. Pure.

The engagements stay the key worker's; new households go to others, and alerts go to both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.handovers import CoverArrangedV1
from services.keyworkers.roster import Arranged, Roster
from services.keyworkers.working_time import WEEKDAYS, Weekday

LONG_ABSENCE_DAYS = 28
"""From how many days on the households should be planned anew rather than covered."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Leave that somebody asks for: both days included. ``cover`` None: whoever can."""

    key_worker_id: str
    first: date
    last: date
    cover: str | None = None


def refusal(roster: Roster, asked: Asked, today: date) -> str | None:
    """Why this leave cannot be arranged, and what to do; None where it can."""
    if asked.last < asked.first:
        return "The leave ends before it begins. Exchange the days."
    if asked.last < today:
        return "These days are over. Give days from today on."
    if (asked.last - asked.first).days > 730:
        return "Two years are the most that can be arranged at once."
    for leave in roster.key_workers[asked.key_worker_id].leave:
        if leave.first <= asked.last and asked.first <= leave.last:
            return f"They are on leave until {leave.last:%-d %B %Y} already. End that first."
    if asked.cover is None:
        return None
    if asked.cover == asked.key_worker_id:
        return "Nobody covers for themselves. Name somebody else."
    if asked.cover not in roster.key_workers:
        return "There is no key worker with the cover's id in this place."
    if not roster.is_there(asked.cover, asked.first, asked.last):
        return "The cover is away then, or has left. Name somebody else, or nobody."
    return None


def cover_of(roster: Roster, asked: Asked) -> str | None:
    """Who stands in throughout: whom was named, or the next of the team who is there."""
    if asked.cover is not None:
        return asked.cover
    return next(iter(covers_of(roster, asked)), None)


def covers_of(roster: Roster, asked: Asked) -> list[str]:
    """Who of the team is not away then, the next first; who works on each of these days before who
    does not."""
    team = roster.members[roster.key_workers[asked.key_worker_id].team]
    at = team.index(roster.key_workers[asked.key_worker_id])
    there = [
        other.id
        for other in (*team[at + 1 :], *team[:at])
        if roster.is_there(other.id, asked.first, asked.last)
    ]
    return sorted(there, key=lambda id_: bool(days_off(roster, id_, asked)))


def days_off(roster: Roster, cover: str, asked: Asked) -> tuple[Weekday, ...]:
    """The weekdays of that time on which the place works and the cover does not."""
    calendar, theirs = roster.place.calendar, roster.key_workers[cover].working_days
    days = (asked.first + timedelta(days=n) for n in range((asked.last - asked.first).days + 1))
    at_work = {WEEKDAYS[day.weekday()] for day in days if day not in calendar.bank_holidays}
    off = at_work & set(calendar.working_days) - set(theirs)
    return tuple(day for day in WEEKDAYS if day in off)


def cover_arranged(roster: Roster, leave_id: UUID, arranged: Arranged) -> CoverArrangedV1 | None:
    """What alerts is told; None where nobody of the team is there, and the lead is next."""
    if arranged.cover is None:
        return None
    return CoverArrangedV1(
        cover_id=leave_id,
        key_worker_id=arranged.key_worker_id,
        cover=roster.key_worker(arranged.cover),
        starts_at=_midnight(roster, arranged.first),
        ends_at=_midnight(roster, arranged.last + timedelta(days=1)),
    )


def cover_ended(
    roster: Roster, leave_id: UUID, arranged: Arranged, now: datetime
) -> CoverArrangedV1 | None:
    """They are back early, or not away at all."""
    if arranged.cover is None:
        return None
    return CoverArrangedV1(
        cover_id=leave_id,
        key_worker_id=arranged.key_worker_id,
        starts_at=_midnight(roster, arranged.first),
        ends_at=now,
    )


def _midnight(roster: Roster, day: date) -> datetime:
    zone = ZoneInfo(roster.place.calendar.time_zone)
    return datetime.combine(day, time(), zone).astimezone(UTC)
