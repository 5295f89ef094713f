"""Cases of how one person is written: names, dates, numbers, addresses, and what says nothing."""

from __future__ import annotations

from tests.services.duplication.building import ROAD, person
from tests.services.duplication.case import (
    ELSEWHERE,
    LINK,
    NEW,
    NEXT_DOOR,
    NOWHERE,
    REVIEW,
    Case,
    Seen,
    one,
)

BOLTON = {"lines": ["88 Bolton Road"], "postcode": "BL4 8DB"}
NHS, OLDER_NHS = "943 476 5919", "401 023 2137"


def nhs(value: str) -> list[dict[str, str]]:
    return [{"scheme": "nhs_number", "value": value}]


GRACE = person("Grace", "Mensah", "1977-07-21", sex="female", identifiers=nhs(NHS))

DAVIDS: tuple[Seen, ...] = tuple(
    (
        (person("David" if n % 2 else chr(65 + n // 2) + "wen", chr(66 + n // 2) + "ickerstaffe"
                if n % 2 else "Jones", f"19{40 + n}-03-{2 + n % 26:02}"),),
        {"lines": [f"{n + 20} Station Road"], "postcode": f"M{1 + n % 30} 4AB"},
    )
    for n in range(50)
)  # fmt: skip

WRITTEN = (
    one(
        "the same person again",
        (person("Catherine", "Holroyd", "1988-04-12", sex="female"),),
        (person("Catherine", "Holroyd", "1988-04-12", sex="female"),),
        LINK, (True,),
        "all that both say agrees",
    ),
    one(
        "two of one name a generation apart, both old: a date taken down wrongly",
        (person("Ellen", "Dixon", "1928-11-10", sex="female"),),
        (person("Ellen", "Dixon", "1951-01-29", sex="female"),),
        LINK, (True,),
        "at 75 hardly anybody lives with a parent of 98 of the same name",
    ),
    one(
        "nickname",
        (person("Margaret", "Ashworth", "1951-07-02"),),
        (person("Peggy", "Ashworth", "1951-07-02"),),
        LINK, (True,),
        "Peggy is Margaret; the rest agrees",
    ),
    one(
        "given and family name swapped",
        (person("Imran", "Chaudhry", "1979-12-06"),),
        (person("Chaudhry", "Imran", "1979-12-06"),),
        LINK, (True,),
        "each name stands in the other's place",
    ),
    one(
        "given and family name swapped and misspelt, elsewhere",
        (person("Imogen", "Braithwaite", "1978-01-31"),),
        (person("Braithwatie", "Imogen", "1978-01-31"),),
        LINK, (True,),
        "swapped names may have a slip as well",
    ),
    one(
        "day and month swapped",
        (person("Ewa", "Kowalska", "1986-03-11"),),
        (person("Ewa", "Kowalska", "1986-11-03"),),
        LINK, (True,),
        "the same numbers in another order",
    ),
    one(
        "changed surname: marriage, the earlier name told",
        (person("Bethany", "Marsh", "1992-08-17", sex="female"),),
        (
            person(
                "Bethany", "Rigby", "1992-08-17", sex="female", previous_family_names=["Marsh"]
            ),
        ),
        LINK, (True,),
        "a name before counts as a name",
    ),
    one(
        "changed surname: marriage, the earlier name not told",
        (person("Bethany", "Marsh", "1992-08-17", sex="female"),),
        (person("Bethany", "Rigby", "1992-08-17", sex="female"),),
        LINK, (True,),
        "given name, full birthday and home outweigh a family name, which people change",
    ),
    one(
        "truncated postcode",
        (person("Dean", "Hartley", "1970-02-23"),),
        (person("Dean", "Hartley", "1970-02-23"),),
        LINK, (True,),
        "what is left of it agrees",
        then_at={"lines": ["12 Milton Rd"], "postcode": "WN1 2"},
    ),
    one(
        "the names in each other's place, one of them another",
        (person("Pulford", "Cassandra", "1958-07-07"),),
        (person("Victoria", "Pulford", "1958-07-17"),),
        LINK, (True,),
        "a family name in the wrong field is that name still",
    ),
    one(
        "partial date of birth",
        (person("Abdullahi", "Warsame", "1983-04-19"),),
        (person("Abdullahi", "Warsame", "1983-XX-XX"),),
        LINK, (True,),
        "what is known of it agrees",
    ),
    Case(
        "partial date of birth, a name common in the place, elsewhere",
        (*DAVIDS, ((person("David", "Jones", "1983-04-19"),), ROAD)),
        ((person("David", "Jones", "1983-XX-XX"),), BOLTON),
        NEW, (False,),
        "a common name and a year are shared by many",
    ),
    one(
        "1 January stands for some time that year",
        (person("Abdullahi", "Warsame", "1983-01-01"),),
        (person("Abdullahi", "Warsame", "1983-04-19"),),
        LINK, (True,),
        "1 January is a placeholder for a day",
    ),
    one(
        "placeholder values: unknown unknown, 1 January 1900",
        (person("Unknown", "Unknown", "1900-01-01"),),
        (person("Unknown", "Unknown", "1900-01-01"),),
        NEW, (False,),
        "two placeholders are two absences",
        at=NOWHERE, then_at=NOWHERE,
    ),
    one(
        "a baby without a name",
        (person("Baby of", "Entwistle"),), (person("Baby", "Entwistle"),),
        NEW, (False,),
        "a placeholder for a name, and a family name of many",
        at=None, then_at=None,
    ),
    one(
        "a superseded NHS number",
        (person("Grace", "Mensah", "1977-07-21", identifiers=nhs(OLDER_NHS)),),
        (GRACE,),
        LINK, (True,),
        "people get another number; all else agrees",
    ),
    one(
        "an NHS number on the wrong record",
        (GRACE,),
        (person("Derek", "Stott", "1949-02-13", sex="male", identifiers=nhs(NHS)),),
        NEW, (False,),
        "a number is strong evidence, never proof: everything else differs",
        then_at=ELSEWHERE,
    ),
    one(
        "the same NHS number without an address",
        (GRACE,), (GRACE,),
        LINK, (True,),
        "nothing speaks against it",
        then_at=None,
    ),
    one(
        "one person whose house number and year of birth were mistyped",
        (person("Peter", "Wolstenholme", "1950-07-08", sex="male"),),
        (person("Peter", "Wolstenholme", "1959-07-08", sex="male"),),
        LINK, (True,),
        "a slip in each, and all else agrees",
        then_at=NEXT_DOOR,
    ),
    one(
        "no fixed abode, seen again with none",
        (person("Gavin", "Threlfall", "1980-09-09", sex="male"),),
        (person("Gavin", "Threlfall", "1980-09-09", sex="male"),),
        LINK, (True,),
        "name and birthday are enough, and no address contradicts",
        at=NOWHERE, then_at=NOWHERE,
    ),
    one(
        "a common name elsewhere without a date of birth",
        (person("David", "Jones"),), (person("David", "Jones"),),
        REVIEW, (False,),
        "names alone link nobody; somebody may look",
        then_at=BOLTON,
    ),
    Case(
        "a common name without a date of birth or an address",
        (*DAVIDS, ((person("David", "Jones"),), NOWHERE)),
        ((person("David", "Jones"),), NOWHERE),
        REVIEW, (False,),
        "a name that many have, alone, links nobody; somebody may look",
    ),
    one(
        "one name and two birthdays, and nowhere known",
        (person("Gerhard", "Schmitt", "2000-01-31"),),
        (person("Gerhard", "Schmitt", "1957-11-17"),),
        REVIEW, (False,),
        "names are shared: with another birthday, and nothing else to compare, somebody looks",
        at=None, then_at=None,
    ),
    one(
        "one birthday and family name, another given name, and nowhere known",
        (person("Stefan", "Klein", "1976-03-04"),),
        (person("Juergen", "Klein", "1976-03-04"),),
        REVIEW, (False,),
        "twins, or two of one family name born on one day: somebody looks",
        at=None, then_at=None,
    ),
    one(
        "one birthday and given name, another family name, and nowhere known",
        (person("Leila", "Haddad", "1988-02-19"),),
        (person("Leila", "Mancini", "1988-02-19"),),
        REVIEW, (False,),
        "she may have married, or be somebody else of that birthday: somebody looks",
        at=None, then_at=None,
    ),
    one(
        "the whole name in one field",
        (person("Katarzyna", "Wójcik"),),
        (person("Katarzyna Wojcik", None),),
        LINK, (True,),
        "given name and family name are both parts of what is written",
    ),
    one(
        "the whole name in one field, family name first",
        (person("Minh", "Nguyen"),),
        (person("Nguyen Minh", None),),
        LINK, (True,),
        "either end may be the family name",
    ),
    one(
        "a chain of names of which forms take different ones for the family's",
        (person("Amina", "Farah", "1985-02-23", sex="female"),),
        (person("Amina", "Warsame", "1985-02-23", sex="female", middle_names="Farah"),),
        LINK, (True,),
        "her father's name is family name here and second name there",
        then_at=None,
    ),
    one(
        "only the year of birth is known, and agrees",
        (person("Zbigniew", "Woźniak", "1980-02-03"),),
        (person("Zbigniew", "Wozniak", "1980-XX-XX"),),
        LINK, (True,),
        "a year that is all that is known, and agrees, is no other birthday of that year",
        then_at=None,
    ),
    one(
        "a name spelt otherwise in Latin letters, no date of birth",
        (person("Ayesha", "Bibi", sex="female"),),
        (person("Aisha", "Bibi", sex="female"),),
        LINK, (True,),
        "two spellings of one name are not two sisters",
    ),
    one(
        "a family name spelt otherwise in Latin letters",
        (person("Nasreen", "Chaudhry", "1971-09-02"),),
        (person("Nasreen", "Chowdhury", "1971-09-02"),),
        LINK, (True,),
        "three letters apart, and one name",
        then_at=None,
    ),
    one(
        "who somebody is, written for a given name",
        (person("Mum", "Threlfall"),),
        (person("Mum", "Threlfall"),),
        LINK, (False,),
        "the household is theirs; \"mum\" is no name to know anybody by",
    ),
    one(
        "characters of no width in a name",
        (person("Jonathan", "Wheeler", "1980-01-31"),),
        (person("Jona\u200bthan", "Whee\ufeffler", "1980-01-31"),),
        LINK, (True,),
        "what copying left between the letters parts no words",
        then_at=None,
    ),
)  # fmt: skip
