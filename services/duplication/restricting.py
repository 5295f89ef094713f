"""Restrictions and alleged perpetrators, as far as matching is concerned. Pure.

Invariants: nobody leads to a household in which they are alleged to have caused harm, not by name,
not by address, not by earlier acquaintance; a household's restrictions are all that any of its
assessments states, so linked with another the stricter wins; they go with the people who move on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar
from uuid import UUID

from contracts.assessments import Submission
from contracts.vocabulary import Need, Restriction
from services.duplication.people import PersonChoice
from services.duplication.state import State

_T = TypeVar("_T")


def restrictions_of(submission: Submission) -> tuple[Restriction, ...]:
    """What the agency stated; and domestic abuse, where it names who is alleged to have caused it
    and has not stated the restriction."""
    stated = submission.restrictions
    implied = Need.DOMESTIC_ABUSE in submission.needs and any(
        person.alleged_perpetrator for person in submission.people
    )
    return both(stated, (Restriction.DOMESTIC_ABUSE,)) if implied else stated


def both(first: Sequence[_T], second: Sequence[_T]) -> tuple[_T, ...]:
    """Everything of the two, once, in order."""
    return tuple(dict.fromkeys((*first, *second)))


def carried(state: State, people: Sequence[UUID], alleged: Collection[UUID]) -> tuple[str, ...]:
    """The restrictions of the households in which these people were last: whoever moves on from a
    restricted household is kept from the same people. Not of whoever they are kept from."""
    found: tuple[str, ...] = ()
    for person in people:
        homes = state.people[person].households
        last = state.households[homes[-1]] if homes else None
        if last is not None and person not in alleged and person not in last.alleged:
            found = both(found, last.restrictions)
    return found


def silent_positions(
    state: State, choices: Sequence[PersonChoice], marked: frozenset[int], floor: float
) -> frozenset[int]:
    """Whose presence says nothing of which household this is: the alleged perpetrators.

    ``marked``: so marked in this assessment. Where nobody else is seen it is their own assessment,
    and they speak for themselves. Whoever was so marked before is silent beside somebody of the
    household where they were. ``floor``: the weight from which somebody may be recognised.
    """
    silent = marked if len(marked) < len(choices) else frozenset()
    best = {
        i: c.best.person_id
        for i, c in enumerate(choices)
        if c.best is not None and c.weight >= floor
    }
    speaking = {person: i for i, person in best.items() if i not in silent}
    found = set(silent)
    for person in speaking:
        for household_id in state.people[person].households:
            alleged = state.households[household_id].alleged
            if person not in alleged:
                found.update(i for who, i in speaking.items() if who in alleged)
    return frozenset(found)


def alleged_here(
    state: State, household_id: UUID, people: Sequence[UUID], marked: Collection[int]
) -> tuple[UUID, ...]:
    """Those of the assessment's people who are alleged to have caused harm in its household."""
    known = state.households.get(household_id)
    before = known.alleged if known else ()
    return tuple(p for i, p in enumerate(people) if i in marked or p in before)


def kept_apart(
    state: State, household_id: UUID, people: Sequence[UUID], alleged: Collection[UUID]
) -> tuple[UUID, ...]:
    """Households that must not share a key worker with this one: where somebody seen here is
    alleged to have caused harm, and where somebody lives who is alleged to have caused it here."""
    found: dict[UUID, None] = {}
    for person in people:
        known = state.people.get(person)
        for other in known.households if known else ():
            if person in alleged or person in state.households[other].alleged:
                found[other] = None
    found.pop(household_id, None)
    return tuple(found)


def known_in(households: tuple[UUID, ...], household_id: UUID) -> tuple[UUID, ...]:
    """The households of somebody seen in another who does not move there: the last stays last."""
    if household_id in households:
        return households
    return (*households[:-1], household_id, households[-1])
