"""A batch of one place decided in order, part by part: while one part is decided, PostgreSQL looks
for whom those after it may be of, and writes what those before it came to.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeAlias
from uuid import UUID

from contracts.assessments import AssessmentRecordedV1
from services.duplication.decide import Decided, decide
from services.duplication.fold import Assessed
from services.duplication.model import Model
from services.duplication.near import Loading, breathe, link_near, parts
from services.duplication.state import (
    Changes,
    CountsUnknown,
    MeetingUnknown,
    NotLoaded,
    State,
)
from services.duplication.store.deciding import save_changes, save_decided, save_reviews
from services.duplication.store.matching import load_index, load_meetings
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.side_by_side import Turns, side_by_side

Arrived: TypeAlias = tuple[Received, AssessmentRecordedV1]
_AHEAD = 2
"""Parts that are being loaded while another is decided."""
_NOW = -1
"""Comes before what any part needs."""


async def decide_batch(
    connection: Connection, model: Model, place_id: str, arrived: Sequence[Arrived], now: datetime
) -> tuple[list[tuple[Received, Decided]], set[tuple[UUID, UUID]]]:
    """What these came to, written; and the review cases that are new, with the assessment of each.

    It is all of them, but where one wants somebody compared whom nothing said would be wanted: then
    it and those after it are left, to be loaded as things stand by then.
    """
    return await _Batch(connection, model, place_id, now).decide(arrived)


@dataclass(slots=True)
class _Batch:
    """``turns``: of whoever uses the connection. ``writing``: what each part came to, in order;
    each gives the review cases that are new."""

    connection: Connection
    model: Model
    place_id: str
    now: datetime
    state: State = field(default_factory=lambda: State(asked=set()))
    turns: Turns = field(default_factory=Turns)
    decided: list[tuple[Received, Decided]] = field(default_factory=list)
    writing: list[asyncio.Task[set[tuple[UUID, UUID]]]] = field(default_factory=list)

    async def decide(
        self, arrived: Sequence[Arrived]
    ) -> tuple[list[tuple[Received, Decided]], set[tuple[UUID, UUID]]]:
        loading = Loading(self.connection, self.turns, self.model, self.place_id, self.state)
        left = enumerate(parts(arrived))
        async with side_by_side() as group:
            coming: deque[tuple[int, Sequence[Arrived], asyncio.Task[list[Assessed]]]] = deque()

            def go_on() -> None:
                for number, part in islice(left, 1):
                    events = [event for _, event in part]
                    coming.append((number, part, group.create_task(loading.load(number, events))))

            for _ in range(_AHEAD):
                go_on()
            while coming:
                go_on()
                number, part, loaded = coming.popleft()
                if not await self._decide_part(group, number, part, await loaded):
                    break
        return self.decided, {one for task in self.writing for one in task.result()}

    async def _decide_part(
        self,
        group: asyncio.TaskGroup,
        number: int,
        part: Sequence[Arrived],
        taken: Sequence[Assessed],
    ) -> bool:
        """Decide these and have it written; whether those after them can be decided, too."""
        done = 0
        while done < len(part):
            some = await self._decide_some(part[done:], taken[done:])
            done += len(some)
            self.decided += some
            if self.writing:
                await self.writing[-1]
            rows = [d for _, d in some]
            changes = self.state.take_changes()
            self.writing.append(group.create_task(self._write(number, changes, rows)))
            await asyncio.sleep(0)
            if some and (same := rows[-1].same):
                await asyncio.gather(*self.writing)
                async with self.turns.take(_NOW):
                    goes_on = await link_near(
                        self.connection,
                        self.model,
                        self.place_id,
                        self.state,
                        rows[-1].row.id,
                        same,
                        self.now,
                    )
                if not goes_on:
                    return False
            elif done < len(part):
                return False
        return True

    async def _decide_some(
        self, part: Sequence[Arrived], taken: Sequence[Assessed]
    ) -> list[tuple[Received, Decided]]:
        """What these came to, as far as whoever has to be known for it is, and up to one that shows
        two people to be one."""
        decided: list[tuple[Received, Decided]] = []
        for (item, event), own in zip(part, taken, strict=True):
            ids = item.envelope.id, item.envelope.journey_id
            while True:
                try:
                    found = decide(self.model, self.state, own, event, *ids)
                except MeetingUnknown as unknown:
                    # The store can be asked once all that is decided is written.
                    await asyncio.gather(*self.writing)
                    async with self.turns.take(_NOW):
                        await load_meetings(self.connection, unknown.people, self.state)
                except CountsUnknown as unknown:
                    async with self.turns.take(_NOW):
                        asked = list(unknown.terms)
                        await load_index(self.connection, self.place_id, {}, asked, self.state)
                except NotLoaded:
                    return decided
                else:
                    break
            decided.append((item, found))
            if found.same:
                break
            await breathe(len(decided))
        return decided

    async def _write(
        self, number: int, changes: Changes, decided: Sequence[Decided]
    ) -> set[tuple[UUID, UUID]]:
        """Write what these of a part came to; the review cases that are new, with the assessment of
        each. What the next part needs to be decided comes first, and then this."""
        connection, place_id, now = self.connection, self.place_id, self.now
        reviews = [d.review for d in decided if d.review is not None]
        proposals = [review for d in decided for review, _ in d.proposals]
        async with self.turns.take(number + 1.5):
            await save_changes(connection, place_id, changes, now)
        async with self.turns.take(number + 1.5):
            await save_decided(connection, place_id, [d.row for d in decided], now)
            return await save_reviews(connection, place_id, [*reviews, *proposals], now)
