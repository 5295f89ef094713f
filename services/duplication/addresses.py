"""Where a household was found, as it is compared: number, street, postcode, UPRN.

Placeholders (no fixed abode, ZZ99, all zeros) are absent. An address is never a household.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from contracts.assessments import Address
from services.duplication.names import fold

SAME, NUMBER_SLIP, STREET, POSTCODE, ELSEWHERE_ALIKE, SECTOR, DISTRICT, DIFFERS = range(8)
LEVELS = (
    "same", "number_slip", "street", "postcode", "alike_elsewhere", "sector", "district", "differs",
)  # fmt: skip
MISSING = -1

_ABBREVIATIONS = {
    "st": "street", "str": "street", "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane",
    "dr": "drive", "cl": "close", "ct": "court", "crt": "court", "pl": "place", "sq": "square",
    "cres": "crescent", "cr": "crescent", "gdns": "gardens", "gdn": "garden", "terr": "terrace",
    "ter": "terrace", "gr": "grove", "grv": "grove", "pk": "park", "hse": "house", "apt": "flat",
    "apartment": "flat", "unit": "flat", "wy": "way", "blvd": "boulevard", "pkwy": "parkway",
    "n": "north", "s": "south", "e": "east", "w": "west", "hwy": "highway", "cir": "circle",
    "nth": "north", "sth": "south", "mt": "mount", "ste": "flat",
}  # fmt: skip
_ABSENT = frozenset(
    {"", "nfa", "no fixed abode", "no fixed address", "unknown", "not known", "homeless", "na"}
)
_UNIT = re.compile(r"\bflat ([0-9]+[a-z]?|[a-z])\b")
_NUMBER = re.compile(r"^([0-9]+[a-z]?)(?: ?([0-9]+[a-z]?))?\b")
_NUMBERED = re.compile(r"[0-9]+[a-z]?(?: [0-9]+[a-z]?)? [a-z]")
_BRITISH_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)([0-9][A-Z]{2})")
_POSTCODE_AT_THE_END = re.compile(
    r"(?:^|[\s,]+)([A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2})[\s,.]*$", re.IGNORECASE
)


class Home(NamedTuple):
    """One address. ``number`` includes a flat ("3/12"); every part is "" where not known."""

    number: str
    street: str
    postcode: str
    uprn: str


@lru_cache(maxsize=65536)
def postcode(text: str | None) -> str:
    """Upper case without spaces, O/0 and I/1 put right by position; "" for a placeholder."""
    value = re.sub(r"[\s\-]", "", text or "").upper()
    if len(value) < 3 or value.startswith("ZZ99") or len(set(value)) == 1:
        return ""
    if 5 <= len(value) <= 7 and not value.isdigit():
        inward = value[-3:]
        inward = inward[0].translate(str.maketrans("OI", "01")) + inward[1:].translate(
            str.maketrans("01", "OI")
        )
        outward = value[:-3]
        first = outward[0].translate(str.maketrans("01", "OI"))
        rest = outward[1:]
        if rest and not any(c.isdigit() for c in rest):
            rest = rest.translate(str.maketrans("OI", "01"))
        elif len(rest) > 1:
            rest = rest[:-1] + rest[-1].translate(str.maketrans("OI", "01"))
        repaired = first + rest + inward
        if _BRITISH_POSTCODE.fullmatch(repaired):
            return repaired
    return value


def area(code: str) -> str | None:
    """The postcode sector ("WN1 2") of a British postcode, its district, or None."""
    if found := _BRITISH_POSTCODE.fullmatch(code):
        return f"{found[1]} {found[2][0]}"
    return code if re.fullmatch(r"[A-Z]{1,2}[0-9][0-9A-Z]?", code) else None


def _street_first(parts: list[str]) -> list[str]:
    """The part with the house number before others, such as a building's name, that stand before
    it and have none."""
    found = next((n for n, part in enumerate(parts) if _NUMBERED.match(part)), 0)
    return [parts[found], *parts[:found], *parts[found + 1 :]] if found else parts


@lru_cache(maxsize=65536)
def _number_and_street(lines: tuple[str, ...]) -> tuple[str, str]:
    parts = [fold(part) for line in lines for part in line.split(",")]
    words = " ".join(_street_first(parts)).split()
    text = " ".join(_ABBREVIATIONS.get(word, word) for word in words)
    if text in _ABSENT:
        return "", ""
    unit = _UNIT.search(text)
    if unit:
        text = " ".join((text[: unit.start()] + text[unit.end() :]).split())
    number = _NUMBER.match(text)
    house = number[1] + (f"-{number[2]}" if number[2] else "") if number else ""
    if number:
        text = text[number.end() :].strip()
    return (f"{unit[1]}/{house}" if unit else house), text


def _without_postcode(lines: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The lines without the postcode that some agencies write at their end, and that postcode."""
    if not lines or not (found := _POSTCODE_AT_THE_END.search(lines[-1])):
        return lines, ""
    rest = lines[-1][: found.start()]
    return (*lines[:-1], rest) if rest else lines[:-1], postcode(found[1])


def home(address: Address | None) -> Home | None:
    """The address as it is compared; None where nothing is known of it."""
    if address is None:
        return None
    lines, at_the_end = _without_postcode(address.lines)
    number, street = _number_and_street(lines)
    code = postcode(address.postcode) or at_the_end
    found = Home(number, street, code, address.uprn or "")
    return found if any(found) else None


def _streets(one: str, other: str) -> float:
    """How alike two streets are; 0 where that is less than counts."""
    if one == other:
        return 1.0
    if len(one) > len(other):
        one, other = other, one
    if len(one) >= 5 and other.startswith(one):
        return 0.95
    return OSA.normalized_similarity(one, other, score_cutoff=0.75)


def _is_cut(one: str, other: str) -> bool:
    """Whether one British postcode is the other with its end left off ("WN1", "WN1 2")."""
    short, whole = (one, other) if len(one) < len(other) else (other, one)
    return (
        len(whole) - 3 <= len(short) < len(whole)
        and whole.startswith(short)
        and bool(_BRITISH_POSTCODE.fullmatch(whole))
    )


def compare(one: Home, other: Home) -> int:
    """The level at which two addresses agree."""
    number, street, code, uprn = one
    number_there, street_there, code_there, uprn_there = other
    if uprn and uprn == uprn_there:
        return SAME
    codes = bool(code and code_there)
    code_same = codes and code == code_there
    code_slip = codes and not code_same and OSA.distance(code, code_there, score_cutoff=1) <= 1
    if street and street_there:
        near = not codes or code_same or code_slip or _is_cut(code, code_there)
        numbers = number == number_there
        if numbers or near:
            alike = _streets(street, street_there)
            if alike >= 0.75 and numbers:
                return SAME if near else ELSEWHERE_ALIKE
            if alike >= 0.85 and near:
                slip = (
                    not (number and number_there)
                    or OSA.distance(number, number_there, score_cutoff=1) <= 1
                )
                return NUMBER_SLIP if slip and not code_slip else STREET
            if code_same and numbers and number:
                return NUMBER_SLIP
    elif code_same and number and number == number_there:
        return SAME
    if code_same:
        return POSTCODE
    if codes:
        # Codes of other countries, digits alone, have no sectors.
        if code_slip or (code[:-2] == code_there[:-2] and not code.isdigit()):
            return SECTOR
        return DISTRICT if code[:-3] == code_there[:-3] else DIFFERS
    return DIFFERS if street and street_there else MISSING
