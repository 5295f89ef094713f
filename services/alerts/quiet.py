"""Until when a message waits that its recipient does not want now. Pure.

Invariant: nothing immediate waits, and what waits comes at the latest when the place next opens and
the hours kept free are over.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from contracts.vocabulary import Severity
from services.alerts.deadlines import Calendar
from services.alerts.messages import Preference
from services.alerts.policy import PlacePolicy


def held_until(
    said: Preference | None, calendar: Calendar, severity: Severity, now: datetime
) -> datetime | None:
    """When to tell instead; None: at once."""
    if said is None or severity is Severity.IMMEDIATE:
        return None
    at = _after_quiet(said, calendar, now)
    if said.only_working_time:
        opens, _ = next(calendar.openings(at))
        # At opening the hours kept free may just have begun.
        at = _after_quiet(said, calendar, max(at, opens))
    return at if at > now else None


def _after_quiet(said: Preference, calendar: Calendar, at: datetime) -> datetime:
    here = at.astimezone(calendar.timezone)
    if said.quiet is None or not said.quiet[0] <= here.time() < said.quiet[1]:
        return at
    return datetime.combine(here.date(), said.quiet[1], calendar.timezone)


def refusal(quiet: tuple[time, time] | None, policy: PlacePolicy) -> str | None:
    """Why these hours cannot be kept free, and what to do; None where they can."""
    if quiet is None:
        return None
    if not policy.quiet_hours_most:
        return "The place lets nobody keep hours free of messages. Leave both times empty."
    first, last = quiet
    if first >= last:
        return "The quiet hours end before they begin. Exchange the times."
    if first < policy.opens or last > policy.closes:
        return (
            f"Quiet hours are within working time, {policy.opens:%H:%M} to {policy.closes:%H:%M}."
            " Outside it, choose to have messages in working time only."
        )
    length = datetime.combine(date.min, last) - datetime.combine(date.min, first)
    if length > timedelta(hours=policy.quiet_hours_most):
        return (
            f"The place lets at most {policy.quiet_hours_most:g} hours of a day be quiet,"
            " so that what is urgent is seen in time. Choose fewer."
        )
    return None
