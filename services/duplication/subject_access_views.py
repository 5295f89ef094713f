"""What duplication answers to a request for what is held about a person, and takes as the record
of what they were given."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contracts.assessments import Identifier, Name, PartialDate
from contracts.vocabulary_access import IdentityCheck, LeftOutBecause
from services.duplication.views import FieldView


def _has_a_number(value: str) -> str:
    if not any(character.isdigit() for character in value):
        raise ValueError("must hold a number, as SAR-2026-014 does: it is kept, so never a name")
    return value


Request = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9/._-]{0,39}$"), AfterValidator(_has_a_number)
]
"""The office's own reference of a request."""


class FindBody(BaseModel):
    """Whom a request is about, as they gave it: names and a date of birth, a register's number, or
    an assessment of theirs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    given_name: Name | None = None
    family_name: Name | None = None
    date_of_birth: PartialDate | None = None
    postcode: Annotated[str, Field(pattern=r"^[A-Za-z0-9 \-]{2,10}$")] | None = None
    identifier: Identifier | None = None
    assessment_id: UUID | None = None

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        named = self.family_name and (self.given_name or self.date_of_birth)
        if not (named or self.identifier or self.assessment_id):
            raise ValueError(
                "give a family name with a first name or a date of birth, a register's number, or"
                " an agency's reference"
            )
        return self


class FoundView(BaseModel):
    """Somebody who may be meant, by what may be shown of them. ``hidden_records``: how many more
    are of restricted households on whose lists the officer is not."""

    person_id: UUID
    name: str | None
    born: str | None
    also_written: tuple[str, ...]
    also_born: tuple[str, ...]
    address: str | None
    agencies: tuple[str, ...]
    records: int
    first_received_at: datetime
    last_received_at: datetime
    hidden_records: int


class RestrictedView(BaseModel):
    """A restricted household on whose list the officer is not, by its reference: ``records`` in it
    may be of the person."""

    household_id: UUID
    records: int


class FoundPeopleView(BaseModel):
    """``restricted``: where somebody who may be meant is known, of whom nothing may be shown."""

    people: tuple[FoundView, ...]
    restricted: tuple[RestrictedView, ...]


class PersonBody(BaseModel):
    """Whom it is about, by any id they ever had."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person_id: UUID


class RecordView(BaseModel):
    """The person in one assessment: ``position`` in its people, from 0; ``homes``: its address
    and town, as they stand in ``matched_by``."""

    assessment_id: UUID
    position: int
    household_id: UUID
    agency_id: str
    received_at: datetime
    homes: tuple[str, ...] = ()


class LeftOutView(BaseModel):
    """An assessment that a copy does not cover, and why. ``hidden``: of a restricted household on
    whose list the officer is not, so that nothing else is said of it."""

    assessment_id: UUID
    household_id: UUID
    agency_id: str | None
    received_at: datetime
    because: LeftOutBecause
    hidden: bool


class QuestionView(BaseModel):
    """An open question that may be about the person: a reviewer decides it first. ``hidden``: it is
    about a restricted household on whose list the officer is not. ``alleged``: whoever may be them
    is alleged in it to have caused harm, so that no copy can be made before it is decided."""

    review_id: UUID
    kind: str
    asked_at: datetime
    due_at: datetime
    agency_id: str | None
    received_at: datetime | None
    hidden: bool
    alleged: bool


class SpellView(BaseModel):
    """When they were in a household, as far as assessments show."""

    household_id: UUID
    since: datetime
    until: datetime | None
    restricted: bool


class DecidedView(BaseModel):
    """How it was decided who they are in one assessment, and of which household it is. ``fields``:
    of the person alone, in bits; none where nobody was known yet. ``reviewed``: what a person
    answered who was asked."""

    assessment_id: UUID
    outcome: str
    rule: str
    model_version: str
    decided_at: datetime
    decided_again_at: datetime | None
    new_person: bool
    weight: float | None
    threshold: float | None
    fields: tuple[FieldView, ...]
    guards: tuple[str, ...]
    reviewed: str | None
    reviewed_at: datetime | None


class ChangeView(BaseModel):
    """Somebody, or an assessment, said that records are, or are not, of one person or household."""

    kind: str
    cause: str
    decided_at: datetime
    by_a_person: bool
    takes_back: bool


class LooksView(BaseModel):
    """How often they were looked at, for what."""

    purpose: str
    looks: int
    first_at: datetime
    last_at: datetime


class HeldView(BaseModel):
    """What is held about a person here, and which assessments agencies hold of them.

    ``blocked``: restricted households on whose lists the officer is not. While there are any,
    nothing else is said, and no copy can be made. ``matched_by``: by field, the values by which
    they are recognised. ``unread``: assessments that could not be handled, of nobody knows whom.
    """

    person_id: UUID
    retired_ids: tuple[UUID, ...]
    place_id: str
    name: str | None
    born: str | None
    blocked: tuple[RestrictedView, ...] = ()
    records: tuple[RecordView, ...] = ()
    left_out: tuple[LeftOutView, ...] = ()
    undecided: tuple[QuestionView, ...] = ()
    households: tuple[SpellView, ...] = ()
    matched_by: dict[str, tuple[str, ...]] = {}
    decisions: tuple[DecidedView, ...] = ()
    changes: tuple[ChangeView, ...] = ()
    looks: tuple[LooksView, ...] = ()
    unread: int = 0


class LeftOut(BaseModel):
    """An assessment that a copy did not cover, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    assessment_id: UUID
    because: LeftOutBecause


Piece = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}/[a-z_]{1,30}(\.[0-9]{1,2})?$")]
"""A place in an assessment: its id and a field's name, never what stands there."""


class ExportBody(BaseModel):
    """That a copy is about to leave. ``sha256``: of the file, in hexadecimal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    export_id: UUID
    person_id: UUID
    request: Request
    identity: IdentityCheck
    assessment_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=1000)]
    left_out: Annotated[tuple[LeftOut, ...], Field(max_length=1000)] = ()
    kept: Annotated[tuple[Piece, ...], Field(max_length=20_000)] = ()
    withheld: Annotated[tuple[Piece, ...], Field(max_length=20_000)] = ()
    undecided: Annotated[int, Field(ge=0)] = 0
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=1)]


class ExportView(BaseModel):
    """A copy that left: by its request, never by name."""

    export_id: UUID
    at: datetime
    actor: str
    request: str
    identity: str
    assessments: int
    left_out: int
    withheld: int
    undecided: int
    sha256: str
    bytes: int


class KeptView(BaseModel):
    """It is on record: it may leave."""

    export_id: UUID
    at: datetime
