"""Programs are kept running, and stopped in reverse; what happens is said."""

from __future__ import annotations

import http.client
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from services.local.errors import CannotRun
from services.local.leash import Leash
from services.local.ports import free_port
from services.local.program import Pace, Program, Runner
from services.local.supervisor import Supervisor
from tests.services.local.processes import eventually, is_running

SERVICE = """
import http.server, os, signal, sys
state = {"/health/ready": 200, "/health/live": 200}
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(state.get(self.path, 404)); self.end_headers()
    def do_POST(self):
        state["/health/live"] = 503
        self.send_response(200); self.end_headers()
    def log_message(self, *_): ...
def stop(*_):
    print("stopping", flush=True); sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("started as", os.environ["ROLE"], flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""
QUICK = Pace(ready=20, first_delay=0.05, live_every=0.05, live_failures=2, stop=5)


@dataclass
class Screen:
    lines: list[tuple[str, str]] = field(default_factory=list)

    def show(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    def of(self, name: str) -> list[str]:
        return [line for n, line in self.lines if n == name]

    def started(self, name: str, times: int) -> bool:
        return self.of(name).count(f"started as {name}") == times


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def supervisor(screen: Screen) -> Iterator[Supervisor]:
    with Leash() as leash, Supervisor(leash, screen.show, QUICK) as supervisor:
        yield supervisor


def service(name: str) -> Program:
    port = free_port()
    environ = {"ROLE": name, "PORT": str(port)}
    return Program(name, (sys.executable, "-c", SERVICE), environ, port)


def script(name: str, code: str, **options: object) -> Program:
    return Program(name, (sys.executable, "-c", code), os.environ, **options)  # type: ignore[arg-type]


def test_each_program_is_ready_and_its_lines_carry_its_name(
    supervisor: Supervisor, screen: Screen
) -> None:
    ready: list[str] = []
    supervisor.start([service("alerts"), service("portal")], ready.append)
    assert ready == ["alerts", "portal"]
    expected = [("alerts", "started as alerts"), ("portal", "started as portal")]
    eventually(lambda: sorted(screen.lines) == expected)  # read in a thread of their own


def test_a_program_that_dies_is_started_again_and_said_so(
    supervisor: Supervisor, screen: Screen
) -> None:
    supervisor.start([service("alerts")])
    for again in (1, 2):
        pid = supervisor.pid("alerts")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        eventually(partial(screen.started, "alerts", again + 1))
    told = [line for line in screen.of("alerts") if "unasked" in line]
    assert told == [
        "alerts stopped unasked (killed by SIGKILL); starting it again in 0.05 s",
        "alerts stopped unasked (killed by SIGKILL); starting it again in 0.1 s",
    ]


def test_a_program_that_runs_and_does_not_live_is_started_again(
    supervisor: Supervisor, screen: Screen
) -> None:
    program = service("alerts")
    supervisor.start([program])
    assert program.port is not None
    connection = http.client.HTTPConnection("127.0.0.1", program.port)
    connection.request("POST", "/sicken")
    connection.getresponse().close()
    connection.close()
    eventually(partial(screen.started, "alerts", 2))
    assert "alerts does not live (see /health/live); stopping it" in screen.of("alerts")


def test_a_program_that_ends_before_it_was_ready_is_quoted(supervisor: Supervisor) -> None:
    broken = script("alerts", "print('no such setting'); raise SystemExit(3)", port=free_port())
    with pytest.raises(CannotRun, match=r"(?s)alerts service stopped .* no such setting"):
        supervisor.start([broken])


def test_a_program_that_is_never_ready_is_given_up(screen: Screen) -> None:
    slow = script("alerts", "import time; time.sleep(600)", port=free_port())
    with Leash() as leash, Supervisor(leash, screen.show, Pace(ready=0.3)) as supervisor:
        with pytest.raises(CannotRun, match=r"alerts service was not ready within 0 seconds"):
            supervisor.start([slow])
        pid = supervisor.pid("alerts")
        assert pid is not None
    assert not is_running(pid)


def test_a_program_that_may_finish_is_let_be(supervisor: Supervisor, screen: Screen) -> None:
    supervisor.start([script("simulator", "print('the week is over')", finishes=True)])
    eventually(lambda: not any(t.name == "simulator" for t in threading.enumerate()))
    assert screen.of("simulator") == ["the week is over"]


def test_a_program_that_finished_before_anybody_looked_was_ready(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Runner, "pid", None)
    with Leash() as leash:
        quick = script("simulator", "print('done')", finishes=True)
        runner = Runner(quick, leash, screen.show, replace(QUICK, ready=5))
        runner.start()
        runner.await_ready()
        runner.stop()
    assert screen.of("simulator") == ["done"]


def test_later_stages_stop_first_and_each_is_asked_before_it_is_killed(screen: Screen) -> None:
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True)"
    with Leash() as leash:
        supervisor = Supervisor(leash, screen.show, Pace(stop=0.3))
        supervisor.start([service("alerts")])
        supervisor.start([script("feed", f"{stubborn}; time.sleep(600)")])
        eventually(lambda: screen.of("feed"))
        pids = [supervisor.pid("alerts"), supervisor.pid("feed")]
        supervisor.stop()
        assert screen.lines[-1] == ("alerts", "stopping")
        assert not any(is_running(pid) for pid in pids if pid)
        supervisor.stop()
