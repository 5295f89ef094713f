"""On which working day somebody can act on what happens now, by the place's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from services.keyworkers.strict import Strict

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Calendar(Strict):
    """A place's working time. ``bank_holidays``: days on which nobody but duty desks works."""

    time_zone: str = "Europe/London"
    working_days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    opens: time = time(9)
    closes: time = time(17)
    bank_holidays: tuple[date, ...] = Field(default=(), max_length=500)

    @model_validator(mode="after")
    def _is_possible(self) -> Calendar:
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"there is no time zone {self.time_zone!r}") from None
        if not self.working_days:
            raise ValueError("the calendar needs at least one working day")
        if self.opens >= self.closes:
            raise ValueError("the calendar closes before it opens")
        return self

    def day_of(self, at: datetime) -> date:
        """The date here at a moment."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def working_day(self, at: datetime) -> date:
        """The day on which ``at`` can be acted on: today until closing time, or the next.

        After hours and at weekends a household is given to somebody who works when work goes on;
        what cannot wait goes to the front door and the duty desk as well.
        """
        local = at.astimezone(ZoneInfo(self.time_zone))
        day = local.date()
        if local.time() >= self.closes:
            day += timedelta(days=1)
        return _first_working_day(day, self.working_days, self.bank_holidays)

    def after(self, at: datetime, minutes: int) -> datetime:
        """When so many minutes of working time from ``at`` have passed, in UTC."""
        zone, left = ZoneInfo(self.time_zone), timedelta(minutes=minutes)
        day = self.working_day(at)
        while True:
            opens = datetime.combine(day, self.opens, zone).astimezone(UTC)
            closes = datetime.combine(day, self.closes, zone).astimezone(UTC)
            begins = max(opens, at.astimezone(UTC))
            if left <= closes - begins:
                return begins + left
            left -= closes - begins
            day = _first_working_day(day + timedelta(days=1), self.working_days, self.bank_holidays)


@lru_cache(maxsize=4096)
def _first_working_day(
    day: date, working_days: tuple[Weekday, ...], holidays: tuple[date, ...]
) -> date:
    while WEEKDAYS[day.weekday()] not in working_days or day in holidays:
        day += timedelta(days=1)
    return day
