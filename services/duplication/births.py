"""Dates of birth as they are compared: eight characters ``YYYYMMDD``, ``X`` where not known.

A date written wrongly keeps its characters, so that a single slip still compares as one. 1 January
is often a way to write "some time that year": it counts as such, never as a full date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

EXACT, SWAPPED, TYPO, PARTIAL, TWO_PARTS, YEAR_ALONE, NEAR, YEAR, DIFFERS = range(9)
LEVELS = (
    "exact", "swapped", "typo", "partial", "two_parts", "year_alone", "near", "year", "differs",
)  # fmt: skip
MISSING = -1

_SHAPED = re.compile(r"([0-9A-Z]{4})[-/. ]?([0-9A-Z]{2})[-/. ]?([0-9A-Z]{2})")
_BRITISH = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_PLACEHOLDERS = frozenset({"19000101", "18000101", "99991231", "00000000", "19010101", "11111111"})


def written(text: str | None) -> str:
    """``YYYYMMDD`` from an ISO date with ``X`` parts or from what somebody wrote; "" if absent."""
    if not text:
        return ""
    upper = text.strip().upper()
    if british := _BRITISH.fullmatch(upper):
        day, month, year = british.groups()
        upper = f"{year}-{month:0>2}-{day:0>2}"
    found = _SHAPED.fullmatch(upper)
    if found is None:
        return ""
    value = "".join(found.groups())
    if value in _PLACEHOLDERS or value == "XXXXXXXX" or sum(c.isdigit() for c in value) < 2:
        return ""
    return value


def is_full(birth: str) -> bool:
    """Whether year, month and day are known, and it is not the 1 January that stands for a year."""
    return birth.isdigit() and not birth.endswith("0101")


def year_of(known: Sequence[str]) -> int | None:
    """The year of birth of somebody of whom these are known, newest last: of a full one if any."""
    full = [birth for birth in known if is_full(birth)]
    return next((int(b[:4]) for b in reversed(full or known) if b[:4].isdigit()), None)


def year_gap(one: str, other: str) -> int:
    """Years between two births; 0 where either year is not known."""
    if one[:4].isdigit() and other[:4].isdigit():
        return abs(int(one[:4]) - int(other[:4]))
    return 0


def age(birth: str, year: int) -> int:
    """Completed or nearly completed years in ``year``; 0 where the year of birth is not known."""
    return year - int(birth[:4]) if birth[:4].isdigit() else 0


def compare(one: str, other: str) -> int:
    """The level at which two births agree."""
    if "X" in one or "X" in other or one.endswith("0101") or other.endswith("0101"):
        return _compare_partial(one, other)
    if one == other:
        return EXACT
    year = one[:4] == other[:4]
    if year and one[4:6] == other[6:] and one[6:] == other[4:6]:
        return SWAPPED
    edits = OSA.distance(one, other, score_cutoff=2)
    if edits <= 1:
        return TYPO
    if year + (one[4:6] == other[4:6]) + (one[6:] == other[6:]) == 2:
        return TWO_PARTS
    if edits == 2:
        return NEAR
    return YEAR if year else DIFFERS


@lru_cache(maxsize=65536)
def _compare_partial(one: str, other: str) -> int:
    known = [(one[i:j], other[i:j]) for i, j in ((0, 4), (4, 6), (6, 8))]
    if one.endswith("0101") or other.endswith("0101"):
        if one[:4] == other[:4]:
            return PARTIAL if one == other else YEAR_ALONE
        return TWO_PARTS if OSA.distance(one, other) <= 1 else DIFFERS
    both = [(a, b) for a, b in known if "X" not in a and "X" not in b]
    if not both:
        return MISSING
    if all(a == b for a, b in both):
        return PARTIAL if len(both) == 2 else YEAR_ALONE
    return NEAR if sum(OSA.distance(a, b) for a, b in both) == 1 else DIFFERS
