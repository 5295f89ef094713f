"""Cases that a matcher must get right: what came before, what arrives, what is decided, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contracts.assessments import Person
from tests.services.duplication.building import ROAD, person

NEW, LINK, REVIEW = "new", "link", "review"
NEXT_DOOR = {"lines": ["14 Milton Road"], "town": "Wigan", "postcode": "WN1 2AB"}
ELSEWHERE = {"lines": ["7 Poolstock Lane"], "town": "Wigan", "postcode": "WN3 5DJ"}
BOLTON = {"lines": ["88 Bolton Road"], "postcode": "BL4 8DB"}
NOWHERE = {"lines": ["No fixed abode"], "postcode": "ZZ99 3VZ"}
REFUGE = {"lines": ["The Larches", "1 Quiet Street"], "postcode": "WN5 8AA"}
NHS, OLDER_NHS = "943 476 5919", "401 023 2137"
Where = dict[str, Any] | None
Seen = tuple[tuple[Person, ...], Where]


def nhs(value: str) -> list[dict[str, str]]:
    return [{"scheme": "nhs_number", "value": value}]


@dataclass(frozen=True)
class Case:
    """``known``: the assessments before; ``decision``: new, link or review of the household;
    ``links``: per person of the last assessment, whether they are somebody known."""

    name: str
    known: tuple[Seen, ...]
    arrives: Seen
    decision: str
    links: tuple[bool, ...]
    why: str


def one(
    name: str,
    known: tuple[Person, ...],
    arrives: tuple[Person, ...],
    decision: str,
    links: tuple[bool, ...],
    why: str,
    *,
    at: Where = ROAD,
    then_at: Where = ROAD,
) -> Case:
    """A case with one assessment before."""
    return Case(name, ((known, at),), (arrives, then_at), decision, links, why)


MAX = person("Max", "Lord", "2013-02-18")
SOPHIE = person("Sophie", "Lord", "1987-05-05", sex="female")
KARL = person("Karl", "Whittle", "1985-08-29", sex="male")
GRACE = person("Grace", "Mensah", "1977-07-21", sex="female", identifiers=nhs(NHS))

DAVIDS: tuple[Seen, ...] = tuple(
    (
        (person("David" if n % 2 else chr(65 + n // 2) + "wen", chr(66 + n // 2) + "ickerstaffe"
                if n % 2 else "Jones", f"19{40 + n}-03-{2 + n % 26:02}"),),
        {"lines": [f"{n + 20} Station Road"], "postcode": f"M{1 + n % 30} 4AB"},
    )
    for n in range(50)
)  # fmt: skip

CASES = (
    one(
        "the same person again",
        (person("Catherine", "Holroyd", "1988-04-12", sex="female"),),
        (person("Catherine", "Holroyd", "1988-04-12", sex="female"),),
        LINK, (True,),
        "all that both say agrees",
    ),
    one(
        "twins, one seen now and one before",
        (person("Oliver", "Pickles", "2016-05-21"), person("Jane", "Pickles", "1990-01-30")),
        (person("George", "Pickles", "2016-05-21"), person("Jane", "Pickles", "1990-01-30")),
        LINK, (False, True),
        "one birthday and home, two given names: two children of the household",
    ),
    one(
        "twins of different sex, grown up",
        (person("Anna", "Pickles", "1980-05-21", sex="female"),),
        (person("Peter", "Pickles", "1980-05-21", sex="male"),),
        LINK, (False,),
        "another person, of the family at that address",
    ),
    one(
        "twins seen together twice",
        (person("Oliver", "Pickles", "2016-05-21"), person("Olivia", "Pickles", "2016-05-21")),
        (person("Olivia", "Pickles", "2016-05-21"), person("Oliver", "Pickles", "2016-05-21")),
        LINK, (True, True),
        "two people of one assessment are two, and each finds their own",
    ),
    one(
        "parent and child of one name",
        (person("John", "Sowerby", "1962-03-09", sex="male"),),
        (person("John", "Sowerby", "1994-11-27", sex="male"),),
        LINK, (False,),
        "a generation apart at one home: two people, one household",
    ),
    one(
        "parent and child of one name, the sex not said",
        (person("John", "Sowerby", "1962-03-09"),),
        (person("John", "Sowerby", "2010-11-27"),),
        LINK, (False,),
        "a generation apart at one home: two people, one household",
    ),
    one(
        "two of one name a generation apart, both old: a date taken down wrongly",
        (person("Ellen", "Dixon", "1928-11-10", sex="female"),),
        (person("Ellen", "Dixon", "1951-01-29", sex="female"),),
        LINK, (True,),
        "at 75 hardly anybody lives with a parent of 98 of the same name",
    ),
    one(
        "sisters with names alike",
        (person("Emily", "Fowell", "2009-07-03", sex="female"),),
        (person("Millie", "Fowell", "2012-01-18", sex="female"),),
        LINK, (False,),
        "a short form is no evidence against another birthday in the same family",
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
        "two people sharing a phone",
        (person("Leanne", "Booth", "1995-10-04", sex="female", phones=["07700 900123"]),),
        (person("Stuart", "Kershaw", "1991-01-19", sex="male", phones=["07700 900123"]),),
        NEW, (False,),
        "a phone is shared; nothing else agrees but the house",
    ),
    one(
        "two people sharing a phone, at two addresses",
        (person("Leanne", "Booth", "1995-10-04", phones=["07700 900123"]),),
        (person("Stuart", "Kershaw", "1991-01-19", phones=["07700 900123"]),),
        NEW, (False,),
        "a phone alone makes nobody the same",
        then_at=ELSEWHERE,
    ),
    one(
        "the names in each other's place, one of them another",
        (person("Pulford", "Cassandra", "1958-07-07"),),
        (person("Victoria", "Pulford", "1958-07-17"),),
        LINK, (True,),
        "a family name in the wrong field is that name still",
    ),
    one(
        "somebody whose family name is another's first name",
        (person("Blake", "Green", "1990-04-06"),),
        (person("Tina", "Blake"),),
        NEW, (False,),
        "two live there, of whom one is called as the other's family is",
    ),
    one(
        "somebody whose family name is another's first name, in another house",
        (person("Blake", "Green", "1990-04-06"),),
        (person("Tina", "Blake"),),
        NEW, (False,),
        "one name in the other's place, and nothing else, is no question to anybody",
        then_at=ELSEWHERE,
    ),
    one(
        "two families in one shared house",
        (person("Maria", "Popescu", "1989-06-15"), person("Ion", "Popescu", "2012-04-08")),
        (person("Hana", "Novak", "1984-09-26"), person("Petr", "Novak", "2010-12-01")),
        NEW, (False, False),
        "an address is not a household",
    ),
    Case(
        "a refuge",
        (
            ((person("Amina", "Yusuf", "1990-03-04"),), REFUGE),
            ((person("Carol", "Dent", "1978-10-11"), person("Lee", "Dent", "2015-06-06")), REFUGE),
        ),
        ((person("Priya", "Nair", "1999-05-16"),), REFUGE),
        NEW, (False,),
        "those who flee to one house are not of one household",
    ),
    one(
        "separated parents: the child seen with the other one",
        (SOPHIE, MAX), (KARL, MAX),
        NEW, (False, True),
        "the child has two households; the father's is not the mother's",
        then_at=ELSEWHERE,
    ),
    Case(
        "separated parents: the child at the mother's again",
        (((SOPHIE, MAX), ROAD), ((KARL, MAX), ELSEWHERE)),
        ((SOPHIE, MAX), ROAD),
        LINK, (True, True),
        "where the child was last does not matter: both are known there",
    ),
    Case(
        "separated parents: the child alone at the father's",
        (((SOPHIE, MAX), ROAD), ((KARL, MAX), ELSEWHERE)),
        ((MAX,), ELSEWHERE),
        LINK, (True,),
        "seen at an address that one of the child's households has",
    ),
    one(
        "a family that moves together",
        (SOPHIE, MAX), (SOPHIE, MAX),
        LINK, (True, True),
        "two people known to each other are the household, wherever",
        then_at=ELSEWHERE,
    ),
    one(
        "somebody seen alone before, alone in another house now",
        (KARL,), (KARL,),
        REVIEW, (True,),
        "certainly the same person; whether they moved, or left or joined others, somebody asks",
        then_at=ELSEWHERE,
    ),
    one(
        "a child seen alone in another house",
        (SOPHIE, MAX), (MAX,),
        LINK, (True,),
        "a child does not live alone",
        then_at=ELSEWHERE,
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
        "unknown unknown at one address",
        (person("Unknown", "Unknown"),), (person("Unknown", "Unknown"),),
        NEW, (False,),
        "an address is all there is, and an address is not a household",
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
        "neighbours with the same two given names in one street",
        (person("Mary", "Hughes", "1961-03-02"), person("John", "Hughes", "1959-08-14")),
        (person("Mary", "Clarke", "1974-10-23"), person("John", "Clarke", "1971-01-05")),
        NEW, (False, False),
        "other birthdays and another family name, next door",
        then_at=NEXT_DOOR,
    ),
    one(
        "namesakes in one street",
        (person("Alfie", "Ellis", "2011-01-27", sex="male"),),
        (person("Alfie", "Ellis", "1965-06-18", sex="male"),),
        NEW, (False,),
        "another birthday and another house: two people of one name",
        then_at={"lines": ["48 Milton Road"], "postcode": "WN1 2AD"},
    ),
    one(
        "namesakes next door, born years apart",
        (person("Peter", "Wolstenholme", "1950-07-08", sex="male"),),
        (person("Peter", "Wolstenholme", "1979-03-04", sex="male"),),
        REVIEW, (False,),
        "father and son, or strangers, as likely as one person twice written wrongly",
        then_at=NEXT_DOOR,
    ),
    one(
        "neighbours of one birthday and no name in common",
        (person("Peter", "Wolstenholme", "1950-07-08", sex="male"),),
        (person("Karl", "Whittle", "1950-07-08", sex="male"),),
        REVIEW, (False,),
        "one in so many is born on a day, and some of them are neighbours",
        then_at=NEXT_DOOR,
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
        "no fixed abode is no address to share",
        (person("Gavin", "Threlfall", "1980-09-09"),), (person("Brian", "Lunt", "1969-03-21"),),
        NEW, (False,),
        "two people without a home do not live together",
        at=NOWHERE, then_at=NOWHERE,
    ),
    one(
        "a common name elsewhere without a date of birth",
        (person("David", "Jones"),), (person("David", "Jones"),),
        REVIEW, (False,),
        "names alone link nobody; somebody may look",
        then_at=BOLTON,
    ),
    one(
        "a brother without a date of birth is not his sister",
        (person("Phoebe", "Scott", "2020-03-10"), person("Kerry", "Scott", "1982-08-16")),
        (person("Benjamin", "Scott"), person("Kerry", "Scott", "1982-08-16")),
        LINK, (False, True),
        "one home, one family name, another given name: somebody else of the family",
    ),
    one(
        "a father without a date of birth is not his child",
        (person("Aliza", "Hussain", "2021-01-07"),), (person("Abdul", "Hussain"),),
        LINK, (False,),
        "the household is theirs, the person is another",
    ),
    one(
        "two of one given name in a street",
        (person("John", "Nolan", "1957-10-27", sex="male"),),
        (person("John", "Morgan", "1936-09-09", sex="male"),),
        NEW, (False,),
        "family names that look alike and another birthday: neighbours",
        then_at={"lines": ["13 Milton Road"], "town": "Wigan", "postcode": "WN1 2AB"},
    ),
    one(
        "a neighbour of the same given name whose date of birth is not known",
        (person("Jacqueline", "Roberts", "1962-02-04", sex="female"),),
        (person("Jacqueline", "Brown", sex="female"),),
        NEW, (False,),
        "another family name, two doors away",
        then_at=NEXT_DOOR,
    ),
    one(
        "a brother or sister of a like name, dates of birth not known",
        (person("Liam", "Kelly", sex="male"),),
        (person("Cian", "Kelly", sex="male"),),
        LINK, (False,),
        "the household, by its family name at its address, and somebody else in it",
    ),
    one(
        "a baby who has no name yet at a relative's",
        (person("Mark", "Jackson", sex="male"),),
        (person("", "Jackson", "2026-02-17", sex="female"),),
        LINK, (False,),
        "a family name at an address is the family, not any one of it",
    ),
    Case(
        "a neighbour born on the day once written for somebody next door",
        (
            ((person("Rebecca", "Collins", "2004-09-30", sex="female"),), ROAD),
            ((person("Rebecca", "Collins", "1994-09-30", sex="female"),), ROAD),
        ),
        ((person("Kate", "Wood", "2004-09-30", sex="female"),), NEXT_DOOR),
        REVIEW, (False,),
        "no name agrees, and her date of birth is one of two: chance is as likely as a new name",
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
    one(
        "a name of somebody known, seen with others and nowhere",
        (
            person("Kasia", "Zielinska", "1991-02-06"), person("Joanna", "Zielinska", "2016-08-10"),
            person("Andrzej", "Zielinski"),
        ),
        (
            person("Anna", "Zielinska", "2002-10-16"), person("Andrzej", "Zielinski", "2018-12-01"),
            person("Tomasz", "Zielinski", "2024-05-23"),
        ),
        REVIEW, (False, False, False),
        "nothing but a name agrees, and those seen with him are none of his: somebody looks",
        then_at=None,
    ),
)  # fmt: skip
