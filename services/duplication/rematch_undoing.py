"""A run taken back as a whole: the former model in force again, and change by change undone.

As carrying out does: resumable, each in a transaction of its own; what people said since stands,
and of two households that both have a key worker it is asked whether they are one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from uuid import UUID

from contracts.vocabulary_changes import LinkCause
from services.duplication import linking, people_linking
from services.duplication.changes import LINK, Change, stored
from services.duplication.linking import Said
from services.duplication.model import parse
from services.duplication.model_in_force import keep, put_in_force
from services.duplication.rematch_plan import Kind, Step
from services.duplication.rematch_steps import ASKED, DONE, OVERTAKEN, Run, ask
from services.duplication.rematching import CannotRematch, Carrying, file_touched
from services.duplication.saying import say
from services.duplication.store import linking as linking_store
from services.duplication.store import models as models_store
from services.duplication.store import rematching as store
from services.duplication.store.reading import find_current
from services.kit.db import Row
from services.kit.errors import Problem
from services.kit.work import Work


@dataclass(frozen=True, slots=True)
class Taking:
    """Takes the last run of a place back. ``carrying``: where, by whom, why; its ``data`` are those
    of the model of places in which none was put in force."""

    carrying: Carrying

    async def last(self) -> Row:
        """The run to take back. Raises :class:`CannotRematch` where there is none."""
        async with self.carrying.pool.acquire() as connection:
            row = await store.find_last_run(connection, self.carrying.place_id)
        if row is None:
            raise CannotRematch(f"nothing was carried out in {self.carrying.place_id}.")
        return row

    async def take_back(self) -> dict[str, int]:
        """What its changes came to: ``done``, ``asked``, or ``overtaken`` by what people said."""
        row, carrying = await self.last(), self.carrying
        if row["taken_back_by"] is None:
            await self._begin(row)
        former = await self._former(row["former"])
        run = Run(row["id"], carrying.place_id, parse(former), carrying.by, carrying.purpose,
                  row["began_at"])  # fmt: skip
        async with carrying.pool.acquire() as connection:
            ids = await store.find_standing(connection, run.id)
        came_to: Counter[str] = Counter()
        for number, id_ in enumerate(ids):
            carrying.tell("taking back", number, len(ids))
            came_to[await self._one(run, id_)] += 1
        await carrying.tidy_keys(run)
        async with carrying.work() as work:
            await store.save_taken_back(work.connection, run.id, work.now)
        return dict(came_to)

    async def _former(self, version: str | None) -> dict[str, Any]:
        if version in {None, self.carrying.data["version"]}:
            return self.carrying.data
        async with self.carrying.pool.acquire() as connection:
            data = await models_store.load_model(connection, str(version))
        if data is None:
            raise CannotRematch(f"{version} decided before: name it with --default.")
        return data

    async def _begin(self, row: Row) -> None:
        """The former model in force, from the next batch on."""
        carrying = self.carrying
        former = await self._former(row["former"])
        model, now = parse(former), carrying.clock()
        if row["files_anew"]:
            await carrying.file_everybody(model)
        async with carrying.work() as work:
            await work.lock_place(carrying.place_id)
            await keep(work.connection, former, work.now)
            if row["files_anew"]:
                await file_touched(work.connection, model, carrying.place_id, now)
            await put_in_force(
                work.connection, carrying.place_id, model, carrying.by, carrying.purpose, work.now
            )
            await store.save_taking_back(work.connection, row["id"], carrying.by, work.now)

    async def _one(self, run: Run, id_: UUID) -> str:
        carrying = self.carrying
        async with carrying.pool.acquire() as connection:
            row = await linking_store.find_change(connection, id_)
            if row is None:
                return OVERTAKEN  # Both sides of it were erased since.
            change = stored(row)
            pair = [change.household_id, change.other_household_id]
            current = await find_current(connection, pair)
        engaged = frozenset[UUID]()
        if change.person_id is None:
            engaged = await carrying.with_key_workers(sorted(set(current.values())))
        async with carrying.work() as work:
            await work.lock_place(run.place_id)
            row = await linking_store.find_change(work.connection, id_)
            if row is None or row["undone_by"] is not None:
                return OVERTAKEN
            return await _undo(work, run, stored(row), engaged)


async def _undo(work: Work, run: Run, change: Change, engaged: frozenset[UUID]) -> str:
    people = [one for one in (change.person_id, change.other_person_id) if one]
    pair = [change.household_id, change.other_household_id]
    current = await find_current(work.connection, pair)
    named = [*pair, *current.values()]
    if await store.has_spoken_since(work.connection, named, people, run.began_at, run.id):
        return OVERTAKEN
    said = Said(LinkCause.UNDONE, run.by, run.purpose, work.now)
    try:
        if people:
            back = await people_linking.prepare_people_undo(work.connection, change)
            back = replace(back, apart=change.lifted, together=())
            await people_linking.effect(work.connection, run.model, run.place_id, back, said)
            return DONE
        back = await linking.prepare_undo(work.connection, change)
        one, two = back.household_id, back.other_household_id
        if back.kind == LINK and {one, two} <= engaged:
            step = Step(Kind.ASK, two, one, tuple(a for a, _, _ in change.assessments))
            return ASKED if await ask(work, run, step, (one, two)) == ASKED else OVERTAKEN
        # The operator's word is about the run: of these two nobody has said anything.
        back = replace(back, apart=change.lifted, together=())
        events = await linking.effect(work.connection, run.model, run.place_id, back, said)
    except Problem as problem:
        if problem.status is HTTPStatus.CONFLICT:
            return OVERTAKEN
        raise
    say(work, events, run.place_id, linking.journey_of(back), back.id)
    return DONE
