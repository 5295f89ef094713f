"""What an agency sends (:class:`Submission`), and the event that carries it inside Kith.

The only models with personal data in them. They travel on ``agencies.assessments`` and on the
agencies' own topics, and nowhere else.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, ClassVar, Self, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from contracts.envelope import Contract, Event, Slug, Text
from contracts.identifiers import IDENTIFIER_FAULT, normalise_identifier, uprn_fault
from contracts.vocabulary import (
    AgencyKind,
    Channel,
    Harm,
    IdentifierScheme,
    LawfulBasis,
    Need,
    Purpose,
    Relationship,
    Restriction,
    Sex,
    Urgency,
)

_Word = TypeVar("_Word")
AN_INSTANT = "must be a date and time with a time zone, such as 2026-03-02T09:30:00Z"
"""What a moment must be, in words for whoever wrote another."""
_NUMBER = re.compile(r"\s*[+-]?[0-9]+(?:\.[0-9]*)?\s*")
_PARTIAL_DATE = re.compile(r"([0-9]{4}|XXXX)(?:-([0-9]{2}|XX)(?:-([0-9]{2}|XX))?)?")


def _partial_date(value: str) -> str:
    """Complete ``1985`` to ``1985-XX-XX`` and ``1985-03`` to ``1985-03-XX``; check the calendar."""
    found = _PARTIAL_DATE.fullmatch(value.strip().upper())
    if found is None:
        raise ValueError("write the date as YYYY-MM-DD, with XXXX or XX for the parts not known")
    year, month, day = (part or "XX" for part in found.groups())
    # 2000 was a leap year and January has 31 days: an unknown part rules nothing out.
    known_year = 2000 if year == "XXXX" else int(year)
    known_month = 1 if month == "XX" else int(month)
    try:
        date(known_year, known_month, 1 if day == "XX" else int(day))
    except ValueError:
        raise ValueError("there is no such day in the calendar") from None
    if known_year < 1890:
        raise ValueError("the year is before 1890")
    return f"{year}-{month}-{day}"


def _uprn(value: str) -> str:
    if fault := uprn_fault(value):
        raise ValueError(fault)
    return value.lstrip("0") or "0"


def _unique(values: tuple[_Word, ...]) -> tuple[_Word, ...]:
    return tuple(dict.fromkeys(values))


def _written_out(value: object) -> object:
    """A number is no date: 20260302 would be a day in 1970, in seconds."""
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise ValueError(AN_INSTANT)
    return value


Name = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=100)]
ShortText = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Reference = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,64}$", examples=["WGN-2025-004411"])]
PartialDate = Annotated[
    str,
    AfterValidator(_partial_date),
    Field(examples=["1985-03-14", "1985-03-XX", "XXXX-03-14"], max_length=10),
]


class Submitted(Contract):
    """Base of what agencies write: an unknown field is an error, so that a typing slip is seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Identifier(Submitted):
    """An identifier from a register. Evidence for matching, never the only proof.

    ``scheme``: which register; ``value``: at most 40 characters, check digit verified where the
    scheme has one; ``system``: for scheme ``other``, which system issued it.
    """

    scheme: IdentifierScheme
    value: Annotated[Text, StringConstraints(strip_whitespace=True, max_length=40)]
    system: Annotated[Text, StringConstraints(max_length=64)] | None = None

    @model_validator(mode="after")
    def _keeps_its_rule(self) -> Self:
        if fault := IDENTIFIER_FAULT[self.scheme](normalise_identifier(self.value)):
            raise ValueError(fault)
        return self


class Person(Submitted):
    """One person the agency saw in the household.

    ``reference`` is the agency's own id for the person. ``date_of_birth`` is ISO 8601 with ``XX``
    for unknown parts. A date that is no date (a typing error in an old system) goes in
    ``date_of_birth_as_written``, at most 40 characters, and serves matching only. At least one of
    the names, the date of birth or an identifier must be there.
    ``alleged_perpetrator`` marks the person alleged to have caused harm: they are never alerted
    or named to.
    """

    reference: Reference | None = None
    given_name: Name | None = None
    middle_names: Name | None = None
    family_name: Name | None = None
    previous_family_names: Annotated[tuple[Name, ...], Field(max_length=5)] = ()
    known_as: Annotated[tuple[Name, ...], Field(max_length=5)] = ()
    date_of_birth: PartialDate | None = None
    date_of_birth_as_written: Annotated[Text, StringConstraints(max_length=40)] | None = None
    sex: Sex = Sex.UNKNOWN
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=10)] = ()
    phones: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[0-9+() \-]{5,24}$")], ...], Field(max_length=5)
    ] = ()
    emails: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[^@\s\x00]{1,64}@[^@\s\x00]{1,190}$")], ...],
        Field(max_length=5),
    ] = ()
    relationship: Relationship = Relationship.UNKNOWN
    alleged_perpetrator: bool = False

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        born = self.date_of_birth or self.date_of_birth_as_written
        if not (self.given_name or self.family_name or born or self.identifiers):
            raise ValueError("give at least a name, a date of birth or an identifier")
        return self


class Address(Submitted):
    """Where the household was found. ``lines``: up to 5 of at most 120 characters.

    ``postcode``: at most 10 characters, any country; ``uprn``: 1 to 12 digits.
    """

    lines: Annotated[
        tuple[Annotated[Text, StringConstraints(strip_whitespace=True, max_length=120)], ...],
        Field(max_length=5),
    ] = ()
    town: Annotated[Text, StringConstraints(strip_whitespace=True, max_length=60)] | None = None
    postcode: Annotated[str, Field(pattern=r"^[A-Za-z0-9 \-]{2,10}$")] | None = None
    uprn: Annotated[str, AfterValidator(_uprn)] | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if not (any(self.lines) or self.town or self.postcode or self.uprn):
            raise ValueError("an address needs a line, a town, a postcode or a UPRN")
        return self


class Submission(Submitted):
    """One assessment of one household, as an agency sends it (JSON over HTTP, a file, or Kafka).

    ``reference``: the agency's own reference, 1 to 64 printable characters and no personal data;
    the same reference twice is the same assessment. ``recorded_at``: when the agency recorded it,
    with a time zone. ``people``: 1 to 20. Exactly one of ``address`` and ``no_fixed_abode`` may be
    given; neither means not known. ``strengths``: up to 20 of at most 500 characters, the
    household's own words where possible; ``good_day``: at most 2,000. ``significant_harm``: any
    entry sends the assessment to the statutory front door as well, always.
    ``would_have_referred_for``: the service the agency would have opened a referral to, which is
    what Kith counts as avoided. ``languages``: BCP 47 tags; ``skills``: what to look for in a key
    worker.
    """

    reference: Reference
    recorded_at: Annotated[AwareDatetime, BeforeValidator(_written_out)]
    people: Annotated[tuple[Person, ...], Field(min_length=1, max_length=20)]
    address: Address | None = None
    no_fixed_abode: bool = False
    needs: Annotated[tuple[Need, ...], AfterValidator(_unique)] = ()
    strengths: Annotated[tuple[ShortText, ...], Field(max_length=20)] = ()
    good_day: Annotated[Text, StringConstraints(strip_whitespace=True, max_length=2000)] | None = (
        None
    )
    urgency: Urgency = Urgency.ROUTINE
    significant_harm: Annotated[tuple[Harm, ...], AfterValidator(_unique)] = ()
    restrictions: Annotated[tuple[Restriction, ...], AfterValidator(_unique)] = ()
    lawful_basis: LawfulBasis
    purpose: Purpose
    would_have_referred_for: Slug | None = None
    languages: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")], ...],
        Field(max_length=5),
    ] = ()
    skills: Annotated[tuple[Slug, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.address is not None and self.no_fixed_abode:
            raise ValueError("give an address or no_fixed_abode, not both")
        return self


class AssessmentSubmittedV1(Submission, Event):
    """An assessment written by an agency to its own topic, ``agencies.inbound.<agency>``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    TYPE: ClassVar[str] = "kith.agency.assessment.submitted.v1"
    TOPIC: ClassVar[str] = "agencies.inbound"

    def subject(self) -> str:
        return self.reference


class AssessmentRecordedV1(Event):
    """An agency's assessment was accepted. ``received_at``: when Kith accepted it, in UTC.

    ``locality_id``: the locality that the agency works for, as it is registered.
    """

    TYPE: ClassVar[str] = "kith.agencies.assessment.recorded.v1"
    TOPIC: ClassVar[str] = "agencies.assessments"

    assessment_id: UUID
    agency_id: Slug
    agency_kind: AgencyKind
    locality_id: Slug | None = None
    channel: Channel
    received_at: AwareDatetime
    submission: Submission

    def subject(self) -> str:
        return str(self.assessment_id)
