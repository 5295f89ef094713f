"""Who lives where by now: households that move, part, and are recorded where they no longer are."""

from __future__ import annotations

from uuid import UUID

import pytest

from contracts.assessments import Person
from contracts.envelope import derive_id
from services.duplication.addresses import Home
from services.duplication.fold import Resolution
from services.duplication.residence import (
    Resident,
    dump_residents,
    is_grown_child,
    is_only_adult,
    live_apart,
    load_residents,
)
from tests.services.duplication.building import ROAD, ROOT, person, recorded
from tests.services.duplication.case import ELSEWHERE, Where
from tests.services.duplication.running import Running
from tests.services.duplication.test_named_cases import decide_all

OLD = Home("12", "milton road", "WN12AB", "")
NEW = Home("7", "poolstock lane", "WN35DJ", "")
THIRD = Home("88", "bolton road", "BL48DB", "")
MUM, DAD, LAD = (derive_id(ROOT, "resident", n) for n in range(3))
AMY = person("Amy", "Phillips", "1990-03-20", sex="female")
BEN = person("Ben", "Stewart", "1989-05-14", sex="male")
MAX = person("Max", "Stewart", "2016-06-09")
ZOE = person("Zoe", "Stewart", "2018-10-22")


def residents(**homes: tuple[Home, int]) -> dict[UUID, Resident]:
    ids = {"mum": MUM, "dad": DAD, "lad": LAD}
    return {ids[who]: Resident(home, at) for who, (home, at) in homes.items()}


@pytest.mark.parametrize(
    ("family", "seen", "home", "apart"),
    [
        (residents(mum=(NEW, 2), lad=(NEW, 2), dad=(OLD, 1)), {DAD}, OLD, True),
        (residents(mum=(NEW, 2), lad=(NEW, 2), dad=(OLD, 3)), {DAD}, OLD, False),
        (residents(mum=(NEW, 2), lad=(NEW, 2), dad=(OLD, 1)), {MUM, LAD}, NEW, False),
        (residents(mum=(OLD, 3), dad=(NEW, 2)), {DAD}, NEW, True),
        (residents(mum=(OLD, 1), dad=(NEW, 2)), {MUM}, OLD, False),
        (residents(mum=(NEW, 2), dad=(NEW, 1)), {DAD}, NEW, False),
        (residents(mum=(NEW, 2), dad=(THIRD, 1)), {DAD}, OLD, False),
        (residents(dad=(OLD, 1)), {DAD}, OLD, False),
    ],
    ids=[
        "who stays behind, when the rest was seen elsewhere since",
        "not before the rest was seen again",
        "the larger part goes on being the household",
        "of two equal parts the one at the newer home has left",
        "and the one at the older home has not",
        "not under one roof",
        "not where they were never seen before",
        "nobody to live apart from",
    ],
)  # fmt: skip
def test_living_apart(
    family: dict[UUID, Resident], seen: set[UUID], home: Home, *, apart: bool
) -> None:
    assert live_apart(family, (OLD, NEW), seen, home) is apart


def test_nobody_lives_apart_where_no_house_is_known() -> None:
    family = residents(mum=(NEW, 2), lad=(NEW, 2), dad=(OLD, 1))
    for home in (None, Home("", "", "WN12AB", "")):
        assert not live_apart(family, (OLD, NEW), {DAD}, home)


def test_the_only_adult_is_who_lives_with_children_of_an_age_to_be_theirs() -> None:
    family = {MUM: Resident(born=1990), LAD: Resident(born=2016)}
    assert is_only_adult(family, MUM, 2026)
    assert not is_only_adult(family, LAD, 2026)
    assert not is_only_adult(family | {DAD: Resident(born=1989)}, MUM, 2026)
    assert not is_only_adult(family | {DAD: Resident()}, MUM, 2026)
    assert not is_only_adult({MUM: Resident(born=1990)}, MUM, 2026)
    assert is_grown_child({MUM: Resident(born=1970), LAD: Resident(born=2001)}, LAD)
    assert not is_grown_child({MUM: Resident(born=1970), LAD: Resident(born=2001)}, MUM)


def test_a_sighting_without_a_house_leaves_the_one_before() -> None:
    before = Resident(OLD, 1, 1990)
    assert Resident(None, 5).after(before) == before
    assert Resident(NEW, 5).after(before) == Resident(NEW, 5, 1990)
    assert Resident(NEW, 5, 1991).after(None) == Resident(NEW, 5, 1991)


def test_residents_are_stored_and_come_back() -> None:
    family = {MUM: Resident(OLD, 7, 1990), LAD: Resident(None, 0, None)}
    stored = dump_residents(family.values())
    assert load_residents(stored, list(family)) == family
    assert load_residents(dump_residents([Resident()]), [MUM]) == {MUM: Resident()}
    assert load_residents("", [MUM, DAD]) == {MUM: Resident(), DAD: Resident()}
    assert load_residents("", []) == {}


def decided(*seen: tuple[tuple[Person, ...], Where]) -> list[Resolution]:
    return decide_all(
        *(recorded(n, *people, address=at) for n, (people, at) in enumerate(seen, start=1))
    )


def test_who_stays_behind_while_the_family_moves_on_is_asked_about_never_taken_for_granted() -> (
    None
):
    home, refuge, father = decided(
        ((AMY, BEN, MAX, ZOE), ROAD), ((AMY, MAX, ZOE), ELSEWHERE), ((BEN,), ROAD)
    )
    assert refuge.household_id == home.household_id
    assert father.choice.rule == "living_apart"
    assert father.review
    assert father.household_id != home.household_id
    assert not father.links[0].new


def test_an_address_that_somebody_left_leads_to_the_household_they_are_in_now() -> None:
    _, own, again, old = decided(
        ((AMY, BEN, MAX), ROAD), ((BEN,), ELSEWHERE), ((BEN,), ELSEWHERE), ((BEN,), ROAD)
    )
    assert own.review
    assert again.household_id == own.household_id
    assert old.choice.rule == "at_address_they_left"
    assert old.household_id == own.household_id


def test_an_address_that_one_left_is_the_familys_when_the_family_is_seen_there_with_them() -> None:
    home, _, together = decided(
        ((AMY, BEN, MAX), ROAD), ((BEN,), ELSEWHERE), ((AMY, BEN, MAX), ROAD)
    )
    assert together.household_id == home.household_id


def test_a_parent_alone_with_children_moves_with_them() -> None:
    home, moved = decided(((AMY, MAX, ZOE), ROAD), ((AMY,), ELSEWHERE))
    assert moved.choice.rule == "only_adult_of_household"
    assert moved.household_id == home.household_id
    assert not moved.review


def test_one_of_a_couple_alone_elsewhere_is_asked_about() -> None:
    home, alone = decided(((AMY, BEN, MAX), ROAD), ((AMY,), ELSEWHERE))
    assert alone.choice.rule == "member_seen_elsewhere"
    assert alone.review
    assert alone.choice.candidates[0].household_id == home.household_id


def test_what_the_family_does_next_answers_whether_one_of_them_had_left() -> None:
    home, _, moved = decided(((AMY, BEN, MAX), ROAD), ((AMY,), ELSEWHERE), ((AMY, MAX), ELSEWHERE))
    assert moved.household_id == home.household_id


def test_who_fled_stays_apart_when_the_others_were_seen_at_home_since() -> None:
    home, refuge, father, later = decided(
        ((AMY, BEN, MAX), ROAD), ((AMY,), ELSEWHERE), ((BEN,), ROAD), ((AMY, MAX), ELSEWHERE)
    )
    assert refuge.review
    assert father.household_id == home.household_id
    assert later.household_id == refuge.household_id
    assert later.household_id != home.household_id


def test_a_grown_child_elsewhere_has_left_home() -> None:
    son = person("Ryan", "Stewart", "2003-02-11", sex="male")
    mother = person("Ann", "Stewart", "1970-01-19", sex="female")
    home, left = decided(((mother, son), ROAD), ((son,), ELSEWHERE))
    assert left.choice.rule == "moved_out"
    assert left.household_id != home.household_id


async def test_who_was_seen_where_is_known_from_one_batch_to_the_next(
    running: Running,
) -> None:
    await running.take(recorded(1, AMY, BEN, MAX, ZOE))
    await running.take(recorded(2, AMY, MAX, ZOE, address=ELSEWHERE))
    await running.take(recorded(3, BEN))
    rules = await running.rows("select rule from decision order by decided_at, assessment_id")
    assert rules[-1][0] == "living_apart"
