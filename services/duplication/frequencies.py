"""How common a value is in this place: term-frequency adjustment learnt from its own data.

A shrunk estimate: until the place has seen enough, the model's typical frequency stands in, so the
adjustment starts at nothing and grows with the evidence.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from math import log2

from services.duplication.profile import Profile

TERM_FIELDS = ("given", "family", "births", "homes", "towns", "identifiers", "phones", "emails")


_BLANK = blake2b(digest_size=8)
"""Copied for each text: far quicker than making one."""


def digest(text: str) -> int:
    """A signed 64-bit key of a text: what indexes hold instead of personal data."""
    made = _BLANK.copy()
    made.update(text.encode())
    return int.from_bytes(made.digest(), signed=True)


@lru_cache(1 << 17)
def term(field: str, value: Hashable) -> int:
    """The key under which a value's count is kept. The same values come again and again."""
    return digest(f"{field}={value}")


def terms(profile: Profile) -> list[int]:
    """Every term of a mention, and per field the total it counts towards."""
    found: list[int] = []
    for field in TERM_FIELDS:
        values: Iterable[Hashable] = getattr(profile, field)
        if values:
            found.append(TOTALS[field])
            found += [term(field, value) for value in values]
    return found


POPULATION = digest("people")
"""The key under which the number of people known in the place is kept."""
TOTALS = {field: term(field, "*") for field in TERM_FIELDS}


def surprise(
    counts: Mapping[int, int], field: str, value: Hashable, typical: float, pseudo: float
) -> float:
    """Bits by which agreeing on this value says more (or, below 0, less) than on a typical one.

    ``typical``: frequency of a typical value; ``pseudo``: how many mentions that prior is worth.
    """
    count = counts.get(term(field, value), 0)
    total = counts.get(TOTALS[field], 0)
    return log2(typical * (total + pseudo) / (count + pseudo * typical))
