"""The embedded PostgreSQL, for real."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from services.local.errors import CannotRun
from services.local.leash import Leash
from services.local.ports import HOST, free_port
from services.local.postgres import Postgres
from services.local.tail import last_lines
from tests.services.local.processes import eventually, is_running, python


@pytest.fixture(scope="module")
def leash() -> Iterator[Leash]:
    with Leash() as leash:
        yield leash


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, leash: Leash) -> Path:
    """A folder with a cluster in it, stopped."""
    folder = tmp_path_factory.mktemp("a folder with a rather long name, to be sure") / "postgres"
    server = Postgres(folder, leash)
    server.start()
    server.stop()
    return folder


async def ask(dsn: str, *statements: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            answer = await connection.fetchval(statement)
        return answer
    finally:
        await connection.close()


async def test_committed_data_survive_kill_9(cluster: Path, leash: Leash) -> None:
    server = Postgres(cluster, leash)
    server.start()
    first = server.pid
    assert first is not None
    await ask(server.dsn, "create table kept (n int)", "insert into kept values (7)")
    assert await ask(server.dsn, "show fsync") == "on"
    assert await ask(server.dsn, "show synchronous_commit") == "on"
    os.kill(first, signal.SIGKILL)
    eventually(lambda: not server.alive)
    assert "PostgreSQL stopped" in server.complaint()

    again = Postgres(cluster, leash)
    again.start()
    assert await ask(again.dsn, "select n from kept") == 7
    again.stop()
    assert not is_running(first)


async def test_a_process_that_outlives_the_killed_server_is_waited_for(
    cluster: Path, leash: Leash
) -> None:
    """It holds the shared memory until it has noticed; PostgreSQL itself refuses to start then."""
    server = Postgres(cluster, leash)
    server.start()
    assert server.pid is not None
    slow = psutil.Process(server.pid).children()[0]
    slow.suspend()
    os.kill(server.pid, signal.SIGKILL)
    eventually(lambda: not server.alive)
    again = Postgres(cluster, leash)
    starting = asyncio.create_task(asyncio.to_thread(again.start))
    try:
        await asyncio.to_thread(eventually, lambda: "shared memory" in last_lines(again.log))
        assert not starting.done()
    finally:
        slow.resume()
    await starting
    assert await ask(again.dsn, "select 7") == 7
    again.stop()


async def test_a_server_left_by_a_killed_process_is_ended_first(
    cluster: Path, leash: Leash
) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from services.local.leash import Leash; from services.local.postgres import Postgres\n"
        "server = Postgres(Path(sys.argv[1]), Leash()); server.start()\n"
        "print(server.pid, flush=True); time.sleep(600)"
    )
    with python(code, str(cluster)) as other:
        assert other.stdout
        pid = int(other.stdout.readline())
        other.kill()
        server = Postgres(cluster, leash)
        server.start()
        assert await ask(server.dsn, "select 1") == 1
        server.stop()
        eventually(lambda: not is_running(pid))


async def test_a_stale_pid_file_naming_a_living_process_is_no_obstacle(
    cluster: Path, leash: Leash
) -> None:
    (cluster / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster}/data\n")
    server = Postgres(cluster, leash)
    server.start()
    assert await ask(server.dsn, "select 1") == 1
    server.stop()


async def test_with_a_password_and_a_port_nobody_enters_without(
    tmp_path: Path, leash: Leash
) -> None:
    server = Postgres(tmp_path, leash, port=free_port(), password="it's / ä?", durable=False)
    server.start()
    try:
        assert await ask(server.dsn, "select current_user") == "postgres"
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(server.dsn_of("postgres", "guess"), "select 1")
        assert await ask(server.dsn, "show listen_addresses") == HOST
    finally:
        server.stop()
    assert not (tmp_path / "password").exists()


def test_a_taken_port_is_one_sentence(cluster: Path, leash: Leash) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotRun, match=f"^Port {port}.* KITH_POSTGRES_PORT=<port>.$"):
            Postgres(cluster, leash, port=port).start()


def test_another_versions_data_are_refused(tmp_path: Path, leash: Leash) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(CannotRun, match="written by PostgreSQL 16"):
        Postgres(tmp_path, leash).start()
