"""How two people compare: for each comparison one level, from a fixed list, best first.

Pure. A level of ``MISSING`` (-1) is no evidence either way. The weight of each level is the
model's (``model.py``); this module only says which level holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

from rapidfuzz.distance import OSA

from services.duplication import addresses, births, names
from services.duplication.addresses import Home
from services.duplication.profile import Profile

MISSING = -1
_T = TypeVar("_T")

# Levels of a given or family name.
EXACT, FORM, PART, SLIP, SHORT, SLIPS, SOUND, INITIAL, SIMILAR, SWAPPED, DIFFERS = range(11)
NAME_LEVELS = (
    "exact", "nickname", "part", "slip", "short", "slips", "sound", "initial", "similar",
    "swapped", "differs",
)  # fmt: skip
TOWN_DIFFERS = 2
"""The level at which towns differ."""
AGREES = SOUND
"""Up to this level a name counts as agreeing."""

ONE_NAME = (EXACT, PART, SLIP, SWAPPED)
"""Levels of a given name at which it is one name, written wrongly at most: not two alike."""
GENERATION = range(16, 51)
"""Years between two of one name at one home, or in one street, that make them parent and child, or
grandchild."""
YEARS_APART = 2
"""Years between two of one name in two houses whose numbers are a slip apart from which they are as
likely two as one of whom both were taken down wrongly."""
AT_HOME = 35
"""Years of age of the younger of the two up to which they are: later few live with a parent, and a
date of birth that was wrongly taken down is likelier."""
YOUNG = 25
"""Years of age up to which two of one birth date, family name and home count as twins: same-sex
twins at one address later are rarer than one person written under two names."""

LEVELS: dict[str, tuple[str, ...]] = {
    "given": NAME_LEVELS,
    "family": NAME_LEVELS,
    "middle": ("exact", "initial", "as_given", "differs"),
    "birth": births.LEVELS,
    "sex": ("same", "differs"),
    "home": addresses.LEVELS,
    "town": ("same", "close", "differs"),
    "identifier": ("same_register", "same_other", "slip", "conflict_register", "conflict_other"),
    "phone": ("same", "differs"),
    "email": ("same", "close", "differs"),
    "twins": ("suspected",),
    "generations": ("suspected", "next_door"),
    "corroboration": ("one", "two", "three", "more"),
    "company": ("supported", "unsupported"),
}
COMPARISONS = tuple(LEVELS)
GIVEN, FAMILY, MIDDLE, BIRTH, SEX, HOME, TOWN, IDENTIFIER, PHONE, EMAIL = range(10)
TWINS, GENERATIONS, CORROBORATION, COMPANY = range(10, 14)
ALIKE_TOO = (GIVEN, FAMILY, TOWN)
"""Where agreeing on one of two values that are only alike says the less, the commoner it is."""
SUSPECTED, NEXT_DOOR = range(2)
"""The levels of ``generations``."""
CONFLICTS = (3, 4)
"""Levels at which identifiers of one scheme differ."""
TERMS = (
    (GIVEN, "given", AGREES),
    (FAMILY, "family", AGREES),
    (BIRTH, "births", births.SWAPPED),
    (HOME, "homes", addresses.SAME),
    (TOWN, "towns", 1),
    (IDENTIFIER, "identifiers", 1),
    (PHONE, "phones", 0),
    (EMAIL, "emails", 0),
)
"""What the frequency of a value adjusts: comparison, field, the worst level that agrees on one, or,
of names, on one written otherwise."""


def name_level(one: str, other: str) -> int:
    """The level at which two folded names agree."""
    if one == other:
        return EXACT
    if len(one) > len(other):
        one, other = other, one
    if len(one) == 1:
        return INITIAL if other[0] == one else DIFFERS
    if names.of_one_root(one, other):
        return FORM
    if " " in other:
        ones, others = one.split(), other.split()
        if set(ones) & set(others):
            return PART
        best = (
            min(name_level(a, b) for a in ones for b in others if len(a) > 1 and len(b) > 1)
            if any(len(a) > 1 for a in ones) and any(len(b) > 1 for b in others)
            else DIFFERS
        )
        whole = OSA.distance(one.replace(" ", ""), other.replace(" ", ""))
        if whole <= 1:
            return SLIP
        return PART if best in (FORM, SLIP) else SIMILAR if best <= SIMILAR else DIFFERS
    edits = OSA.distance(one, other)
    longest = len(other)
    if edits == 1 and longest >= 3:
        return SLIP
    if len(one) >= 3 and (other.startswith(one) or other.endswith(one)):
        return SHORT
    if edits == 2 and longest >= 5:
        return SLIPS
    # A sound key begins with the word's own letter.
    if one[0] == other[0] and names.sound(one) == names.sound(other):
        return SOUND
    return SIMILAR if edits <= 0.5 * longest and edits <= 4 else DIFFERS


def best(ones: tuple[_T, ...], others: tuple[_T, ...], level: Callable[[_T, _T], int]) -> int:
    """The best level over all pairs of values; ``MISSING`` where a side has none."""
    if not ones or not others:
        return MISSING
    if len(ones) == 1 and len(others) == 1:
        return level(ones[0], others[0])
    found = [value for one in ones for other in others if (value := level(one, other)) >= 0]
    return min(found) if found else MISSING


_SURE = (EXACT, SLIP, FORM)


def names_level(ones: tuple[str, ...], others: tuple[str, ...]) -> int:
    """The best level over all pairs of names. Keeping what was found costs more than it saves:
    two of a place's names seldom meet again."""
    if len(ones) == len(others) == 1:
        return name_level(ones[0], others[0])
    return best(ones, others, name_level)


def _crosswise(one: Profile, other: Profile, given: int, family: int) -> tuple[int, int]:
    """The levels of given and family name, of two that differ, where they stand in each other's
    place, one of them misspelt at most; or where one does, and then as the family name's."""
    first = names_level(one.given, other.family)
    second = names_level(one.family, other.given)
    both = EXACT <= first <= SLIPS and EXACT <= second <= SLIPS
    if both and (first in _SURE or second in _SURE):
        return SWAPPED, SWAPPED
    if EXACT <= first <= SLIP or EXACT <= second <= SLIP:
        return given, SWAPPED
    return given, family


def _one_name(one: Profile, other: Profile, given: int) -> tuple[int, int]:
    """A person of whom one name is known: it may be the family name in the wrong field."""
    crossed = [
        level
        for level in (
            names_level(one.given, other.family) if not one.family else MISSING,
            names_level(one.family, other.given) if not other.family else MISSING,
        )
        if level >= 0
    ]
    if crossed and min(crossed) <= SLIP:
        return MISSING, min(crossed)
    return given, MISSING


def _whole_name(one: Profile, other: Profile) -> bool:
    """Whether all of a name stands in the given name of one of them, of whom no family name is
    known, and the other's family name and given name are both parts of it."""
    whole, parted = (one, other) if other.family else (other, one)
    if whole.family or not parted.family:
        return False
    for text in whole.given:
        words = names.surname(text).split()
        for family, given in ((words[-1:], words[:-1]), (words[:1], words[1:])):
            if (
                given
                and names_level(tuple(family), parted.family) <= SLIP
                and 0 <= names_level((" ".join(given),), parted.given) <= SLIP
            ):
                return True
    return False


def _among_others(one: Profile, other: Profile) -> bool:
    """Whether the family name of one stands among the other's middle names, or behind the first of
    its given names: of a chain of names, forms take different ones for the family's."""
    return any(
        family in (*there.middle, *(word for text in there.given for word in text.split()[1:]))
        for here, there in ((one, other), (other, one))
        for family in here.family
    )


def _middle(one: Profile, other: Profile) -> int:
    if one.middle and other.middle:
        if any(len(word) > 1 and word in other.middle for word in one.middle):
            return 0
        firsts = {word[0] for word in other.middle}
        return 1 if any(word[0] in firsts for word in one.middle) else 3
    return MISSING


def _goes_by_middle_name(one: Profile, other: Profile) -> bool:
    alike = (EXACT, FORM)
    return (
        names_level(one.given, other.middle) in alike
        or names_level(one.middle, other.given) in alike
    )


def _close(one: str, other: str) -> int:
    if one == other:
        return 0
    return 1 if OSA.normalized_similarity(one, other, score_cutoff=0.75) >= 0.75 else 2


@lru_cache(maxsize=65536)
def _towns(ones: tuple[str, ...], others: tuple[str, ...]) -> int:
    return best(ones, others, _close)


@lru_cache(maxsize=65536)
def _read(identifier: str) -> tuple[str, bool, str]:
    """Its scheme, whether that is a loose one, and its value."""
    scheme, _, value = identifier.partition(":")
    return scheme, scheme.startswith("other"), value


def _identifier(ones: Iterable[str], others: Iterable[str]) -> int:
    level = MISSING
    theirs = [_read(other) for other in others]
    for one in ones:
        scheme, loose, value = _read(one)
        for scheme_there, _, value_there in theirs:
            if scheme != scheme_there:
                continue
            if value == value_there:
                found = 1 if loose else 0
            elif len(value) >= 6 and OSA.distance(value, value_there, score_cutoff=1) <= 1:
                found = 2
            else:
                found = 4 if loose else 3
            level = found if level == MISSING else min(level, found)
    return level


def _other_numbers(ones: Iterable[Home], others: Iterable[Home]) -> bool:
    """Whether both houses have a number, and not the same."""
    numbers = {home.number for home in ones if home.number}
    theirs = {home.number for home in others if home.number}
    return bool(numbers and theirs) and numbers.isdisjoint(theirs)


def compare(one: Profile, other: Profile, year: int) -> list[int]:
    """The level of every comparison, in the order of ``COMPARISONS``; company is still missing.

    ``year``: in which they are compared, because twins live together while they are young.
    """
    given1, middle1, family1, births1, sexes1, identifiers1, phones1, emails1, homes1, towns1 = one
    given2, middle2, family2, births2, sexes2, identifiers2, phones2, emails2, homes2, towns2 = (
        other
    )
    given = EXACT if given1 == given2 != () else names_level(given1, given2)
    family = EXACT if family1 == family2 != () else names_level(family1, family2)
    if given > AGREES and family > AGREES:
        given, family = _crosswise(one, other, given, family)
    elif family == MISSING:
        if (given == PART or given > AGREES) and _whole_name(one, other):
            given, family = PART, PART
        elif given > AGREES or given == MISSING:
            given, family = _one_name(one, other, given)
    elif family > AGREES and _among_others(one, other):
        family = PART
    middle = _middle(one, other) if middle1 and middle2 else MISSING
    if given > AGREES and (middle1 or middle2) and _goes_by_middle_name(one, other):
        middle = 2
    if len(births1) == len(births2) == 1:
        birth = births.compare(births1[0], births2[0])
    else:
        birth = best(births1, births2, births.compare)
    if len(homes1) == len(homes2) == 1:
        home = addresses.compare(homes1[0], homes2[0])
    else:
        home = best(homes1, homes2, addresses.compare)
    found = _identifier(identifiers1, identifiers2) if identifiers1 and identifiers2 else MISSING
    phone = MISSING
    if phones1 and phones2:
        phone = 0 if any(value in phones2 for value in phones1) else 1
    email = best(emails1, emails2, _close) if emails1 and emails2 else MISSING
    shared = 0 <= found <= 1
    sex = MISSING if not (sexes1 and sexes2) else 0 if sexes1[0] in sexes2 else 1
    twins = (
        given == DIFFERS
        and 0 <= birth <= births.TYPO
        and not shared
        and (0 <= family <= AGREES or home == addresses.SAME)
        and (sex == 1 or births.age(births1[-1], year) <= YOUNG)
    )
    generations = (
        given == EXACT
        and family == EXACT
        and birth == births.DIFFERS
        and addresses.SAME <= home <= addresses.POSTCODE
        and middle not in (0, 1)
        and not shared
        and births.year_gap(births1[-1], births2[-1]) in GENERATION
        and min(births.age(births1[-1], year), births.age(births2[-1], year)) <= AT_HOME
    )
    next_door = (
        not generations
        and home == addresses.NUMBER_SLIP
        and 0 <= given <= AGREES
        and 0 <= family <= AGREES
        and birth == births.DIFFERS
        and middle not in (0, 1)
        and not shared
        and births.year_gap(births1[-1], births2[-1]) >= YEARS_APART
        and _other_numbers(homes1, homes2)
    )
    groups = (
        (0 <= given <= AGREES or given == SWAPPED)
        + (0 <= family <= AGREES or family == SWAPPED)
        + (0 <= birth <= births.TWO_PARTS)
        + (0 <= home <= addresses.POSTCODE)
        + (0 <= found <= 2 or phone == 0 or 0 <= email <= 1)
    )
    return [
        given,
        family,
        middle,
        birth,
        sex,
        home,
        _towns(towns1, towns2),
        found,
        phone,
        email,
        0 if twins else MISSING,
        SUSPECTED if generations else NEXT_DOOR if next_door else MISSING,
        min(groups, 4) - 1,
        MISSING,
    ]
