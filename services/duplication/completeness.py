"""How completely agencies fill in what matching lives on, now and in the weeks before. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from services.duplication.drift import BEFORE, WEEK, Compared


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one agency's people (or assessments) of one day, how many carried a field."""

    agency_id: str
    day: date
    field: str
    carried: int
    of_all: int


@dataclass(frozen=True, slots=True)
class Completeness:
    """One field of one agency: how many carried it."""

    agency_id: str
    field: str
    carried: Compared


def by_agency(counted: Iterable[Counted], today: date) -> list[Completeness]:
    """Every agency's fields, those that drifted first, then by agency and field."""
    sums: dict[tuple[str, str], Compared] = defaultdict(lambda: Compared(0, 0, 0, 0))
    for one in counted:
        age = today - one.day
        if timedelta(0) <= age < WEEK + BEFORE:
            carried, of_all = one.carried, one.of_all
            sums[one.agency_id, one.field] += (
                Compared(carried, of_all, 0, 0) if age < WEEK else Compared(0, 0, carried, of_all)
            )
    found = [Completeness(agency, field, carried) for (agency, field), carried in sums.items()]
    return sorted(found, key=lambda one: (not one.carried.drifted, one.agency_id, one.field))
