"""How moments, days and lengths of time are told: by the place's clock, as people say it. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.portal.words import count


def born_in_words(born: str | None) -> str:
    """A date of birth, perhaps partial, as people say it: ``2 April 1988``, ``April 1988``."""
    year, month_, day_ = ([*(born or "").split("-"), "XX", "XX"])[:3]
    if month_.isdigit() and 1 <= int(month_) <= 12:
        name = f"{date(2000, int(month_), 1):%B}"
        parts = (str(int(day_)) if day_.isdigit() else "", name, year if year.isdigit() else "")
        return " ".join(part for part in parts if part)
    return year if year.isdigit() else born or ""


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """``4:30pm``, ``midday``, ``9am``."""
    return time_of_day(moment.astimezone(zone).time())


def time_of_day(local: time) -> str:
    """A time on the wall's clock: ``4:30pm``, ``midday``, ``9am``."""
    if (local.hour, local.minute) in {(0, 0), (12, 0)}:
        return "midday" if local.hour else "midnight"
    minutes = f":{local.minute:02}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def day(when: date) -> str:
    """``3 November 2026``."""
    return f"{when.day} {when:%B %Y}"


def moment_in_words(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """``today at 9:04am``, ``yesterday at 4pm``, ``Thursday 3 December at 10am``."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}.get((local.date() - today).days)
    if near is None:
        near = f"{local:%A} {local.day} {local:%B}"
        if local.year != today.year:
            near += f" {local.year}"
    return f"{near} at {clock(moment, zone)}"


def due_in_words(due: datetime, now: datetime, zone: ZoneInfo) -> str:
    """``due in 40 minutes``, ``due tomorrow at 10am``, ``was due 2 hours ago``."""
    if due < now:
        return f"was due {_rough(now - due)} ago"
    if due - now < timedelta(hours=2):
        return f"due in {_rough(due - now)}"
    return f"due {_on(moment_in_words(due, now, zone))}"


def ago_in_words(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """``just now``, ``5 minutes ago``, then when it was."""
    if now - moment < timedelta(minutes=1):
        return "just now"
    if now - moment < timedelta(hours=1):
        return f"{_rough(now - moment)} ago"
    return moment_in_words(moment, now, zone)


def span(milliseconds: float | None) -> str:
    """How long something took: ``12 ms``, ``3.2 s``, ``4 minutes``."""
    if milliseconds is None:
        return "–"
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    return _rough(timedelta(milliseconds=milliseconds))


def short_span(milliseconds: float) -> str:
    """The same where parts of a millisecond matter: ``0.3 ms``."""
    return f"{milliseconds:.1f} ms" if milliseconds < 10 else span(milliseconds)


def _on(words: str) -> str:
    near = words.startswith(("today", "tomorrow", "yesterday"))
    return words if near else f"on {words}"


def _rough(length: timedelta) -> str:
    minutes = length.total_seconds() / 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return count(int(minutes), "minute")
    if minutes < 48 * 60:
        return count(int(minutes / 60), "hour")
    return count(int(minutes / 1440), "day")
