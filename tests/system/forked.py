"""Service processes forked from one that has read their code: most of what starting costs.

Each is a process of its own, as ``python -m services.<name>`` makes it, but for the hash seed,
which all of one parent share. There are two parents: :mod:`tests.system.town` forks the processes
of each service from one and the other in turn, so that what depends on the order of a set still
differs between two of one service. Linux only.

Run as a program it is such a parent: a request is a line of JSON on its standard input, the answer
the child's process id. When its input ends, every child is killed: none outlives the test run.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import random
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

SERVICES = ("agencies", "duplication", "keyworkers", "alerts", "operations", "portal")
POSSIBLE = sys.platform == "linux"
_POLL_SECONDS = 0.01
_SEEDS = tuple(map(str, random.sample(range(1, 2**32), 2)))


class Forked:
    """One child; what :class:`services.local.leash.Child` offers of it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    @property
    def alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def wait(self, seconds: float) -> None:
        """Wait for its end. Raises ``TimeoutError``."""
        until = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > until:
                raise TimeoutError(f"process {self.pid} has not ended")
            time.sleep(_POLL_SECONDS)

    def stop(self, grace_seconds: float = 10.0) -> None:
        """Ask it to stop, kill it if it has not stopped in time."""
        self.signal(signal.SIGTERM)
        try:
            self.wait(grace_seconds)
        except TimeoutError:
            self.signal(signal.SIGKILL)
            self.wait(grace_seconds)


@cache
def _parent(number: int) -> tuple[IO[str], IO[str]]:
    """``number``: each has a hash seed of its own."""
    process = subprocess.Popen(
        (sys.executable, "-m", "tests.system.forked"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONHASHSEED": _SEEDS[number]},
    )
    assert process.stdin
    assert process.stdout

    def end(ends: IO[str] = process.stdin) -> None:
        ends.close()
        process.wait()

    atexit.register(end)
    return process.stdin, process.stdout


def fork(service: str, env: Mapping[str, str], output: Path, parent: int) -> Forked:
    """Start the service with that environment, both its outputs to a file. ``parent``: 0 or 1."""
    requests, answers = _parent(parent)
    request = {"service": service, "env": dict(env), "output": str(output)}
    requests.write(json.dumps(request) + "\n")
    requests.flush()
    return Forked(int(answers.readline()))


def main() -> None:
    """Be the parent; returns as the child of each request, its service ended."""
    for service in SERVICES:
        importlib.import_module(f"services.{service}.__main__")
        del sys.modules[f"services.{service}.__main__"]
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: they leave no zombie
    children: list[int] = []
    while line := sys.stdin.buffer.readline():
        pid = os.fork()
        if pid == 0:
            _become(json.loads(line))
            return
        children.append(pid)
        os.write(1, f"{pid}\n".encode())
    for pid in children:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _become(request: dict[str, object]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(str(request["output"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, descriptor)
    env = request["env"]
    assert isinstance(env, dict)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = [f"services.{request['service']}"]
    runpy.run_module(f"services.{request['service']}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
