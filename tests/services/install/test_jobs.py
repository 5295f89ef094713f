"""The jobs as containers run them: the secrets made, then schemas, topics and the place, twice."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from typer.testing import CliRunner, Result

from contracts.topics import ALL_TOPICS
from services.install.cli import app
from services.install.jobs import WITH_DATABASE
from services.install.settings import InstallSettings
from services.kit.kafka_security import KafkaAccess
from services.kit.topics import create_topics
from services.local.leash import Leash
from services.local.ports import free_port
from services.local.postgres import Postgres
from services.local.settings import PLACES
from services.local.shared import Addresses

PLACE = PLACES / "greater-manchester"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A secrets folder, and a PostgreSQL that asks for its passwords."""
    folder = tmp_path_factory.mktemp("installation")
    port = free_port()
    made = CliRunner().invoke(
        app, ["secrets", str(folder), "--place", str(PLACE), "--postgres", f"127.0.0.1:{port}/kith"]
    )
    assert made.exit_code == 0, made.output
    with Leash() as leash:
        password = (folder / "postgres-password").read_text()
        server = Postgres(
            tmp_path_factory.mktemp("pg"), leash, port=port, password=password, durable=False
        )
        server.start()
        yield folder
        server.stop()


@pytest.fixture
def told(
    installation: Path, servers: Addresses, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """What the compose file tells the jobs."""
    for name in ("KITH_POSTGRES", "KITH_KAFKA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KITH_POSTGRES_FILE", str(installation / "postgres-admin"))
    for service in WITH_DATABASE:
        variable = f"KITH_POSTGRES_{service.upper()}_FILE"
        monkeypatch.setenv(variable, str(installation / f"postgres-{service}"))
    monkeypatch.setenv("KITH_KAFKA", servers.kafka_bootstrap)
    monkeypatch.setenv("KITH_NAMESPACE", f"i{secrets.token_hex(4)}.")
    monkeypatch.setenv("KITH_PLACE_FOLDER", str(PLACE))
    monkeypatch.setenv("KITH_CREDENTIALS", str(installation / "agency-credentials.json"))
    monkeypatch.setenv("KITH_PATIENCE_SECONDS", "0")
    return monkeypatch


def job(name: str) -> str:
    answer = CliRunner().invoke(app, [name])
    assert answer.exit_code == 0, answer.output
    return answer.output


def ask(dsn_file: Path, sql: str) -> Any:
    dsn = dsn_file.read_text()

    async def fetch() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(fetch())


@pytest.mark.usefixtures("told")
def test_schemas_and_place_are_ready_and_a_second_time_changes_nothing(installation: Path) -> None:
    agencies = len(json.loads((installation / "agency-credentials.json").read_text()))
    job("schemas")
    assert f"Version 1 of the place is in force; {agencies} agencies" in job("place")
    for service in WITH_DATABASE:
        own = installation / f"postgres-{service}"
        assert ask(own, "select count(*) from schema_migration") >= 2
    assert "alerts: 0 new migrations" in job("schemas")
    assert "Version 1 of the place is in force; 0 agencies" in job("place")
    credentials = ask(installation / "postgres-agencies", "select count(*) from credential")
    assert credentials == agencies


def test_topics_are_made_once(told: pytest.MonkeyPatch, servers: Addresses) -> None:
    told.setenv("KITH_NAMESPACE", namespace := f"i{secrets.token_hex(4)}.")
    assert f"{len(ALL_TOPICS)} new topics" in job("topics")
    assert "0 new topics" in job("topics")

    async def topics() -> set[str]:
        admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka_bootstrap)
        await admin.start()
        try:
            return set(await admin.list_topics())
        finally:
            await admin.close()

    assert {namespace + topic.name for topic in ALL_TOPICS} <= asyncio.run(topics())


def waited(*names: str) -> Result:
    return CliRunner().invoke(app, ["await", *names])


def test_what_a_job_makes_can_be_waited_for(told: pytest.MonkeyPatch, installation: Path) -> None:
    job("schemas")
    asked = waited("schemas", "topics")
    assert asked.exit_code == 1
    assert "Still missing: agencies.assessments" in asked.output.replace(
        os.environ["KITH_NAMESPACE"], ""
    )
    job("topics")
    assert waited("schemas", "topics").exit_code == 0
    last = "(select max(name) from schema_migration)"
    ask(installation / "postgres-alerts", f"delete from schema_migration where name = {last}")
    assert "Still missing: 1 migrations of alerts." in waited("schemas").output
    told.delenv("KITH_POSTGRES_ALERTS_FILE")
    assert waited("schemas").exit_code == 0  # only those whose DSN is given


@pytest.mark.parametrize("dsn", ["nobody@{server}/kith", "kith_alerts@{server}/none", "a@[::1]:1/"])
def test_servers_that_are_not_there_yet_are_waited_for(
    told: pytest.MonkeyPatch, installation: Path, dsn: str
) -> None:
    server = (installation / "postgres-admin").read_text().rpartition("@")[2].partition("/")[0]
    for service in WITH_DATABASE:
        told.delenv(f"KITH_POSTGRES_{service.upper()}_FILE")
    assert "No KITH_POSTGRES_<SERVICE>" in waited("schemas").output
    told.setenv("KITH_POSTGRES_ALERTS", "postgresql://" + dsn.format(server=server))
    asked = waited("schemas")
    assert (asked.exit_code, "Still missing: schemas (" in asked.output) == (1, True)


def test_of_two_jobs_at_once_each_topic_is_reported_by_one(servers: Addresses) -> None:
    namespace = f"i{secrets.token_hex(4)}."

    async def at_once() -> list[list[str]]:
        jobs = (
            create_topics(KafkaAccess(servers.kafka_bootstrap), ALL_TOPICS, namespace)
            for _ in range(3)
        )
        return await asyncio.gather(*jobs)

    made = [name for names in asyncio.run(at_once()) for name in names]
    assert sorted(made) == sorted(namespace + topic.name for topic in ALL_TOPICS)


@pytest.mark.parametrize(
    ("variable", "value", "name", "said"),
    [
        ("KITH_POSTGRES_ALERTS_FILE", None, "schemas", "KITH_POSTGRES_ALERTS (or"),
        ("KITH_PLACE_FOLDER", "/nowhere", "place", "/nowhere/place.json is missing"),
        ("KITH_CREDENTIALS", "/nowhere", "place", "/nowhere is not JSON"),
        ("KITH_KAFKA", "127.0.0.1:9", "topics", "A server does not answer"),
    ],
)
def test_what_is_missing_is_named(
    told: pytest.MonkeyPatch, variable: str, value: str | None, name: str, said: str
) -> None:
    CliRunner().invoke(app, ["schemas"])
    told.setenv(variable, value or "")
    answer = CliRunner().invoke(app, [name])
    assert answer.exit_code == 1
    assert said in answer.output


def test_every_service_with_a_database_has_a_setting_for_its_role() -> None:
    settings = {f.removeprefix("postgres_") for f in InstallSettings.model_fields} - {"postgres"}
    assert set(WITH_DATABASE) <= settings
