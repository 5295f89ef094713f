"""Apache Kafka and PostgreSQL in containers, for a test run that asks for them.

``KITH_TEST_SERVERS=containers``. They are the images of the compose file, started once by the
process that leads the run, and ``KITH_KAFKA`` and ``KITH_POSTGRES`` tell every worker where.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import asyncpg
import yaml
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from testcontainers.core.container import DockerContainer

from services.local.ports import HOST, free_port

_START_SECONDS = 120.0
_COMPOSE = Path(__file__).parents[1] / "docker-compose.yml"
_THROW_AWAY = "postgres -c fsync=off -c full_page_writes=off -c max_connections=200 -c jit=off"


def start(stack: ExitStack) -> dict[str, str]:
    """Start both; the variables that name them. They are removed when the stack is closed."""
    services = yaml.safe_load(_COMPOSE.read_text("utf-8"))["services"]
    password = secrets.token_urlsafe(24)
    kafka_port, postgres_port = free_port(), free_port()
    kafka = _kafka(services["kafka"], kafka_port)
    postgres = (
        DockerContainer(services["postgres"]["image"], command=_THROW_AWAY)
        .with_env("POSTGRES_PASSWORD", password)
        .with_env("POSTGRES_DB", "kith")
    )
    for container, inner, port in ((kafka, "9092", kafka_port), (postgres, "5432", postgres_port)):
        # On loopback alone; the library's own way publishes to every network.
        container.ports[inner] = cast("int", (HOST, port))
        stack.enter_context(container)
    bootstrap = f"{HOST}:{kafka_port}"
    dsn = f"postgresql://postgres:{password}@{HOST}:{postgres_port}/kith"
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says so each time nobody answers
    asyncio.run(_ready(lambda: _ask_kafka(bootstrap), lambda: _ask_postgres(dsn)))
    logging.getLogger("aiokafka").setLevel(logging.NOTSET)
    return {"KITH_KAFKA": bootstrap, "KITH_POSTGRES": dsn}


def _kafka(composed: dict[str, Any], port: int) -> DockerContainer:
    """The broker as it is composed, but reached from this machine: it speaks to itself by one
    listener and to the tests by another, since each is told an address of its own."""
    told = {
        name: value
        for name, value in composed["environment"].items()
        if not re.search(r"SASL|AUTHORIZER|SUPER_USERS|ALLOW_EVERYONE|^KAFKA_OPTS$", name)
    }
    # The tests' own broker that asks who everybody is says what that changes.
    settings = told | {
        "KAFKA_INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
        "KAFKA_LISTENERS": "PLAINTEXT://:19092,HOST://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://localhost:19092,HOST://{HOST}:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": (
            "PLAINTEXT:PLAINTEXT,HOST:PLAINTEXT,CONTROLLER:PLAINTEXT"
        ),
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    }
    container = DockerContainer(composed["image"])
    for name, value in settings.items():
        container.with_env(name, str(value))
    return container


async def _ready(*servers: Callable[[], Awaitable[None]]) -> None:
    async def ready(ask: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await ask()
            except (OSError, KafkaError, asyncpg.PostgresError):
                await asyncio.sleep(0.2)

    async with asyncio.timeout(_START_SECONDS):
        await asyncio.gather(*map(ready, servers))


async def _ask_kafka(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
    try:
        await admin.start()
        # The first to ask has the topic of the groups' offsets made.
        await admin.find_coordinator("kith")
    finally:
        await admin.close()


async def _ask_postgres(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.close()
