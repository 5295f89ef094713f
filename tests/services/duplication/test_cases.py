"""Cases that a matcher must get right, by name: what is known, what arrives, what is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from contracts.assessments import AssessmentRecordedV1, Person
from services.duplication.fold import Assessed, Resolution, assessed, resolve
from services.duplication.model import load
from services.duplication.state import State
from tests.services.duplication.building import ROAD, person, recorded

ELSEWHERE = {"lines": ["7 Poolstock Lane"], "town": "Wigan", "postcode": "WN3 5DJ"}
NHS, OLDER_NHS = "943 476 5919", "401 023 2137"


def nhs(value: str) -> list[dict[str, str]]:
    return [{"scheme": "nhs_number", "value": value}]


@dataclass(frozen=True)
class Case:
    """``links``: per person of the last assessment, whether it is one already known."""

    name: str
    known: tuple[AssessmentRecordedV1, ...]
    arrives: AssessmentRecordedV1
    links: tuple[bool, ...]
    same_household: bool


def case(
    name: str,
    known: tuple[Person, ...],
    arrives: tuple[Person, ...],
    links: tuple[bool, ...],
    *,
    same_household: bool,
    at: dict[str, Any] | None = ROAD,
    then_at: dict[str, Any] | None = ROAD,
) -> Case:
    return Case(
        name,
        (recorded(1, *known, address=at),),
        recorded(2, *arrives, address=then_at),
        links,
        same_household,
    )


CASES = (
    case(
        "the same person again",
        (person("Catherine", "Holroyd", "1988-04-12", sex="female"),),
        (person("Catherine", "Holroyd", "1988-04-12", sex="female"),),
        (True,),
        same_household=True,
    ),
    case(
        "twins, one seen now and one before",
        (person("Oliver", "Pickles", "2016-05-21"), person("Jane", "Pickles", "1990-01-30")),
        (person("George", "Pickles", "2016-05-21"), person("Jane", "Pickles", "1990-01-30")),
        (False, True),
        same_household=True,
    ),
    case(
        "twins of different sex, grown up",
        (person("Anna", "Pickles", "1980-05-21", sex="female"),),
        (person("Peter", "Pickles", "1980-05-21", sex="male"),),
        (False,),
        same_household=True,
    ),
    case(
        "twins seen together twice keep apart",
        (person("Oliver", "Pickles", "2016-05-21"), person("Olivia", "Pickles", "2016-05-21")),
        (person("Olivia", "Pickles", "2016-05-21"), person("Oliver", "Pickles", "2016-05-21")),
        (True, True),
        same_household=True,
    ),
    case(
        "parent and child of one name",
        (person("John", "Sowerby", "1962-03-09", sex="male"),),
        (person("John", "Sowerby", "1994-11-27", sex="male"),),
        (False,),
        same_household=True,
    ),
    case(
        "nickname",
        (person("Margaret", "Ashworth", "1951-07-02"),),
        (person("Peggy", "Ashworth", "1951-07-02"),),
        (True,),
        same_household=True,
    ),
    case(
        "given and family name swapped",
        (person("Imran", "Chaudhry", "1979-12-06"),),
        (person("Chaudhry", "Imran", "1979-12-06"),),
        (True,),
        same_household=True,
    ),
    case(
        "day and month swapped",
        (person("Ewa", "Kowalska", "1986-03-11"),),
        (person("Ewa", "Kowalska", "1986-11-03"),),
        (True,),
        same_household=True,
    ),
    case(
        "changed surname",
        (person("Bethany", "Marsh", "1992-08-17", sex="female"),),
        (
            person(
                "Bethany",
                "Rigby",
                "1992-08-17",
                sex="female",
                previous_family_names=["Marsh"],
            ),
        ),
        (True,),
        same_household=True,
    ),
    case(
        "truncated postcode",
        (person("Dean", "Hartley", "1970-02-23"),),
        (person("Dean", "Hartley", "1970-02-23"),),
        (True,),
        same_household=True,
        then_at={"lines": ["12 Milton Rd"], "postcode": "WN1 2"},
    ),
    case(
        "two people sharing a phone",
        (person("Leanne", "Booth", "1995-10-04", sex="female", phones=["07700 900123"]),),
        (person("Stuart", "Kershaw", "1991-01-19", sex="male", phones=["07700 900123"]),),
        (False,),
        same_household=False,
    ),
    case(
        "two families in one shared house",
        (person("Maria", "Popescu", "1989-06-15"), person("Ion", "Popescu", "2012-04-08")),
        (person("Hana", "Novak", "1984-09-26"), person("Petr", "Novak", "2010-12-01")),
        (False, False),
        same_household=False,
    ),
    case(
        "separated parents: the child seen with the other one",
        (person("Sophie", "Lord", "1987-05-05"), person("Max", "Lord", "2013-02-18")),
        (person("Karl", "Whittle", "1985-08-29"), person("Max", "Lord", "2013-02-18")),
        (False, True),
        same_household=False,
        then_at=ELSEWHERE,
    ),
    case(
        "a family that moves together",
        (person("Sophie", "Lord", "1987-05-05"), person("Max", "Lord", "2013-02-18")),
        (person("Sophie", "Lord", "1987-05-05"), person("Max", "Lord", "2013-02-18")),
        (True, True),
        same_household=True,
        then_at=ELSEWHERE,
    ),
    case(
        "partial date of birth",
        (person("Abdullahi", "Warsame", "1983-04-19"),),
        (person("Abdullahi", "Warsame", "1983-XX-XX"),),
        (True,),
        same_household=True,
    ),
    case(
        "placeholder names and dates are no evidence",
        (person("Unknown", "Unknown", "1900-01-01"),),
        (person("Unknown", "Unknown", "1900-01-01"),),
        (False,),
        same_household=False,
        at={"postcode": "ZZ99 3VZ"},
        then_at={"postcode": "ZZ99 3VZ"},
    ),
    case(
        "a baby without a name is not the next one",
        (person("Baby of", "Entwistle"),),
        (person("Baby", "Entwistle"),),
        (False,),
        same_household=False,
        at=None,
        then_at=None,
    ),
    case(
        "a superseded NHS number",
        (person("Grace", "Mensah", "1977-07-21", identifiers=nhs(OLDER_NHS)),),
        (person("Grace", "Mensah", "1977-07-21", identifiers=nhs(NHS)),),
        (True,),
        same_household=True,
    ),
    case(
        "an NHS number typed on the wrong record",
        (person("Grace", "Mensah", "1977-07-21", sex="female", identifiers=nhs(NHS)),),
        (person("Derek", "Stott", "1949-02-13", sex="male", identifiers=nhs(NHS)),),
        (False,),
        same_household=False,
        then_at=ELSEWHERE,
    ),
    case(
        "a common name elsewhere without a date of birth",
        (person("David", "Jones"),),
        (person("David", "Jones"),),
        (False,),
        same_household=False,
        then_at={"lines": ["88 Bolton Road"], "postcode": "BL4 8DB"},
    ),
)


def taken(event: AssessmentRecordedV1) -> Assessed:
    return assessed(load(), event.assessment_id, event.submission)


def decide_all(*events: AssessmentRecordedV1) -> list[Resolution]:
    state = State()
    return [resolve(load(), state, taken(event)) for event in events]


@pytest.mark.parametrize("told", CASES, ids=lambda told: told.name)
def test_named_case(told: Case) -> None:
    *before, last = decide_all(*told.known, told.arrives)
    assert tuple(not link.new for link in last.links) == told.links, last.choice
    same = last.household_id in {one.household_id for one in before}
    assert same is told.same_household, last.choice.rule


def test_a_refuge_is_not_a_household() -> None:
    refuge = {"lines": ["The Larches", "1 Quiet Street"], "postcode": "WN5 8AA"}
    guests = [
        recorded(n, person(given, family, born), address=refuge)
        for n, (given, family, born) in enumerate(
            (
                ("Amina", "Yusuf", "1990-03-04"),
                ("Carol", "Dent", "1978-10-11"),
                ("Ilse", "Brandt", "1966-12-25"),
                ("Priya", "Nair", "1999-05-16"),
            )
        )
    ]
    decided = decide_all(*guests)
    assert len({one.household_id for one in decided}) == len(guests)


def test_a_hostel_of_hundreds_stays_bounded_and_apart() -> None:
    hostel = {"lines": ["Riverside Hostel", "2 Quay Street"], "postcode": "M3 3JE"}
    given = [
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
    family = [
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
    guests = [
        recorded(
            n,
            person(
                given[n % 20],
                family[n // 20],
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


def test_a_person_who_has_no_address_is_still_themselves() -> None:
    known = recorded(1, person("Grace", "Mensah", "1977-07-21", identifiers=nhs(NHS)))
    again = recorded(2, person("Grace", "Mensah", "1977-07-21", identifiers=nhs(NHS)), address=None)
    first, second = decide_all(known, again)
    assert second.household_id == first.household_id
