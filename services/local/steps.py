"""What a run does, in order. Each step may be repeated: a second run finds its work done."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from contracts.topics import ALL_TOPICS
from services.agencies.registry import load_demonstration
from services.keyworkers.loading import load_place
from services.kit.db import migrate, provision
from services.kit.kafka_security import KafkaAccess
from services.kit.topics import create_topics
from services.local.folder import Secrets, load_json, role_dsn, save_json
from services.local.program import Program
from services.local.servers import Servers
from services.local.settings import PLACES, WITHOUT_DATABASE, LocalSettings
from services.local.supervisor import Supervisor

Tell: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What the steps share."""

    folder: Path
    settings: LocalSettings
    secrets: Secrets
    servers: Servers
    supervisor: Supervisor
    services: tuple[str, ...]
    feed: bool

    @property
    def credentials(self) -> Path:
        """JSON: agency id to credential."""
        return self.folder / "credentials.json"

    def dsn(self, service: str) -> str:
        """The DSN of the service's own role, which owns its schema and sees no other."""
        password = self.secrets.get(f"postgres.{service}")
        return role_dsn(self.servers.postgres_dsn, f"kith_{service}", password)

    def with_database(self) -> list[str]:
        return [name for name in self.services if name not in WITHOUT_DATABASE]


def start_servers(run: Run, tell: Tell) -> None:
    run.servers.start(
        lambda done, total, size: tell(
            f"downloading Kafka, once: {done} of {total} jars, {size / 1e6:.0f} MB"
        )
    )


def prepare_schemas(run: Run, tell: Tell) -> None:
    """A role, a schema and its migrations for each service."""

    async def prepare(service: str) -> None:
        password = run.secrets.get(f"postgres.{service}")
        await provision(run.servers.postgres_dsn, service, password)
        applied = await migrate(run.dsn(service), service)
        tell(f"{service}, {len(applied)} new migrations")

    async def prepare_all() -> None:
        await asyncio.gather(*(prepare(service) for service in run.with_database()))

    asyncio.run(prepare_all())


def prepare_topics(run: Run, _: Tell) -> None:
    asyncio.run(create_topics(run.servers.kafka_access, ALL_TOPICS))


def load_places(run: Run, _: Tell) -> None:
    """The demonstration place: its agencies with a credential each, its teams and key workers."""
    place = PLACES / run.settings.place

    async def load() -> None:
        if "agencies" in run.services:
            known = load_json(run.credentials)
            issued = await load_demonstration(run.dsn("agencies"), place / "agencies.json", known)
            save_json(run.credentials, issued)
        if "keyworkers" in run.services:
            await load_place(run.dsn("keyworkers"), place / "place.json")

    asyncio.run(load())


def start_services(run: Run, tell: Tell) -> None:
    programs = [
        Program(
            service,
            (sys.executable, "-m", f"services.{service}"),
            run.settings.environ_of(
                service,
                "" if service in WITHOUT_DATABASE else run.dsn(service),
                run.servers.kafka_access,
                run.secrets.get("service_token"),
            ),
            run.settings.port(service),
        )
        for service in run.services
    ]
    run.supervisor.start(programs, tell)


def start_feed(run: Run, _: Tell) -> None:
    """A simulated week of assessments, sent as agencies send them; it goes on where it was."""
    if not run.feed:
        return
    environ = run.settings.environ_of("agencies", "", KafkaAccess(""), "") | {
        "KITH_CREDENTIALS": str(run.credentials),
        "KITH_RUN_FOLDER": str(run.folder),
    }
    command = (sys.executable, "-m", "services.simulator")
    run.supervisor.start([Program("simulator", command, environ, finishes=True)])


STEPS: tuple[tuple[str, Callable[[Run, Tell], None]], ...] = (
    ("PostgreSQL and Kafka", start_servers),
    ("Roles, schemas and migrations", prepare_schemas),
    ("Topics", prepare_topics),
    ("The demonstration place", load_places),
    ("Services", start_services),
    ("A simulated week", start_feed),
)
