"""What agencies recorded of one person, for a privacy officer who answers their request.

The whole of their own entry, what was recorded of the household, and whom it was told to; nothing
of the others in it. Every look is kept. By POST: which assessments are whose is in no address.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from contracts.assessments import Submission
from services.agencies import store
from services.agencies import subject_access_store as own_store
from services.agencies.internal import hidden_among
from services.agencies.subject_access import own_entry, words_to_decide
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import Row
from services.kit.errors import Problem
from services.kit.officers import find_offices, not_an_officer

_OF_ALL = (
    "no_fixed_abode",
    "needs",
    "urgency",
    "significant_harm",
    "restrictions",
    "lawful_basis",
    "purpose",
    "would_have_referred_for",
    "languages",
    "skills",
)
"""The fields of an assessment that are about its household as a whole."""
_SHOWN = ("person", "address", "strengths", "good_day", *_OF_ALL)


class InRecord(BaseModel):
    """A person in an assessment: which of its people they are, from 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    assessment_id: UUID
    position: Annotated[int, Field(ge=0, lt=20)]


class Wanted(BaseModel):
    """Where one person is named: matching knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    records: Annotated[tuple[InRecord, ...], Field(min_length=1, max_length=1000)]


class WordsView(BaseModel):
    """Words whose release an officer decides, and where they stand. ``shared``: they name somebody
    else of the assessment, or are somebody else's as well."""

    piece: str
    text: str
    shared: bool


class StatementView(BaseModel):
    """The agency was told something: that somebody was named, and never who."""

    kind: str
    names_somebody: bool
    names_front_door: bool
    acknowledged_at: datetime | None
    reason: str
    stated_at: datetime


class ReceivedView(BaseModel):
    """One assessment, as far as it is about the person. ``others``: how many other people are in
    it; ``person``: what the agency wrote of them; ``household``: of the household as a whole."""

    assessment_id: UUID
    agency_id: str
    agency_name: str
    agency_kind: str
    agreement: str | None
    reference: str
    channel: str
    recorded_at: datetime
    received_at: datetime
    others: int
    person: dict[str, Any]
    address: dict[str, Any] | None
    household: dict[str, Any]
    words: tuple[WordsView, ...]
    statements: tuple[StatementView, ...]


class LooksView(BaseModel):
    """How often they were looked at, for what."""

    purpose: str
    looks: int
    first_at: datetime
    last_at: datetime


class HeldView(BaseModel):
    """What agencies recorded, the first first."""

    assessments: tuple[ReceivedView, ...]
    looks: tuple[LooksView, ...]


def subject_access_api(service: Service) -> APIRouter:
    """The route. It asks for the service token, and for a privacy officer."""
    router = APIRouter(prefix="/internal", tags=["internal"])

    @router.post("/subject-access")
    async def hold(actor: CallingActor, wanted: Wanted) -> HeldView:
        """All of these, or none: Problem 409 where one is not here, 403 where one is hidden."""
        places = {one.assessment_id: one.position for one in wanted.records}
        async with service.work() as work:
            offices = await find_offices(work.connection, actor.id)
            if not offices:
                raise not_an_officer()
            rows = await own_store.find_received(work.connection, list(places))
            if len(rows) < len(places) or any(row["place_id"] not in offices for row in rows):
                raise Problem(
                    HTTPStatus.CONFLICT,
                    "An assessment that names the person is not held here, so the copy would not "
                    "be whole. Nothing is shown. Tell the operations team.",
                )
            if await hidden_among(work, actor, rows):
                raise Problem(
                    HTTPStatus.FORBIDDEN,
                    "One of these is of a restricted household on whose list you are not.",
                )
            told = await own_store.find_statements(work.connection, list(places))
            looks = await own_store.count_looks(work.connection, list(places))
            await store.save_disclosure(work.connection, work.now, actor, list(places), _SHOWN)
        return HeldView(
            assessments=tuple(
                _shown(
                    row,
                    places[row["assessment_id"]],
                    [one for one in told if one["assessment_id"] == row["assessment_id"]],
                )
                for row in rows
            ),
            looks=tuple(LooksView.model_validate(dict(row)) for row in looks),
        )

    return router


def _shown(row: Row, position: int, told: list[Row]) -> ReceivedView:
    submission = Submission.model_validate(row["submission"])
    alleged = position < len(submission.people) and submission.people[position].alleged_perpetrator
    if position >= len(submission.people) or alleged:
        raise Problem(
            HTTPStatus.CONFLICT,
            "An assessment does not name the person, or names them as alleged to have caused harm: "
            "it is no part of a copy. Nothing is shown.",
        )
    words = words_to_decide(submission, position)
    address = submission.address
    if address and any(one.piece == "address_lines" for one in words):
        address = address.model_copy(update={"lines": ()})
    return ReceivedView(
        assessment_id=row["assessment_id"],
        agency_id=row["agency_id"],
        agency_name=row["agency_name"],
        agency_kind=row["agency_kind"],
        agreement=row["agreement"],
        reference=row["reference"],
        channel=row["channel"],
        recorded_at=row["recorded_at"],
        received_at=row["received_at"],
        others=len(submission.people) - 1,
        person=own_entry(submission, position).model_dump(
            mode="json", exclude_defaults=True, exclude={"alleged_perpetrator"}
        ),
        address=address.model_dump(mode="json", exclude_defaults=True) if address else None,
        household=submission.model_dump(mode="json", include=set(_OF_ALL)),
        words=tuple(WordsView(piece=one.piece, text=one.text, shared=one.shared) for one in words),
        statements=tuple(StatementView.model_validate(dict(one)) for one in told),
    )
