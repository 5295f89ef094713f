"""The closed word lists of an assessment and of what becomes of it. Those of alerts, of changes and
of who may know are in ``vocabulary_alerts``, ``vocabulary_changes`` and ``vocabulary_access``.

A value may be added within v1; none may be removed.
"""

from __future__ import annotations

from enum import StrEnum


class Need(StrEnum):
    """The ten Supporting Families outcomes (Supporting Families Outcomes Framework, 2022)."""

    EDUCATION = "education"
    EARLY_YEARS = "early_years"
    HEALTH = "mental_and_physical_health"
    SUBSTANCE_USE = "substance_use"
    FAMILY_RELATIONSHIPS = "family_relationships"
    SAFE_FROM_ABUSE = "safe_from_abuse_and_exploitation"
    CRIME = "crime"
    DOMESTIC_ABUSE = "domestic_abuse"
    SECURE_HOUSING = "secure_housing"
    FINANCIAL_STABILITY = "financial_stability"


class AgencyKind(StrEnum):
    """What kind of organisation assesses."""

    CHILDRENS_SERVICES = "childrens_services"
    ADULT_SERVICES = "adult_services"
    POLICE = "police"
    NHS_TRUST = "nhs_trust"
    GP = "gp"
    SCHOOL = "school"
    HOUSING = "housing"
    PROBATION = "probation"
    DWP = "dwp"
    FIRE = "fire"
    VOLUNTARY = "voluntary"


class Urgency(StrEnum):
    """How soon the agency asks for someone to look."""

    ROUTINE = "routine"
    URGENT = "urgent"
    IMMEDIATE = "immediate"


class Severity(StrEnum):
    """How soon an alert must be acknowledged; follows from urgency and harm."""

    ROUTINE = "routine"
    URGENT = "urgent"
    IMMEDIATE = "immediate"


class Harm(StrEnum):
    """Grounds on which an assessment is never suppressed."""

    CHILD_SIGNIFICANT_HARM = "child_significant_harm"
    """Suspected significant harm to a child: Children Act 1989 s47."""
    IMMEDIATE_DANGER = "immediate_danger"
    """Somebody is in danger now."""
    ADULT_SAFEGUARDING = "adult_safeguarding"
    """An adult safeguarding enquiry: Care Act 2014 s42."""


class Restriction(StrEnum):
    """Why few may know where or who this household is."""

    DOMESTIC_ABUSE = "domestic_abuse"
    WITNESS_PROTECTION = "witness_protection"
    WORKERS_OWN_FAMILY = "workers_own_family"
    REFUGE = "refuge"


class Sex(StrEnum):
    """As the agency recorded it."""

    FEMALE = "female"
    MALE = "male"
    INDETERMINATE = "indeterminate"
    UNKNOWN = "unknown"


class Relationship(StrEnum):
    """Who the person is in the household, as the agency sees it."""

    PARENT = "parent"
    CARER = "carer"
    CHILD = "child"
    PARTNER = "partner"
    GRANDPARENT = "grandparent"
    SIBLING = "sibling"
    OTHER_ADULT = "other_adult"
    LODGER = "lodger"
    UNBORN = "unborn"
    UNKNOWN = "unknown"


class IdentifierScheme(StrEnum):
    """Which register issued an identifier; ``other`` is one whose reliability is unknown."""

    NHS_NUMBER = "nhs_number"
    UPN = "upn"
    ULN = "uln"
    NINO = "nino"
    PNC_ID = "pnc_id"
    OTHER = "other"


class LawfulBasis(StrEnum):
    """The statutory gateway on which the agency shares."""

    CHILDREN_ACT_2004_S10 = "children_act_2004_s10"
    CHILDREN_ACT_2004_S11 = "children_act_2004_s11"
    CHILDREN_ACT_1989_S17 = "children_act_1989_s17"
    CHILDREN_ACT_1989_S47 = "children_act_1989_s47"
    CRIME_AND_DISORDER_ACT_1998_S115 = "crime_and_disorder_act_1998_s115"
    CARE_ACT_2014_S6 = "care_act_2014_s6"
    CARE_ACT_2014_S7 = "care_act_2014_s7"
    CARE_ACT_2014_S42 = "care_act_2014_s42"
    CARE_ACT_2014_S45 = "care_act_2014_s45"
    CONSENT = "consent"


class Purpose(StrEnum):
    """What the assessment is shared for."""

    EARLY_HELP = "early_help"
    FAMILY_HELP = "family_help"
    SAFEGUARDING = "safeguarding"
    CRIME_PREVENTION = "crime_prevention"
    HOMELESSNESS_PREVENTION = "homelessness_prevention"
    ADULT_CARE = "adult_care"


class Channel(StrEnum):
    """How an assessment reached Kith."""

    HTTP = "http"
    FILE = "file"
    KAFKA = "kafka"


class Decision(StrEnum):
    """What duplication detection said of an assessment's household."""

    NEW = "new"
    MATCHED = "matched"


class Verdict(StrEnum):
    """What a reviewer said of a possible match."""

    SAME = "same"
    DIFFERENT = "different"
    CANNOT_TELL = "cannot_tell"


class OutcomeKind(StrEnum):
    """What became of an assessment, as its agency is told."""

    UNDER_REVIEW = "under_review"
    """A person is checking which household it is. Not final."""
    QUEUED = "queued"
    """A referral is open and waits for a key worker with room. Not final."""
    OPENED = "opened"
    """A referral was opened and a key worker named."""
    ROUTED = "routed"
    """The household already had a key worker; no referral was opened."""
