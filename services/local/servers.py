"""PostgreSQL and Kafka for a run or a test: embedded in a folder, or those the environment names.

``KITH_POSTGRES`` (a DSN that may create roles and schemas) and ``KITH_KAFKA`` (bootstrap servers)
take the place of the embedded ones, each on its own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType

from services.kit.kafka_security import KafkaAccess
from services.kit.settings import KafkaSettings
from services.local.kafka import jars
from services.local.kafka.server import Kafka
from services.local.leash import Leash
from services.local.postgres import Postgres


class Servers:
    """A context manager: both servers are up inside it, and stopped after it."""

    def __init__(
        self,
        folder: Path,
        *,
        leash: Leash | None = None,
        postgres_port: int | None = None,
        kafka_port: int | None = None,
        password: str | None = None,
        durable: bool = True,
        shared_buffers: str = "128MB",
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._own_leash = leash is None
        self._leash = leash or Leash()
        self._postgres_dsn = environ.get("KITH_POSTGRES") or None
        self._kafka_bootstrap = environ.get("KITH_KAFKA") or None
        self.postgres: Postgres | None = None
        self.kafka: Kafka | None = None
        if self._postgres_dsn is None:
            self.postgres = Postgres(
                folder / "postgres",
                self._leash,
                port=postgres_port,
                password=password,
                durable=durable,
                shared_buffers=shared_buffers,
            )
        if self._kafka_bootstrap is None:
            self.kafka = Kafka(folder / "kafka", self._leash, port=kafka_port)

    @property
    def postgres_dsn(self) -> str:
        """The DSN of a role that may create roles, schemas and databases."""
        return self.postgres.dsn if self.postgres else self._postgres_dsn or ""

    @property
    def kafka_bootstrap(self) -> str:
        return self.kafka.bootstrap if self.kafka else self._kafka_bootstrap or ""

    @property
    def kafka_access(self) -> KafkaAccess:
        """The embedded broker asks nobody who they are; another one as ``KITH_KAFKA_…`` say."""
        if self.kafka is not None:
            return KafkaAccess(self.kafka.bootstrap)
        return KafkaSettings().reach(self.kafka_bootstrap)

    def revive(self, say: Callable[[str], None]) -> None:
        """Start again whichever has stopped unasked, and say so."""
        for server in (self.postgres, self.kafka):
            if server is not None and not server.alive:
                say(f"{server.complaint()}\nStarting it again.")
                server.start()

    def start(self, progress: jars.Progress | None = None) -> None:
        """Start both at once. When one fails the other is stopped, and the error raised."""
        starts: list[Callable[[], None]] = []
        if self.postgres is not None:
            starts.append(self.postgres.start)
        if self.kafka is not None:
            starts.append(partial(self.kafka.start, progress))
        try:
            _together(starts)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        try:
            _together([s.stop for s in (self.kafka, self.postgres) if s is not None])
        finally:
            if self._own_leash:
                self._leash.close()

    def __enter__(self) -> Servers:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _together(actions: list[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome in [pool.submit(action) for action in actions]:
            outcome.result()


@contextmanager
def temporary_servers(environ: Mapping[str, str] = os.environ) -> Iterator[Servers]:
    """This process's own servers, in a folder that is removed at the end; they skip ``fsync``."""
    folder = Path(tempfile.mkdtemp(prefix="kith-"))
    try:
        with Servers(folder, durable=False, environ=environ) as servers:
            yield servers
    finally:
        shutil.rmtree(folder, ignore_errors=True)
