"""How dates of birth, postcodes and numbers are written wrong or in part.

Dates come back as the contract writes them: ``YYYY-MM-DD`` with ``XX`` for what is not known.
"""

from __future__ import annotations

import random
from datetime import date, timedelta


def swap_day_and_month(born: date) -> date:
    """3 December for 12 March; the date itself where the day is no month."""
    return born.replace(month=born.day, day=born.month) if born.day <= 12 else born


def mistake_date(rng: random.Random, born: date) -> date:
    """Another day: swapped, a digit out, a year or ten out. Always a day of the calendar."""
    kind = rng.randrange(4)
    if kind == 0 and swap_day_and_month(born) != born:
        return swap_day_and_month(born)
    if kind == 1:
        return _in_year(born, born.year + rng.choice((-1, 1)))
    if kind == 2:
        return _in_year(born, born.year + rng.choice((-10, 10)))
    return born + timedelta(days=rng.choice((-10, -2, -1, 1, 2, 10)))


def partial_date(rng: random.Random, born: date) -> str:
    """Only the year, or the month of it."""
    return f"{born.year}-XX-XX" if rng.random() < 0.6 else f"{born.year}-{born.month:02d}-XX"


def placeholder_date(rng: random.Random, born: date) -> str:
    """What a system fills in when nobody knows: 1 January of the year, or of 1900."""
    return f"{born.year}-01-01" if rng.random() < 0.7 else "1900-01-01"


def as_old_systems_write(rng: random.Random, born: date) -> str:
    """A date that is none: a typing error kept for matching only."""
    day = born.day + rng.choice((31, 40))
    return f"{day:02d}/{born.month:02d}/{born.year}"


def truncate_postcode(postcode: str) -> str:
    """The district alone: ``WN1`` of ``WN1 2AB``."""
    return postcode.partition(" ")[0]


def mistype_postcode(rng: random.Random, postcode: str) -> str:
    """One character of the unit wrong; the sector stays."""
    at = rng.randrange(len(postcode) - 2, len(postcode))
    letter = rng.choice("ABDEFGHJLNPQRSTUWXYZ")
    return postcode[:at] + letter + postcode[at + 1 :]


def _in_year(born: date, year: int) -> date:
    year = min(max(year, 1891), 2100)
    try:
        return born.replace(year=year)
    except ValueError:  # 29 February
        return born.replace(year=year, day=28)
