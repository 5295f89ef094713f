"""Households found to be one, or not one, after all: what a person, or the evidence, has changed.

Both are reversible, and both ids stay valid for ever: the retired id of a link redirects to the one
kept. No personal data.
"""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.duplication import MatchEvidence, RoutingFacts
from contracts.envelope import Contract, Event
from contracts.vocabulary_changes import LinkCause


class LinkProposedV1(Event):
    """Two known households seem to be one: a person is asked before anything changes.

    ``review_id``: the case in the review queue. ``assessment_id``: the one that joins them, if one
    does.
    """

    TYPE: ClassVar[str] = "kith.duplication.link.proposed.v1"
    TOPIC: ClassVar[str] = "duplication.households"

    review_id: UUID
    household_ids: Annotated[tuple[UUID, ...], Field(min_length=2)]
    assessment_id: UUID | None = None
    proposed_at: AwareDatetime
    due_at: AwareDatetime
    evidence: MatchEvidence

    def subject(self) -> str:
        return str(self.review_id)


class HouseholdsLinkedV1(Event):
    """Two households are one. ``retired_household_id`` redirects to ``household_id`` from now on.

    ``decided_by``: the practitioner's or officer's id; None where the evidence alone decided.
    """

    TYPE: ClassVar[str] = "kith.duplication.households.linked.v1"
    TOPIC: ClassVar[str] = "duplication.households"

    link_id: UUID
    household_id: UUID
    retired_household_id: UUID
    cause: LinkCause
    decided_by: str | None = None
    decided_at: AwareDatetime

    def subject(self) -> str:
        return str(self.household_id)


class MovedAssessment(Contract):
    """An assessment that belongs to another household from now on, and must be routed again."""

    assessment_id: UUID
    facts: RoutingFacts
    evidence: MatchEvidence


class HouseholdsSeparatedV1(Event):
    """What was one household is two: ``moved`` assessments and ``person_ids`` go to the other.

    ``separated_household_id``: where they are now: a new household, one already known, or, when a
    link is undone (``undoes``), the one that the link had retired. The matcher never puts them
    together again by itself.
    """

    TYPE: ClassVar[str] = "kith.duplication.households.separated.v1"
    TOPIC: ClassVar[str] = "duplication.households"

    separation_id: UUID
    household_id: UUID
    separated_household_id: UUID
    moved: tuple[MovedAssessment, ...] = ()
    person_ids: tuple[UUID, ...] = ()
    undoes: UUID | None = None
    cause: LinkCause
    decided_by: str | None = None
    decided_at: AwareDatetime

    def subject(self) -> str:
        return str(self.household_id)
