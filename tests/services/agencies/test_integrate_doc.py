"""Every example of docs/integrate.md is run as it stands."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from services.agencies.send_reading import ASSESSMENT_COLUMNS, PERSON_COLUMNS, read_csv
from tests.services.agencies.place import POLICE, Place
from tests.stack import Stack, eventually

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
    [command] = [block for block in blocks("sh") if block.startswith("curl")]
    async with serving(place) as url:
        out = await run(
            "sh",
            "-c",
            f"cd {tmp_path} && {command}",
            KITH_AGENCIES_URL=url,
            KITH_CREDENTIAL=place.credentials[POLICE],
        )
    assert json.loads(out)["status"] == "accepted"


async def test_the_python_examples_run(place: Place, stack: Stack) -> None:
    async with serving(place) as url:
        for example in blocks("python"):
            await run(
                sys.executable,
                "-c",
                example,
                KITH_AGENCIES_URL=url,
                KITH_CREDENTIAL=place.credentials[POLICE],
                KITH_AGENCY=POLICE,
                KITH_KAFKA=stack.kafka,
                KITH_NAMESPACE=stack.namespace,
            )

    async def channels() -> list[str]:
        rows = await place.fetch("select channel from assessment order by channel")
        return [row["channel"] for row in rows]

    assert await eventually(channels, lambda found: len(found) == 2) == ["http", "kafka"]


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
