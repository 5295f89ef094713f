"""What is compared of an address: its number and street, whatever else stands on its lines."""

from __future__ import annotations

import pytest

from contracts.assessments import Address
from services.duplication.addresses import DIFFERS, DISTRICT, SAME, SECTOR, STREET, compare, home


@pytest.mark.parametrize(
    ("lines", "number", "street"),
    [
        (("14 High Street",), "14", "high street"),
        (("Rose House", "14 High Street"), "14", "high street rose house"),
        (("Rose House, 14 High Street",), "14", "high street rose house"),
        (("Flat 2", "Rose House", "14 High Street"), "2/14", "high street rose house"),
        (("Apartment 2, 14-16 High St",), "2/14-16", "high street"),
        (("12, High Street",), "12", "high street"),
        (("The Old Forge", "Church Lane"), "", "the old forge church lane"),
        (("Flat 3, Block B", "Mill Road"), "3/", "block b mill road"),
    ],
)
def test_the_number_is_the_streets_wherever_it_stands(
    lines: tuple[str, ...], number: str, street: str
) -> None:
    found = home(Address(lines=lines, postcode="WN1 2AB"))
    assert found is not None
    assert (found.number, found.street) == (number, street)


@pytest.mark.parametrize(
    "lines",
    [
        ("14 High Street", "Wigan", "WN1 2AB"),
        ("14 High Street, Wigan, wn12ab.",),
        ("14 High Street", "WN1 2AB"),
        ("14 High Street WN1 2AB",),
    ],
)
def test_a_postcode_at_the_end_of_the_lines_is_the_postcode(lines: tuple[str, ...]) -> None:
    found, written_apart = (
        home(Address(lines=lines)),
        home(Address(lines=("14 High Street",), postcode="WN1 2AB")),
    )
    assert found
    assert written_apart
    assert (found.number, found.postcode) == ("14", "WN12AB")
    assert compare(found, written_apart) == SAME


def test_a_postcode_of_its_own_is_believed_before_the_one_in_the_lines() -> None:
    found = home(Address(lines=("14 High Street", "WN1 2AB"), postcode="WN3 5DJ"))
    assert found == home(Address(lines=("14 High Street",), postcode="WN3 5DJ"))
    assert home(Address(lines=("ZZ99 3VZ",))) is None


def test_a_buildings_name_that_one_agency_leaves_out_makes_no_other_home() -> None:
    ours, theirs, flat = (
        home(Address(lines=lines, postcode="WN1 2AB"))
        for lines in (("Rose House", "14 High Street"), ("14 High St",), ("Flat 2, 14 High St",))
    )
    assert ours
    assert theirs
    assert flat
    assert compare(ours, theirs) == SAME
    assert compare(flat, theirs) == STREET


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("WN1 2AB", "WN1 2XY", SECTOR),
        ("WN1 2AB", "WN1 7XY", DISTRICT),
        ("WN1 2AB", "WN3 5DJ", DIFFERS),
        ("20003", "20017", DISTRICT),
        ("20003", "20013", SECTOR),  # One digit apart: a slip.
    ],
)
def test_digits_alone_have_no_sector(one: str, other: str, level: int) -> None:
    homes = [home(Address(lines=(), postcode=code)) for code in (one, other)]
    assert homes[0]
    assert homes[1]
    assert compare(homes[0], homes[1]) == level
