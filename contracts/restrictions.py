"""Which households few may know of, and who those few are. Opaque ids and workers' ids only.

``HouseholdRestrictedV1`` says that a household is restricted, or no longer; ``AccessChangedV1`` who
may know of it; ``RestrictionLiftedV1`` that what assessments stated counts no more, because two
people agreed on it, and ``RestrictionRestoredV1`` that it counts again; ``LiftingAskedV1`` and
``LiftingClosedV1`` that one of the two asked, and what the other answered. Whoever shows anything
of a household keeps these and obeys them: a restricted household of which no list is known is shown
to nobody.
"""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.envelope import Contract, Event
from contracts.keyworkers import AlertPlan, Cause, Recipient, WorkContact
from contracts.vocabulary import Restriction
from contracts.vocabulary_access import KnowsBecause, LiftingOutcome, LiftingReason

ReaderId = Annotated[str, Field(min_length=1, max_length=100)]
"""A key worker's id, or the slug of a lead's team or a desk's locality: what alerts calls the
recipient."""


class HouseholdRestrictedV1(Event):
    """Why few may know of a household, from now on; nothing where everybody may again.

    It follows from the household's assessments: linked with another, the stricter wins; separated,
    it stays with the assessments in which it was stated.
    """

    TYPE: ClassVar[str] = "kith.duplication.household.restricted.v1"
    TOPIC: ClassVar[str] = "duplication.households"

    household_id: UUID
    restrictions: tuple[Restriction, ...] = ()
    decided_at: AwareDatetime

    def subject(self) -> str:
        return str(self.household_id)


class Reader(Contract):
    """Somebody who may know, from ``since`` until before ``until``, where those are given."""

    id: ReaderId
    because: KnowsBecause
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class AccessChangedV1(Event):
    """Who may know of a household, from now on. ``version`` counts up from 1 per household.

    ``readers`` matter while it is ``restricted``. ``barred``: who must never see it, restricted or
    not, because they have declared a conflict of interest; they are never among the readers.
    ``restricted_at``: of the last :class:`HouseholdRestrictedV1` that this rests on, so that what
    is heard late never opens a household. ``desk`` and ``front_door``: whom everybody else is told
    to call about a restricted household; the place's own, which say nothing of where it lives.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.access.changed.v1"
    TOPIC: ClassVar[str] = "keyworkers.assignments"

    household_id: UUID
    version: int
    restricted: bool
    restricted_at: AwareDatetime | None = None
    readers: tuple[Reader, ...] = ()
    barred: tuple[ReaderId, ...] = ()
    desk: WorkContact
    front_door: WorkContact
    changed_at: AwareDatetime

    def subject(self) -> str:
        return str(self.household_id)


class LiftingAskedV1(Event):
    """Somebody asks that a household be restricted no longer; nothing changes until another agrees.

    ``told``: who is asked first, and ``alert`` who after them: only people who may agree or
    decline, never whoever asked. ``cause``: an assessment that stated the restriction. Said again,
    with the same ``lifting_id``, where others are to be asked because the first may answer no more,
    as after a link or in another team; ``household_id`` is then the household as it is by now.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.lifting.asked.v1"
    TOPIC: ClassVar[str] = "keyworkers.assignments"

    lifting_id: UUID
    household_id: UUID
    asked_by: ReaderId
    told: Recipient
    alert: AlertPlan
    cause: Cause

    def subject(self) -> str:
        return str(self.household_id)


class LiftingClosedV1(Event):
    """Nobody need answer any more whether a household be restricted no longer.

    ``closed_by``: None where the question has no object any more. ``household_id``: as it was
    asked, which may be a retired id since. ``told``: whoever asked, to be told with ``cause``
    and ``alert`` what another answered, or that it has no object.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.lifting.closed.v1"
    TOPIC: ClassVar[str] = "keyworkers.assignments"

    lifting_id: UUID
    household_id: UUID
    outcome: LiftingOutcome
    closed_by: ReaderId | None = None
    told: Recipient | None = None
    cause: Cause | None = None
    alert: AlertPlan | None = None

    def subject(self) -> str:
        return str(self.household_id)


class RestrictionLiftedV1(Event):
    """What these assessments of a household stated of who may know counts no more.

    One asked for it and another agreed; both are kept. The household is restricted until
    :class:`HouseholdRestrictedV1` says otherwise: where another assessment states a restriction, or
    states it later, it stays so.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.restriction.lifted.v1"
    TOPIC: ClassVar[str] = "keyworkers.assignments"

    lifting_id: UUID
    household_id: UUID
    assessment_ids: Annotated[tuple[UUID, ...], Field(min_length=1)]
    reason: LiftingReason
    asked_by: ReaderId
    agreed_by: ReaderId
    agreed_at: AwareDatetime

    def subject(self) -> str:
        return str(self.household_id)


class RestrictionRestoredV1(Event):
    """What these assessments of a household stated of who may know counts again."""

    TYPE: ClassVar[str] = "kith.keyworkers.restriction.restored.v1"
    TOPIC: ClassVar[str] = "keyworkers.assignments"

    household_id: UUID
    assessment_ids: Annotated[tuple[UUID, ...], Field(min_length=1)]
    restored_by: ReaderId
    restored_at: AwareDatetime

    def subject(self) -> str:
        return str(self.household_id)
