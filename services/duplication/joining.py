"""Whether an assessment connects two established households: that is asked, never done silently.

Established: it was there before this assessment, and is not itself a question to a reviewer. Who
holds an engagement is not known here, so every such connection is a question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from services.duplication.state import State

RULE = "joined_by_one_assessment"


@dataclass(frozen=True, slots=True)
class Joined:
    """``people``, who were last seen in ``other_household_id``, are seen with ``household_id``'s,
    which is kept if they are one.
    ``weight``: log2 odds of the strongest link of one of them; ``why``: where something else than
    these people is why, what."""

    household_id: UUID
    other_household_id: UUID
    people: tuple[UUID, ...]
    weight: float
    why: str | None = None


def joined_households(
    state: State, household_id: UUID, linked: Iterable[tuple[UUID, float]]
) -> tuple[Joined, ...]:
    """The other households that an assessment of ``household_id`` connects with it.

    ``linked``: the known people seen, with their weights; ``state`` is as before the assessment.
    One of several members seen elsewhere has moved, as people do. Two of them, or all there are,
    together with somebody of this household, say that the two may be one.
    """
    here = state.households.get(household_id)
    if here is None or here.provisional:
        return ()
    known = {person: weight for person, weight in linked if state.people[person].households}
    last = {person: state.people[person].households[-1] for person in known}
    found = []
    for other_id in dict.fromkeys(last.values()):
        other = state.households[other_id]
        if other_id == household_id or other.provisional:
            continue
        people = tuple(person for person in known if last[person] == other_id)
        theirs = [person for person in known if last[person] != other_id]
        together = any(household_id in state.people[person].households for person in theirs)
        been_here = any(household_id in state.people[person].households for person in people)
        enough = len(people) > 1 or set(other.members) <= set(people)
        if enough and (together or been_here) and not state.are_apart(household_id, other_id):
            weight = max(known[person] for person in people)
            found.append(Joined(household_id, other_id, people, weight))
    return tuple(found)
