"""``kith run`` from outside: real servers, real services, and what the person is told."""

from __future__ import annotations

import io
import json
import signal
import socket
import stat
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from rich.console import Console

from services.kit.kafka_security import KafkaAccess
from services.local.clean import clean
from services.local.errors import ALREADY_RUNNING, PORT_TAKEN, CannotRun
from services.local.folder import Secrets, load_json, locked, role_dsn
from services.local.ports import HOST, free_port
from services.local.run import launch
from services.local.screen import Screen
from services.local.settings import LocalSettings, read_settings
from tests.services.local.processes import eventually, python, running_over

LAUNCH = """
import sys; from pathlib import Path; from rich.console import Console
from services.local.run import launch
console = Console(width=200)
sys.exit(launch(Path(sys.argv[1]), console, feed=False, services=("agencies", "alerts")))
"""
PORTS = [f"KITH_{name}_PORT" for name in ("POSTGRES", "KAFKA", "AGENCIES", "ALERTS")]


@pytest.fixture(scope="module")
def environ() -> dict[str, str]:
    """Ports of this test's own, and no servers elsewhere."""
    return {name: str(free_port()) for name in PORTS} | {"KITH_POSTGRES": "", "KITH_KAFKA": ""}


@contextmanager
def running(folder: Path, environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A run, past the moment at which it says that it is running."""
    with python(LAUNCH, str(folder), environ=environ) as process:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            if "Kith is running" in line:
                break
        else:
            pytest.fail("".join(said))
        yield process


@pytest.mark.timeout(300)
async def test_a_run_starts_stops_and_goes_on(tmp_path: Path, environ: dict[str, str]) -> None:
    with running(tmp_path, environ) as process:
        ready = f"http://{HOST}:{environ['KITH_ALERTS_PORT']}/health/ready"
        with urllib.request.urlopen(ready) as answer:  # noqa: ASYNC210 - nothing else runs here
            assert answer.status == 200
        secrets = json.loads((tmp_path / "secrets.json").read_text())
        for private in ("secrets.json", "credentials.json"):
            assert stat.S_IMODE((tmp_path / private).stat().st_mode) == 0o600
        admin = f"postgresql://postgres@{HOST}:{environ['KITH_POSTGRES_PORT']}/kith"
        connection = await asyncpg.connect(
            role_dsn(admin, "kith_alerts", secrets["postgres.alerts"])
        )
        assert await connection.fetchval("select current_schema()") == "alerts"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval("select count(*) from agencies.outbox")
        await connection.close()

        out = io.StringIO()
        assert launch(tmp_path, Console(file=out, width=200)) == ALREADY_RUNNING
        assert f"already running in {tmp_path} (process {process.pid})" in out.getvalue()

        credentials = (tmp_path / "credentials.json").read_text()
        process.terminate()
        assert process.wait(30) == 0
        assert not running_over(tmp_path)

    with running(tmp_path, environ) as process:
        assert (tmp_path / "credentials.json").read_text() == credentials
        process.send_signal(signal.SIGKILL)
        eventually(lambda: not running_over(tmp_path))
        eventually(lambda: all(is_free(int(environ[name])) for name in PORTS))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def test_a_taken_port_is_said_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KITH_POSTGRES", "KITH_KAFKA"):
        monkeypatch.delenv(name, raising=False)
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("KITH_POSTGRES_PORT", str(free_port()))
        monkeypatch.setenv("KITH_KAFKA_PORT", str(free_port()))
        monkeypatch.setenv("KITH_ALERTS_PORT", str(port))
        out = io.StringIO()
        console = Console(file=out, width=200)
        assert launch(tmp_path, console, services=("alerts",)) == PORT_TAKEN
    assert out.getvalue().startswith(f"✗ Port {port}, which the alerts service needs, is taken")
    assert "KITH_ALERTS_PORT=<port>" in out.getvalue()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_a_folder_is_free_again_when_its_run_has_ended(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path), pytest.raises(CannotRun) as refused, locked(tmp_path):
            pass
        assert refused.value.exit_code == ALREADY_RUNNING


def test_a_folder_is_not_cleaned_under_a_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with locked(folder), pytest.raises(CannotRun, match="already running"):
        clean(folder)
    assert folder.exists()
    clean(folder)
    clean(folder)
    assert not folder.exists()


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_PORTAL_PORT", "eighty")
    with pytest.raises(CannotRun, match=r"^The setting KITH_PORTAL_PORT is wrong: "):
        read_settings()


def test_secrets_stay_the_same_and_differ_from_each_other(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    first = Secrets(file)
    assert first.get("one") != first.get("two")
    assert Secrets(file).get("one") == first.get("one")
    file.write_text("{")
    with pytest.raises(CannotRun, match="cannot be read"):
        load_json(file)


@pytest.mark.parametrize(
    ("admin", "expected"),
    [
        ("postgresql://postgres:old@h:5/kith", "postgresql://r:p%2F@h:5/kith"),
        ("postgresql://postgres@/kith?host=/tmp/a", "postgresql://r:p%2F@/kith?host=/tmp/a"),
    ],
)
def test_a_roles_dsn_is_the_same_database(admin: str, expected: str) -> None:
    assert role_dsn(admin, "r", "p/") == expected


def test_a_service_is_told_where_everything_is() -> None:
    settings = LocalSettings(alerts_port=9)
    told = settings.environ_of("alerts", "dsn", KafkaAccess("broker:1"), "secret", {"PATH": "/bin"})
    assert told["KITH_HTTP_PORT"] == "9"
    assert told["KITH_ALERTS_URL"] == f"http://{HOST}:9"
    assert told["KITH_POSTGRES"] == "dsn"
    assert told["KITH_KAFKA"] == "broker:1"
    assert told["PATH"] == "/bin"
    assert told["KITH_LOCAL"] == "1"
    assert told["KITH_INSTANCE"] == "1"  # of each service one, started again when it dies


def test_a_line_said_over_and_over_is_counted() -> None:
    out = io.StringIO()
    screen = Screen(Console(file=out, width=200), lambda: datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    for _ in range(100):
        screen.line("alerts", "error   no broker")
        screen.line("portal", "error   no broker")
    lines = out.getvalue().splitlines()
    assert lines == [
        "09:30:00      alerts | error   no broker",
        "09:30:00      portal | error   no broker",
    ]
