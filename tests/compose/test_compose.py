"""The compose stack as it is installed, with three brokers: ``make test-compose``.

It has a project, secrets and ports of its own beside an installation, and is taken down afterwards.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.assessments import AssessmentSubmittedV1
from contracts.topics import ALL_TOPICS, inbound_topic
from services.kit.kafka import create_producer
from services.kit.kafka_security import KafkaAccess, explain
from services.kit.topics import _Admin
from services.local.ports import free_port
from tests.stack import eventually
from tests.system.town import HOMES, POLICE, SCHOOL, household

ROOT = Path(__file__).parents[2]
PROJECT = "kith-test"
LOAD = 60
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
pytestmark = [
    pytest.mark.skipif("KITH_TEST_COMPOSE" not in os.environ, reason="runs with make test-compose"),
    pytest.mark.timeout(900),  # the image is built first
]


@dataclass(frozen=True)
class Installed:
    """A running stack. ``agencies`` and ``portal``: addresses; ``credentials``: by agency;
    ``kafka``: as whoever is outside and nobody reaches it; ``make``: what a target prints."""

    agencies: str
    portal: str
    credentials: dict[str, str]
    kafka: KafkaAccess
    make: Callable[..., str]

    def run(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """A command in the service's container."""
        return docker("exec", f"{PROJECT}_{service}_1", *command)

    async def send(self, client: httpx.AsyncClient, agency: str, sent: dict[str, Any]) -> str:
        answer = await client.post(
            f"{self.agencies}/v1/assessments", json=sent, headers=self.headers(agency)
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["assessment_id"])

    async def outcome(
        self, client: httpx.AsyncClient, agency: str, assessment_id: str
    ) -> dict[str, Any]:
        """What the agency is told, once it names somebody."""

        async def ask() -> dict[str, Any]:
            path = f"{self.agencies}/v1/assessments/{assessment_id}"
            found: dict[str, Any] = (await client.get(path, headers=self.headers(agency))).json()
            return found

        return await eventually(ask, lambda o: bool(o.get("contact")), seconds=120)

    def headers(self, agency: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.credentials[agency]}"}


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("docker", *arguments), capture_output=True, text=True, check=False)


def stranger(seed: str, reference: str) -> dict[str, Any]:
    """A household whose names are like nobody else's, so that no person has to look."""
    letters = hashlib.sha256(seed.encode()).hexdigest().translate(_LETTERS).title()
    return household(letters[:9], letters[9:18].title(), letters[18:27].title(), reference)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    secrets = tmp_path_factory.mktemp("secrets")
    portal, agencies = free_port(), free_port()
    kafka = [free_port() for _ in range(3)]
    environ = os.environ | {
        "KITH_SECRETS": str(secrets),
        "KITH_PORTAL_PORT": str(portal),
        "KITH_AGENCIES_PORT": str(agencies),
        "KITH_AGENCY_KAFKA_PORT": str(kafka[0]),
        "KITH_AGENCY_KAFKA_PORT_2": str(kafka[1]),
        "KITH_AGENCY_KAFKA_PORT_3": str(kafka[2]),
        # The names of containers, which Compose 1 and 2 join differently.
        "COMPOSE_COMPATIBILITY": "true",
    }
    files = f"FILES=--project-name {PROJECT} --file docker-compose.yml"

    def make(*arguments: str) -> str:
        done = subprocess.run(
            ("make", "--no-print-directory", *arguments, files, "BROKERS=3", "AGENCY_KAFKA=1"),
            cwd=ROOT, env=environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{shlex.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    try:
        make("up")
        credentials = json.loads((secrets / "agency-credentials.json").read_text("utf-8"))
        outside = KafkaAccess(
            ",".join(f"localhost:{port}" for port in kafka),
            "SASL_SSL",
            ca_file=secrets / "agency-kafka-ca.pem",
        )
        urls = (f"http://127.0.0.1:{agencies}", f"http://127.0.0.1:{portal}")
        yield Installed(*urls, credentials, outside, make)
    finally:
        make("down", "ARGS=--volumes")


async def test_the_first_routed_assessment(installed: Installed) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        first = household("Danielle", "Riley", "Ashworth", "first")
        opened = await installed.send(client, SCHOOL, first)
        named = await installed.outcome(client, SCHOOL, opened)
        second = household("Daniele", "Riley", "Ashworth", "second")
        routed = await installed.send(client, HOMES, second | {"people": first["people"]})
        told = await installed.outcome(client, HOMES, routed)
    assert (named["status"], told["status"]) == ("opened", "routed")
    assert told["contact"] == named["contact"]


async def test_an_agencys_system_outside_writes_to_its_own_topic_and_to_no_other(
    installed: Installed,
) -> None:
    given = installed.make("kith-admin", f"ARGS=agency kafka {POLICE}")
    user, password = given.split()
    as_police = replace(installed.kafka, user=user, password=password)
    producer = create_producer(as_police, "police")
    await producer.start()
    try:
        sent = household("Siobhan", "Cormac", "Delahunty", "by-kafka")
        await producer.send_and_wait(
            inbound_topic(POLICE).name,
            json.dumps(sent).encode(),
            headers=[
                ("ce_specversion", b"1.0"),
                ("ce_id", b"any"),
                ("ce_type", AssessmentSubmittedV1.TYPE.encode()),
                ("ce_source", f"/agencies/{POLICE}".encode()),
            ],
        )
    finally:
        await producer.stop()
    admin = _Admin(**as_police.client())
    await admin.start()
    try:
        every = [topic.name for topic in ALL_TOPICS]
        assert await admin.known([*every, inbound_topic(POLICE).name]) == {
            inbound_topic(POLICE).name
        }
    finally:
        await admin.close()
    async with httpx.AsyncClient(timeout=30) as client:

        async def arrived() -> list[dict[str, Any]]:
            answer = await client.get(
                f"{installed.agencies}/v1/assessments",
                params={"reference": "by-kafka"},
                headers=installed.headers(POLICE),
            )
            found: list[dict[str, Any]] = answer.json()["assessments"]
            return found

        [shown] = await eventually(arrived, seconds=60)
        assert shown["channel"] == "kafka"
        assert (await installed.outcome(client, POLICE, shown["assessment_id"]))["contact"]
    for said in (replace(as_police, password="guessed"), replace(as_police, ca_file=None)):
        assert await explain(said) is not None


async def test_nobody_signs_in_unless_that_is_asked_for(installed: Installed) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        assert (await client.get(f"{installed.portal}/sign-in")).status_code == 503


async def test_one_broker_of_three_is_killed_under_load_and_nothing_is_lost(
    installed: Installed,
) -> None:
    container = f"{PROJECT}_kafka_1"
    agencies = (SCHOOL, POLICE, HOMES)
    sent: list[tuple[str, str]] = []
    async with httpx.AsyncClient(timeout=60) as client:
        for number in range(LOAD):
            if number == LOAD // 4:
                assert docker("kill", container).returncode == 0
            agency = agencies[number % 3]
            assessment = stranger(f"{number // 3}", f"kill-{number}")
            sent.append((agency, await installed.send(client, agency, assessment)))
        told = await asyncio.gather(*(installed.outcome(client, *each) for each in sent))
    assert len(told) == LOAD
    assert docker("start", container).returncode == 0
    in_sync = ("/opt/kafka/bin/kafka-topics.sh", "--bootstrap-server", "kafka-3:9092", "--describe")
    as_admin = ("--command-config", "/run/secrets/kafka-admin-client")

    async def behind() -> str:
        asked = installed.run("kafka-3", *in_sync, *as_admin, "--under-replicated-partitions")
        return asked.stdout if asked.returncode == 0 else asked.stderr or "no answer"

    await eventually(behind, lambda said: said == "", seconds=120)


@pytest.mark.parametrize(
    "service", ["agencies", "duplication", "keyworkers", "alerts", "operations"]
)
def test_no_service_was_refused_what_it_does(installed: Installed, service: str) -> None:
    logs = docker("logs", f"{PROJECT}_{service}_1")
    assert "AuthorizationFailed" not in logs.stdout + logs.stderr


@pytest.mark.parametrize("service", ["agencies", "duplication", "portal"])
def test_a_service_can_neither_write_its_image_nor_become_root(
    installed: Installed, service: str
) -> None:
    written = installed.run(service, "python", "-c", "open('/opt/kith/mine', 'w')")
    assert "Read-only file system" in written.stderr
    status = installed.run(service, "cat", "/proc/self/status").stdout
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert fields["Uid"].split() == ["10001"] * 4
    assert int(fields["CapBnd"], 16) == 0
    assert fields["NoNewPrivs"] == "1"
