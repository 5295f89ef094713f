"""What an agency may send: its sharing agreement, and the check of an assessment against it.

Pure. Two things no agreement can forbid: saying that somebody is at risk of significant harm, and
saying that a household must be protected. Names and dates of birth are what sharing is about, so
they are in every agreement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from contracts.assessments import Submission
from contracts.vocabulary import AgencyKind, IdentifierScheme, LawfulBasis, Purpose


class FieldGroup(StrEnum):
    """Groups of fields that an agreement names or does not."""

    CONTACT_DETAILS = "contact_details"
    ADDRESS = "address"
    NHS_NUMBER = "nhs_number"
    UPN = "upn"
    ULN = "uln"
    NINO = "nino"
    PNC_ID = "pnc_id"
    OTHER_IDENTIFIERS = "other_identifiers"
    NEEDS = "needs"
    STRENGTHS = "strengths"
    SUPPORT = "support"
    """``languages``, ``skills`` and ``would_have_referred_for``."""


GROUP_OF_SCHEME = {
    IdentifierScheme.NHS_NUMBER: FieldGroup.NHS_NUMBER,
    IdentifierScheme.UPN: FieldGroup.UPN,
    IdentifierScheme.ULN: FieldGroup.ULN,
    IdentifierScheme.NINO: FieldGroup.NINO,
    IdentifierScheme.PNC_ID: FieldGroup.PNC_ID,
    IdentifierScheme.OTHER: FieldGroup.OTHER_IDENTIFIERS,
}
SAFEGUARDING_BASES = frozenset({LawfulBasis.CHILDREN_ACT_1989_S47, LawfulBasis.CARE_ACT_2014_S42})
CLOCK_SLACK = timedelta(days=1)
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""What systems write for no date lies before it: the years 1, 1753, 1900 and 1970."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agency's sharing agreement. ``valid_until`` is the last day, None while it runs on."""

    reference: str
    lawful_bases: frozenset[str]
    purposes: frozenset[str]
    field_groups: frozenset[str]
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency, as its assessments are checked and stored."""

    id: str
    place_id: str
    name: str
    kind: AgencyKind
    locality: str
    agreement: Agreement | None
    writes_to_kafka: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A field and the rule it breaks; never the value."""

    field: str
    rule: str

    def under(self, prefix: str) -> Fault:
        """The same fault of a part: ``assessments.3`` and ``reference``."""
        return Fault(f"{prefix}.{self.field}", self.rule)

    def as_dict(self) -> dict[str, str]:
        return {"field": self.field, "rule": self.rule}


def faults_of(submission: Submission, agency: Agency, now: datetime) -> list[Fault]:
    """Why this agency may not send this assessment now; nothing when it may."""
    found = []
    if submission.recorded_at > now + CLOCK_SLACK:
        found.append(Fault("recorded_at", "is more than a day in the future"))
    if submission.recorded_at < EARLIEST:
        found.append(Fault("recorded_at", f"is before {EARLIEST.year}: say when it was recorded"))
    agreement = agency.agreement
    today = now.date()
    if (
        agreement is None
        or today < agreement.valid_from
        or (agreement.valid_until is not None and today > agreement.valid_until)
    ):
        found.append(Fault("(agreement)", "no sharing agreement of this agency is in force"))
        return found
    named = f"sharing agreement {agreement.reference}"
    safeguarding = bool(submission.significant_harm)
    if submission.lawful_basis not in agreement.lawful_bases and not (
        safeguarding and submission.lawful_basis in SAFEGUARDING_BASES
    ):
        found.append(Fault("lawful_basis", f"{named} does not name this gateway"))
    if submission.purpose not in agreement.purposes and not (
        safeguarding and submission.purpose is Purpose.SAFEGUARDING
    ):
        found.append(Fault("purpose", f"{named} does not name this purpose"))
    found += [
        Fault(field, f"{named} does not name '{group}'")
        for field, group in _groups(submission)
        if group not in agreement.field_groups
    ]
    return found


def _groups(submission: Submission) -> Iterator[tuple[str, FieldGroup]]:
    """Each field that is filled and belongs to a group."""
    for place, person in enumerate(submission.people):
        for number, identifier in enumerate(person.identifiers):
            yield f"people.{place}.identifiers.{number}", GROUP_OF_SCHEME[identifier.scheme]
        if person.phones:
            yield f"people.{place}.phones", FieldGroup.CONTACT_DETAILS
        if person.emails:
            yield f"people.{place}.emails", FieldGroup.CONTACT_DETAILS
    if submission.address is not None:
        yield "address", FieldGroup.ADDRESS
    if submission.needs:
        yield "needs", FieldGroup.NEEDS
    if submission.strengths:
        yield "strengths", FieldGroup.STRENGTHS
    if submission.good_day is not None:
        yield "good_day", FieldGroup.STRENGTHS
    if submission.languages:
        yield "languages", FieldGroup.SUPPORT
    if submission.skills:
        yield "skills", FieldGroup.SUPPORT
    if submission.would_have_referred_for is not None:
        yield "would_have_referred_for", FieldGroup.SUPPORT
