"""What linking or separating two people moves: planned here, put into effect elsewhere. Pure.

Only mentions move, from one person to the other: households, and whose they are, stay as they are.
Invariants as in :mod:`services.duplication.changes`; and two people of one assessment stay two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from uuid import UUID

from contracts.envelope import derive_id
from services.duplication.changes import Change, Pair, Pointer

PEOPLE_LINK, PEOPLE_SEPARATION = "people_link", "people_separation"


class SeenTogether(ValueError):
    """Both were seen in one assessment, so they are two."""


def last_household(pointers: Sequence[Pointer], person: UUID) -> UUID | None:
    """Where the person's latest mention is. ``pointers``: in order of arrival."""
    return next((p.household_id for p in reversed(pointers) if p.person_id == person), None)


def plan_people_link(
    id_: UUID,
    kept: UUID,
    retired: UUID,
    pointers: Sequence[Pointer],
    apart: Sequence[Pair],
    people: Mapping[UUID, UUID],
) -> Change:
    """Two people become one. ``pointers``: all mentions of both, in order of arrival; ``apart``:
    what concerns them; ``people``: who anybody in it stands for now. Raises
    :class:`SeenTogether`."""
    seen, houses = (
        {one: {of(p) for p in pointers if p.person_id == one} for one in (kept, retired)}
        for of in (attrgetter("assessment_id"), attrgetter("household_id"))
    )
    if seen[kept] & seen[retired]:
        raise SeenTogether
    other = {kept: retired, retired: kept}
    lifted, carried = [], []
    for one, two in apart:
        person, thing = (one, two) if one in houses else (two, one)
        if people.get(thing, thing) in houses or thing in houses[other[person]]:
            lifted.append((one, two))
        elif person == retired:
            carried.append((kept, thing))
    return Change(
        id_,
        PEOPLE_LINK,
        last_household(pointers, kept) or id_,
        last_household(pointers, retired) or id_,
        whole=True,
        mentions=tuple(
            (p.assessment_id, p.position, retired, kept) for p in pointers if p.person_id == retired
        ),
        apart=tuple(carried),
        lifted=tuple(lifted),
        together=((retired, kept),),
        person_id=kept,
        other_person_id=retired,
    )


def plan_people_separation(
    id_: UUID,
    person: UUID,
    taken: frozenset[UUID],
    pointers: Sequence[Pointer],
    to: UUID | None = None,
) -> Change:
    """The mentions of ``person`` in the assessments ``taken`` are of ``to``, or of somebody new.
    ``pointers``: all mentions of both. Raises :class:`SeenTogether`."""
    other = to or derive_id(id_, "person")
    if any(p.person_id == other and p.assessment_id in taken for p in pointers):
        raise SeenTogether
    mentions = tuple(
        (p.assessment_id, p.position, person, other)
        for p in pointers
        if p.person_id == person and p.assessment_id in taken
    )
    gone = [p for p in pointers if (p.assessment_id, p.position) in {m[:2] for m in mentions}]
    stay = [p for p in pointers if p not in gone]
    home = last_household(stay, person) or id_
    return Change(
        id_,
        PEOPLE_SEPARATION,
        home,
        last_household(stay, other) or (gone[-1].household_id if gone else home),
        whole=to is None,
        mentions=mentions,
        apart=((person, other),),
        person_id=person,
        other_person_id=other,
    )


def plan_people_return(
    id_: UUID, undone: Change, pointers: Sequence[Pointer], people: Mapping[UUID, UUID]
) -> Change:
    """Take a change of people back: the mentions it moved that nothing has moved since; ``whole``
    where these are all that the other person has, so that the two are one again. ``people``: who
    ids stand for now; ``pointers``: all mentions of them and of whom it moved. Raises
    :class:`SeenTogether`."""
    linking = undone.kind == PEOPLE_LINK
    at = {(p.assessment_id, p.position): p.person_id for p in pointers}
    mentions = []
    for a, i, was, became in undone.mentions:
        now, back = people.get(became, became), was if linking else people.get(was, was)
        if at.get((a, i)) == now and now != back:
            if any(x == a and who == back for (x, _), who in at.items()):
                raise SeenTogether
            mentions.append((a, i, now, back))
    # A link is taken back by a separation, and the other way round.
    kept, other = undone.person_id, undone.other_person_id
    assert kept is not None
    assert other is not None
    kept = people.get(kept, kept)
    if not linking:
        other = people.get(other, other)
    moved = {(a, i) for a, i, _, _ in mentions}
    whole = not any(who == other and place not in moved for place, who in at.items())
    return Change(
        id_,
        PEOPLE_SEPARATION if linking else PEOPLE_LINK,
        undone.household_id,
        undone.other_household_id,
        whole=whole,
        mentions=tuple(mentions),
        apart=(*undone.lifted, (kept, other)) if linking else undone.lifted,
        lifted=undone.apart,
        undoes=undone.id,
        person_id=kept,
        other_person_id=other,
    )
