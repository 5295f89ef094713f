"""Block keys: what two records must share for one to be a candidate of the other. Rules are data.

A rule is a list of part names; a mention's keys under it are every combination of the parts'
values, hashed. Bounded twice: a key that more than ``most`` people hold is not used (finer rules
still find them), and at most so many candidates are scored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

from services.duplication import births, names
from services.duplication.frequencies import digest
from services.duplication.profile import Profile


@dataclass(frozen=True, slots=True)
class Rule:
    """``share``: what must agree; ``most``: people on a key above which it is not used."""

    share: tuple[str, ...]
    most: int


def _given(profile: Profile) -> list[str]:
    return [names.sound(names.root(value)) for value in profile.given if len(value) > 1]


def _family(profile: Profile) -> list[str]:
    return [names.sound(word) for value in profile.family for word in value.split() if word[1:]]


def _birth(profile: Profile) -> list[str]:
    return [
        value[:4] + "".join(sorted((value[4:6], value[6:])))
        for value in profile.births
        if births.is_full(value)
    ]


def _numbers(profile: Profile) -> list[str]:
    return [home.number.partition("/")[2] or home.number for home in profile.homes if home.number]


def _streets(profile: Profile) -> list[str]:
    words = [max(home.street.split(), key=len, default="") for home in profile.homes]
    return [names.sound(word) for word in words if word]


PARTS: dict[str, Callable[[Profile], Iterable[str]]] = {
    "identifier": lambda p: p.identifiers,
    "phone": lambda p: p.phones,
    "email": lambda p: p.emails,
    "given_sound": _given,
    "given_initial": lambda p: [value[0] for value in p.given],
    "given_start": lambda p: [value[:3] for value in p.given if len(value) > 2],
    "family_sound": _family,
    "family_initial": lambda p: [value[0] for value in p.family],
    "family_start": lambda p: [value[:3] for value in p.family if len(value) > 2],
    "either_name": lambda p: sorted({*_given(p), *_family(p)}),
    "name_pair": lambda p: ["".join(sorted(pair)) for pair in product(_given(p), _family(p))],
    "birth": _birth,
    "birth_year": lambda p: [b[:4] for b in p.births if "X" not in b[:4]],
    "birth_month": lambda p: [b[:6] for b in p.births if births.is_full(b)],
    "birth_day": lambda p: [b[4:] for b in p.births if births.is_full(b)],
    "postcode": lambda p: [home.postcode for home in p.homes if home.postcode],
    "district": lambda p: [home.postcode[:-3] for home in p.homes if len(home.postcode) > 4],
    "number": _numbers,
    "street_sound": _streets,
    "uprn": lambda p: [home.uprn for home in p.homes if home.uprn],
    "town": lambda p: p.towns,
}


def block_keys(rules: tuple[Rule, ...], profile: Profile) -> dict[int, int]:
    """The keys of a mention and the most people each may have; a part missing gives no key."""
    keys: dict[int, int] = {}
    found: dict[str, list[str]] = {}
    for number, rule in enumerate(rules):
        values = []
        for part in rule.share:
            if part not in found:
                found[part] = list(PARTS[part](profile))
            values.append(found[part])
        for combination in product(*values):
            keys[digest(f"{number}:{'|'.join(combination)}")] = rule.most
    return keys
