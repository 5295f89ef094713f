"""Duplication as the machine plays it: whose each assessment is, what was linked and separated.

Which changes can be taken back, and what goes back with them, is as in
``services/duplication/linking.py`` and ``changes.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1, MovedAssessment
from contracts.vocabulary_changes import LinkCause
from tests.services.keyworkers.building import EVIDENCE, facts, uid


@dataclass(frozen=True)
class Change:
    """A link of ``other`` into ``household``, or assessments ``moved`` from it to ``other``."""

    id: UUID
    household: str
    other: str
    moved: tuple[int, ...]
    is_link: bool = False
    whole: bool = True


@dataclass
class Households:
    """``of``: by assessment, the household that it is of. ``facts``: what it was routed by."""

    alive: list[str] = field(default_factory=list)
    retired: dict[str, str] = field(default_factory=dict)
    of: dict[int, str] = field(default_factory=dict)
    facts: dict[int, dict[str, Any]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    names: int = 0

    def new(self) -> str:
        self.names += 1
        self.alive.append(f"h{self.names}")
        return self.alive[-1]

    def now(self, name: str) -> str:
        """What an id stands for now."""
        while name in self.retired:
            name = self.retired[name]
        return name

    def aliases(self, name: str) -> list[str]:
        """Every id that stands for the household: its own, and those linked into it."""
        return [name, *(one for one in self.retired if self.now(one) == name)]

    def assessments(self, name: str) -> list[int]:
        return [number for number, household in self.of.items() if household == name]

    def link(self, kept: str, retired: str, id_: UUID, at: datetime) -> HouseholdsLinkedV1:
        moved = tuple(self.assessments(retired))
        self.of.update(dict.fromkeys(moved, kept))
        self.retired[retired] = kept
        self.alive.remove(retired)
        self.changes.append(Change(id_, kept, retired, moved, is_link=True))
        return HouseholdsLinkedV1(
            link_id=id_,
            household_id=uid("household", kept),
            retired_household_id=uid("household", retired),
            cause=LinkCause.OFFICER,
            decided_by="officer",
            decided_at=at,
        )

    def separate(
        self, number: int, to: str | None, id_: UUID, at: datetime
    ) -> HouseholdsSeparatedV1:
        source, whole = self.of[number], to is None
        to = to or self.new()
        self.changes.append(Change(id_, source, to, (number,), whole=whole))
        return self._separated(source, to, (number,), id_, at, LinkCause.PRACTITIONER)

    def can_be_undone(self, change: Change) -> bool:
        kept, other = self.now(change.household), self.now(change.other)
        if change.is_link:
            return other != change.other
        return kept != other

    def undo(
        self, change: Change, id_: UUID, at: datetime
    ) -> HouseholdsLinkedV1 | HouseholdsSeparatedV1:
        self.changes.remove(change)
        kept, other = self.now(change.household), self.now(change.other)
        if not change.is_link and change.whole and other == change.other:
            return self.link(kept, other, id_, at)
        if not change.is_link:
            back = tuple(n for n in change.moved if self.of[n] == other)
            return self._separated(other, kept, back, id_, at, LinkCause.UNDONE, change.id)
        del self.retired[change.other]
        self.alive.append(change.other)
        back = tuple(n for n in change.moved if self.of[n] == kept)
        return self._separated(kept, change.other, back, id_, at, LinkCause.UNDONE, change.id)

    def _separated(
        self,
        left: str,
        other: str,
        moved: Sequence[int],
        id_: UUID,
        at: datetime,
        cause: LinkCause,
        undoes: UUID | None = None,
    ) -> HouseholdsSeparatedV1:
        self.of.update(dict.fromkeys(moved, other))
        return HouseholdsSeparatedV1(
            separation_id=id_,
            household_id=uid("household", left),
            separated_household_id=uid("household", other),
            moved=tuple(
                MovedAssessment(
                    assessment_id=uid("assessment", number),
                    facts=facts(**self.facts[number]),
                    evidence=EVIDENCE,
                )
                for number in moved
            ),
            undoes=undoes,
            cause=cause,
            decided_by="ann",
            decided_at=at,
        )

    def expected(self) -> Mapping[UUID, UUID]:
        """By assessment: its household."""
        return {
            uid("assessment", number): uid("household", name) for number, name in self.of.items()
        }
