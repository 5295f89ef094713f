"""By when something must be done, counted in clock time or in a place's working time.

Pure. Everything is reckoned in UTC between instants: a working day's opening and closing are
converted one by one, so that a change to or from summer time neither adds nor loses an hour.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_LONGEST_CLOSURE = 60
"""Days in a row without an opening after which a calendar is taken to be wrong."""


class Unit(StrEnum):
    """What an allowance is counted in."""

    CLOCK_HOURS = "clock_hours"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How long somebody has. A working day is the length of one day's opening hours."""

    amount: float
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 < self.amount <= 1_000:
            raise ValueError("an allowance is more than 0 and at most 1,000")


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a place works. ``weekdays``: 0 is Monday. ``holidays``: days on which it is closed."""

    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/London"))
    opens: time = time(9)
    closes: time = time(17)
    weekdays: frozenset[int] = frozenset(range(5))
    holidays: Container[date] = frozenset()

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("a working day must open before it closes")
        if not self.weekdays & frozenset(range(7)):
            raise ValueError("at least one day of the week must be a working day")

    @property
    def day_length(self) -> timedelta:
        """The opening hours of one day."""
        return datetime.combine(date.min, self.closes) - datetime.combine(date.min, self.opens)

    def is_working_day(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.holidays

    def openings(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Opening and closing instants, in UTC, from the first that closes after ``since``."""
        day = since.astimezone(self.timezone).date()
        closed = 0
        while closed < _LONGEST_CLOSURE:
            if self.is_working_day(day):
                opens = datetime.combine(day, self.opens, self.timezone).astimezone(UTC)
                closes = datetime.combine(day, self.closes, self.timezone).astimezone(UTC)
                if closes > since:
                    yield opens, closes
                closed = 0
            else:
                closed += 1
            day += timedelta(days=1)
        raise ValueError(f"the calendar has no working day in {_LONGEST_CLOSURE} days")


def due_at(start: datetime, allowance: Allowance, calendar: Calendar) -> datetime:
    """When ``allowance`` from ``start`` has passed, in UTC.

    Working time from outside opening hours counts from the next opening.
    """
    start = start.astimezone(UTC)
    if allowance.unit is Unit.CLOCK_HOURS:
        return start + timedelta(hours=allowance.amount)
    left = (
        timedelta(hours=allowance.amount)
        if allowance.unit is Unit.WORKING_HOURS
        else calendar.day_length * allowance.amount
    )
    for opens, closes in calendar.openings(start):
        begins = max(opens, start)
        if left <= closes - begins:
            return begins + left
        left -= closes - begins
    raise AssertionError("openings never end")


def working_time(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """The working time between two instants."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    total = timedelta()
    if end <= start:
        return total
    for opens, closes in calendar.openings(start):
        if opens >= end:
            break
        total += min(closes, end) - max(opens, start)
    return total
