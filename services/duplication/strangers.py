"""Strangers at the home of a known household: whether they are of it, a person is asked. Pure.

An agency that saw others of a household than the last one did, nobody in common, is taken for one
that saw another household: people move in where others lived. Where a place's agencies see but
parts of households at a time, they are of one as often as not, and that two key workers should not
go to one home is worth a question. Where agencies see whole households, they are somebody else.
Two counts of a place say which.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from services.duplication import addresses
from services.duplication.addresses import Home
from services.duplication.frequencies import digest
from services.duplication.household import is_shared_by_many
from services.duplication.joining import Joined
from services.duplication.state import State

WHY = "one_home"
"""Why two households are asked about: they were seen at one home, with nobody in common."""
RULE = "strangers_at_one_home"
WHOLE, PART = digest("seen at home: everybody"), digest("seen at home: some")
"""The keys of the counts: households of which several were seen at their home: all, or not."""
COUNTED = (WHOLE, PART)
ENOUGH = 20
"""Households that were seen in part before anything is concluded from it."""


def counted(known: Collection[UUID], seen: Collection[UUID]) -> list[int]:
    """The count to which a household goes that is recognised at its home. ``known``: who was in it
    before; ``seen``: who was seen now: one alone tells nothing, agencies send people by themselves
    wherever they live."""
    if len(seen) < 2:
        return []
    return [WHOLE if set(known) == set(seen) else PART]


def are_seen_in_parts(counts: Mapping[int, int]) -> bool:
    """Whether this place's agencies see households in part, more often than not."""
    part = counts.get(PART, 0)
    return part >= ENOUGH and part > counts.get(WHOLE, 0)


def strangers_at_home(
    state: State,
    household_id: UUID,
    seen: Collection[UUID],
    home: Home | None,
    here: Iterable[UUID],
) -> tuple[Joined, ...]:
    """The known household that a new one may be, of which nobody is known at its home: of those who
    live at this very home the one seen last, which would be kept. Nothing where many live, nor of a
    household that few may know of, that is itself a question, or of which a person has said that
    somebody ``seen`` is not of it.

    ``here``: people who were at this home; ``state`` is as before the assessment.
    """
    if home is None or not (home.number and home.street) or not are_seen_in_parts(state.counts):
        return ()
    if is_shared_by_many(state, home):
        return ()
    last: dict[UUID, int] = {}
    for person in here:
        other = state.households[state.people[person].households[-1]]
        lives = other.residents.get(person)
        if lives is None or lives.home is None or other.provisional or other.guarded:
            continue
        if any(state.are_apart(one, other.id) for one in seen):
            continue
        if addresses.compare(lives.home, home) == addresses.SAME:
            last[other.id] = max(last.get(other.id, 0), lives.at)
    if not last:
        return ()
    found = max(last, key=lambda one: (last[one], one))
    return (Joined(found, household_id, (), 0.0, WHY),)
