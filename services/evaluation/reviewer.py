"""A reviewer who knows the truth, and answers every question at once: how it ends when people
answer what Kith asks them, as it is meant to be used.

Whether an assessment is of one of the households offered, and whether two households are one. What
is not asked stays as the matcher left it, right or wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.duplication.fold import Resolution
from services.duplication.household import HouseholdChoice
from services.duplication.state import State


@dataclass(slots=True)
class Reviewer:
    """``truth``: the true household of each assessment. ``reviewed``: the assessments asked about,
    ``questions``: how many times about two households; ``linked``: households said to be another;
    ``filed``: what was put into each household so far, by its true household."""

    truth: Mapping[str, str]
    reviewed: set[str] = field(default_factory=set)
    questions: int = 0
    linked: dict[UUID, UUID] = field(default_factory=dict)
    filed: dict[UUID, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def choose(self, assessment_id: str, choice: HouseholdChoice) -> HouseholdChoice:
        """The choice as it stands once the review of an assessment is answered: the first household
        offered that is mostly the right one, or a new one."""
        if not choice.review:
            return choice
        self.reviewed.add(assessment_id)
        right = self.truth[assessment_id]
        same = (
            one.household_id for one in choice.candidates if self._mostly(one.household_id) == right
        )
        return replace(choice, household_id=next(same, None), review=False)

    def file(self, state: State, assessment_id: str, resolution: Resolution) -> None:
        """Take note of where an assessment went, and answer what that raised: whether households
        that it connects are one."""
        here = resolution.household_id
        self.filed[here][self.truth[assessment_id]] += 1
        if resolution.new_household and resolution.choice.candidates:
            offered = (one.household_id for one in resolution.choice.candidates)
            state.apart.update((here, other) for other in offered)
        for joined in resolution.joins:
            one, other = joined.household_id, joined.other_household_id
            self.questions += 1
            if self._mostly(one) == self._mostly(other):
                self._link(state, one, other)
            else:
                state.apart.add((one, other))

    def _mostly(self, household_id: UUID) -> str | None:
        return next((truth for truth, _ in self.filed[household_id].most_common(1)), None)

    def _link(self, state: State, kept: UUID, other: UUID) -> None:
        """Make one household of two, as a link does in the store."""
        here, gone = state.households[kept], state.households[other]
        for home in gone.homes:
            here.seen_at(home)
        here.residents = {**gone.residents, **here.residents}
        gone.residents = {}
        for person in state.people.values():
            if other in person.households:
                was_last = person.households[-1] in (kept, other)
                rest = tuple(one for one in person.households if one not in (kept, other))
                person.households = (*rest, kept) if was_last else (kept, *rest)
        self.linked[other] = kept
        self.filed[kept] += self.filed.pop(other)
