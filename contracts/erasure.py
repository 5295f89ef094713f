"""Records that are kept no longer: ordered, erased, or refused. Opaque ids and closed words only.

``keyworkers`` orders: it knows when anything last happened with a household. ``duplication`` knows
whether that is all there is of it, and erases, or refuses as a whole; what it says is what every
other service erases by. An id that was erased stays valid for ever: it says that it was erased.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.envelope import Event
from contracts.restrictions import ReaderId
from contracts.vocabulary_erasure import ErasureReason, ErasureRefusal


class ErasureOrderedV1(Event):
    """A household's records are to be erased. Nothing is erased until duplication says so.

    ``household_ids``: itself and every id that was linked into it. ``assessment_ids``: all that
    keyworkers knows of; where there is another by then, it is refused. ``until_youngest_is``: years
    of age below which the records are kept, where the policy names one. ``ordered_by`` and
    ``agreed_by``: None where the policy alone decided.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.erasure.ordered.v1"
    TOPIC: ClassVar[str] = "keyworkers.assignments"

    erasure_id: UUID
    household_id: UUID
    household_ids: Annotated[tuple[UUID, ...], Field(min_length=1)]
    assessment_ids: tuple[UUID, ...]
    reason: ErasureReason
    until_youngest_is: Annotated[int, Field(ge=1, le=100)] | None = None
    ordered_by: ReaderId | None = None
    agreed_by: ReaderId | None = None
    ordered_at: AwareDatetime

    def subject(self) -> str:
        return str(self.household_id)


class AssessmentsErasedV1(Event):
    """What was recorded in these assessments is erased here, and is to be erased everywhere.

    ``household_ids``: every id of the household that has gone with them; empty where the household
    has other assessments and stays. ``person_ids``: people of whom nothing is left.
    """

    TYPE: ClassVar[str] = "kith.duplication.assessments.erased.v1"
    TOPIC: ClassVar[str] = "duplication.households"

    erasure_id: UUID
    household_ids: tuple[UUID, ...] = ()
    assessment_ids: tuple[UUID, ...]
    person_ids: tuple[UUID, ...] = ()
    reason: ErasureReason
    erased_at: AwareDatetime

    def subject(self) -> str:
        return str(self.erasure_id)


class ErasureRefusedV1(Event):
    """The records are all still there, whole. ``not_before``: the earliest day on which it is worth
    asking again, where the reason is somebody's age: the first of a January, so that it is nobody's
    birthday."""

    TYPE: ClassVar[str] = "kith.duplication.erasure.refused.v1"
    TOPIC: ClassVar[str] = "duplication.households"

    erasure_id: UUID
    household_id: UUID
    refusal: ErasureRefusal
    not_before: date | None = None
    refused_at: AwareDatetime

    def subject(self) -> str:
        return str(self.erasure_id)
