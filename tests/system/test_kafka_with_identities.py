"""The whole path on a broker that asks who everybody is, each service with its own user and rights;
the job and the commands that give them."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from contracts.assessments import AssessmentSubmittedV1
from contracts.topics import inbound_topic
from services.agencies.cli import app as agency_app
from services.install.cli import app as install_app
from services.kit.acls import service_acls
from services.kit.kafka import create_producer
from services.kit.kafka_rights import KafkaAdminSettings
from services.kit.kafka_security import KafkaAccess, explain
from services.kit.topics import _Admin
from tests.conftest import StackFactory
from tests.secured_kafka import SecuredKafka, secured_kafka
from tests.stack import Stack, eventually
from tests.system.town import POLICE, SERVICES, Town, open_town


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    with secured_kafka(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka


@dataclass
class Installed:
    """A stack whose topics and rights the job has made. ``files``: each service's password."""

    kafka: SecuredKafka
    stack: Stack
    files: dict[str, Path]
    patch: pytest.MonkeyPatch

    def told(self, service: str) -> dict[str, str]:
        """What a service is told of Kafka, as its container is."""
        user = self.kafka.user(f"{self.stack.namespace}kith-{service}", "")
        return replace(user, password_file=self.files[service]).environment()

    async def job(self, passwords: dict[str, str] | None = None) -> str:
        """``kith install topics``, as whoever may; with those passwords or the services' files."""
        given = passwords or {name: file.read_text() for name, file in self.files.items()}
        passwords = {f"kafka_password_{name}": word for name, word in given.items()}
        self.kafka.as_admin(
            self.patch, namespace=self.stack.namespace, patience_seconds="0", **passwords
        )
        answer = await asyncio.to_thread(CliRunner().invoke, install_app, ["topics"])
        assert answer.exit_code == 0, answer.output
        return answer.output

    async def agency(self, *arguments: str) -> Result:
        """``kith agency``, as whoever the environment says."""
        command = [*arguments, "--postgres", self.stack.dsn]
        return await asyncio.to_thread(CliRunner().invoke, agency_app, command)

    async def agencys_user(self) -> KafkaAccess:
        """The police's, over TLS, as it is printed."""
        self.kafka.as_admin(self.patch, namespace=self.stack.namespace)
        given = await self.agency("kafka", POLICE)
        assert given.exit_code == 0, given.output
        user, password = given.stdout.split()
        return self.kafka.over_tls(user, password)

    async def write(self, access: KafkaAccess, assessment: dict[str, Any]) -> None:
        producer = create_producer(access, "police")
        await producer.start()
        try:
            await producer.send_and_wait(
                self.stack.namespace + inbound_topic(POLICE).name,
                json.dumps(assessment).encode(),
                headers=[
                    ("ce_specversion", b"1.0"),
                    ("ce_id", b"any"),
                    ("ce_type", AssessmentSubmittedV1.TYPE.encode()),
                    ("ce_source", f"/agencies/{POLICE}".encode()),
                ],
            )
        finally:
            await producer.stop()


@pytest.fixture
async def installed(
    open_stack: StackFactory,
    kafka: SecuredKafka,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Installed]:
    async with open_stack(*SERVICES, topics=False) as made:
        stack = Stack(made.admin_dsn, kafka.anybody.bootstrap, made.namespace, made.dsn)
        files = {name: tmp_path / f"kafka-{name}" for name in SERVICES}
        for file in files.values():
            file.write_text(secrets.token_urlsafe(32))
        yield Installed(kafka, stack, files, monkeypatch)


async def followed(town: Town, reference: str) -> str:
    """The status of what the police sent by that reference, once it names somebody and the key
    worker is alerted."""

    async def ask() -> list[Any]:
        return await town.rows(
            "select assessment_id from agencies.assessment a join alerts.alert l"
            " using (assessment_id) where a.reference = $1",
            reference,
        )

    rows = await eventually(ask, seconds=60)
    return str((await town.settled(POLICE, rows[0]["assessment_id"]))["status"])


@pytest.mark.timeout(240)
async def test_an_agencys_record_is_followed_to_the_key_worker_and_services_take_new_passwords(
    installed: Installed, tmp_path: Path
) -> None:
    assert "5 new passwords" in await installed.job()
    installed.stack.own = {service: installed.told(service) for service in SERVICES}
    async with open_town(installed.stack, tmp_path) as town:
        police = await installed.agencys_user()
        await eventually(lambda: sees(police, installed), seconds=60)
        first = town.assessment()
        await installed.write(police, first)
        assert await followed(town, first["reference"]) == "opened"

        # Every password is another, and no connection is left.
        changed = {name: secrets.token_urlsafe(32) for name in SERVICES}
        assert "5 new passwords" in await installed.job(changed)
        await asyncio.to_thread(installed.kafka.kafka.stop)
        await asyncio.to_thread(installed.kafka.kafka.start)
        await eventually(lambda: refused(town, "alerts"), lambda said: "refuses the user" in said)
        for name, file in installed.files.items():
            file.write_text(changed[name])
        second = town.assessment()
        await installed.write(police, second)
        assert await followed(town, second["reference"]) == "routed"

        for service in SERVICES:
            [instance] = town.instances[service]
            assert "AuthorizationFailed" not in instance.log.read_text("utf-8"), service


async def refused(town: Town, service: str) -> str:
    """Why the service cannot do its work now, as it says itself."""
    answer = await town.client.get(f"{town.url(service)}/health/ready")
    return " ".join(answer.json()["faults"]) if answer.status_code == 503 else ""


async def sees(access: KafkaAccess, installed: Installed) -> bool:
    """Whether the agency's topic is there: agencies makes it within seconds."""
    admin = _Admin(**access.client())
    await admin.start()
    try:
        name = installed.stack.namespace + inbound_topic(POLICE).name
        return bool(await admin.known([name]))
    finally:
        await admin.close()


async def test_the_job_says_what_it_gave_and_a_second_time_nothing(installed: Installed) -> None:
    said = await installed.job()
    wanted = service_acls(KafkaAdminSettings().naming)
    assert f"{len(wanted)} new rights" in said
    for acl in wanted:
        assert f"  {acl}\n" in said
    again = await installed.job()
    assert "0 new topics" in again
    assert "0 new passwords" in again
    assert "0 new rights" in again
    assert "0 taken away" in again


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"kafka_password": "guessed"}, "Kafka does not let the job in: 127.0.0.1:"),
        ({"kafka_mechanism": "SCRAM-SHA-256"}, "does not take SCRAM-SHA-256"),
    ],
)
async def test_a_job_that_is_not_let_in_says_so_at_once(
    installed: Installed, variables: dict[str, str], said: str
) -> None:
    installed.kafka.as_admin(
        installed.patch, namespace=installed.stack.namespace, patience_seconds="60", **variables
    )
    answer = await asyncio.to_thread(CliRunner().invoke, install_app, ["topics"])
    assert answer.exit_code == 1
    assert said in answer.output
    assert "guessed" not in answer.output


async def test_whoever_may_not_give_rights_is_told_who_may(installed: Installed) -> None:
    await installed.job()
    for name, value in installed.told("agencies").items():
        installed.patch.setenv(name, value)
    installed.patch.setenv("KITH_PATIENCE_SECONDS", "100")  # waiting would not help
    job = await asyncio.to_thread(CliRunner().invoke, install_app, ["topics"])
    assert job.exit_code == 1
    assert f"lets {installed.stack.namespace}kith-agencies in, and it may not" in job.output
    installed.kafka.as_admin(installed.patch)
    installed.patch.setenv("KITH_KAFKA_ACLS", "false")
    job = await asyncio.to_thread(CliRunner().invoke, install_app, ["topics"])
    assert job.exit_code == 0
    assert "somebody else gives" in job.output


async def test_an_agency_is_given_a_user_which_is_taken_away_again(installed: Installed) -> None:
    await installed.job()
    new = ("add", "leigh-advice", "--name=Leigh Advice", "--kind=voluntary", "--locality=wigan")
    for name, value in installed.told("agencies").items():
        installed.patch.setenv(name, value)
    refused = await installed.agency(*new, "--kafka")
    assert refused.exit_code == 1
    assert "leigh-advice is registered, and nothing was changed on Kafka" in refused.output
    assert refused.stdout.startswith("kith_")  # its credential, which is shown this once
    installed.kafka.as_admin(installed.patch)
    given = await installed.agency("kafka", "leigh-advice")
    user, password = given.stdout.split()
    assert user == f"{installed.stack.namespace}kith-agency-leigh-advice"
    access = installed.kafka.over_tls(user, password)
    assert await explain(access) is None
    renewed = await installed.agency("kafka", "leigh-advice")
    assert await explain(access) is not None
    assert await explain(replace(access, password=renewed.stdout.split()[1])) is None
    assert (await installed.agency("revoke", "--kafka", "leigh-advice")).exit_code == 0
    assert await explain(replace(access, password=renewed.stdout.split()[1])) is not None
    assert (await installed.agency("kafka", "nobody")).exit_code == 1
