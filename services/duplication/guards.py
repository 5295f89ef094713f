"""Guards: what a pair may weigh at most where what agrees makes nobody one, however much it is.

Pure predicates over the levels of a pair, and their ceilings, in the order in which they are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import NamedTuple

from services.duplication import addresses, births, comparisons
from services.duplication.comparisons import (
    BIRTH,
    CONFLICTS,
    EMAIL,
    FAMILY,
    GENERATIONS,
    GIVEN,
    HOME,
    IDENTIFIER,
    LEVELS,
    MIDDLE,
    MISSING,
    NEXT_DOOR,
    PHONE,
    SEX,
    SUSPECTED,
    TOWN,
    TWINS,
)

AS_GIVEN = LEVELS["middle"].index("as_given")
_OTHER_MIDDLE = LEVELS["middle"].index("differs")
UNSUPPORTED = LEVELS["company"].index("unsupported")
AMONG_OTHERS = "names_among_others"
"""Said where nothing but names agrees, and those seen with them are of another household."""
TWIN_CEILING = -6.0
"""However much else agrees, twins, and parent and child of one name, stay below it (bits)."""
NAMES_CEILING = -0.5
"""Names alone, elsewhere, without a date of birth, may be looked at but link nobody (bits)."""
ASKED_CEILING = -1.2
"""Somebody may look, and not even in a household that is certain is it taken for granted (bits)."""
COMMONEST = -3.0
"""Bits below which two names are so common here that without a date of birth or an address, too,
they link nobody."""
_OTHER_FAMILY = (comparisons.SIMILAR, comparisons.DIFFERS)


def _shares_nothing_personal(levels: Sequence[int]) -> bool:
    """Neither an identifier, a phone nor an email address is the same."""
    return not 0 <= levels[IDENTIFIER] <= 2 and levels[PHONE] != 0 and levels[EMAIL] not in (0, 1)


def _generations(levels: list[int]) -> bool:
    """Parent and child of one name, at one home or in one street."""
    return levels[GENERATIONS] == SUSPECTED


def _next_door(levels: list[int]) -> bool:
    """One name in two houses whose numbers are a slip apart, born years apart."""
    return levels[GENERATIONS] == NEXT_DOOR


def _strangers(levels: list[int]) -> bool:
    """Neither given name nor date of birth is the same, and nothing personal is shared.

    One slip in the date is forgiven at the very same home. Where a date is not known, whoever lives
    there or a few doors away under another given name, be it alike, is somebody else; so is whose
    family name is the other's given name, wherever they live.
    """
    slip_at_home = levels[HOME] == addresses.SAME and 0 <= levels[BIRTH] <= births.TYPO
    undated = levels[BIRTH] == MISSING and (
        0 <= levels[HOME] <= addresses.STREET or levels[FAMILY] == comparisons.SWAPPED
    )
    other_given = levels[GIVEN] == comparisons.DIFFERS
    return (
        (other_given or (undated and levels[GIVEN] in _ALIKE))
        and (undated or levels[BIRTH] > births.SWAPPED)
        and not slip_at_home
        and levels[MIDDLE] not in (0, AS_GIVEN)
        and _shares_nothing_personal(levels)
    )


def _only_names(levels: Sequence[int]) -> bool:
    """No date of birth to compare, and but for the names nothing that is the same: not the town,
    no middle name, nothing personal."""
    return (
        levels[BIRTH] == MISSING
        and levels[TOWN] not in (0, 1)
        and not 0 <= levels[MIDDLE] <= 2
        and _shares_nothing_personal(levels)
    )


def _names_elsewhere(levels: list[int]) -> bool:
    return levels[HOME] >= addresses.DISTRICT and _only_names(levels)


def names_without_address(levels: Sequence[int]) -> bool:
    return levels[HOME] == MISSING and _only_names(levels)


def _neighbours(levels: list[int]) -> bool:
    """Another family name and another birthday: a given name and a street make nobody the same. A
    few doors away a date that is not known, or near, makes them nobody either."""
    doors_away = levels[HOME] in (addresses.NUMBER_SLIP, addresses.STREET)
    other_birth = levels[BIRTH] in (births.YEAR_ALONE, births.YEAR, births.DIFFERS)
    return (
        levels[FAMILY] in _OTHER_FAMILY
        and (other_birth or (doors_away and levels[BIRTH] in (MISSING, births.NEAR)))
        and _shares_nothing_personal(levels)
    )


def _namesakes(levels: list[int]) -> bool:
    """One common name and two birthdays in two houses may be looked at."""
    return (
        levels[BIRTH] == births.DIFFERS
        and 0 <= levels[GIVEN] <= comparisons.AGREES
        and levels[HOME] > addresses.NUMBER_SLIP
        and levels[MIDDLE] not in (0, AS_GIVEN)
        and _shares_nothing_personal(levels)
    )


def _only_names_and_birth(levels: list[int]) -> bool:
    """No home to compare, or two that are not near each other, no town that is the same, no middle
    name, and nothing personal: names and a date of birth are all there is."""
    return (
        (levels[HOME] == MISSING or levels[HOME] >= addresses.ELSEWHERE_ALIKE)
        and levels[TOWN] not in (0, 1)
        and levels[MIDDLE] not in (0, AS_GIVEN)
        and _shares_nothing_personal(levels)
    )


def _one_of_three(levels: list[int]) -> bool:
    """Given name, family name and date of birth are all there is, and one of them is another. Where
    two homes are known, who has the birthday and one of the names may have taken the other."""
    other_name = comparisons.DIFFERS in (levels[GIVEN], levels[FAMILY])
    return (
        levels[BIRTH] == births.DIFFERS
        or (other_name and levels[BIRTH] > births.EXACT)
        or (other_name and levels[BIRTH] == births.EXACT and levels[HOME] == MISSING)
    ) and _only_names_and_birth(levels)


_ALIKE = (comparisons.SLIPS, comparisons.SIMILAR)
"""Levels of a given name at which brothers and sisters are as likely as one person written wrongly
twice."""


def _kin(levels: list[int]) -> bool:
    """Another birthday at one home, and given names that are alike at most, or one not known:
    brothers, sisters, parents and children."""
    return (
        levels[BIRTH] == births.DIFFERS
        and levels[GIVEN] not in comparisons.ONE_NAME
        and 0 <= levels[HOME] <= addresses.POSTCODE
        and levels[MIDDLE] not in (0, AS_GIVEN)
        and _shares_nothing_personal(levels)
    )


def _nameless(levels: list[int]) -> bool:
    """No given name to compare and no birthday that is the same: an address is not a person, nor is
    it with a family name."""
    at_home = 0 <= levels[HOME] <= addresses.STREET and levels[BIRTH] in (MISSING, births.NEAR)
    nameless = levels[FAMILY] == MISSING and levels[BIRTH] != births.EXACT
    return levels[GIVEN] == MISSING and (nameless or at_home) and _shares_nothing_personal(levels)


def _other_names(levels: list[int]) -> bool:
    """Neither given name nor family name is the same, and nothing personal is shared."""
    return (
        levels[GIVEN] == comparisons.DIFFERS
        and levels[FAMILY] in _OTHER_FAMILY
        and levels[MIDDLE] != AS_GIVEN
        and _shares_nothing_personal(levels)
    )


def of_one_home(levels: list[int]) -> bool:
    """One family name and home, another given name or birthday, and nothing else that differs: the
    place knows best whether that is somebody else."""
    return (
        levels[HOME] == addresses.SAME
        and comparisons.EXACT <= levels[FAMILY] <= comparisons.PART
        and (levels[GIVEN] == comparisons.DIFFERS or levels[BIRTH] == births.DIFFERS)
        and levels[MIDDLE] not in (AS_GIVEN, _OTHER_MIDDLE)
        and levels[SEX] != 1
        and levels[TWINS] != 0
        and levels[IDENTIFIER] not in CONFLICTS
        and levels[PHONE] in (MISSING, 0)
        and levels[EMAIL] in (MISSING, 0, 1)
    )


class Guard(NamedTuple):
    """``ceiling``: the most that a pair may weigh of which it ``holds``, in bits. ``below``: only
    where it says less than so many bits more to agree on these names than on typical ones.
    ``of_one_home``: it takes two of one home for two people, as far as that is so in this place."""

    name: str
    holds: Callable[[list[int]], bool]
    ceiling: float
    below: float = inf
    of_one_home: bool = False


GUARDS = (
    Guard("twins", lambda levels: levels[TWINS] == 0, TWIN_CEILING),
    Guard("generations", _generations, TWIN_CEILING, of_one_home=True),
    Guard("strangers", _strangers, TWIN_CEILING, of_one_home=True),
    Guard("names_only", _names_elsewhere, NAMES_CEILING),
    Guard("common_names_only", names_without_address, NAMES_CEILING, COMMONEST),
    Guard("namesakes", _namesakes, NAMES_CEILING, 0.0, of_one_home=True),
    Guard("next_door", _next_door, NAMES_CEILING, of_one_home=True),
    Guard("neighbours", _neighbours, TWIN_CEILING, of_one_home=True),
    Guard("one_of_three", _one_of_three, ASKED_CEILING),
    Guard("kin", _kin, TWIN_CEILING, of_one_home=True),
    Guard("nameless", _nameless, TWIN_CEILING, of_one_home=True),
    Guard("other_names", _other_names, NAMES_CEILING, of_one_home=True),
)
