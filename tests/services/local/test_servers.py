"""Both servers together: alone for one process, or shared by those who say the same key."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from pathlib import Path

import asyncpg
import pytest

from services.local.errors import CannotRun
from services.local.servers import Servers, temporary_servers
from services.local.shared import scratch_folder, shared_servers
from tests.services.local.processes import eventually, python, running_over

ELSEWHERE = {"KITH_POSTGRES": "postgresql://elsewhere/kith", "KITH_KAFKA": "elsewhere:9092"}
KAFKA_ELSEWHERE = {"KITH_KAFKA": "elsewhere:9092"}
"""With these only PostgreSQL is embedded, which starts in no time."""

USER = """
import os, sys, time
from services.local.shared import shared_servers
with shared_servers(sys.argv[1]) as addresses:
    print(addresses.postgres_dsn, flush=True)
    time.sleep(600)
"""
OWNER = """
import sys, time
from pathlib import Path
from services.local.servers import temporary_servers
with temporary_servers() as servers:
    print(servers.postgres.folder, flush=True)
    time.sleep(600)
"""


def test_servers_elsewhere_are_used_as_they_are(tmp_path: Path) -> None:
    with Servers(tmp_path, environ=ELSEWHERE) as servers:
        assert servers.postgres_dsn == ELSEWHERE["KITH_POSTGRES"]
        assert servers.kafka_bootstrap == ELSEWHERE["KITH_KAFKA"]
        assert servers.postgres is None
        assert servers.kafka is None
    with shared_servers("nobody", ELSEWHERE) as addresses:
        assert addresses.kafka_bootstrap == ELSEWHERE["KITH_KAFKA"]
    assert list(tmp_path.iterdir()) == []


async def test_temporary_servers_leave_nothing_behind() -> None:
    with temporary_servers(KAFKA_ELSEWHERE) as servers:
        assert servers.postgres is not None
        folder = servers.postgres.folder.parent
        connection = await asyncpg.connect(servers.postgres_dsn)
        assert await connection.fetchval("select current_database()") == "kith"
        await connection.close()
        assert running_over(folder)
    assert not running_over(folder)
    assert not folder.exists()


def test_when_one_server_cannot_start_the_other_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "kafka" / "data").mkdir(parents=True)
    (tmp_path / "kafka" / "data" / "meta.properties").write_text("version=1\nnode.id=99\n")
    with pytest.raises(CannotRun, match="Kafka stopped"):
        Servers(tmp_path, environ={}).start()
    assert not running_over(tmp_path)


def test_servers_of_a_killed_process_go_with_it() -> None:
    with python(OWNER, environ=KAFKA_ELSEWHERE | {"KITH_POSTGRES": ""}) as owner:
        assert owner.stdout
        folder = Path(owner.stdout.readline().strip())
        assert running_over(folder)
        owner.kill()
        eventually(lambda: not running_over(folder))
        shutil.rmtree(folder.parent)


def test_those_who_share_have_the_same_servers_until_the_last_is_killed() -> None:
    key = f"test-{secrets.token_hex(6)}"
    environ = KAFKA_ELSEWHERE | {"KITH_POSTGRES": ""}
    with python(USER, key, environ=environ) as first, python(USER, key, environ=environ) as second:
        assert first.stdout
        assert second.stdout
        dsn = first.stdout.readline()
        assert second.stdout.readline() == dsn
        folder = Path(dsn.partition("host=")[2].strip()).parent
        first.kill()
        first.wait()
        with shared_servers(key, KAFKA_ELSEWHERE) as third:
            assert third.postgres_dsn == dsn.strip()
        second.kill()
        eventually(lambda: not running_over(folder))
        eventually(lambda: not folder.exists())
    with python(USER, key, environ=environ) as after:
        assert after.stdout
        assert after.stdout.readline() == dsn
        after.kill()
        eventually(lambda: not folder.exists())


def test_servers_that_are_shared_stand_in_memory_where_there_is_room(tmp_path: Path) -> None:
    elsewhere = Path(tempfile.gettempdir())
    free = shutil.disk_usage(tmp_path).free
    assert scratch_folder({}, tmp_path, room=free // 2) == tmp_path
    assert scratch_folder({}, tmp_path, room=free * 2) == elsewhere
    assert scratch_folder({}, tmp_path / "no-such-place", room=0) == elsewhere
    assert scratch_folder({"TMPDIR": str(elsewhere)}, tmp_path, room=0) == elsewhere
