"""Links and separations of people put into effect. Under the place's lock; no event follows.

Whose households they are does not change. What other services know of people is who was in which
household, for continuity, and each later assessment says that anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from contracts.envelope import derive_id
from contracts.vocabulary_changes import LinkCause
from services.duplication import linking
from services.duplication.absent import absent
from services.duplication.changes import (
    ERASED_SINCE,
    Change,
    Pointer,
    leaves_nothing,
    of_known_people,
)
from services.duplication.linking import Said
from services.duplication.model import Model
from services.duplication.one_person import OnePerson
from services.duplication.people_changes import (
    PEOPLE_LINK,
    PEOPLE_SEPARATION,
    SeenTogether,
    plan_people_link,
    plan_people_return,
    plan_people_separation,
)
from services.duplication.store import linking as store
from services.kit.db import Connection
from services.kit.errors import Problem

_TWO = Problem(HTTPStatus.CONFLICT, "These two people were seen together, so they are two.")


async def current_people(connection: Connection, people: Sequence[UUID]) -> list[UUID]:
    """Who the ids stand for now. Problem 404 where one never was a person's, 410 where one was
    erased."""
    found = await store.find_people(connection, people)
    if len(found) < len(set(people)):
        raise await absent(connection, people, "There is no such person.")
    return [found[one] for one in people]


async def mentions_of(connection: Connection, people: Sequence[UUID]) -> list[Pointer]:
    """All mentions of these people, in the order in which they came."""
    wanted = set(people)
    found = await store.find_pointers(connection, [], list(wanted))
    return [pointer for pointer in found if pointer.person_id in wanted]


async def prepare_people_link(
    connection: Connection, id_: UUID, kept: UUID, retired: UUID
) -> Change:
    """What linking two people would change. Problem 409: they were seen together."""
    pointers = await mentions_of(connection, [kept, retired])
    apart = await store.find_apart(connection, [kept, retired])
    people = await store.find_people(connection, [one for pair in apart for one in pair])
    try:
        return plan_people_link(id_, kept, retired, pointers, apart, people)
    except SeenTogether:
        raise _TWO from None


async def prepare_people_separation(
    connection: Connection, id_: UUID, person: UUID, taken: Sequence[UUID], to: UUID | None
) -> Change:
    """What separating some mentions of a person would change. Problem 422 where the person is not
    in all of these assessments, or in no others."""
    pointers = await mentions_of(connection, [person, *([to] if to else [])])
    mine = {p.assessment_id for p in pointers if p.person_id == person}
    if not set(taken) <= mine:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "Name one or more assessments in which this person is now.",
        )
    if to is None and mine == set(taken):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "These are all assessments that this person is in: leave one or more out.",
        )
    try:
        return plan_people_separation(id_, person, frozenset(taken), pointers, to)
    except SeenTogether:
        raise _TWO from None


async def prepare_people_undo(connection: Connection, change: Change) -> Change:
    """What taking a change of people back would change. Problem 409 where nothing is left of it."""
    both = [one for one in (change.person_id, change.other_person_id) if one]
    named = [*both, *(one for m in change.mentions for one in m[2:])]
    people = await store.find_people(connection, named)
    change = of_known_people(change, people)
    if not people.keys() >= {*both} or (change.erased and not change.mentions):
        raise Problem(HTTPStatus.CONFLICT, ERASED_SINCE)
    pointers = await mentions_of(connection, [*named, *people.values()])
    try:
        back = plan_people_return(derive_id(change.id, "undone"), change, pointers, people)
    except SeenTogether:
        raise _TWO from None
    if back.kind == PEOPLE_LINK and back.whole and back.mentions:
        assert back.person_id is not None
        assert back.other_person_id is not None
        whole = await prepare_people_link(connection, back.id, back.person_id, back.other_person_id)
        return replace(whole, lifted=whole.lifted + change.apart, undoes=change.id)
    if change.erased and back.kind == PEOPLE_SEPARATION and leaves_nothing(back, pointers):
        raise Problem(HTTPStatus.CONFLICT, ERASED_SINCE)
    if not back.mentions:
        raise Problem(
            HTTPStatus.CONFLICT,
            "These are two people already."
            if change.kind == PEOPLE_LINK
            else "These are one person again already.",
        )
    return back


async def households_of(connection: Connection, change: Change) -> set[UUID]:
    """The households in which the people whom a change is about were ever seen."""
    pointers = await mentions_of(connection, [one for m in change.mentions for one in m[2:]])
    return {pointer.household_id for pointer in pointers}


async def effect(
    connection: Connection, model: Model, place_id: str, change: Change, said: Said
) -> None:
    """Put a change of people into effect."""
    named = [one for m in change.mentions for one in m[2:]]
    pointers = await mentions_of(connection, named)
    touched = list(dict.fromkeys(p.household_id for p in pointers))
    await linking.put_in_place(connection, model, place_id, change, said, touched)


async def link_by_evidence(
    connection: Connection,
    model: Model,
    place_id: str,
    assessment_id: UUID,
    one: OnePerson,
    now: datetime,
) -> None:
    """Link two people whom an assessment showed to be one. What a matcher does is nobody's word: it
    lifts and sets no cannot-links or must-links."""
    id_ = derive_id(assessment_id, "one person", one.other)
    change = await prepare_people_link(connection, id_, one.kept, one.other)
    change = replace(change, together=(), lifted=())
    said = Said(LinkCause.EVIDENCE, None, "matching", now)
    await effect(connection, model, place_id, change, said)
