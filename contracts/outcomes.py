"""What the sending agency is told: a pointer to the key worker, not a dossier."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.envelope import Event, Slug
from contracts.keyworkers import WorkContact
from contracts.vocabulary import OutcomeKind


class AssessmentOutcomeV1(Event):
    """What became of an assessment, as it stands. ``version`` counts up from 1 per assessment.

    ``contact``: whom to call: the key worker, or the team lead while the household waits; None
    while it is under review, and once the key worker's time with the household has ended.
    ``front_door``: set when the statutory front door was told. ``acknowledged_at``: when the key
    worker said they know. ``reason``: why it stands so, in a sentence that names nobody.
    """

    TYPE: ClassVar[str] = "kith.agencies.outcome.stated.v1"
    TOPIC: ClassVar[str] = "agencies.outcomes"

    assessment_id: UUID
    agency_id: Slug
    outcome: OutcomeKind
    final: bool
    version: int
    stated_at: AwareDatetime
    contact: WorkContact | None = None
    front_door: WorkContact | None = None
    acknowledged_at: AwareDatetime | None = None
    reason: str | None = None

    def subject(self) -> str:
        return str(self.assessment_id)
