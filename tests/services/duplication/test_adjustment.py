"""How common a value is tells how much it says that two agree on it, or on one like it."""

from __future__ import annotations

import pytest

from services.duplication.comparisons import AGREES, EXACT, FAMILY, GIVEN, HOME, TOWN
from services.duplication.frequencies import terms
from services.duplication.model import load
from services.duplication.normalise import person_profile
from services.duplication.score import frequency_surprises
from tests.services.duplication.building import person

ALIKE = [(c, level) for c in (GIVEN, FAMILY) for level in range(EXACT + 1, AGREES + 1)]


@pytest.mark.parametrize(("comparison", "level"), [*ALIKE, (TOWN, 1)])
def test_two_that_are_alike_say_no_more_than_the_common_one_twice(
    comparison: int, level: int
) -> None:
    model = load()
    weights = model.weights[comparison]
    same = weights[EXACT] + model.adjustment(comparison, EXACT, -6.0)
    assert weights[level] + model.adjustment(comparison, level, -6.0) <= same
    assert model.adjustment(comparison, level, 0.0) <= 0.0


def test_a_slip_in_a_rare_name_says_as_much_as_ever() -> None:
    assert load().adjustment(FAMILY, 3, 5.0) == 0.0
    assert load().adjustment(HOME, 1, -6.0) == 0.0


def test_a_family_name_that_stands_in_another_field_is_counted_as_none() -> None:
    """The store is asked for the counts of what a mention has: of nothing else are any known."""
    mention = person_profile(person("Khan", None), None)
    other = person_profile(person("Imran", "Khan"), None)
    counts = dict.fromkeys(terms(other), 900)
    levels = [-1] * 14
    levels[FAMILY] = EXACT
    assert frequency_surprises(load(), counts, mention, other, levels, {}) == []
