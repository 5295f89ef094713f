"""What a batch has to know to be decided: loaded and compared ahead of its turn, part by part, so
that this process compares those of one part while PostgreSQL looks for those of another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TypeVar
from uuid import UUID

from services.duplication.comparing import (
    compare_first,
    compare_rest,
    households_near,
    seen_often,
    wanted_people,
)
from services.duplication.fold import Assessed
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
    load_profiles,
)
from services.kit.db import Connection
from services.kit.side_by_side import side_by_side

_T = TypeVar("_T")
PART = 100
"""Assessments of a batch that are loaded, and written, together, at most."""
_BREATH = 10
"""Assessments between two looks at the connection."""


async def link_near(
    connection: Connection,
    model: Model,
    place_id: str,
    state: State,
    assessment_id: UUID,
    same: Sequence[OnePerson],
    now: datetime,
) -> bool:
    """Link whom an assessment showed to be one, in the store and in what a batch knows. False where
    that left no more people to a key than are used: then the rest has to be loaded anew."""
    crowded: dict[int, int] = {}
    for one in same:
        keys = await find_keys(connection, place_id, one.other)
        crowded |= state.crowded(keys)
        await link_by_evidence(connection, model, place_id, assessment_id, one, now)
        state.hear_of_link(one.kept, one.other, keys)
    people = [one.kept for one in same]
    await load_profiles(connection, place_id, people, state)
    homes = {household for id_ in people for household in state.people[id_].households}
    await load_households(connection, list(homes), people, state)
    return not crowded or not await have_room(connection, place_id, crowded)


def _parts(batch: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """A batch in parts; what is loaded for one takes a statement each."""
    return (batch[start : start + PART] for start in range(0, len(batch), PART))


async def breathe(done: int) -> None:
    """Now and then, let what comes from PostgreSQL, and what goes there, pass by."""
    if done % _BREATH == 0:
        await asyncio.sleep(0)


async def load_near(
    connection: Connection, model: Model, place_id: str, batch: Sequence[Assessed]
) -> State:
    """Whoever the mentions of a batch may be of, and the households of the likely among them."""
    state = State(asked=set())
    often = seen_often(own for taken in batch for own in taken.keys)
    loading = _Loading(connection, asyncio.Lock(), model, place_id, state, often)
    async with side_by_side() as group:
        for part in _parts(batch):
            group.create_task(loading.load(part))
    return state


@dataclass(frozen=True, slots=True)
class _Loading:
    """``turn``: held by whoever uses the connection, one after another; so what another has asked
    for is there by the time that it is one's turn. ``often``: see :func:`seen_often`."""

    connection: Connection
    turn: asyncio.Lock
    model: Model
    place_id: str
    state: State
    often: Mapping[int, int]

    async def load(self, part: Sequence[Assessed]) -> None:
        model, state = self.model, self.state
        owned = [own for taken in part for own in taken.keys]
        await self._load_index(part, owned)
        wanted = iter(wanted_people(model, state, owned, self.often))
        first = [[next(wanted) for _ in taken.mentions] for taken in part]
        people = {
            id_ for one in chain.from_iterable(first) for id_ in chain(one.people, one.perhaps)
        }
        await self._load_profiles(people)
        start = prior(model, state.population)
        rest: set[UUID] = set()
        compared: list[list[Candidates]] = []
        for taken, own in zip(part, first, strict=True):
            found, more = compare_first(model, state, start, taken.mentions, own, taken.year)
            compared.append(found)
            rest |= more
            await breathe(len(compared))
        await self._load_profiles(rest)
        for done, (taken, found) in enumerate(zip(part, compared, strict=True), start=1):
            compare_rest(model, state, start, taken.mentions, found, taken.year)
            state.ahead.update(((taken.id, i), one) for i, one in enumerate(found))
            await breathe(done)
        near = households_near(state, chain.from_iterable(compared))
        async with self.turn:
            await load_households(self.connection, list(near), people | rest, state)

    async def _load_index(
        self, part: Sequence[Assessed], owned: Sequence[Mapping[int, int]]
    ) -> None:
        keys: dict[int, int] = {}
        for own in owned:
            keys |= own
        counted = {term for taken in part for mention in taken.mentions for term in terms(mention)}
        async with self.turn:
            await load_index(self.connection, self.place_id, keys, list(counted), self.state)

    async def _load_profiles(self, people: Collection[UUID]) -> None:
        async with self.turn:
            await load_profiles(self.connection, self.place_id, people, self.state)
