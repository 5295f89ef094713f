"""A region's people: many names, numbers of their own, no address that half of them share."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

import pytest

from services.simulator import identifiers
from services.simulator.borough import Borough
from services.simulator.founding import found_household
from services.simulator.identifiers import Register
from services.simulator.places import LOCALITIES, Dwelling


@pytest.fixture(scope="module")
def world() -> Borough:
    made = Borough(random.Random(1), 6000, wide=True)
    while len(made.households) < made.size:
        found_household(made, date(2026, 1, 1))
    return made


def test_the_commonest_names_keep_a_share_and_a_long_tail_follows(world: Borough) -> None:
    count = len(world.people)
    family = Counter(p.family_name for p in world.people.values())
    ranked = family.most_common()
    assert 0.003 < ranked[0][1] / count < 0.02
    assert len(family) > count / 8
    given = Counter(p.given_name for p in world.people.values())
    assert given.most_common(1)[0][1] / count < 0.02
    both = Counter((p.given_name, p.family_name) for p in world.people.values())
    assert sum(n for n in both.values() if n == 1) > 0.7 * count


def test_telephone_numbers_are_of_one_person_and_longer_than_any(world: Borough) -> None:
    phones = [p.phone for p in world.people.values() if p.phone]
    assert len(set(phones)) > 0.95 * len(phones)
    assert {len("".join(filter(str.isdigit, phone))) for phone in phones} == {15}


def test_nhs_numbers_run_out_rather_than_leave_the_range_for_tests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(identifiers, "_NHS_NUMBERS", 3)
    register = Register(random.Random(2))
    issued = [register.nhs_number() for _ in range(5)]
    assert [number[:3] for number in issued] == ["999", "999", "999", "", ""]


def test_a_large_region_has_more_than_one_hostel_to_a_borough() -> None:
    large = Borough(random.Random(3), 120_000, wide=True)
    hostels = {large.gazetteer.institution(LOCALITIES[0], Dwelling.HOSTEL).uprn for _ in range(50)}
    assert len(hostels) == 3
