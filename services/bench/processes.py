"""Service processes for a bench: a schema, topics, then one process each, ready to work."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from contracts.topics import Topic
from services.kit import db
from services.kit.topics import create_topics
from services.local.folder import role_dsn
from services.local.leash import Child, Leash
from services.local.ports import free_port
from services.local.servers import Servers
from services.local.tail import last_lines

_READY_SECONDS = 60.0
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Program:
    """One service. ``packages``: where its migrations are; none for the usual places."""

    name: str
    arguments: tuple[str, ...]
    packages: tuple[str, ...] = ()
    has_database: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)


class Processes:
    """The running processes of one system under test."""

    def __init__(
        self, servers: Servers, leash: Leash, folder: Path, profiles: Path | None = None
    ) -> None:
        """``profiles``: run every service under cProfile and leave ``<service>.prof`` there."""
        self._servers, self._leash, self._folder = servers, leash, folder
        self._profiles = profiles
        self.token = secrets.token_hex(24)
        self.environment: dict[str, str] = {}
        """What every service is told besides."""
        self.ports: dict[str, int] = {}
        self._children: dict[str, Child] = {}

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._children.items()}

    def dsn(self, service: str) -> str:
        """The DSN of a service's own role."""
        return role_dsn(self._servers.postgres_dsn, f"kith_{service}", self.token)

    async def prepare(self, programs: Sequence[Program], topics: Sequence[Topic]) -> None:
        """Roles, schemas, migrations and topics; a port for each."""
        for program in programs:
            self.ports.setdefault(program.name, free_port())
            if program.has_database:
                await db.provision(self._servers.postgres_dsn, program.name, self.token)
                await db.migrate(self.dsn(program.name), program.name, program.packages)
        await create_topics(self._servers.kafka_access, topics)

    async def start(self, programs: Sequence[Program]) -> None:
        """Start all, and wait until each says that it is ready."""
        for program in programs:
            log = self._folder / f"{program.name}.log"
            with log.open("wb") as output:
                self._children[program.name] = self._leash.spawn(
                    self._command(program),
                    env=self._environment(program),
                    cwd=_ROOT,
                    output=output,
                    # cProfile writes when Python unwinds, which SIGTERM does not let it do.
                    stop_signal=signal.SIGINT if self._profiles else signal.SIGTERM,
                )
        async with httpx.AsyncClient(timeout=5) as client:
            for program in programs:
                await self._await_ready(client, program.name)

    def stop(self) -> None:
        for child in reversed(self._children.values()):
            child.stop()
        self._children.clear()

    def _command(self, program: Program) -> tuple[str, ...]:
        if self._profiles is None:
            return (sys.executable, *program.arguments)
        file = self._profiles.resolve() / f"{program.name}.prof"
        return (sys.executable, "-m", "cProfile", "-o", str(file), *program.arguments)

    def _environment(self, program: Program) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("KITH_")}
        return {
            **kept,
            "KITH_POSTGRES": self.dsn(program.name),
            **self._servers.kafka_access.environment(),
            "KITH_SERVICE_TOKEN": self.token,
            "KITH_HTTP_PORT": str(self.ports[program.name]),
            "KITH_LOG_LEVEL": "WARNING",
            **self.environment,
            **program.environment,
        }

    async def _await_ready(self, client: httpx.AsyncClient, name: str) -> None:
        url = f"http://127.0.0.1:{self.ports[name]}/health/ready"
        log, said = self._folder / f"{name}.log", "it did not answer"
        for _ in range(int(_READY_SECONDS / 0.1)):
            if not self._children[name].alive:
                raise RuntimeError(f"{name} ended while starting:\n{last_lines(log)}")
            try:
                answer = await client.get(url)
                if answer.is_success:
                    return
                said = answer.text
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
        raise RuntimeError(f"{name} was not ready in time: {said}\n{last_lines(log)}")
