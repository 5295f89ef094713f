"""What the processes cost: CPU seconds and memory of each, measured from outside."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

_EVERY_SECONDS = 0.5
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process and its children. Peak memory in MiB: private pages and a share of the
    shared ones (PSS) where the system tells, else resident pages."""

    cpu_seconds: float
    peak_mib: float


class Meter:
    """Watches processes by name while it is open; costs are since it was opened."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._roots = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._before: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._peak: dict[str, float] = dict.fromkeys(pids, 0.0)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Meter:
        self._before = {name: _cpu(root) for name, root in self._roots.items()}
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._look()
        self._ended = {name: _cpu(root) for name, root in self._roots.items()}

    def costs(self) -> dict[str, Cost]:
        return {
            name: Cost(self._ended[name] - self._before[name], self._peak[name])
            for name in self._roots
        }

    async def _watch(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(_EVERY_SECONDS)

    def _look(self) -> None:
        for name, root in self._roots.items():
            self._peak[name] = max(self._peak[name], _memory(root))


def _family(root: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return [root, *root.children(recursive=True)]
    return []


def _cpu(root: psutil.Process) -> float:
    """User and system seconds; those of children that have ended are in their parent's."""
    total = 0.0
    for process in _family(root):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
            if process is root:
                total += getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
    return total


def _memory(root: psutil.Process) -> float:
    total = 0.0
    for process in _family(root):
        with contextlib.suppress(psutil.Error):
            try:
                total += process.memory_full_info().pss
            except (AttributeError, psutil.AccessDenied):
                total += process.memory_info().rss
    return total / _MIB
