"""One pair of temporary servers shared by processes that do not know of each other (test workers).

``python -m services.local.shared <folder>`` keeps the pair. Each user holds a shared lock on the
folder's ``users`` file; the keeper waits for the exclusive lock. The kernel drops a lock however
its process ends, so the servers go when the last user has gone, interrupted or killed included.

They stand in memory where there is room: a database is some hundred files and a topic a few more,
and to make and drop these on a disk costs many times what a test does with them.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from services.local.errors import CannotRun
from services.local.servers import Servers

_START_SECONDS = 180.0
_KEPT_ALREADY = 0
_MEMORY = Path("/dev/shm")  # noqa: S108
_ROOM = 4 * 1024**3
"""Bytes free in memory; a run of all tests writes less than a tenth of them."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers are. ``postgres_dsn`` may create roles, schemas and databases."""

    postgres_dsn: str
    kafka_bootstrap: str


def scratch_folder(
    environ: Mapping[str, str] = os.environ, memory: Path = _MEMORY, room: int = _ROOM
) -> Path:
    """Where the servers stand: in ``TMPDIR`` if it is set, else in memory if there is ``room`` for
    so many bytes, else where the system keeps temporary files."""
    if environ.get("TMPDIR") or not os.access(memory, os.W_OK | os.X_OK):
        return Path(tempfile.gettempdir())
    if shutil.disk_usage(memory).free < room:
        return Path(tempfile.gettempdir())
    return memory


@contextmanager
def shared_servers(key: str, environ: Mapping[str, str] = os.environ) -> Iterator[Addresses]:
    """The servers of everyone who says the same ``key``, started by whoever is first."""
    given = environ.get("KITH_POSTGRES"), environ.get("KITH_KAFKA")
    if given[0] and given[1]:
        yield Addresses(given[0], given[1])
        return
    folder = scratch_folder(environ) / f"kith-{os.getuid()}-{key}"
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            start, users = (folder / "start").open("w"), (folder / "users").open("w")
        except FileNotFoundError:  # removed by a keeper that has finished
            continue
        with start, users:
            fcntl.flock(start, fcntl.LOCK_EX)
            addresses = _join(folder, users.fileno())
            fcntl.flock(start, fcntl.LOCK_UN)
            if addresses is not None:
                yield addresses
                return


def _join(folder: Path, users: int) -> Addresses | None:
    """Hold a user's lock, with a keeper running. None: the folder was removed meanwhile."""
    answer = folder / "addresses.json"
    keeper: subprocess.Popen[bytes] | None = None
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        fcntl.flock(users, fcntl.LOCK_SH)
        if os.fstat(users).st_nlink == 0:
            return None
        if answer.exists():
            if _is_kept(folder):
                return Addresses(**json.loads(answer.read_text()))
            answer.unlink()  # of a keeper that was killed
        if keeper is None:
            keeper = _start_keeper(folder)
        elif keeper.poll():
            said = (folder / "keeper.log").read_text("utf-8", "replace")
            raise CannotRun(f"The servers for the tests could not be started:\n{said}")
        elif keeper.poll() == _KEPT_ALREADY:
            keeper = None
        time.sleep(0.05)
    raise CannotRun(f"The servers for the tests were not ready in {_START_SECONDS:.0f} seconds.")


def _start_keeper(folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "keeper.log").open("ab") as log:
        return subprocess.Popen(
            (sys.executable, "-m", "services.local.shared", str(folder)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
        )


def _is_kept(folder: Path) -> bool:
    with (folder / "keeper").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def keep(folder: Path) -> None:
    """Run the servers until nobody uses them."""
    with (folder / "keeper").open("a") as alone, (folder / "users").open("r") as users:
        try:
            fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(_KEPT_ALREADY)
        for leftover in ("postgres", "kafka"):
            shutil.rmtree(folder / leftover, ignore_errors=True)
        with Servers(folder, durable=False) as servers:
            answer = Addresses(servers.postgres_dsn, servers.kafka_bootstrap)
            unfinished = folder / "addresses.new"
            unfinished.write_text(json.dumps(asdict(answer)))
            unfinished.replace(folder / "addresses.json")
            fcntl.flock(users, fcntl.LOCK_EX)
        # Whoever comes now waits for the lock, finds the file removed and begins anew.
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
