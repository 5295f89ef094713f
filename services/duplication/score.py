"""Fellegi–Sunter scoring: the log2 odds that two profiles are one person, field by field.

Additive: prior + one weight per comparison + term-frequency adjustments. So a decision can be shown
as a list of bits that sum to its weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from operator import getitem
from typing import Any

from services.duplication import addresses, cohabitation
from services.duplication.comparisons import (
    ALIKE_TOO,
    COMPANY,
    FAMILY,
    HOME,
    TERMS,
)
from services.duplication.frequencies import surprise
from services.duplication.guards import (
    AMONG_OTHERS,
    ASKED_CEILING,
    GUARDS,
    TWIN_CEILING,
    UNSUPPORTED,
    names_without_address,
    of_one_home,
)
from services.duplication.model import Model
from services.duplication.profile import Profile

HOPELESS = -10.0
"""Where not even the rarest values bring a weight up to this, how rare they are is not asked."""
ONE_TO_A_HOME = "one_to_a_home"
"""Said with the guards, where a weight is raised: hardly anybody shares a home in this place."""


@dataclass(frozen=True, slots=True)
class Score:
    """``weight``: log2 odds. ``levels`` and ``surprises`` are what it was made of."""

    weight: float
    levels: tuple[int, ...]
    surprises: tuple[tuple[int, float], ...]
    prior: float
    guards: tuple[str, ...] = ()


Bits = dict[tuple[int, tuple[Any, ...]], float]
"""What agreeing on some of a mention's values tells, once worked out: by comparison and values."""


def frequency_surprises(
    model: Model,
    counts: Mapping[int, int],
    mention: Profile,
    other: Profile,
    levels: list[int],
    known: Bits,
) -> list[tuple[int, float]]:
    """For each comparison that agrees on a value: how telling that value is here, in bits."""
    found = []
    for comparison, field, worst in TERMS:
        level = levels[comparison]
        if 0 <= level <= worst and (comparison in ALIKE_TOO or model.adjust[comparison][level]):
            values: tuple[Any, ...] = getattr(mention, field)
            if not values:
                continue  # A family name that stands in another field is not counted as one.
            if len(values) > 1:
                theirs = getattr(other, field)
                values = tuple([value for value in values if value in theirs]) or values
            bits = known.get((comparison, values))
            if bits is None:
                typical = model.typical[field]
                bits = max([surprise(counts, field, v, typical, model.pseudo) for v in values])
                bits = known[comparison, values] = max(-model.limit, min(model.limit, bits))
            found.append((comparison, bits))
    return found


def most(model: Model, levels: Sequence[int]) -> float:
    """The most that :func:`score` can come to above the prior with these levels, however rare the
    values are that agree: far cheaper than the score."""
    return sum(map(getitem, model.most, levels))


def _name_bits(model: Model, levels: list[int], surprises: list[tuple[int, float]]) -> float:
    """The bits by which it says more to agree on these names than on typical ones."""
    return sum(model.adjustment(c, levels[c], bits) for c, bits in surprises if c <= FAMILY)


def prior(model: Model, people: int) -> float:
    """Bits before any evidence, with so many people known in the place."""
    return model.prior + model.per_doubling * log2(max(people, 256))


def score(
    model: Model,
    counts: Mapping[int, int],
    start: float,
    mention: Profile,
    other: Profile,
    levels: list[int],
    reach: float,
    known: Bits,
) -> Score:
    """The log2 odds that ``mention`` is of the person of profile ``other``. ``start``: the prior;
    ``levels``: how they compare; ``reach``: the :func:`most` of these; ``known``: of this mention
    against these counts, and added to."""
    weight = start
    for table, level in zip(model.weights, levels, strict=True):
        weight += table[level]
    surprises: list[tuple[int, float]] = []
    if start + reach > HOPELESS:
        surprises = frequency_surprises(model, counts, mention, other, levels, known)
        for comparison, bits in surprises:
            weight += model.adjustment(comparison, levels[comparison], bits)
    guards: tuple[str, ...] = ()
    if weight > TWIN_CEILING:
        bits = _name_bits(model, levels, surprises)
        for guard in GUARDS:
            if weight > guard.ceiling and bits < guard.below and guard.holds(levels):
                ceiling = guard.ceiling
                if guard.of_one_home and 0 <= levels[HOME] <= addresses.POSTCODE:
                    ceiling = max(ceiling, cohabitation.odds(counts, levels))
                if weight > ceiling:
                    weight, guards = ceiling, (*guards, guard.name)
    if weight > HOPELESS and of_one_home(levels):
        odds = cohabitation.odds(counts, levels)
        if odds > weight:
            weight, guards = odds, (*guards, ONE_TO_A_HOME)
    return Score(weight, tuple(levels), tuple(surprises), start, guards)


def with_company(model: Model, base: Score, company: int) -> Score:
    """The score once it is known whether the others seen are of the same household too.

    Where nothing but names agrees and no address is known, those seen with them decide: among
    others it is likelier somebody else of that name, so somebody is asked.
    """
    levels = (*base.levels[:COMPANY], company)
    weight, guards = base.weight, base.guards
    if not guards:
        weight += model.weights[COMPANY][company]
        if company == UNSUPPORTED and weight > ASKED_CEILING and names_without_address(base.levels):
            weight, guards = ASKED_CEILING, (AMONG_OTHERS,)
    return Score(weight, levels, base.surprises, base.prior, guards)
