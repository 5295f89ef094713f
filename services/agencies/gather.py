"""Assessments that arrive one by one at the same time share a transaction.

Nobody waits for company: the first is stored at once, and those that come meanwhile go together
next. Under load this is what makes one commit, one round of statements and one wake of the relay
serve many requests. A single assessment is stored or not by itself, so sharing changes no answer.
"""

from __future__ import annotations

import asyncio
from contextvars import Context

import asyncpg

from services.agencies.accept import Accepted, Arrival, accept
from services.agencies.agreement import Fault
from services.kit.app import Service
from services.kit.errors import is_infrastructure

_MOST = 200
_Answer = Accepted | Fault


class Gatherer:
    """Stores single assessments, those of one moment together."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._waiting: list[tuple[Arrival, asyncio.Future[_Answer]]] = []
        self._task: asyncio.Task[None] | None = None

    async def accept(self, arrival: Arrival) -> _Answer:
        """Returns once the assessment is committed, or refused. Raises what the store raises."""
        answer: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, answer))
        if self._task is None or self._task.done():
            # In a context of its own: what it does is not the first request's alone.
            self._task = asyncio.create_task(self._run(), name="agencies-gather", context=Context())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            await self._settle(batch)

    async def _settle(self, batch: list[tuple[Arrival, asyncio.Future[_Answer]]]) -> None:
        """Give everyone in the batch an answer, whatever happens."""
        try:
            answers = await self._commit([arrival for arrival, _ in batch])
        except asyncpg.PostgresError as error:
            if len(batch) > 1 and not is_infrastructure(error):
                for one in batch:  # its data are at fault: that is the affair of one alone
                    await self._settle([one])
                return
            _fail(batch, error)
        except BaseException as error:
            _fail(batch, error if isinstance(error, Exception) else ConnectionAbortedError())
            if not isinstance(error, Exception):
                raise
        else:
            for (_, answer), found in zip(batch, answers, strict=True):
                if not answer.done():
                    answer.set_result(found)

    async def _commit(self, arrivals: list[Arrival]) -> list[_Answer]:
        async with self._service.work() as work:
            answers, events = await accept(work.connection, arrivals, work.now)
            work.outgoing += events
        return answers


def _fail(batch: list[tuple[Arrival, asyncio.Future[_Answer]]], error: Exception) -> None:
    for _, answer in batch:
        if not answer.done():
            answer.set_exception(error)
