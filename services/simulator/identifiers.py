"""Identifiers that pass their registers' checks, out of ranges that no real person has.

NHS numbers start 999 (reserved for tests). Phones and emails are Ofcom's drama ranges and
example.org.
"""

from __future__ import annotations

import random

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_NINO_PREFIXES = ("CR", "MW", "NC", "PP", "PZ")
_NHS_NUMBERS = 850_000
_PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"


class Register:
    """Issues each number once. ``wide``: telephone numbers for a region, each of one person."""

    def __init__(self, rng: random.Random, *, wide: bool = False) -> None:
        self._rng = rng
        self._wide = wide
        self._nhs_numbers = 0
        self._issued: set[str] = set()

    def nhs_number(self) -> str:
        """A test NHS number: 999, six digits, and the check digit (10 is never issued).

        There are some 909,000; none is made up outside them: the last of a million have none.
        """
        while self._nhs_numbers < _NHS_NUMBERS:
            nine = f"999{self._rng.randrange(10**6):06d}"
            check = 11 - sum(w * int(d) for w, d in zip(range(10, 1, -1), nine, strict=True)) % 11
            if check != 10 and self._first_time(number := f"{nine}{0 if check == 11 else check}"):
                self._nhs_numbers += 1
                return number
        return ""

    def upn(self) -> str:
        """A permanent Unique Pupil Number: check letter and 12 digits."""
        while True:
            digits = f"{self._rng.randrange(350, 359)}{self._rng.randrange(10**9):09d}"
            total = sum(w * int(d) for w, d in zip(range(2, 14), digits, strict=True))
            if self._first_time(number := _UPN_LETTERS[total % 23] + digits):
                return number

    def uln(self) -> str:
        """A Unique Learner Number."""
        while True:
            nine = f"{self._rng.randrange(10**8, 10**9)}"
            total = sum(w * int(d) for w, d in zip(range(10, 1, -1), nine, strict=True))
            check = (10 - total) % 11
            number = f"{nine}{check}"
            if check < 10 and number != "9999999999" and self._first_time(number):
                return number

    def nino(self) -> str:
        """A National Insurance number with a prefix kept for administration, not for people."""
        while True:
            prefix = self._rng.choice(_NINO_PREFIXES)
            number = f"{prefix}{self._rng.randrange(10**6):06d}{self._rng.choice('ABCD')}"
            if self._first_time(number):
                return number

    def pnc_id(self, year: int) -> str:
        """A PNC ID of ``year``: year, serial, check letter."""
        while True:
            serial = f"{self._rng.randrange(1, 10**6):07d}"
            letter = _PNC_LETTERS[int(f"{year % 100:02d}{serial}") % 23]
            if self._first_time(number := f"{year:04d}/{serial}{letter}"):
                return number

    def uprn(self) -> str:
        """A 12-digit UPRN in a block that the gazetteer does not use."""
        while True:
            if self._first_time(number := f"9{self._rng.randrange(10**11):011d}"):
                return number

    def phone(self, *, landline: bool = False) -> str:
        """A drama number. There are only 1,000 of each, so families share them by accident; for a
        region, four digits more than any number has."""
        more = f" {self._rng.randrange(10**4):04d}" if self._wide else ""
        return f"{'0161 496 0' if landline else '07700 900'}{self._rng.randrange(1000):03d}{more}"

    def email(self, given_name: str, family_name: str) -> str:
        """An address at example.org, as a person of that name might choose it."""
        given, family = (
            "".join(c for c in name.lower() if c.isalpha()) for name in (given_name, family_name)
        )
        number = self._rng.randrange(1, 10_000)
        return (
            self._rng.choice(
                (f"{given}.{family}{number}", f"{given}{number}", f"{given[:1]}{family}{number}")
            )
            + "@example.org"
        )

    def _first_time(self, number: str) -> bool:
        if number in self._issued:
            return False
        self._issued.add(number)
        return True
