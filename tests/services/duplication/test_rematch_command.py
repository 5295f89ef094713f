"""``kith rematch``: shown before it is done, and gone on with where it was killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from typer.testing import CliRunner

from contracts.links import HouseholdsLinkedV1
from contracts.topics import HOUSEHOLDS
from services.duplication.cli import app
from tests.services.duplication.carrying_out import (
    WHO,
    a_borough,
    as_kith_2,
    carrying,
    strict,
)
from tests.services.duplication.running import Running
from tests.services.duplication.test_linking import check
from tests.services.portal.serving import serve
from tests.stack import PLACE, TOKEN


@contextlib.contextmanager
def keyworkers_that_stop(after: int) -> Iterator[tuple[str, threading.Event]]:
    """Keyworkers' answer to who has a key worker, nobody, and none at all after so many."""
    api, asked, stuck = FastAPI(), [0], threading.Event()

    @api.post("/v1/engagements/find")
    async def find() -> list[Any]:
        asked[0] += 1
        if asked[0] > after:
            stuck.set()
            await asyncio.Event().wait()
        return []

    with serve(api) as url:
        yield url, stuck


async def test_killed_half_way_it_goes_on_where_it_was(
    running: Running,
    tmp_path: Path,
) -> None:
    await a_borough(running)
    await carrying(running, strict()).carry_out()
    file = tmp_path / "kith-2.json"
    file.write_text(json.dumps(as_kith_2()))
    command = ["rematch", "--model", str(file), "--apply", "--by", "ops-2"]
    told = os.environ | {"KITH_POSTGRES": running.stack.dsn, "KITH_SERVICE_TOKEN": TOKEN}
    with keyworkers_that_stop(after=3) as (url, stuck):
        process = subprocess.Popen(  # noqa: ASYNC220 - it is killed, not waited for
            [str(Path(sys.executable).with_name("kith")), *command, "--keyworkers", url],
            env=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert await asyncio.to_thread(stuck.wait, 60), "it never came so far"
        process.send_signal(signal.SIGKILL)
        output, _ = process.communicate()
    assert b"together now" in output, "it says what would change before anything does"
    half = await running.rows("select count(came_to), count(*) from rematch_step s join rematch r"
                              " on r.id = s.rematch_id where r.ended_at is null")  # fmt: skip
    assert 0 < half[0][0] < half[0][1]
    await check(running, [])
    with keyworkers_that_stop(after=10_000) as (url, _):

        def again() -> tuple[int, str]:
            options = ["--postgres", running.stack.dsn, "--keyworkers", url, *command[1:]]
            done = CliRunner().invoke(app, options, env=told)
            return done.exit_code, done.output

        code, said = await asyncio.to_thread(again)
        assert code == 0, said
        assert "Gone on with what was left" in said
        assert await running.rows("select count(distinct household_id) from assessment") == [(3,)]
        assert await running.rows("select count(distinct person_id) from mention") == [(3,)]
        assert await running.rows("select distinct came_to from rematch_step") == [("done",)]
        changes = await running.rows("select count(*) from change")
        code, said = await asyncio.to_thread(again)
        assert code == 0, said
        assert "nothing to do" in said
        assert await running.rows("select count(*) from change") == changes
    linked = await running.stack.read(
        HOUSEHOLDS, lambda found: sum(isinstance(e, HouseholdsLinkedV1) for _, e in found) >= 4
    )
    ids = [e.link_id for _, e in linked if isinstance(e, HouseholdsLinkedV1)]
    assert len(ids) == len(set(ids)) == 4


async def test_a_dry_run_says_who_has_a_key_worker_and_moves_nothing(
    running: Running,
    tmp_path: Path,
) -> None:
    await a_borough(running)
    before = await running.rows(WHO)
    file = tmp_path / "strict.json"
    file.write_text(json.dumps(strict()))
    ((first,), *_) = await running.rows("select household_id from assessment order by received_at")
    api = FastAPI()

    @api.post("/v1/engagements/find")
    async def find(body: dict[str, Any]) -> list[Any]:
        return [{"household_id": str(first)}] if str(first) in body["household_ids"] else []

    def ask(url: str, *more: str) -> tuple[int, str]:
        told = {"KITH_SERVICE_TOKEN": TOKEN}
        options = ["--postgres", running.stack.dsn, "--keyworkers", url, "--model", str(file)]
        done = CliRunner().invoke(app, [*options, *more], env=told)
        return done.exit_code, done.stdout if done.exit_code == 0 else done.output

    with serve(api) as url:
        code, said = await asyncio.to_thread(ask, url, "--dry-run")
        assert code == 0, said
        assert "2 households would change, 1 of them with a key worker" in said
        assert f"{first}: 4 assessments in 4" in said
        code, said = await asyncio.to_thread(ask, url, "--json")
        place = json.loads(said)["places"][PLACE]
        assert place["pairs"] == {"both": 0, "now_only": 7, "then_only": 0, "neither": 14}
        code, said = await asyncio.to_thread(ask, url, "--place", "nowhere")
        assert (code, "no assessment is of a place nowhere" in said) == (1, True)
        code, said = await asyncio.to_thread(ask, url, "--apply")
        assert (code, "--by and your id" in said) == (2, True)
    code, said = await asyncio.to_thread(ask, "http://127.0.0.1:9")
    assert code == 0
    assert "Who has a key worker is not known" in said
    code, said = await asyncio.to_thread(ask, "http://127.0.0.1:9", "--apply", "--by", "ops-1")
    assert (code, "does not answer" in said) == (1, True)
    assert await running.rows(WHO) == before
    assert await running.rows("select 1 from model_in_force") == []
