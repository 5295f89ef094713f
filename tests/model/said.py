"""What duplication may say: assessments, reviews, links, separations, and all of it taken back."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from contracts.vocabulary import Harm, Urgency
from tests.model.restrictions import WHY, provisional
from tests.model.who_may_know import SOMETIMES, WhoMayKnow, choosing
from tests.model.world import Trouble
from tests.services.keyworkers.building import (
    MONDAY_TEN,
    matched,
    review,
    reviewed,
    uid,
)

MOST_HOUSEHOLDS = 5


class DuplicationSays(WhoMayKnow):
    """``number``: of what was said last; ``under_review``: by assessment, its likeliest household
    by the id that the review names."""

    number: int
    under_review: dict[int, str]

    def _next(self) -> int:
        self.number += 1
        return self.number

    @rule(
        index=st.integers(0, MOST_HOUSEHOLDS - 1),
        urgency=st.sampled_from((Urgency.ROUTINE, Urgency.URGENT, Urgency.IMMEDIATE)),
        harm=st.integers(0, 3),
        area=st.sampled_from(("WN7 1", "WN7 3", "BL1", None)),
        sure=st.sampled_from(("at once", "at once", "reviewed", "under review")),
        few=st.integers(0, 4),
        pick=choosing,
        trouble=SOMETIMES,
    )
    def an_agency_assesses(
        self,
        index: int,
        urgency: Urgency,
        harm: int,
        area: str | None,
        sure: str,
        few: int,
        pick: random.Random,
        trouble: Trouble,
    ) -> None:
        """``few``: 0 where the agency states that few may know."""
        self.assess(index, urgency, not harm, area, sure, pick, trouble, states=not few)

    def assess(
        self,
        index: int,
        urgency: Urgency,
        harm: bool,
        area: str | None,
        sure: str,
        pick: random.Random | None = None,
        trouble: Trouble = Trouble.NONE,
        *,
        states: bool = False,
    ) -> None:
        known = self.households
        name = known.alive[index] if index < len(known.alive) else known.new()
        named = pick.choice(known.aliases(name)) if pick else name  # it may be retired by now
        number = self._next()
        few = self.restrictions.take(number, name, stated=states)
        known.facts[number] = {
            "restrictions": WHY if few else (),
            "restriction_stated": states,
            "minute": (self.world.clock.now - MONDAY_TEN) / timedelta(minutes=1),
            "urgency": urgency,
            "area": area,
            "significant_harm": (Harm.IMMEDIATE_DANGER,) if harm else (),
            "person_ids": (uid("person", named), uid("person", number)),
        }
        had_one = self._has_a_key_worker(name)
        if sure == "at once":
            known.of[number] = name
            self.change(matched(number, named, **known.facts[number]), [name], trouble)
        else:
            asked = review(number, named, **known.facts[number])
            self.change(asked, [provisional(number)], trouble)
        if sure == "under review":
            self.under_review[number] = named
            return
        if sure == "reviewed":
            self._decide(number, named, trouble)
        if had_one:  # invariant 3
            opened = "select from keyworkers.outbox where journey_id = $1 and type like '%opened%'"
            assert self.world.rows(opened, uid("assessment", number)) == []

    def _decide(self, number: int, named: str, trouble: Trouble) -> None:
        known = self.households
        known.of[number] = self.restrictions.became[provisional(number)] = known.now(named)
        decided = reviewed(number, named, **known.facts[number])
        self.change(decided, [known.now(named), provisional(number)], trouble)

    def _has_a_key_worker(self, name: str) -> bool:
        sql = "select from keyworkers.engagement where household_id = $1 and ended_at is null"
        return bool(self.world.rows(sql, uid("household", name)))

    @precondition(lambda self: self.under_review)
    @rule(pick=choosing, likeliest=st.booleans(), trouble=SOMETIMES)
    def a_reviewer_decides(self, pick: random.Random, likeliest: bool, trouble: Trouble) -> None:
        number = pick.choice(sorted(self.under_review))
        named = self.under_review.pop(number)
        if not likeliest:
            named = pick.choice([*self.households.alive, *self.households.retired])
        self._decide(number, named, trouble)

    @precondition(lambda self: len(self._with_assessments()) > 1)
    @rule(pick=choosing, trouble=SOMETIMES)
    def two_households_are_one(self, pick: random.Random, trouble: Trouble) -> None:
        kept, retired = pick.sample(self._with_assessments(), 2)
        id_ = uid("change", self._next())
        linked = self.households.link(kept, retired, id_, self.world.clock.now)
        self.change(linked, [kept, retired], trouble)

    def _with_assessments(self) -> list[str]:
        return [name for name in self.households.alive if self.households.assessments(name)]

    @precondition(lambda self: self.households.of)
    @rule(pick=choosing, known=st.booleans(), trouble=SOMETIMES)
    def an_assessment_is_of_another_household(
        self, pick: random.Random, known: bool, trouble: Trouble
    ) -> None:
        number = pick.choice(sorted(self.households.of))
        others = [h for h in self.households.alive if h != self.households.of[number]]
        self.separate(number, pick.choice(others) if known and others else None, trouble)

    def separate(self, number: int, to: str | None, trouble: Trouble) -> None:
        id_ = uid("change", self._next())
        source = self.households.of[number]
        separated = self.households.separate(number, to, id_, self.world.clock.now)
        self.change(separated, [source, self.households.of[number]], trouble)

    @precondition(lambda self: self._undoable())
    @rule(pick=choosing, trouble=SOMETIMES)
    def a_change_is_taken_back(self, pick: random.Random, trouble: Trouble) -> None:
        change = pick.choice(self._undoable())
        id_ = uid("change", self._next())
        concerned = [*map(self.households.now, (change.household, change.other)), change.other]
        undone = self.households.undo(change, id_, self.world.clock.now)
        self.change(undone, concerned, trouble)

    def _undoable(self) -> list[Any]:
        return [c for c in self.households.changes if self.households.can_be_undone(c)]
