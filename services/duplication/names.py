"""Names as they are compared: folded, without placeholders, with nicknames and sound keys.

Pure functions of text. Folding is idempotent: folding what is folded changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

import jellyfish

_PLACEHOLDERS = frozenset(
    {
        "unknown", "unk", "not known", "nk", "na", "none", "null", "nil", "not given", "not stated",
        "not recorded", "notknown", "no name", "noname", "unnamed", "anonymous", "anon", "test",
        "tbc", "tba", "to be confirmed", "baby", "baby boy", "baby girl", "unborn", "unborn baby",
        "infant", "newborn", "twin", "twin one", "twin two", "child", "male", "female", "mr", "mrs",
        "miss", "ms", "x", "xx", "xxx", "xxxx", "refused", "declined", "withheld", "surname",
        "first name", "forename", "no surname", "lnu", "fnu", "other", "person", "resident",
    }
)  # fmt: skip
_RELATIONS = frozenset(
    {
        "mother", "father", "mum", "mummy", "mam", "dad", "daddy", "wife", "husband", "daughter",
        "sister", "brother", "aunt", "auntie", "uncle", "grandma", "grandad", "grandmother",
        "grandfather", "nan", "girl", "boy", "toddler", "adult", "householder", "occupant",
        "occupier", "tenant", "respondent", "sibling", "spouse", "partner", "relative", "applicant",
    }
)  # fmt: skip
"""Who somebody is, written where a given name belongs. As family names some are names."""
_TITLES = frozenset({"mr", "mrs", "miss", "ms", "dr", "master", "sir", "dame", "rev", "prof"})
_SUFFIXES = frozenset({"jr", "sr", "jnr", "snr", "ii", "iii"})
_NOT_LETTERS = re.compile(r"[^a-z0-9 ]+")
_NO_PARTING = re.compile("['`’ʼ\u00ad\u200b-\u200f\u2060\ufeff]")
"""Apostrophes, and characters of no width that copying from elsewhere leaves in a word."""
_LETTER_FORMS = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"}
)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower-case ASCII words with single spaces; apostrophes vanish, hyphens part words."""
    if not (text.isascii() and text.isalpha()):
        text = unicodedata.normalize("NFKD", text.casefold().translate(_LETTER_FORMS))
        text = "".join(c for c in text if not unicodedata.combining(c))
        text = _NO_PARTING.sub("", text)
        return " ".join(_NOT_LETTERS.sub(" ", text).split())
    return text.casefold()


@lru_cache(maxsize=65536)
def name(text: str | None) -> str:
    """A folded name, or "" where it is absent or a placeholder such as "unknown" or "baby of"."""
    folded = fold(text) if text else ""
    words = folded.split()
    if not words or folded in _PLACEHOLDERS or folded.startswith(("baby of", "unborn ")):
        return ""
    if len(words) > 1:
        if words[0] in _TITLES:
            words = words[1:]
        if len(words) > 1 and words[-1] in _SUFFIXES:
            words = words[:-1]
    if all(word in _PLACEHOLDERS for word in words) and len(words[0]) > 1:
        return ""
    return " ".join(words)


def given(text: str | None) -> str:
    """A given name as :func:`name` has it; "" for a word that says who somebody is ("mum")."""
    found = name(text)
    return "" if found in _RELATIONS else found


@lru_cache(maxsize=65536)
def surname(text: str | None) -> str:
    """A family name. Particles are joined on ("de souza" is "desouza"); double barrels stay two."""
    words = name(text).split()
    joined: list[str] = []
    carry = ""
    for word in words:
        if word in {
            "de",
            "da",
            "di",
            "al",
            "el",
            "o",
            "mac",
            "mc",
            "van",
            "von",
            "der",
            "la",
            "le",
        }:
            carry += word
            continue
        joined.append(carry + word)
        carry = ""
    if carry:
        joined.append(carry)
    return " ".join(joined)


def _read_nicknames() -> dict[str, frozenset[str]]:
    roots: dict[str, set[str]] = {}
    text = files("services.duplication").joinpath("data/nicknames.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            formal, _, forms = line.partition(":")
            for form in (formal, *forms.split()):
                roots.setdefault(form, set()).add(formal)
    return {form: frozenset(formals) for form, formals in roots.items()}


_ROOTS = _read_nicknames()


def of_one_root(one: str, other: str) -> bool:
    """Whether two given names are forms of one formal name, as the table has them."""
    first, second = _ROOTS.get(one), _ROOTS.get(other)
    return first is not None and second is not None and not first.isdisjoint(second)


@lru_cache(maxsize=65536)
def root(given: str) -> str:
    """One formal name to file ``given`` under: its own where it is formal, else the first."""
    first = given.split(" ", maxsplit=1)[0] if given else ""
    found = _ROOTS.get(first)
    return first if not found or first in found else min(found)


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """A Soundex key (Russell 1918), or "" for nothing."""
    return jellyfish.soundex(word) if word else ""
