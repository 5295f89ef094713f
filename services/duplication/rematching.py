"""A model's decisions carried out over a place's history: looked at, put in force, step by step.

Invariants: the model is in force before the first step, so that nothing arrives that the last one
does not see; each step is one change in a transaction of its own under the place's lock, and comes
to something exactly once; killed at any moment, the run goes on where it was.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from contracts.envelope import new_id
from services.duplication.blocking import block_keys
from services.duplication.model import Model, parse
from services.duplication.model_in_force import keep, model_for, put_in_force
from services.duplication.rematch import Replayed, replay
from services.duplication.rematch_loading import load_history, load_said
from services.duplication.rematch_plan import Kind, Plan, Step, differing, make_plan
from services.duplication.rematch_steps import Run, take_step
from services.duplication.store import linking as linking_store
from services.duplication.store import rematching as store
from services.duplication.store.reading import find_current
from services.kit.db import Connection, Pool, snapshot
from services.kit.work import Work, open_work

WithKeyWorkers: TypeAlias = Callable[[Sequence[UUID]], Awaitable[frozenset[UUID]]]
"""Those of the households that have an active key worker."""
Tell: TypeAlias = Callable[[str, int, int], None]
"""What is being done, how much of it, and how much there is."""
_NOBODY = UUID(int=0)
_PASSES = 5


class CannotRematch(ValueError):
    """Why nothing was done, and what to do."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a model would change in a place, and what was looked at."""

    run: UUID
    at: datetime
    assessments: int
    reviews: int
    plan: Plan
    replayed: Replayed


async def look(
    pool: Pool,
    place_id: str,
    model: Model,
    with_key_workers: WithKeyWorkers,
    tell: Tell,
    run: UUID | None = None,
    first: int = 0,
) -> Looked:
    """Decide the whole history again and plan what that takes. Writes nothing."""
    at = datetime.now(UTC)
    async with snapshot(pool) as connection:
        history = await load_history(connection, model, place_id)
        said = await load_said(connection, place_id, history)
    replayed = replay(model, history, lambda n: tell("deciding again", n, len(history)))
    engaged = await with_key_workers(sorted(differing(history, replayed, said)))
    run = run or new_id()
    plan = make_plan(run, history, replayed, said, engaged, first)
    return Looked(run, at, len(history), replayed.reviews, plan, replayed)


@dataclass(frozen=True, slots=True)
class Carrying:
    """Carries a model's decisions out in one place. ``by``: who has it done; ``purpose``: why."""

    pool: Pool
    place_id: str
    data: dict[str, Any]
    default: Model
    by: str
    purpose: str
    with_key_workers: WithKeyWorkers
    tell: Tell
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def carry_out(self, looked: Looked | None = None) -> dict[str, int]:
        """From what was looked at, or where an earlier run stopped; what its steps came to.
        Raises :class:`CannotRematch`."""
        model = parse(self.data)
        async with self.work() as work:
            await keep(work.connection, self.data, work.now)
        run = await self.under_way()
        if run is None:
            looked = looked or await look(
                self.pool, self.place_id, model, self.with_key_workers, self.tell
            )
            run = await self._begin(looked)
            if run is None:
                return {}
        for _ in range(_PASSES):
            await self._steps(run)
            if not await self._look_again(run):
                break
        await self.tidy_keys(run)
        async with self.work() as work:
            await store.save_end(work.connection, run.id, work.now)
            return await store.count_outcomes(work.connection, run.id)

    async def under_way(self) -> Run | None:
        """The run to go on with. Raises :class:`CannotRematch` where it is another model's."""
        async with self.pool.acquire() as connection:
            row = await store.find_under_way(connection, self.place_id)
        if row is None:
            return None
        if row["version"] != self.data["version"]:
            raise CannotRematch(
                f"{row['version']} is being carried out in {self.place_id} and has not ended:"
                f" finish it with --model {row['version']} --apply first."
            )
        return Run(row["id"], self.place_id, parse(row["data"]), row["decided_by"],
                   row["purpose"], row["began_at"])  # fmt: skip

    def work(self) -> AbstractAsyncContextManager[Work]:
        """One transaction; the running service's relay sends what it says."""
        return open_work("duplication", self.pool, None, self.clock)

    async def _begin(self, looked: Looked) -> Run | None:
        """Put the model in force and write down what is to be done, at once. None where the model
        is in force and nothing is to be done."""
        model, now = parse(self.data), self.clock()
        async with self.pool.acquire() as connection:
            before = await model_for(connection, self.place_id, self.default)
        files_anew = before.rules != model.rules
        if before.version == model.version and not looked.plan.steps and not files_anew:
            return None
        if files_anew:
            await self.file_everybody(model)
        run = Run(looked.run, self.place_id, model, self.by, self.purpose, looked.at)
        async with self.work() as work:
            await work.lock_place(self.place_id)
            if files_anew:
                await file_touched(work.connection, model, self.place_id, now)
            await put_in_force(
                work.connection, self.place_id, model, self.by, self.purpose, work.now
            )
            await store.save_run(
                work.connection, run.row(), before.version, looked.at, files_anew=files_anew
            )
            await self._save_plan(work.connection, run, looked, 0)
        return run

    async def _save_plan(
        self,
        connection: Connection,
        run: Run,
        looked: Looked,
        first: int,
        tried: Sequence[dict[str, Any]] = (),
    ) -> bool:
        """Write down what is to be done, but for what was ``tried``; whether there is anything."""
        steps = [
            (number, step)
            for number, step in enumerate(looked.plan.steps, first)
            if step.dump() not in tried
        ]
        await store.save_steps(connection, run.id, [(n, step.dump()) for n, step in steps])
        again = [
            (one, found.rule, found.weight, found.detail)
            for one in dict.fromkeys(a for _, step in steps for a in step.assessment_ids)
            if (found := looked.replayed.again.get(one)) is not None
        ]
        await store.save_redecisions(connection, run.id, run.model.version, again, self.clock())
        return bool(steps)

    async def _steps(self, run: Run) -> None:
        async with self.pool.acquire() as connection:
            every, ended = await store.count_steps(connection, run.id)
        while True:
            self.tell("carrying out", ended, every)
            async with self.pool.acquire() as connection:
                row = await store.find_next(connection, run.id)
            if row is None:
                return
            ended += 1
            step = Step.load(row["step"])
            engaged = frozenset[UUID]()
            if step.kind in {Kind.LINK, Kind.MOVE} and step.to is not None:
                async with self.pool.acquire() as connection:
                    current = await find_current(connection, [step.one, step.to])
                engaged = await self.with_key_workers(sorted(set(current.values())))
            async with self.work() as work:
                await take_step(work, run, row["number"], step, engaged)

    async def _look_again(self, run: Run) -> bool:
        """Whether more is to be done now that this is: of assessments that came before the switch,
        and of those in doubt, which stay with what has moved. Ends where nothing would change."""
        async with self.pool.acquire() as connection:
            first = await store.find_next_number(connection, run.id)
            tried = await store.find_tried(connection, run.id)
        looked = await look(
            self.pool, self.place_id, run.model, self.with_key_workers, self.tell, run.id, first
        )
        async with self.work() as work:
            await work.lock_place(self.place_id)
            return await self._save_plan(work.connection, run, looked, first, tried)

    async def file_everybody(self, model: Model) -> None:
        """Every person under the new rules' keys too, so that they are found from the switch on."""
        async for people in self._everybody():
            async with self.work() as work:
                await work.lock_place(self.place_id)
                await _file(work.connection, model, self.place_id, people, anew=False)

    async def tidy_keys(self, run: Run) -> None:
        """Every person under the keys of the model in force and no others."""
        async with self.pool.acquire() as connection:
            if not await store.files_anew(connection, run.id):
                return
        async for people in self._everybody():
            async with self.work() as work:
                await work.lock_place(self.place_id)
                await _file(work.connection, run.model, self.place_id, people, anew=True)

    async def _everybody(self) -> AsyncIterator[list[UUID]]:
        after = _NOBODY
        while True:
            async with self.pool.acquire() as connection:
                people = await store.find_people_after(connection, self.place_id, after)
            if not people:
                return
            yield people
            after = people[-1]


async def _file(
    connection: Connection, model: Model, place_id: str, people: Sequence[UUID], *, anew: bool
) -> None:
    """People under the keys of the model's rules; ``anew``: and under no others."""
    keys: dict[UUID, set[int]] = {}
    for mention in await linking_store.load_mentions(connection, people):
        keys.setdefault(mention.person_id, set()).update(block_keys(model.rules, mention.profile()))
    if anew:
        await linking_store.forget_keys(connection, people)
    await linking_store.save_keys(connection, place_id, keys)


async def file_touched(
    connection: Connection, model: Model, place_id: str, since: datetime
) -> None:
    """Whoever arrived or was moved since, by clocks that differ by an hour at most."""
    touched = await store.find_people_touched(connection, place_id, since - timedelta(hours=1))
    await _file(connection, model, place_id, touched, anew=False)
