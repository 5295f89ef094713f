"""Duplication as the machine plays it: of which households few may know, and what it says of that.

What is said, and in what order, is as in ``services/duplication/store/restricting.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.restrictions import (
    HouseholdRestrictedV1,
    RestrictionLiftedV1,
    RestrictionRestoredV1,
)
from contracts.vocabulary import Restriction
from tests.model.households import Households
from tests.services.keyworkers.building import uid

WHY = (Restriction.DOMESTIC_ABUSE,)


def provisional(number: int) -> str:
    """The household that an assessment under review is meanwhile."""
    return f"p{number}"


@dataclass
class Restrictions:
    """``few``: assessments by which few may know of their household, as it counts now; ``stated``:
    those of them whose own agency said so; ``lifted``: by which it counted once. ``became``: what
    a provisional household turned out to be. ``said``: of each id, what was said last."""

    households: Households
    few: set[int] = field(default_factory=set)
    stated: set[int] = field(default_factory=set)
    lifted: set[int] = field(default_factory=set)
    became: dict[str, str] = field(default_factory=dict)
    said: dict[str, bool] = field(default_factory=dict)

    def take(self, number: int, household: str, *, stated: bool) -> bool:
        """An assessment arrives, maybe of this household: whether few may know of its own."""
        if stated:
            self.stated.add(number)
        if stated or self.is_restricted(household):
            self.few.add(number)
        return number in self.few

    def is_restricted(self, name: str) -> bool:
        if name.startswith("p") and name not in self.became:
            return int(name[1:]) in self.few
        now = self.households.now(self.became.get(name, name))
        return any(number in self.few for number in self.households.assessments(now))

    def restate(
        self, names: Iterable[str], at: datetime
    ) -> tuple[list[HouseholdRestrictedV1], list[HouseholdRestrictedV1]]:
        """What is to be said before the change that caused it, and what after it."""
        closed: list[HouseholdRestrictedV1] = []
        opened: list[HouseholdRestrictedV1] = []
        for name in dict.fromkeys(names):
            now = self.is_restricted(name)
            if now == self.said.get(name, False):
                continue
            self.said[name] = now
            event = HouseholdRestrictedV1(
                household_id=uid("household", name), restrictions=WHY if now else (), decided_at=at
            )
            (closed if now else opened).append(event)
        return closed, opened

    def hear(self, event: RestrictionLiftedV1 | RestrictionRestoredV1) -> list[str]:
        """What was stated counts no more, or again; every id that this concerns."""
        numbers = {n for n in self.households.facts if uid("assessment", n) in event.assessment_ids}
        named = self._name(event.household_id)
        now = {self.households.now(named)} | {
            self.households.of[n] for n in numbers if n in self.households.of
        }
        inherited = {
            n for n, name in self.households.of.items() if name in now and n not in self.stated
        }
        if isinstance(event, RestrictionLiftedV1):
            changed = self.few & (numbers | inherited)
            self.few -= changed
            self.lifted |= changed
        else:
            changed = self.lifted & (numbers | inherited)
            self.lifted -= changed
            self.few |= changed
        return [one for name in sorted(now) for one in self.ids_of(name)]

    def ids_of(self, name: str) -> list[str]:
        """Every id that ever stood for a household."""
        was = [p for p, to in self.became.items() if self.households.now(to) == name]
        return [*self.households.aliases(name), *was]

    def _name(self, id_: UUID) -> str:
        known = [*self.households.alive, *self.households.retired]
        return next(name for name in known if uid("household", name) == id_)
