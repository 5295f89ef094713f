"""All programs of a run: started in stages, kept running, stopped in reverse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from services.local.leash import Leash
from services.local.program import Pace, Program, Runner, Show


class Supervisor:
    """A context manager: every program it was given is stopped at its end."""

    def __init__(self, leash: Leash, show: Show, pace: Pace | None = None) -> None:
        self._leash = leash
        self._show = show
        self._pace = pace or Pace()
        self._stages: list[list[Runner]] = []

    def start(
        self, programs: Sequence[Program], ready: Callable[[str], None] = lambda _: None
    ) -> None:
        """Start them all at once; return when all are ready. ``ready`` is told each name.

        Raises :class:`~services.local.errors.CannotRun` when one ends before it was ready.
        """
        stage = [Runner(program, self._leash, self._show, self._pace) for program in programs]
        self._stages.append(stage)
        for runner in stage:
            runner.start()
        for runner in stage:
            runner.await_ready()
            ready(runner.program.name)

    def pid(self, name: str) -> int | None:
        """The process of that program now; None while there is none."""
        return next(r.pid for stage in self._stages for r in stage if r.program.name == name)

    def stop(self) -> None:
        """Stop the last started first, and those started together together."""
        while self._stages:
            stage = self._stages.pop()
            with ThreadPoolExecutor(max_workers=len(stage)) as pool:
                list(pool.map(Runner.stop, stage))

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
