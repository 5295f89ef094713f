"""A server that has gone silent is said by whoever needs it, and no longer once it answers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import asyncpg
import httpx
import pytest

from contracts.topics import ALERTS
from services.kit import subscription
from services.kit.app import Service
from services.kit.topics import create_topics
from services.local.kafka.server import Kafka
from services.local.leash import Leash
from tests.conftest import StackFactory
from tests.kit.probe import event, make_table, probe, seen
from tests.stack import TOKEN, Stack, eventually


@asynccontextmanager
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(service.api)
    async with httpx.AsyncClient(transport=transport, base_url="http://probe") as http:
        http.headers["Authorization"] = f"Bearer {TOKEN}"
        yield http


@asynccontextmanager
async def away(stack: Stack) -> AsyncIterator[None]:
    """PostgreSQL lets nobody into the stack's database."""
    name = urlsplit(stack.dsn).path.removeprefix("/")
    admin = await asyncpg.connect(stack.admin_dsn)
    try:
        await admin.execute(f"alter database {name} with allow_connections false")
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name
        )
        yield
        await admin.execute(f"alter database {name} with allow_connections true")
    finally:
        await admin.close()


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[Kafka]:
    """A broker of its own, because it is stopped."""
    with Leash() as leash:
        kafka = Kafka(tmp_path, leash)
        kafka.start()
        yield kafka
        kafka.stop()


@pytest.mark.timeout(120)
async def test_kafka_that_no_longer_answers_is_an_obstacle_until_it_does(
    open_stack: StackFactory, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "_SILENT_SECONDS", 2.0)
    async with open_stack("probe", topics=False) as made:
        stack = Stack(made.admin_dsn, kafka.bootstrap, made.namespace, made.dsn)
        await create_topics(stack.access, [ALERTS], stack.namespace)
        await make_table(stack)
        async with probe(stack) as service, client(service) as http:

            async def ready() -> tuple[int, list[str]]:
                answer = await http.get("/health/ready")
                return answer.status_code, answer.json()["faults"]

            await eventually(ready, lambda found: found == (200, []))
            assert kafka.pid is not None
            os.kill(kafka.pid, signal.SIGSTOP)
            try:
                _, found = await eventually(ready, lambda found: found[0] == 503)
                assert [said.partition(" for ")[0] for said in found] == [
                    "probe.alerts.alerts: Kafka has not answered"
                ]
                # What is sent in is kept meanwhile, and what is known can be read.
                assert (await http.get("/health/answering")).status_code == 200
                status = (await http.get("/health/status")).json()
                assert status["obstacles"]
                assert status["faults"] == []  # restarting it would not help
                assert status["consumers"]["probe.alerts.alerts"]["silent"]
            finally:
                os.kill(kafka.pid, signal.SIGCONT)
            await eventually(ready, lambda found: found == (200, []))
            await stack.publish(event("after"))
            await eventually(lambda: seen(stack), lambda names: names == ["after"])


async def test_while_postgresql_does_not_answer_the_status_says_so_and_what_else_is_known(
    open_stack: StackFactory,
) -> None:
    async with open_stack("probe") as stack:
        await make_table(stack)
        async with probe(stack) as service, client(service) as http:
            before = await eventually(
                lambda: http.get("/health/status"), lambda answer: not answer.json()["obstacles"]
            )
            assert before.json()["unsent"] == 0
            async with away(stack):
                answer = await eventually(
                    lambda: http.get("/health/status"), lambda answer: answer.json()["obstacles"]
                )
            assert answer.status_code == 200
            assert [said.partition(":")[0] for said in answer.json()["obstacles"]] == [
                "PostgreSQL does not answer"
            ]
            assert "probe.alerts.alerts" in answer.json()["consumers"]
            assert "unsent" not in answer.json()


class Gate:
    """The way to PostgreSQL. While it is not ``open`` nothing passes and nobody is told."""

    def __init__(self, dsn: str) -> None:
        self._server = urlsplit(dsn)
        self.open = asyncio.Event()
        self.open.set()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """The DSN of the same database through here."""
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        user = self._server.netloc.rpartition("@")[0] or "postgres"
        here = self._server._replace(netloc=f"{user}@127.0.0.1:{port}", query="")
        try:
            yield urlunsplit(here)
        finally:
            self.open.set()
            server.close()

    async def _pass_on(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        said = dict(parse_qsl(self._server.query))
        host, port = said.get("host", self._server.hostname or ""), self._server.port
        port = port or int(said.get("port", 5432))
        server, ask = await (
            asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
            if host.startswith("/")
            else asyncio.open_connection(host, port)
        )
        await asyncio.gather(self._pump(client, ask), self._pump(server, answer))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await source.read(65_536):
                await self.open.wait()
                sink.write(chunk)
        sink.close()


async def test_postgresql_that_hangs_is_said_and_delays_nobody_who_asks(
    open_stack: StackFactory,
) -> None:
    """It neither answers nor refuses, nor says that what was asked is cancelled."""
    async with open_stack("probe") as made:
        await make_table(made)
        gate = Gate(made.dsn)
        async with gate.serving() as dsn:
            stack = Stack(made.admin_dsn, made.kafka, made.namespace, dsn)
            async with probe(stack) as service, client(service) as http:
                await eventually(service.obstacles, lambda found: found == [])
                gate.open.clear()
                for _ in range(2):
                    for path in ("/health/ready", "/health/answering"):
                        async with asyncio.timeout(6):
                            answer = await http.get(path)
                        assert answer.status_code == 503
                        assert answer.json()["faults"] == [
                            "PostgreSQL does not answer: TimeoutError"
                        ]
                gate.open.set()
                await eventually(service.obstacles, lambda found: found == [])


async def test_whoever_asks_while_postgresql_hangs_is_told_to_ask_again_and_it_goes_on_after(
    open_stack: StackFactory,
) -> None:
    """More of them than there are connections, so that some wait for one and some for an answer."""
    async with open_stack("probe") as made:
        await make_table(made)
        gate = Gate(made.dsn)
        async with gate.serving() as dsn:
            stack = Stack(made.admin_dsn, made.kafka, made.namespace, dsn)
            async with (
                probe(stack, answer_seconds=1, pool_size=2) as service,
                client(service) as http,
            ):
                await eventually(service.obstacles, lambda found: found == [])
                gate.open.clear()
                async with asyncio.timeout(10):
                    answers = await asyncio.gather(*(http.get("/parked") for _ in range(6)))
                assert [one.status_code for one in answers] == [503] * 6
                assert all(one.headers["Retry-After"] for one in answers)
                assert "Whether this was done is not known" in answers[0].json()["detail"]
                gate.open.set()
                again = await eventually(
                    lambda: http.get("/parked"), lambda answer: answer.status_code == 200
                )
                assert again.json() == []
