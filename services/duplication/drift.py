"""When a share of this week, beside the weeks before, is called a drift. Pure.

By a stated rule, not by eye: enough seen, a difference that matters, and one that chance would
hardly bring about.
"""

from __future__ import annotations

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
class Compared:
    """How many of all had something: in the last seven days, today included, and in the 28 before
    them."""

    having: int
    of_all: int
    having_before: int
    of_all_before: int

    @property
    def share(self) -> float | None:
        return self.having / self.of_all if self.of_all else None

    @property
    def share_before(self) -> float | None:
        return self.having_before / self.of_all_before if self.of_all_before else None

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
        both = (self.having + self.having_before) / (self.of_all + self.of_all_before)
        error = sqrt(both * (1 - both) * (1 / self.of_all + 1 / self.of_all_before))
        return abs(now - before) >= LEAST_ERRORS * error

    def __add__(self, other: Compared) -> Compared:
        return Compared(
            self.having + other.having,
            self.of_all + other.of_all,
            self.having_before + other.having_before,
            self.of_all_before + other.of_all_before,
        )


def first_day(today: date) -> date:
    """The first day that counts for ``today``."""
    return today - WEEK - BEFORE + timedelta(days=1)


def first_of_week(today: date) -> date:
    """The first of the seven days that end with ``today``."""
    return today - WEEK + timedelta(days=1)
