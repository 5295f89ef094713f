"""Assessments for tests, in few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.assessments import Address, AssessmentRecordedV1, Person, Submission
from contracts.envelope import derive_id
from contracts.vocabulary import AgencyKind, Channel, LawfulBasis, Purpose
from services.duplication.strangers import ENOUGH

ROOT = UUID("00000000-0000-4000-8000-000000000000")
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ROAD = {"lines": ["12 Milton Road"], "town": "Wigan", "postcode": "WN1 2AB"}


def person(given: str | None, family: str | None, born: str | None = None, **more: Any) -> Person:
    """A person of an assessment."""
    values = {"given_name": given, "family_name": family, "date_of_birth": born, **more}
    return Person.model_validate({k: v for k, v in values.items() if v is not None})


def submission(
    *people: Person, address: dict[str, Any] | None = ROAD, reference: str = "R-1", **more: Any
) -> Submission:
    """An assessment as an agency sends it."""
    return Submission(
        reference=reference,
        recorded_at=START,
        people=people,
        address=Address.model_validate(address) if address else None,
        lawful_basis=LawfulBasis.CHILDREN_ACT_2004_S10,
        purpose=Purpose.EARLY_HELP,
        **more,
    )


def recorded(
    number: int, *people: Person, address: dict[str, Any] | None = ROAD, **more: Any
) -> AssessmentRecordedV1:
    """The ``number``-th assessment that Kith accepted."""
    return AssessmentRecordedV1(
        assessment_id=derive_id(ROOT, "assessment", number),
        agency_id="wigan-school",
        agency_kind=AgencyKind.SCHOOL,
        locality_id="wigan",
        channel=Channel.HTTP,
        received_at=START + timedelta(minutes=number),
        submission=submission(*people, address=address, reference=f"R-{number}", **more),
    )


NORA = person("Nora", "Pickavance", "1953-03-29", sex="female")
PAT = person("Pat", "Pickavance", "1949-06-17", sex="male")
JOAN = person("Joan", "Pickavance", "1951-10-02", sex="female")
FAR = {"lines": ["7 Derby Close"], "town": "Wigan", "postcode": "WN5 9XY"}


def seen_in_parts(number: int) -> list[AssessmentRecordedV1]:
    """What makes a place one whose agencies see households in part, from this number on."""
    everybody = recorded(number, JOAN, NORA, PAT, address=FAR)
    parts = [recorded(number + n, JOAN, NORA, address=FAR) for n in range(1, ENOUGH + 1)]
    return [everybody, *parts]
