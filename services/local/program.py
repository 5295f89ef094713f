"""One supervised program: its process, its log lines, its health, and starting it again."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from services.local.errors import CannotRun
from services.local.leash import Child, Leash
from services.local.ports import HOST

Show: TypeAlias = Callable[[str, str], None]
"""Called with a program's name and one line it wrote, or one line about it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient to be, in seconds."""

    ready: float = 120.0
    """From a program's start to its being ready."""
    first_delay: float = 0.5
    """Before a program that ended is started again; doubled each time, up to ``longest_delay``."""
    longest_delay: float = 30.0
    settled: float = 60.0
    """A program that ran this long begins again with the first delay."""
    live_every: float = 5.0
    live_failures: int = 4
    """A program that is not alive this many times in a row is started again."""
    stop: float = 10.0
    """From being asked to stop to being killed."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. ``port``: where it answers ``/health/live`` and ``/health/ready``, if it does.

    A program without a port is ready at once. ``finishes``: it may end well, and is then let be.
    """

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    finishes: bool = False


class Runner:
    """Keeps one program running from ``start`` to ``stop``."""

    def __init__(self, program: Program, leash: Leash, show: Show, pace: Pace) -> None:
        self.program = program
        self._leash = leash
        self._show = show
        self._pace = pace
        self._stopping = threading.Event()
        self._was_ready = threading.Event()
        self._gave_up = threading.Event()
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._lived: Child | None = None
        self._said: deque[str] = deque(maxlen=15)
        self._thread = threading.Thread(target=self._keep, name=program.name, daemon=True)

    @property
    def pid(self) -> int | None:
        child = self._child
        return child.pid if child and child.alive else None

    def start(self) -> None:
        self._thread.start()

    def await_ready(self) -> None:
        """Return when it is ready. Raises :class:`CannotRun` when it ends or takes too long."""
        deadline = time.monotonic() + self._pace.ready
        while not self._was_ready.is_set():
            if self._gave_up.is_set():
                raise CannotRun(self._complaint("stopped while starting"))
            if self._stopping.is_set():
                return
            if time.monotonic() > deadline:
                waited = f"was not ready within {self._pace.ready:.0f} seconds"
                raise CannotRun(self._complaint(waited))
            if self.pid is not None and self._answers("/health/ready"):
                self._lived = self._child
                self._was_ready.set()
            else:
                time.sleep(0.05)

    def stop(self) -> None:
        """Ask it to stop, kill it if it does not, and do not start it again."""
        self._stopping.set()
        with self._lock:
            child = self._child
        if child is not None:
            child.stop(self._pace.stop)
        if self._thread.is_alive():
            self._thread.join(self._pace.stop)

    # -- its thread ----------------------------------------------------------------------------

    def _keep(self) -> None:
        delay = self._pace.first_delay
        while not self._stopping.is_set():
            began = time.monotonic()
            status = self._run_once()
            if self._stopping.is_set():
                return
            if status == 0 and self.program.finishes:
                self._was_ready.set()  # it may have been quicker than whoever waits for it
                return
            if not self._was_ready.is_set():
                self._gave_up.set()
                return
            if time.monotonic() - began > self._pace.settled:
                delay = self._pace.first_delay
            self._tell(f"stopped unasked ({_outcome(status)}); starting it again in {delay:g} s")
            self._stopping.wait(delay)
            delay = min(delay * 2, self._pace.longest_delay)

    def _run_once(self) -> int:
        reader, writer = os.pipe()
        with self._lock:
            if self._stopping.is_set():
                os.close(reader)
                os.close(writer)
                return 0
            self._child = child = self._leash.spawn(
                self.program.command, env=self.program.environ, output=writer
            )
        os.close(writer)
        reading = threading.Thread(target=self._read, args=(reader,), daemon=True)
        reading.start()
        watching = threading.Thread(target=self._watch, args=(child,), daemon=True)
        watching.start()
        status = child.wait()
        reading.join(5)
        watching.join(5)
        return status

    def _read(self, reader: int) -> None:
        with os.fdopen(reader, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                self._said.append(line.rstrip())
                self._show(self.program.name, line.rstrip())

    def _watch(self, child: Child) -> None:
        """Restart a process that runs and does not live: a consumer that no longer polls."""
        failures = 0
        starts_until = time.monotonic() + self._pace.ready
        while self.program.port is not None and not child.ended.wait(self._pace.live_every):
            if self._answers("/health/live"):
                self._lived, failures = child, 0
            elif self._lived is child or time.monotonic() > starts_until:
                failures += 1
            if failures >= self._pace.live_failures and not self._stopping.is_set():
                self._tell("does not live (see /health/live); stopping it")
                child.stop(self._pace.stop)

    def _answers(self, path: str) -> bool:
        if self.program.port is None:
            return True
        connection = http.client.HTTPConnection(HOST, self.program.port, timeout=3)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _tell(self, sentence: str) -> None:
        self._show(self.program.name, f"{self.program.name} {sentence}")

    def _complaint(self, what: str) -> str:
        lines = "\n".join(f"    {line}" for line in self._said) or "    (nothing)"
        return f"The {self.program.name} service {what}; it said:\n{lines}"


def _outcome(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit {status}"
