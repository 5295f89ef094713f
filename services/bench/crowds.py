"""People whom no key tells apart, as a place gets them: what they cost is measured beside the rest.

Names are made up of syllables, so that they are as many as it takes and none is another misspelt.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from contracts.assessments import Address, Person, Submission
from contracts.vocabulary import LawfulBasis, Purpose

RESIDENTS = 400
ARRIVING = 100
_AT = datetime(2034, 1, 2, tzinfo=UTC)
_HOSTEL = Address(lines=("Bridge House", "1 Station Road"), town="Bolton", postcode="BL1 1AA")
_BORN = date(1984, 6, 21)


@dataclass(frozen=True, slots=True)
class Crowd:
    """``filed``: who is known by then; ``arriving``: what is measured, half of it of these."""

    name: str
    filed: tuple[Submission, ...]
    arriving: tuple[Submission, ...]


def crowds(seed: int) -> tuple[Crowd, ...]:
    """The commonest surname and birth date, a hostel, and people of whom nothing is known."""
    rng = random.Random(seed)
    count = RESIDENTS + ARRIVING // 2
    smiths = [
        _one(n, given, "Smith", _BORN, _home(rng, n)) for n, given in enumerate(_names(rng, count))
    ]
    residents = [
        _one(n, given, family, _BORN + timedelta(37 * n), _HOSTEL)
        for n, (given, family) in enumerate(
            zip(_names(rng, count), _names(rng, count), strict=True)
        )
    ]
    unknown = [_one(n, "Unknown", "UNKNOWN", None, None) for n in range(count)]
    return (
        _crowd(f"{RESIDENTS} of the commonest surname, born on one day", smiths),
        _crowd(f"a hostel with {RESIDENTS} residents", residents),
        _crowd(f"{RESIDENTS} times unknown unknown", unknown),
    )


def _crowd(name: str, made: Sequence[Submission]) -> Crowd:
    again = made[: ARRIVING // 2]
    new = made[RESIDENTS:]
    mixed = tuple(one for pair in zip(again, new, strict=True) for one in pair)
    return Crowd(name, tuple(made[:RESIDENTS]), mixed)


def _names(rng: random.Random, count: int) -> list[str]:
    def syllable() -> str:
        return rng.choice("bdfgklmnprstvz") + rng.choice("aeiou")

    return ["".join(syllable() for _ in range(4)).title() for _ in range(count)]


def _home(rng: random.Random, number: int) -> Address:
    (street,) = _names(rng, 1)
    return Address(
        lines=(f"{number % 90 + 1} {street} Road",),
        town="Wigan",
        postcode=f"WN{number % 40 + 1} {number % 7 + 1}{rng.choice('ABDE')}{rng.choice('ABDE')}",
    )


def _one(
    number: int, given: str, family: str, born: date | None, address: Address | None
) -> Submission:
    return Submission(
        reference=f"C-{number}",
        recorded_at=_AT,
        people=(
            Person(
                given_name=given,
                family_name=family,
                date_of_birth=None if born is None else born.isoformat(),
            ),
        ),
        address=address,
        lawful_basis=LawfulBasis.CHILDREN_ACT_2004_S10,
        purpose=Purpose.EARLY_HELP,
    )
