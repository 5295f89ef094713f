"""How each kind of agency works: whom it sees, when, what it knows, and how it errs.

Rates are probabilities per person or per assessment. They are set by judgement, each kind
unlike the others, so that no field is right everywhere; each agency then varies around its kind.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, fields, replace
from pathlib import Path

from contracts.vocabulary import AgencyKind, LawfulBasis, Need, Purpose

AGENCIES_FILE = Path(__file__).parents[2] / "deploy/places/greater-manchester/agencies.json"


@dataclass(frozen=True, slots=True)
class Errors:
    """How often each thing goes wrong."""

    misspelt_given: float = 0.03
    misspelt_family: float = 0.03
    nickname: float = 0.05
    swapped_names: float = 0.005
    former_name: float = 0.1
    """The name before a marriage, where there was one."""
    middle_given: float = 0.5
    """Middle names recorded, where there are any."""
    birth_missing: float = 0.03
    birth_wrong: float = 0.02
    birth_partial: float = 0.01
    birth_placeholder: float = 0.01
    birth_no_date: float = 0.002
    sex_missing: float = 0.05
    address_missing: float = 0.02
    address_former: float = 0.1
    """The home before a move, where there was one."""
    postcode_cut: float = 0.02
    postcode_wrong: float = 0.02
    person_left_out: float = 0.05


@dataclass(frozen=True, slots=True)
class Practice:
    """One kind of agency. Identifier fields: the share of people whose number it holds."""

    sees: str
    """``all``, ``pupil``, ``adults``, ``elder``, ``offender`` or ``patient``."""
    weight: float
    """How often it is this kind that assesses, among the kinds that could."""
    needs: tuple[Need, ...]
    basis: LawfulBasis
    purpose: Purpose
    refers_for: tuple[str, ...]
    errors: Errors
    nhs_number: float = 0.0
    nino: float = 0.0
    upn: float = 0.0
    uln: float = 0.0
    pnc_id: float = 0.0
    uprn: float = 0.0
    phone: float = 0.4
    email: float = 0.15
    reference_prefix: str = "REF"
    at_all_hours: bool = False


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency of the demonstration place, with its own way of erring."""

    id: str
    name: str
    kind: AgencyKind
    locality: str
    practice: Practice


def load_agencies(seed: int, file: Path = AGENCIES_FILE) -> tuple[Agency, ...]:
    """The place's agencies, each with error rates of 0.4 to 2.2 times its kind's, by ``seed``."""
    listed = json.loads(file.read_text(encoding="utf-8"))["agencies"]
    return tuple(
        Agency(a["id"], a["name"], AgencyKind(a["kind"]), a["locality"], _own(seed, a["id"], kind))
        for a in listed
        if (kind := PRACTICES[AgencyKind(a["kind"])])
    )


def _own(seed: int, agency_id: str, kind: Practice) -> Practice:
    rng = random.Random(f"{seed}/{agency_id}")
    rates = {
        field.name: min(0.9, getattr(kind.errors, field.name) * rng.uniform(0.4, 2.2))
        for field in fields(Errors)
        if field.name != "middle_given"
    }
    return replace(kind, errors=replace(kind.errors, **rates))


_CAREFUL = Errors(misspelt_given=0.015, misspelt_family=0.015, nickname=0.02, birth_wrong=0.008)
_HURRIED = Errors(
    misspelt_given=0.07,
    misspelt_family=0.07,
    nickname=0.12,
    swapped_names=0.015,
    middle_given=0.15,
    birth_missing=0.12,
    birth_wrong=0.05,
    birth_partial=0.05,
    birth_placeholder=0.03,
    birth_no_date=0.006,
    sex_missing=0.1,
    address_missing=0.05,
    postcode_cut=0.06,
    postcode_wrong=0.04,
    person_left_out=0.15,
)
_ORDINARY = Errors()

PRACTICES: dict[AgencyKind, Practice] = {
    AgencyKind.CHILDRENS_SERVICES: Practice(
        "all",
        3.0,
        (Need.FAMILY_RELATIONSHIPS, Need.SAFE_FROM_ABUSE, Need.EARLY_YEARS, Need.DOMESTIC_ABUSE),
        LawfulBasis.CHILDREN_ACT_1989_S17,
        Purpose.FAMILY_HELP,
        ("family-support", "early-help", "mash"),
        _CAREFUL,
        nhs_number=0.5,
        upn=0.5,
        uprn=0.7,
        phone=0.6,
        reference_prefix="CS",
    ),
    AgencyKind.ADULT_SERVICES: Practice(
        "elder",
        1.5,
        (Need.HEALTH, Need.SECURE_HOUSING, Need.SUBSTANCE_USE),
        LawfulBasis.CARE_ACT_2014_S6,
        Purpose.ADULT_CARE,
        ("adult-social-care", "reablement"),
        _CAREFUL,
        nhs_number=0.7,
        nino=0.1,
        uprn=0.6,
        phone=0.6,
        reference_prefix="AS",
    ),
    AgencyKind.POLICE: Practice(
        "adults",
        2.5,
        (Need.CRIME, Need.DOMESTIC_ABUSE, Need.SAFE_FROM_ABUSE, Need.SUBSTANCE_USE),
        LawfulBasis.CRIME_AND_DISORDER_ACT_1998_S115,
        Purpose.CRIME_PREVENTION,
        ("mash", "victim-support"),
        replace(_HURRIED, person_left_out=0.05),
        pnc_id=0.9,
        phone=0.5,
        reference_prefix="PPN",
        at_all_hours=True,
    ),
    AgencyKind.NHS_TRUST: Practice(
        "patient",
        2.0,
        (Need.HEALTH, Need.SUBSTANCE_USE, Need.EARLY_YEARS),
        LawfulBasis.CHILDREN_ACT_2004_S11,
        Purpose.SAFEGUARDING,
        ("camhs", "health-visiting", "drug-and-alcohol-service"),
        _ORDINARY,
        nhs_number=0.97,
        phone=0.7,
        email=0.3,
        reference_prefix="TR",
        at_all_hours=True,
    ),
    AgencyKind.GP: Practice(
        "patient",
        2.0,
        (Need.HEALTH, Need.FAMILY_RELATIONSHIPS, Need.SUBSTANCE_USE),
        LawfulBasis.CHILDREN_ACT_2004_S11,
        Purpose.EARLY_HELP,
        ("camhs", "social-prescribing"),
        _CAREFUL,
        nhs_number=0.99,
        phone=0.7,
        email=0.3,
        reference_prefix="GP",
    ),
    AgencyKind.SCHOOL: Practice(
        "pupil",
        3.0,
        (Need.EDUCATION, Need.FAMILY_RELATIONSHIPS, Need.HEALTH),
        LawfulBasis.CHILDREN_ACT_2004_S10,
        Purpose.EARLY_HELP,
        ("early-help", "educational-psychology", "family-support"),
        replace(_ORDINARY, nickname=0.15, address_former=0.25),
        upn=0.98,
        uln=0.3,
        phone=0.5,
        email=0.3,
        reference_prefix="SCH",
    ),
    AgencyKind.HOUSING: Practice(
        "all",
        2.5,
        (Need.SECURE_HOUSING, Need.FINANCIAL_STABILITY),
        LawfulBasis.CHILDREN_ACT_2004_S10,
        Purpose.HOMELESSNESS_PREVENTION,
        ("housing-options", "tenancy-support"),
        replace(_ORDINARY, address_former=0.02, address_missing=0.0, former_name=0.3),
        nino=0.5,
        uprn=0.95,
        phone=0.7,
        email=0.4,
        reference_prefix="TEN",
    ),
    AgencyKind.PROBATION: Practice(
        "offender",
        1.5,
        (Need.CRIME, Need.SUBSTANCE_USE, Need.SECURE_HOUSING),
        LawfulBasis.CRIME_AND_DISORDER_ACT_1998_S115,
        Purpose.CRIME_PREVENTION,
        ("approved-premises", "drug-and-alcohol-service"),
        _ORDINARY,
        pnc_id=0.97,
        nino=0.4,
        phone=0.6,
        reference_prefix="CRN",
    ),
    AgencyKind.DWP: Practice(
        "adults",
        1.5,
        (Need.FINANCIAL_STABILITY, Need.SECURE_HOUSING),
        LawfulBasis.CONSENT,
        Purpose.EARLY_HELP,
        ("debt-advice", "work-coach"),
        replace(_CAREFUL, former_name=0.2, middle_given=0.8),
        nino=0.99,
        phone=0.6,
        email=0.5,
        reference_prefix="JC",
    ),
    AgencyKind.FIRE: Practice(
        "adults",
        0.5,
        (Need.SECURE_HOUSING, Need.HEALTH),
        LawfulBasis.CARE_ACT_2014_S7,
        Purpose.EARLY_HELP,
        ("safe-and-well",),
        _HURRIED,
        uprn=0.8,
        phone=0.4,
        reference_prefix="SW",
        at_all_hours=True,
    ),
    AgencyKind.VOLUNTARY: Practice(
        "adults",
        1.5,
        (Need.FINANCIAL_STABILITY, Need.FAMILY_RELATIONSHIPS, Need.HEALTH),
        LawfulBasis.CONSENT,
        Purpose.EARLY_HELP,
        ("debt-advice", "family-support", "food-bank"),
        replace(_HURRIED, nickname=0.25),
        phone=0.7,
        email=0.4,
        reference_prefix="CA",
    ),
}
