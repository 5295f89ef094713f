"""A place's history and what people said of it, from the store, as deciding it again takes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.assessments import Address, Person
from services.duplication import addresses
from services.duplication.blocking import block_keys
from services.duplication.changes import LINK, SEPARATION, Pair
from services.duplication.fold import Assessed
from services.duplication.model import Model
from services.duplication.normalise import person_profile
from services.duplication.people_changes import PEOPLE_SEPARATION
from services.duplication.rematch import Past, Place
from services.duplication.rematch_plan import Said
from services.duplication.store import linking as linking_store
from services.duplication.store import rematching as store
from services.duplication.store.reading import find_current
from services.kit.db import Connection, Row


async def load_history(connection: Connection, model: Model, place_id: str) -> list[Past]:
    """Every assessment of the place in order of arrival."""
    return [_past(model, row) for row in await store.find_history(connection, place_id)]


def _past(model: Model, row: Row) -> Past:
    address = Address.model_validate(row["address"]) if row["address"] else None
    mentions = tuple(
        person_profile(Person.model_validate(words), address) for words in row["people"]
    )
    taken = Assessed(
        row["id"],
        mentions,
        tuple(block_keys(model.rules, mention) for mention in mentions),
        addresses.home(address),
        row["received_at"].year,
        int(row["received_at"].timestamp()),
        frozenset(i for i, one in enumerate(row["people"]) if one.get("alleged_perpetrator")),
        tuple(row["restrictions"]),
    )
    return Past(taken, row["household_id"], tuple(row["person_ids"]), row["decided_at"])


class _Holdings:
    """Which assessments are of a household now, and which mentions of a person, and since when."""

    def __init__(self, history: Sequence[Past]) -> None:
        self._assessments: dict[UUID, list[tuple[datetime, UUID]]] = defaultdict(list)
        self._mentions: dict[UUID, list[tuple[datetime, Place]]] = defaultdict(list)
        for past in history:
            at, id_ = past.decided_at, past.taken.id
            self._assessments[past.household_id].append((at, id_))
            for i, person in enumerate(past.people):
                self._mentions[person].append((at, (id_, i)))

    def assessments(self, household: UUID, until: datetime) -> frozenset[UUID]:
        return frozenset(one for at, one in self._assessments.get(household, ()) if at <= until)

    def mentions(self, person: UUID, until: datetime) -> frozenset[Place]:
        return frozenset(one for at, one in self._mentions.get(person, ()) if at <= until)


async def load_said(connection: Connection, place_id: str, history: Sequence[Past]) -> Said:
    """What people said of the place's households and people, and what they are being asked.

    What was of a household, or person, when somebody said that it is one with another, is of it.
    """
    together = await store.find_words(connection, place_id, "must_link")
    apart = await store.find_words(connection, place_id, "cannot_link")
    changes = await store.find_changes_by_people(connection, place_id)
    questions = await store.find_questions(connection, place_id)
    doubts = [
        (q["household_id"], other)
        for q in questions
        for other in q["candidates"]
        if q["verdict"] == "cannot_tell"
    ]
    asked = [
        (q["household_id"], o) for q in questions if q["kind"] == LINK for o in q["candidates"]
    ]
    open_ = [q["household_id"] for q in questions if q["kind"] != LINK and q["verdict"] is None]
    pairs = [*((row["one"], row["other"]) for row in (*apart, *together)), *doubts, *asked]
    named = [
        *(one for pair in pairs for one in pair),
        *open_,
        *(row["household_id"] for row in changes),
        *(row["other_household_id"] for row in changes),
        *(row[k] for row in changes for k in ("person_id", "other_person_id") if row[k]),
    ]
    stands = await find_current(connection, named)
    stands |= await linking_store.find_people(connection, named)
    held = _Holdings(history)
    households, people = list[frozenset[UUID]](), list[frozenset[Place]]()
    for row in together:
        kept = stands.get(row["other"], row["other"])
        households.append(held.assessments(kept, row["said_at"]))
        people.append(held.mentions(kept, row["said_at"]))
    for row in changes:
        to = stands.get(row["other_household_id"], row["other_household_id"])
        if row["kind"] == SEPARATION:
            there = held.assessments(to, row["decided_at"])
            moved = {UUID(a) for a, _, _ in row["moves"]["assessments"]}
            # What was put back where it came from is of that household again; what was taken out
            # of one is together, wherever it went.
            households.append(there if row["undone_kind"] == SEPARATION else there & moved)
        elif row["kind"] == PEOPLE_SEPARATION:
            other = stands.get(row["other_person_id"], row["other_person_id"])
            people.append(_moved(row["moves"]) & held.mentions(other, row["decided_at"]))

    def now(found: Sequence[Pair]) -> frozenset[Pair]:
        found = [(stands.get(one, one), stands.get(other, other)) for one, other in found]
        return frozenset((one, other) for one, other in found if one != other)

    return Said(
        tuple(one for one in households if len(one) > 1),
        tuple(one for one in people if len(one) > 1),
        now([*((row["one"], row["other"]) for row in apart), *doubts]),
        frozenset(stands.get(one, one) for one in open_),
        frozenset(frozenset(pair) for pair in (*now(asked), *asked)),
    )


def _moved(moves: dict[str, Any]) -> frozenset[Place]:
    return frozenset((UUID(a), i) for a, i, _, _ in moves["mentions"])
