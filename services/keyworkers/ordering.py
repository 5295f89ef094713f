"""Ordering that a household's records be erased: said to duplication, which erases them as a whole
or refuses. Nothing is erased here before it has answered."""

from __future__ import annotations

from uuid import UUID

from contracts.erasure import ErasureOrderedV1
from contracts.vocabulary_erasure import ErasureReason
from services.keyworkers.retention import Record
from services.kit.work import Work


def order(
    work: Work,
    place_id: str,
    record: Record,
    erasure_id: UUID,
    reason: ErasureReason,
    *,
    until_youngest_is: int | None = None,
    ordered_by: str | None = None,
    agreed_by: str | None = None,
) -> None:
    """Say the order; its id follows from ``erasure_id``. In a place whose lock the caller holds."""
    work.emit(
        ErasureOrderedV1(
            erasure_id=erasure_id,
            household_id=record.household_id,
            household_ids=record.household_ids,
            assessment_ids=record.assessment_ids,
            reason=reason,
            until_youngest_is=until_youngest_is,
            ordered_by=ordered_by,
            agreed_by=agreed_by,
            ordered_at=work.now,
        ),
        place_id=place_id,
        journey_id=record.household_id,
        cause=erasure_id,
    )
