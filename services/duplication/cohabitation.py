"""Whether people of this place live several to a home or one to a home, learnt from its own data.

Where families live, another given name and another birthday at one home are a brother or sister.
Where hardly anybody shares a home they are somebody written down wrongly twice. Pure: eight counts
of a place say which, and how often; they start at nothing, which is what families look like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2

from services.duplication import addresses, births
from services.duplication.comparisons import (
    AGREES,
    BIRTH,
    DIFFERS,
    EXACT,
    FAMILY,
    GIVEN,
    HOME,
    MISSING,
    ONE_NAME,
    PART,
    SIMILAR,
    SWAPPED,
    TOWN,
    TOWN_DIFFERS,
)
from services.duplication.frequencies import digest

AT_HOME, NEARBY = (
    tuple(digest(f"{where}={what}") for what in ("both", "given", "birth", "neither"))
    for where in ("at one home", "nearby")
)
"""The keys of the counts: pairs of one family name and home, or homes nearly alike (a slip in the
number, the street, the postcode), by which of given name and date of birth agree."""
COUNTED = (*AT_HOME, *NEARBY)
SEVERAL = (AT_HOME[3], NEARBY[3])
"""The counts of somebody seen together with another at a home: as two who agree in neither."""
_UNSEEN = 0.5
"""Pairs that are supposed beside those seen of each kind: nothing is ruled out by few."""


def counted(levels: Sequence[int]) -> int | None:
    """The count to which a pair goes that compares so; None where it says nothing of it."""
    given, birth, home = levels[GIVEN], levels[BIRTH], levels[HOME]
    if not EXACT <= levels[FAMILY] <= PART or not 0 <= home <= addresses.POSTCODE:
        return None
    if home != addresses.SAME and levels[TOWN] == TOWN_DIFFERS:
        return None  # Streets of one name in two towns are not near each other.
    same_given = 0 <= given <= AGREES or given == SWAPPED
    same_birth = 0 <= birth <= births.TWO_PARTS
    if not (same_given or given == DIFFERS) or not (same_birth or birth == births.DIFFERS):
        return None
    return _keys(home)[2 * (not same_given) + (not same_birth)]


def _keys(home: int) -> tuple[int, ...]:
    return AT_HOME if home == addresses.SAME else NEARBY


def odds(counts: Mapping[int, int], levels: Sequence[int]) -> float:
    """The log2 odds that two of one home, or nearby, whose name or birthday differ are one person.

    One person is written wrongly twice as often as it follows from how often once, each error by
    itself, and never wrongly more often than rightly: where there are more pairs of one name, or of
    one birthday, than of both, they are parents, children and twins. Whatever there is beyond that
    are two people of one home. Minus infinity as long as the place has shown nothing.
    """
    both, given, birth, neither = (counts.get(key, 0) for key in _keys(levels[HOME]))
    pairs = both + given + birth + neither
    if not both:
        return float("-inf")
    other_birth, other_given = (given + _UNSEEN) / pairs, (birth + _UNSEEN) / pairs
    wrong = 1.0
    if levels[BIRTH] > births.TYPO:
        wrong *= other_birth
    if levels[GIVEN] not in (*ONE_NAME, MISSING):
        wrong *= other_given
    if levels[FAMILY] in (SIMILAR, DIFFERS):
        wrong *= other_given  # About as often as a given name.
    twice = min(given, both) * min(birth, both) / both
    several = (max(0.0, neither - twice) + _UNSEEN) / (pairs + 2 * _UNSEEN)
    return log2(wrong * (1 - several) / several)
