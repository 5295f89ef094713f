"""How completely agencies fill in what matching lives on, this week beside the weeks before. Pure.

A change is called a drift by a stated rule, not by eye: enough seen, a difference that matters, and
one that chance would hardly bring about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

WEEK, BEFORE = timedelta(days=7), timedelta(days=28)
LEAST_NOW, LEAST_BEFORE = 20, 50
LEAST_DIFFERENCE = 0.10
LEAST_ERRORS = 3.0
RULE = (
    f"Drifted: the share moved by at least {LEAST_DIFFERENCE:.0%} of all and by at least"
    f" {LEAST_ERRORS:g} standard errors, with at least {LEAST_NOW} seen this week and"
    f" {LEAST_BEFORE} in the {BEFORE.days} days before."
)


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
    """One field of one agency: the last seven days, today included, and the 28 before them."""

    agency_id: str
    field: str
    carried: int
    of_all: int
    carried_before: int
    of_all_before: int

    @property
    def share(self) -> float | None:
        return self.carried / self.of_all if self.of_all else None

    @property
    def share_before(self) -> float | None:
        return self.carried_before / self.of_all_before if self.of_all_before else None

    @property
    def drifted(self) -> bool:
        """Whether the rule says so."""
        now, before = self.share, self.share_before
        if now is None or before is None:
            return False
        if self.of_all < LEAST_NOW or self.of_all_before < LEAST_BEFORE:
            return False
        if abs(now - before) < LEAST_DIFFERENCE:
            return False
        both = (self.carried + self.carried_before) / (self.of_all + self.of_all_before)
        error = sqrt(both * (1 - both) * (1 / self.of_all + 1 / self.of_all_before))
        return abs(now - before) >= LEAST_ERRORS * error


def first_day(today: date) -> date:
    """The first day that counts for ``today``."""
    return today - WEEK - BEFORE + timedelta(days=1)


def by_agency(counted: Iterable[Counted], today: date) -> list[Completeness]:
    """Every agency's fields, those that drifted first, then by agency and field."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in counted:
        age = today - one.day
        if timedelta(0) <= age < WEEK + BEFORE:
            own, at = sums[one.agency_id, one.field], 0 if age < WEEK else 2
            own[at] += one.carried
            own[at + 1] += one.of_all
    found = [Completeness(agency, field, *own) for (agency, field), own in sums.items()]
    return sorted(found, key=lambda one: (not one.drifted, one.agency_id, one.field))
