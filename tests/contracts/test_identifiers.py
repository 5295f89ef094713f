"""Check digits: the worked values are made by hand from each register's rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.assessments import Identifier, Person, Submission
from contracts.identifiers import (
    IDENTIFIER_FAULT,
    nhs_number_fault,
    nino_fault,
    normalise_identifier,
    pnc_id_fault,
    uln_fault,
    upn_fault,
    uprn_fault,
)
from contracts.vocabulary import IdentifierScheme


@pytest.mark.parametrize(
    ("check", "value", "kept"),
    [
        (nhs_number_fault, "9990000018", True),
        (nhs_number_fault, "9434765919", True),
        (nhs_number_fault, "9434765918", False),
        (nhs_number_fault, "943476591", False),
        (upn_fault, "A123456789012", True),
        (upn_fault, "B123456789012", False),
        (uln_fault, "9999999999", False),
        (uln_fault, "0123456789", False),
        (nino_fault, "AB123456C", True),
        (nino_fault, "BG123456C", False),
        (nino_fault, "QB123456C", False),
        (nino_fault, "AO123456C", False),
        (nino_fault, "AB123456E", False),
        (pnc_id_fault, "99/1", False),
        (uprn_fault, "100012345678", True),
        (uprn_fault, "1000123456789", False),
    ],
)
def test_identifier_rule(check, value: str, kept: bool) -> None:
    assert (check(value) is None) is kept


@given(st.text(alphabet="0123456789", min_size=12, max_size=12))
def test_exactly_one_upn_check_letter_is_right(digits: str) -> None:
    right = [c for c in "ABCDEFGHJKLMNPQRTUVWXYZ" if upn_fault(c + digits) is None]
    assert len(right) == 1


@given(st.integers(0, 99), st.integers(1, 9_999_999))
def test_exactly_one_pnc_check_letter_is_right(year: int, serial: int) -> None:
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    right = [c for c in letters if pnc_id_fault(f"{year:02}/{serial}{c}") is None]
    assert len(right) == 1


@given(st.integers(0, 8), st.text(alphabet="0123456789", min_size=9, max_size=9))
def test_a_changed_digit_of_an_nhs_number_is_seen(place: int, digits: str) -> None:
    right = [digits + c for c in "0123456789" if nhs_number_fault(digits + c) is None]
    for value in right:
        other = str((int(value[place]) + 1) % 10)
        assert nhs_number_fault(value[:place] + other + value[place + 1 :]) is not None


def test_spaces_and_hyphens_do_not_matter() -> None:
    assert normalise_identifier("999 000-0018") == "9990000018"
    assert Identifier(scheme=IdentifierScheme.NHS_NUMBER, value="999 000 0018")


@pytest.mark.parametrize("scheme", list(IdentifierScheme))
def test_every_scheme_has_its_rule(scheme: IdentifierScheme) -> None:
    assert IDENTIFIER_FAULT[scheme]("") is not None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1985-03-14", "1985-03-14"),
        ("1985", "1985-XX-XX"),
        ("1985-03", "1985-03-XX"),
        ("XXXX-02-29", "XXXX-02-29"),
        ("1985-xx-14", "1985-XX-14"),
        ("1985-02-29", None),
        ("1985-13-01", None),
        ("14/03/1985", None),
        ("1850-01-01", None),
    ],
)
def test_partial_dates(written: str, read: str | None) -> None:
    if read is None:
        with pytest.raises(ValidationError):
            Person(given_name="A", date_of_birth=written)
    else:
        assert Person(given_name="A", date_of_birth=written).date_of_birth == read


def test_unknown_field_is_an_error_that_names_it() -> None:
    with pytest.raises(ValidationError, match="dateOfBirth"):
        Submission.model_validate({"dateOfBirth": "1985-03-14"})
