"""What is compared of an address: its number and street, whatever else stands on its lines."""

from __future__ import annotations

import pytest

from contracts.assessments import Address
from services.duplication.addresses import SAME, STREET, compare, home


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
