"""Who may be given a household: works that day, has room, and has no conflict of interest."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from services.keyworkers.place import KeyWorker
from services.keyworkers.working_time import WEEKDAYS

KEPT_TO_THEMSELVES = "cannot take this household"
"""Said of who has a conflict of interest: that they have one is nobody else's to know."""


def works_on(key_worker: KeyWorker, day: date) -> bool:
    """Whether the key worker is at work on ``day``: their working days, leave, leaving."""
    return absence(key_worker, day) is None


def absence(key_worker: KeyWorker, day: date) -> str | None:
    """Why the key worker is not at work on ``day``, in words; None when they are."""
    if key_worker.left_on is not None and key_worker.left_on < day:
        return "has left"
    for leave in key_worker.leave:
        if leave.first <= day <= leave.last:
            return f"is on leave until {leave.last:%-d %B %Y}"
    if WEEKDAYS[day.weekday()] not in key_worker.working_days:
        return f"does not work on {day:%A}s"
    return None


def ineligible(
    key_worker: KeyWorker,
    day: date,
    *,
    caseload: float,
    limit: int,
    household_id: UUID,
    conflicts: Collection[UUID],
) -> str | None:
    """Why the key worker may not have this household, in words; None when they may.

    ``limit``: how many households they may hold in this case.
    """
    if household_id in conflicts:
        return KEPT_TO_THEMSELVES
    if away := absence(key_worker, day):
        return away
    if caseload + 1 > limit:
        return f"has no room: {caseload:g} of {limit} households"
    return None
