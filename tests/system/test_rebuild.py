"""Kafka loses everything: PostgreSQL is restored, the log is rebuilt, and nothing has changed but
that what was under way arrives."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from contracts.topics import ASSESSMENTS
from services.install.jobs import WITH_DATABASE, CannotInstall, rebuild_log
from services.install.settings import InstallSettings
from services.kit.topics import create_topics
from services.local.postgres import binaries
from tests.stack import SMALL_TOPICS, TOKEN, Stack, eventually, with_database
from tests.system.test_replay import nothing_left, state
from tests.system.town import SCHOOL, SERVICES, Town, household, invariants, open_town
from tests.system.week import all_settled, send_week

pytestmark = pytest.mark.timeout(300)  # the machine that runs this may be a busy one


def installed(stack: Stack) -> InstallSettings:
    dsns: dict[str, Any] = {f"postgres_{service}": stack.dsn for service in WITH_DATABASE}
    return InstallSettings(**dsns)


async def tool(name: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        binaries() / name, *arguments, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()


async def execute(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@asynccontextmanager
async def restored(stack: Stack, folder: Path) -> AsyncIterator[Stack]:
    """The stack's database from a dump of it, and topics with nothing in them."""
    name = f"kith_restored_{secrets.token_hex(6)}"
    dump = str(folder / "kith.dump")
    await tool("pg_dump", "--format=custom", f"--file={dump}", stack.dsn)
    await execute(stack.admin_dsn, f"create database {name}")
    other = Stack(
        stack.admin_dsn,
        stack.kafka,
        f"t{secrets.token_hex(4)}.",
        with_database(stack.admin_dsn, name),
    )
    try:
        await tool("pg_restore", f"--dbname={other.dsn}", dump)
        await create_topics(other.access, SMALL_TOPICS, other.namespace)
        yield other
    finally:
        await execute(stack.admin_dsn, f"drop database {name} with (force)")


async def test_restored_and_rebuilt_nothing_changes_and_what_was_under_way_arrives(
    town: Town, tmp_path: Path
) -> None:
    accepted = await send_week(town)
    await all_settled(town, accepted)
    await nothing_left(town)
    before = await state(town)
    with pytest.raises(CannotInstall, match="is running"):
        await rebuild_log(installed(town.stack))

    town.stop("duplication")
    under_way = await town.send(SCHOOL, household("Zofia", "Adam", "Wrona", "under-way"))
    unsent = "select event_id from agencies.outbox where sent_at is null"
    await eventually(lambda: town.rows(unsent), lambda rows: rows == [])
    for service in SERVICES:
        town.stop(service)

    async with restored(town.stack, tmp_path) as stack:
        again = await rebuild_log(installed(stack))
        assert again["agencies"] >= len(accepted) + 1
        folder = tmp_path / "restored"
        folder.mkdir()
        async with open_town(stack, folder) as other:
            await other.settled(SCHOOL, under_way)
            await all_settled(other, [*accepted, under_way])
            await nothing_left(other)
            after = await state(other)
            log = await stack.read(ASSESSMENTS, lambda found: len(found) > len(accepted))
            await invariants(other, [*accepted, under_way])
    assert {what: set(rows) - set(after[what]) for what, rows in before.items()} == {
        what: set() for what in before
    }
    assert len(after["engagements"]) == len(before["engagements"]) + 1
    assert after["ledger"] == before["ledger"]
    assert [envelope.journey_id for envelope, _ in log] == [*accepted, under_way]


async def test_a_pointer_into_the_lost_log_is_never_taken_for_one_into_the_new(
    town: Town,
) -> None:
    poison = [("ce_id", b"no id"), ("ce_type", b"\xff")]
    await town.stack.publish_raw(ASSESSMENTS, b"not json", poison)
    parked = "select id, record_offset from duplication.parked_record"
    [(parked_id, _)] = await eventually(lambda: town.rows(parked), lambda rows: len(rows) == 1)
    for service in SERVICES:
        town.stop(service)
    await rebuild_log(installed(town.stack))
    await rebuild_log(installed(town.stack))
    await town.start("duplication")
    assert [tuple(row) for row in await town.rows(parked)] == [(parked_id, -parked_id)]
    answer = await town.client.post(
        f"{town.url('duplication')}/parked/{parked_id}/retry",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert answer.status_code == 410, answer.text
