"""The run folder: one run at a time, its secrets, and the credentials of the demonstration."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlsplit, urlunsplit

import psutil

from services.local.errors import ALREADY_RUNNING, CannotRun

_STOPPING_SECONDS = 30.0
"""How long to wait for what is left of a run that was killed."""


@contextmanager
def locked(folder: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[int]:
    """Hold the run folder; the lock's file descriptor, which children may hold on to.

    ``waiting`` is called, again and again, while what is left of a killed run is stopping. Raises
    :class:`CannotRun` while another run has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        deadline = time.monotonic() + _STOPPING_SECONDS
        while not _has_locked(lock):
            lock.seek(0)
            holder = lock.read().strip()
            # The children of a run that was killed hold on to the lock until they have stopped.
            if not holder or psutil.pid_exists(int(holder)) or time.monotonic() > deadline:
                raise CannotRun(
                    f"Kith is already running in {folder} (process {holder or 'unknown'}): "
                    "stop it with Ctrl-C where it was started, then start again.",
                    ALREADY_RUNNING,
                )
            waiting()
            time.sleep(0.1)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock.fileno()


def _has_locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Secrets:
    """Random secrets of this run folder, made when first asked for, kept in a file of mode 0600."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: dict[str, str] = load_json(file)

    def get(self, name: str) -> str:
        """The secret of that name, the same in every run."""
        if name not in self._kept:
            self._kept[name] = secrets.token_urlsafe(32)
            save_json(self._file, self._kept)
        return self._kept[name]


def load_json(file: Path) -> dict[str, str]:
    """The object in the file; empty where there is no file."""
    try:
        found: dict[str, str] = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise CannotRun(f"{file} cannot be read: remove the run folder to start afresh.") from None
    return found


def save_json(file: Path, content: Mapping[str, str]) -> None:
    """All or nothing, readable by its owner alone."""
    beside = file.with_suffix(".new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(dict(content), indent=2) + "\n", "utf-8")
    beside.replace(file)


def role_dsn(admin_dsn: str, role: str, password: str) -> str:
    """The same database, as another role."""
    parts = urlsplit(admin_dsn)
    host = parts.netloc.rpartition("@")[2]
    login = f"{quote(role, safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{host}"))
