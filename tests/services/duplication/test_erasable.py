"""Whether an order is carried out: as a whole, by what is known, and by the youngest in it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary_erasure import ErasureRefusal
from services.duplication.erasable import Refused, Whole, latest_birth, refused
from tests.services.duplication.building import START
from tests.services.duplication.erasures import order

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("written", "latest"),
    [
        ("20010314", date(2001, 3, 14)),
        ("200103XX", date(2001, 3, 31)),
        ("200102XX", date(2001, 2, 28)),
        ("2001XXXX", date(2001, 12, 31)),
        ("2001XX14", date(2001, 12, 31)),
        ("20010101", date(2001, 12, 31)),  # often says no more than the year
        ("20010230", date(2001, 2, 28)),  # there is no such day
        ("20013001", date(2001, 12, 31)),  # nor month
        ("198XXXXX", date(1989, 12, 31)),
        ("20XXXXXX", TODAY),
        ("20XX1225", date(2025, 12, 25)),
        ("2026XXXX", TODAY),
        ("202611XX", TODAY),
        ("20261126", TODAY),
        ("20261127", None),
        ("20990314", None),
        ("30010314", None),
        ("17010314", None),
        ("XXXX0314", None),
        ("20O10314", None),
    ],
)
def test_a_birth_is_the_latest_day_that_it_may_mean(written: str, latest: date | None) -> None:
    assert latest_birth(written, TODAY) == latest


@given(st.text(alphabet="0123456789X", min_size=8, max_size=8))
def test_no_birth_is_later_than_today(written: str) -> None:
    found = latest_birth(written, TODAY)
    assert found is None or found <= TODAY


def asked(*births: str, until: int | None = 25) -> Refused | None:
    home, assessment = uuid4(), uuid4()
    whole = Whole(home, frozenset([home]), frozenset([assessment]))
    one = order(
        [home],
        [assessment],
        until_youngest_is=until,
        ordered_at=START.replace(year=2026, month=11, day=26),
    )
    return refused(one, whole, (), (), [uuid4()], [[born] for born in births])


def test_somebody_too_young_refuses_and_only_a_year_is_said() -> None:
    assert asked("19530329") is None
    assert asked("20011126") is None, "on their birthday they are of that age"
    assert asked("20011127") == Refused(ErasureRefusal.TOO_YOUNG, date(2027, 1, 1))
    assert asked("19530329", "20100705") == Refused(ErasureRefusal.TOO_YOUNG, date(2036, 1, 1))
    assert asked("20100705", "20110101") == Refused(ErasureRefusal.TOO_YOUNG, date(2037, 1, 1))
    assert asked("20080229") == Refused(ErasureRefusal.TOO_YOUNG, date(2034, 1, 1))
    assert asked("20100705", until=None) is None
    assert asked("XXXX0705") is None, "of whom no year is known, nobody can say"
    assert asked("20990705") is None


def test_of_several_dates_of_somebody_the_latest_counts() -> None:
    home, assessment = uuid4(), uuid4()
    whole = Whole(home, frozenset([home]), frozenset([assessment]))
    one = order([home], [assessment], until_youngest_is=25)
    found = refused(one, whole, (), (), [uuid4()], [["19850314", "20150314", "20990101"]])
    assert found == Refused(ErasureRefusal.TOO_YOUNG, date(2041, 1, 1))


HOME, LINKED, ONE, TWO = (UUID(int=n) for n in range(1, 5))


@pytest.mark.parametrize(
    ("whole", "changes"),
    [
        (None, {}),
        (Whole(LINKED, frozenset([HOME, LINKED]), frozenset([ONE])), {}),
        (Whole(HOME, frozenset([HOME]), frozenset([ONE])), {"household_ids": (HOME, LINKED)}),
        (Whole(HOME, frozenset([HOME]), frozenset([ONE, TWO])), {}),
        (Whole(HOME, frozenset([HOME]), frozenset()), {}),
        (Whole(HOME, frozenset([HOME]), frozenset([ONE])), {"assessment_ids": (ONE, TWO)}),
    ],
    ids=["unknown", "retired", "separated", "seen since", "moved", "moved in part"],
)
def test_what_the_order_does_not_know_of_is_never_erased(
    whole: Whole | None, changes: dict[str, Any]
) -> None:
    one = order([HOME], [ONE]).model_copy(update=changes)
    assert refused(one, whole, (), (), (), ()) == Refused(ErasureRefusal.SEEN_SINCE)


def test_an_id_that_nobody_else_was_told_of_keeps_nothing_here() -> None:
    whole = Whole(HOME, frozenset([HOME, LINKED]), frozenset([ONE]))
    assert refused(order([HOME], [ONE]), whole, (), (), (), ()) is None


def test_what_was_erased_before_is_nobody_elses_by_now() -> None:
    whole = Whole(HOME, frozenset([HOME]), frozenset([ONE]))
    assert refused(order([HOME], [ONE, TWO]), whole, (TWO,), (), (), ()) is None


def test_of_whom_or_what_somebody_is_being_asked_is_kept() -> None:
    person = uuid4()
    whole = Whole(HOME, frozenset([HOME, LINKED]), frozenset([ONE]))
    one = order([HOME, LINKED], [ONE])
    for asked_about in (HOME, LINKED, ONE, person):
        found = refused(one, whole, (), (asked_about,), [person], ())
        assert found == Refused(ErasureRefusal.ASKED_ABOUT)
    assert refused(one, whole, (), (TWO,), [person], ()) is None
