"""Which of several households known at an address, or seen there, an assessment is of."""

from __future__ import annotations

from tests.services.duplication.building import person, recorded
from tests.services.duplication.case import ELSEWHERE
from tests.services.duplication.test_named_cases import decide_all

KARL = person("Karl", "Novak", "1979-08-30")
SOPHIE = person("Sophie", "Dunn", "1984-02-11")
MAX = person("Max", "Dunn", "2015-05-21")
IDA = person("Ida", "Dunn", "2017-09-02")
LISA = person("Lisa", "Otway", "1986-09-12")


def test_a_family_seen_where_one_other_lives_has_moved_there() -> None:
    karl, family, last = decide_all(
        recorded(1, KARL, address=ELSEWHERE),
        recorded(2, SOPHIE, MAX),
        recorded(3, KARL, SOPHIE, MAX, address=ELSEWHERE),
    )
    assert karl.household_id != family.household_id
    assert last.household_id == family.household_id


def test_a_part_of_a_family_seen_where_somebody_else_lives_is_visiting() -> None:
    karl, _, last = decide_all(
        recorded(1, KARL, address=ELSEWHERE),
        recorded(2, SOPHIE, MAX, IDA),
        recorded(3, KARL, SOPHIE, IDA, address=ELSEWHERE),
    )
    assert last.household_id == karl.household_id


def test_children_are_of_the_household_of_the_grown_up_they_are_seen_with() -> None:
    karl, _, last = decide_all(
        recorded(1, KARL, address=ELSEWHERE),
        recorded(2, MAX, IDA),
        recorded(3, KARL, MAX, IDA, address=ELSEWHERE),
    )
    assert last.household_id == karl.household_id


def test_a_household_of_which_all_are_seen_where_one_of_it_had_gone_has_moved_there() -> None:
    both, gone, last = decide_all(
        recorded(1, SOPHIE, KARL),
        recorded(2, KARL, LISA, address=ELSEWHERE),
        recorded(3, SOPHIE, KARL, address=ELSEWHERE),
    )
    assert gone.household_id != both.household_id
    assert last.household_id == both.household_id


def test_a_child_who_follows_one_of_theirs_has_left_the_others() -> None:
    family, gone, last = decide_all(
        recorded(1, SOPHIE, KARL, MAX),
        recorded(2, KARL, LISA, address=ELSEWHERE),
        recorded(3, KARL, MAX, address=ELSEWHERE),
    )
    assert gone.household_id != family.household_id
    assert last.household_id == gone.household_id
