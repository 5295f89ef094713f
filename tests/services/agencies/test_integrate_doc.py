"""Every example of docs/integrate.md is run as it stands."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn

from services.agencies.app import create_service
from services.agencies.send_reading import ASSESSMENT_COLUMNS, PERSON_COLUMNS, read_csv
from services.agencies.settings import AgenciesSettings
from services.kit.kafka_rights import give_agency
from services.kit.topics import create_topics
from services.local.ports import free_port
from tests.conftest import StackFactory
from tests.secured_kafka import SecuredKafka, secured_kafka
from tests.services.agencies import events as told
from tests.services.agencies.place import POLICE, SCHOOL, Place, register, submission
from tests.stack import Stack, eventually, topics_of

DOC = (Path(__file__).parents[3] / "docs" / "integrate.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOC, re.DOTALL | re.MULTILINE)


@asynccontextmanager
async def serving(place: Place) -> AsyncIterator[str]:
    """The place's API on a real port."""
    config = uvicorn.Config(place.service.api, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        task = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


RECEIVES = "KITH_WEBHOOK_SECRET"
"""The example that serves: it runs until it is ended."""
WRITES = "AIOKafkaProducer"
"""The example that writes to Kafka."""


async def run(*command: str, **environ: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | environ, stdout=-1, stderr=-1
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def test_the_json_examples_are_accepted(place: Place) -> None:
    [example] = blocks("json")
    answer = await place.post(example.encode(), POLICE)
    assert answer.status_code == 202, answer.text


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
async def test_the_curl_example_works(place: Place, tmp_path: Path) -> None:
    [example] = blocks("json")
    (tmp_path / "assessment.json").write_text(example)
    [command] = [block for block in blocks("sh") if "@assessment.json" in block]
    async with serving(place) as url:
        out = await run(
            "sh",
            "-c",
            f"cd {tmp_path} && {command}",
            KITH_AGENCIES_URL=url,
            KITH_CREDENTIAL=place.credentials[POLICE],
        )
    assert json.loads(out)["status"] == "accepted"


async def test_the_python_examples_run(place: Place) -> None:
    async with serving(place) as url:
        for example in blocks("python"):
            if RECEIVES in example or WRITES in example:
                continue
            await run(
                sys.executable,
                "-c",
                example,
                KITH_AGENCIES_URL=url,
                KITH_CREDENTIAL=place.credentials[POLICE],
            )
    assert await channels(place) == ["http"]


async def channels(place: Place) -> list[str]:
    rows = await place.fetch("select channel from assessment order by channel")
    return [row["channel"] for row in rows]


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[SecuredKafka]:
    with secured_kafka(tmp_path) as kafka:
        yield kafka


async def test_the_kafka_example_writes_over_tls_with_the_agencys_own_user(
    open_stack: StackFactory, kafka: SecuredKafka, tmp_path: Path
) -> None:
    [example] = [block for block in blocks("python") if WRITES in block]
    async with open_stack("agencies", topics=False) as made:
        stack = Stack(made.admin_dsn, kafka.anybody.bootstrap, made.namespace, made.dsn)
        await create_topics(stack.access, topics_of(["agencies"]), stack.namespace)
        credentials = await register(stack.dsn, tmp_path)
        user, password, _ = await give_agency(
            kafka.admin_settings(namespace=stack.namespace), POLICE
        )
        service = create_service(stack.settings(AgenciesSettings, local=True))
        async with service, httpx.AsyncClient() as client:
            environ = kafka.over_tls(user, password).environment() | {"KITH_AGENCY": POLICE}
            await run(sys.executable, "-c", example, **environ, KITH_NAMESPACE=stack.namespace)
            place = Place(service, client, credentials, stack.dsn)
            assert await eventually(lambda: channels(place)) == ["kafka"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
async def test_the_webhook_examples_register_receive_and_verify(
    stack: Stack, tmp_path: Path
) -> None:
    [register_it] = [block for block in blocks("sh") if "/v1/webhook" in block]
    [receive] = [block for block in blocks("python") if RECEIVES in block]
    port = str(free_port())
    credentials = await register(stack.dsn, tmp_path)
    service = create_service(stack.settings(AgenciesSettings, local=True, delivery_seconds=0.1))
    transport = httpx.ASGITransport(app=service.api)
    async with service, httpx.AsyncClient(transport=transport, base_url="http://a.test") as client:
        place = Place(service, client, credentials, stack.dsn)
        async with serving(place) as url:
            registered = await run(
                "sh",
                "-c",
                register_it,
                KITH_AGENCIES_URL=url,
                KITH_CREDENTIAL=credentials[SCHOOL],
                KITH_WEBHOOK_URL=f"http://127.0.0.1:{port}/",
            )
        secret = json.loads(registered)["secret"]
        environ = os.environ | {"KITH_WEBHOOK_SECRET": secret, "PORT": port}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", receive, env=environ, stdout=-1, stderr=-1
        )
        try:
            await eventually(lambda: listening(int(port)))
            answer = await place.post(submission())
            assert process.stdout is not None
            await stack.publish(told.routed(UUID(answer.json()["assessment_id"]), uuid4()))
            async with asyncio.timeout(20):
                assert await process.stdout.readline() == b"WPS-1 1 routed\n"
        finally:
            process.kill()
            await process.communicate()


async def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_the_csv_example_is_read_and_every_column_is_named(tmp_path: Path) -> None:
    [example] = blocks("csv")
    file = tmp_path / "a.csv"
    file.write_text(example, "utf-8")
    with file.open("rb") as stream:
        items = list(read_csv(stream, 0, 0))
    assert [(item.reference, len(item.lines), item.faults) for item in items] == [
        ("LDA-2026-0119", 2, ()),
        ("LDA-2026-0120", 1, ()),
    ]
    for column in {*ASSESSMENT_COLUMNS, *PERSON_COLUMNS} - {"address_line_2"}:
        assert f"`{column}`" in DOC
