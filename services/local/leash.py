"""Child processes that cannot outlive this one.

A watcher process reads a pipe whose only writer is this process. However this process ends, even
by ``kill -9``, the pipe closes and the watcher stops every child that is left. Portable: no signal
from the kernel is needed. Each child leads a process group, so Ctrl-C at the terminal reaches this
process alone, which stops the children in its own order.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

_SCRIPT = str(Path(__file__).with_name("leashed.py"))
_PYTHON = (sys.executable, "-I", "-S", _SCRIPT)


@dataclass(frozen=True, slots=True)
class User:
    """A system user, to run a server that refuses to run as root."""

    uid: int
    gid: int


class Child:
    """One child process. ``stop`` may be called from any thread, more than once."""

    def __init__(self, leash: Leash, process: subprocess.Popen[bytes], stop_signal: int) -> None:
        self._leash = leash
        self._stop_signal = stop_signal
        self.process = process
        self.pid = process.pid
        self.ended = threading.Event()

    @property
    def alive(self) -> bool:
        return self.poll() is None

    def poll(self) -> int | None:
        """The exit status, or None while it runs."""
        status = self.process.poll()
        if status is not None:
            self._note_end()
        return status

    def wait(self, seconds: float | None = None) -> int:
        """Wait for its end. Raises ``subprocess.TimeoutExpired``."""
        status = self.process.wait(seconds)
        self._note_end()
        return status

    def _note_end(self) -> None:
        self._leash.forget(self.pid)
        self.ended.set()

    def signal(self, number: int) -> None:
        """Signal its process group, if it is still there."""
        if self.alive:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def stop(self, grace_seconds: float = 10.0) -> int:
        """Ask it to stop, kill it if it has not stopped in time; its exit status."""
        self.signal(self._stop_signal)
        try:
            return self.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            return self.wait()


class Leash:
    """Starts child processes, and sees to it that none is left when this process has ended."""

    def __init__(self, grace_seconds: float = 10.0, hold: int | None = None) -> None:
        """``grace_seconds``: how long the watcher waits before it kills what is left.

        ``hold``: a locked file's descriptor; it stays locked until every child has gone.
        """
        reader, self._pipe = os.pipe()
        self._known: dict[int, Child] = {}
        self._closed = False
        self._lock = threading.Lock()
        with os.fdopen(reader, "rb") as standard_input:
            self._watcher = subprocess.Popen(
                (*_PYTHON, "watch", str(grace_seconds)),
                stdin=standard_input,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
                pass_fds=() if hold is None else (hold,),
            )

    def spawn(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        output: int | IO[bytes] = subprocess.DEVNULL,
        stop_signal: int = signal.SIGTERM,
        user: User | None = None,
    ) -> Child:
        """Start ``command`` with both its outputs to ``output`` and nothing to read."""
        # The script runs isolated, before the command's environment can matter to Python.
        identity = f"{user.uid}:{user.gid}" if user else ""
        process = subprocess.Popen(
            (*_PYTHON, "exec", str(self._pipe), str(int(stop_signal)), identity, *command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            pass_fds=(self._pipe,),
        )
        child = Child(self, process, stop_signal)
        with self._lock:
            self._known[process.pid] = child
        return child

    def forget(self, pid: int) -> None:
        """The child has ended: its id may soon be another process's."""
        with self._lock:
            if pid in self._known and not self._closed:
                del self._known[pid]
                os.write(self._pipe, f"-{pid}\n".encode())

    def close(self) -> None:
        """Stop what still runs, last started first."""
        for child in reversed(list(self._known.values())):
            child.stop()
        with self._lock:
            if not self._closed:
                self._closed = True
                os.close(self._pipe)
        self._watcher.wait()

    def __enter__(self) -> Leash:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
