"""What a batch has to know to be decided: loaded and compared ahead of its turn, part by part, so
that this process compares, and decides, while PostgreSQL looks for those of a later part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import TypeVar
from uuid import UUID

from contracts.assessments import AssessmentRecordedV1
from services.duplication.comparing import (
    compare_first,
    compare_rest,
    households_near,
    wanted_people,
)
from services.duplication.fold import Assessed, assessed
from services.duplication.frequencies import terms
from services.duplication.model import Model
from services.duplication.one_person import OnePerson
from services.duplication.people_linking import link_by_evidence
from services.duplication.score import prior
from services.duplication.state import Candidates, State
from services.duplication.store.matching import (
    find_keys,
    have_room,
    load_households,
    load_index,
    load_people,
    load_profiles,
)
from services.kit.db import Connection
from services.kit.side_by_side import Turns

_T = TypeVar("_T")
PART = 100
"""Assessments of a batch that are loaded, and written, together, at most."""
_END = 25
"""The first part of a larger batch, and the last: nothing is decided yet while the one is loaded,
and nothing is left to be while the other is written."""
_BREATH = 2
"""Assessments between two looks at the connection: PostgreSQL waits for whoever has not looked."""


async def link_near(
    connection: Connection,
    model: Model,
    place_id: str,
    state: State,
    assessment_id: UUID,
    same: Sequence[OnePerson],
    now: datetime,
) -> bool:
    """Link whom an assessment showed to be one, in the store and in what a batch knows; that is put
    right at once, so that whoever is being compared finds it as it was or as it is. False where
    that left no more people to a key than are used: then the rest has to be loaded anew."""
    crowded: dict[int, int] = {}
    filed: list[set[int]] = []
    for one in same:
        keys = await find_keys(connection, place_id, one.other)
        filed.append(keys)
        crowded |= state.crowded(keys)
        await link_by_evidence(connection, model, place_id, assessment_id, one, now)
    after = State()
    await load_people(connection, place_id, [one.kept for one in same], after)
    room = bool(crowded) and await have_room(connection, place_id, crowded)
    for one, keys in zip(same, filed, strict=True):
        state.hear_of_link(one.other, after.people[one.kept], keys)
    state.households |= after.households
    state.apart |= after.apart
    return not room


def parts(batch: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """A batch in parts; what is loaded for one takes a statement each."""
    start, end = 0, len(batch)
    if end > PART:
        yield batch[:_END]
        start, end = _END, end - _END
    for at in range(start, end, PART):
        yield batch[at : min(at + PART, end)]
    if end < len(batch):
        yield batch[end:]


async def breathe(done: int) -> None:
    """Now and then, let what comes from PostgreSQL, and what goes there, pass by."""
    if done % _BREATH == 0:
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Loading:
    """What a batch of a place has to know, put into ``state`` part by part. While one part is
    loaded another may be decided: so what ``state`` has is never loaded again.

    ``turns``: of whoever uses the connection, the earliest part first; so what another has asked
    for is there by the time that it is one's turn. ``keys``: that were asked for;
    ``often``: the keys that several mentions have, and how many: the batch files people under them
    as it goes.
    """

    connection: Connection
    turns: Turns
    model: Model
    place_id: str
    state: State
    keys: set[int] = field(default_factory=set)
    often: dict[int, int] = field(default_factory=dict)

    async def load(self, number: int, events: Sequence[AssessmentRecordedV1]) -> list[Assessed]:
        """Part ``number`` as matching takes it, once whoever its mentions may be of is here and
        compared, and the households of the likely among them."""
        model, state = self.model, self.state
        part: list[Assessed] = []
        for event in events:
            part.append(assessed(model, event.assessment_id, event.submission, event.received_at))
            await breathe(len(part))
        owned = [own for taken in part for own in taken.keys]
        await self._load_index(number, part, owned)
        wanted = iter(wanted_people(model, state, owned, self.often))
        first = [[next(wanted) for _ in taken.mentions] for taken in part]
        people = {
            id_ for one in chain.from_iterable(first) for id_ in chain(one.people, one.perhaps)
        }
        await self._load_profiles(number, people)
        start = prior(model, state.population)
        rest: set[UUID] = set()
        compared: list[list[Candidates]] = []
        for taken, own in zip(part, first, strict=True):
            found, more = compare_first(model, state, start, taken.mentions, own, taken.year)
            compared.append(found)
            rest |= more
            await breathe(len(compared))
        await self._load_profiles(number, rest)
        for done, (taken, found) in enumerate(zip(part, compared, strict=True), start=1):
            compare_rest(model, state, start, taken.mentions, found, taken.year)
            state.ahead.update(((taken.id, i), one) for i, one in enumerate(found))
            await breathe(done)
        async with self.turns.take(number):
            near = households_near(state, chain.from_iterable(compared))
            homes = [household for household in near if household not in state.households]
            await load_households(self.connection, homes, people | rest, state)
        return part

    async def _load_index(
        self, number: int, part: Sequence[Assessed], owned: Sequence[Mapping[int, int]]
    ) -> None:
        counted = {term for taken in part for mention in taken.mentions for term in terms(mention)}
        keys: dict[int, int] = {}
        async with self.turns.take(number):
            for own in owned:
                before = own.keys() & self.keys
                for key in before:
                    self.often[key] = self.often.get(key, 1) + 1
                keys |= {key: own[key] for key in own.keys() - before} if before else own
                self.keys.update(own)
            new = counted - self.state.counted
            await load_index(self.connection, self.place_id, keys, list(new), self.state)

    async def _load_profiles(self, number: int, people: set[UUID]) -> None:
        async with self.turns.take(number):
            wanted = [id_ for id_ in people if id_ not in self.state.people]
            await load_profiles(self.connection, self.place_id, wanted, self.state)
