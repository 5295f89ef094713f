"""The named cases decided, and those of many records: a hostel, and a commonest name."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.assessments import AssessmentRecordedV1
from services.duplication.fold import Assessed, Resolution, assessed, resolve
from services.duplication.model import load
from services.duplication.state import State
from tests.services.duplication.building import person, recorded
from tests.services.duplication.case import ELSEWHERE, LINK, NEW, REVIEW, Case
from tests.services.duplication.cases_homes import HOMES
from tests.services.duplication.cases_written import WRITTEN


def taken(event: AssessmentRecordedV1) -> Assessed:
    return assessed(load(), event.assessment_id, event.submission, event.received_at)


def decide_all(*events: AssessmentRecordedV1) -> list[Resolution]:
    state = State()
    return [resolve(load(), state, taken(event)) for event in events]


@pytest.mark.parametrize("told", [*HOMES, *WRITTEN], ids=lambda told: told.name)
def test_named_case(told: Case) -> None:
    seen = [*told.known, told.arrives]
    *before, last = decide_all(
        *(recorded(n, *people, address=at) for n, (people, at) in enumerate(seen, 1))
    )
    assert tuple(not link.new for link in last.links) == told.links, told.why
    known = last.household_id in {one.household_id for one in before}
    said = REVIEW if last.review else LINK if known else NEW
    assert said == told.decision, (last.choice.rule, told.why)


def test_a_family_name_at_an_address_means_the_household_there_not_where_somebody_went() -> None:
    paul, sue = person("Paul", "Nolan", "1968-07-27"), person("Sue", "Barker", "1970-02-01")
    lisa = person("Lisa", "Otway", "1972-09-12")
    first, second, last = decide_all(
        recorded(1, paul, sue),
        recorded(2, paul, lisa, address=ELSEWHERE),
        recorded(3, person("Dora", "Nolan", "1999-01-20")),
    )
    assert second.household_id != first.household_id
    assert last.choice.rule == "same_address_and_family_name"
    assert last.household_id == first.household_id


@pytest.mark.parametrize(
    ("at", "review"),
    [
        ({"lines": ["4 York Road"]}, True),
        ({"lines": ["York Road"], "postcode": "WN1 2AB"}, True),
        ({"lines": ["4 York Road"], "town": "Wigan"}, False),
        ({"lines": ["4 York Road"], "postcode": "WN1 2AB"}, False),
    ],
)
def test_a_family_name_at_what_may_be_another_house_is_asked_about(
    at: dict[str, Any], review: bool
) -> None:
    """Of 59 such in a census without postcodes 13 were the household."""
    first, last = decide_all(
        recorded(1, person("Megan", "Jones", "1954-11-30"), address=at),
        recorded(2, person("Phoebe", "Jones", "1986-05-02"), address=at),
    )
    assert (last.household_id == first.household_id, last.review) == (not review, review)


GIVEN = [
    "Lee",
    "Kim",
    "Ray",
    "Patricia",
    "Solomon",
    "Joseph",
    "Edward",
    "Maxine",
    "Ivor",
    "Harold",
    "Bridget",
    "Callum",
    "Dmitri",
    "Esther",
    "Fergus",
    "Greta",
    "Hussein",
    "Imogen",
    "Jakub",
    "Keira",
]
FAMILY = [
    "Ames",
    "Bird",
    "Cole",
    "Dodson",
    "Everett",
    "Ford",
    "Galloway",
    "Hume",
    "Illingworth",
    "Judd",
    "Kowalczyk",
    "Lomax",
    "Mistry",
    "Nuttall",
    "Okafor",
    "Pomfret",
    "Quigley",
    "Rahman",
    "Shuttleworth",
    "Tattersall",
]


def test_a_hostel_of_hundreds_stays_bounded_and_apart() -> None:
    hostel = {"lines": ["Riverside Hostel", "2 Quay Street"], "postcode": "M3 3JE"}
    guests = [
        recorded(
            n,
            person(
                GIVEN[n % 20],
                FAMILY[n // 20],
                f"{1945 + n * 7 % 53}-{1 + n * 5 % 12:02}-{2 + n * 11 % 26:02}",
            ),
            address=hostel,
        )
        for n in range(400)
    ]
    decided = decide_all(*guests)
    most = max(len(link.choice.candidates) for one in decided for link in one.links)
    assert most <= load().candidates
    assert len({one.household_id for one in decided}) > 360


def test_the_commonest_name_and_birthday_stay_bounded() -> None:
    decided = decide_all(
        *(
            recorded(
                n,
                person(GIVEN[n % 20], "Smith", "1990-05-14"),
                address={"lines": [f"{n} Station Road"], "postcode": f"M{1 + n % 30} {n % 9}AB"},
            )
            for n in range(400)
        )
    )
    most = max(len(link.choice.candidates) for one in decided for link in one.links)
    assert most <= load().candidates
    unknown = decide_all(*(recorded(n, person("Unknown", "Unknown")) for n in range(200)))
    assert max(len(link.choice.candidates) for one in unknown for link in one.links) <= 40
    assert len({one.household_id for one in unknown}) == 200
