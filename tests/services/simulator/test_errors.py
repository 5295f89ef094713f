"""How names and dates are written wrong: properties that hold whatever the name or day."""

from __future__ import annotations

import random
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from contracts.assessments import Name, PartialDate
from contracts.identifiers import (
    nhs_number_fault,
    nino_fault,
    pnc_id_fault,
    uln_fault,
    upn_fault,
    uprn_fault,
)
from services.simulator import misdating, misspelling
from services.simulator.identifiers import Register

NAMES = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'-éł ", min_size=1, max_size=40
)
RNGS = st.integers(0, 10**9).map(random.Random)
BORN = st.dates(date(1900, 1, 1), date(2026, 1, 1))
_DATE = TypeAdapter(PartialDate)
_NAME = TypeAdapter(Name)


def distance(a: str, b: str) -> int:
    """Letters changed, added, dropped, or two neighbours swapped (optimal string alignment)."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


@given(RNGS, NAMES)
def test_a_slip_of_the_finger_changes_one_letter_and_leaves_a_name(rng, name):
    written = misspelling.mistype(rng, name)
    assert written
    assert distance(name.lower(), written.lower()) <= 1


@given(RNGS, NAMES)
def test_a_misspelt_name_is_still_a_name_the_contract_takes(rng, name):
    written = misspelling.misspell(rng, name)
    assert written
    assert len(written) <= len(name) + 8
    _NAME.validate_python(written)


@given(st.integers(0, 10**9), NAMES)
def test_the_same_dice_give_the_same_misspelling(seed, name):
    first = misspelling.misspell(random.Random(seed), name)
    assert misspelling.misspell(random.Random(seed), name) == first


@given(RNGS, NAMES)
def test_a_nickname_is_a_name(rng, name):
    assert misspelling.nickname(rng, name)


def test_nicknames_and_spellings_are_those_people_use():
    rng = random.Random(1)
    assert {misspelling.nickname(rng, "William") for _ in range(50)} >= {"Bill", "Will", "Billy"}
    assert misspelling.nickname(rng, "Zebedee") == "Zebedee"
    assert {misspelling.mishear(rng, "Mohammed") for _ in range(50)} >= {"Muhammad", "Mohammad"}


@given(BORN)
def test_swapping_day_and_month_twice_gives_the_day_back(born):
    swapped = misdating.swap_day_and_month(born)
    assert misdating.swap_day_and_month(swapped) == born
    assert swapped.year == born.year


@given(RNGS, BORN)
def test_a_mistaken_date_is_in_the_calendar_and_near(rng, born):
    wrong = misdating.mistake_date(rng, born)
    assert abs(wrong.year - born.year) <= 10
    _DATE.validate_python(wrong.isoformat())


@given(RNGS, BORN)
def test_partial_and_placeholder_dates_keep_the_contract(rng, born):
    partial = misdating.partial_date(rng, born)
    assert partial.endswith("XX")
    assert _DATE.validate_python(partial) == partial
    assert misdating.placeholder_date(rng, born).endswith("-01-01")


@given(RNGS, BORN)
def test_what_old_systems_write_is_no_date(rng, born):
    written = misdating.as_old_systems_write(rng, born)
    assert int(written.split("/")[0]) > 31
    assert len(written) <= 40


@given(RNGS)
def test_a_mistyped_postcode_keeps_its_sector(rng):
    assert misdating.mistype_postcode(rng, "WN1 2AB")[:5] == "WN1 2"
    assert misdating.truncate_postcode("WN1 2AB") == "WN1"


@given(st.integers(0, 10**9))
def test_issued_identifiers_keep_every_rule_and_are_never_issued_twice(seed):
    register = Register(random.Random(seed))
    nhs_numbers = [register.nhs_number() for _ in range(20)]
    assert len(set(nhs_numbers)) == 20
    assert not any(map(nhs_number_fault, nhs_numbers))
    assert all(n.startswith("999") for n in nhs_numbers)
    assert nino_fault(register.nino()) is None
    assert upn_fault(register.upn()) is None
    assert uln_fault(register.uln()) is None
    assert pnc_id_fault(register.pnc_id(2024)) is None
    assert uprn_fault(register.uprn()) is None
