"""Whether the records that an order names may be erased: all of them, or none. Pure.

Invariant: nothing is erased that the order does not name, of which somebody is being asked, or of
somebody younger than it says; and nothing is said of anybody's birthday but a year.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from contracts.erasure import ErasureOrderedV1
from contracts.vocabulary_erasure import ErasureRefusal

_OLDEST = 130
"""Years ago before which nobody was born of whom anything is recorded: a date before it is none."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All that is known of an order's household. ``household_id``: what it stands for now;
    ``family``: that, and every id that was linked into it."""

    household_id: UUID
    family: frozenset[UUID]
    assessments: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it is refused. ``not_before``: where that is somebody's age."""

    why: ErasureRefusal
    not_before: date | None = None


def refused(
    order: ErasureOrderedV1,
    whole: Whole | None,
    erased: Collection[UUID],
    asked: Collection[UUID],
    people: Iterable[UUID],
    births: Iterable[Iterable[str]],
) -> Refused | None:
    """Why an order cannot be carried out; None where it can.

    Of an id that was linked into the household without its assessments being named nothing is known
    that would be in the way: nobody else is told of the one under which something was in doubt.

    ``erased``: ids that were erased before; ``asked``: ids about which there is an open question,
    or a step of a run under way; ``people``: whoever was seen in the household; ``births``: of each
    of them, every date of birth in their record, as :mod:`services.duplication.births` has them.
    """
    named = set(order.assessment_ids).difference(erased)
    if (
        whole is None
        or whole.household_id != order.household_id
        or not whole.family.issuperset(order.household_ids)
        or whole.assessments != named
    ):
        return Refused(ErasureRefusal.SEEN_SINCE)
    if not whole.family.union(whole.assessments, people).isdisjoint(asked):
        return Refused(ErasureRefusal.ASKED_ABOUT)
    if order.until_youngest_is is not None:
        day = order.ordered_at.date()
        until = _until_all_are(order.until_youngest_is, births, day)
        if until is not None:
            return Refused(ErasureRefusal.TOO_YOUNG, until)
    return None


def _until_all_are(years: int, births: Iterable[Iterable[str]], day: date) -> date | None:
    """The first of January by which everybody has been of this age for certain; None where they
    are already."""
    latest = [
        max(dates)
        for known in births
        if (dates := [born for one in known if (born := latest_birth(one, day)) is not None])
    ]
    birthdays = [_birthday(born, years) for born in latest]
    to_come = [birthday.year for birthday in birthdays if birthday > day]
    return date(max(to_come) + 1, 1, 1) if to_come else None


def _birthday(born: date, years: int) -> date:
    if (born.month, born.day) == (2, 29):
        born += timedelta(days=1)
    return born.replace(year=born.year + years)


def latest_birth(written: str, day: date) -> date | None:
    """The latest day that a date of birth may mean, ``YYYYMMDD`` with ``X`` where not known, as of
    a ``day``; None where no year is known, or it can be no date. 1 January may be any day."""
    if not any(c.isdigit() for c in written[:4]):
        return None
    for year in range(day.year, day.year - _OLDEST, -1):
        if all(c in (known, "X") for c, known in zip(written[:4], f"{year:04}", strict=True)):
            first, last = _days(year, written[4:])
            if first <= day:
                return min(last, day)
    return None


def _days(year: int, month_and_day: str) -> tuple[date, date]:
    """The first and the last day that it may be."""
    month = _number(month_and_day[:2], 12) if month_and_day != "0101" else None
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    days = monthrange(year, month)[1]
    of_month = _number(month_and_day[2:], days)
    return date(year, month, of_month or 1), date(year, month, of_month or days)


def _number(written: str, most: int) -> int | None:
    return int(written) if written.isdigit() and 1 <= int(written) <= most else None
