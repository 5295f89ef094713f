"""No child is left, however the process that started it ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.local.leash import Leash
from tests.services.local.processes import eventually, is_running, python

# Written whole: what several print at once may come mixed, as print writes the end of a line apart.
SLEEPER = "import os, time; os.write(1, b'up\\n'); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
SUPERVISOR = """
import os, sys, time
from services.local.leash import Leash
leash = Leash(grace_seconds=0.5)
for code in sys.argv[1:]:
    child = leash.spawn([sys.executable, "-c", code], output=None)
    os.write(1, b"%d\\n" % child.pid)
time.sleep(600)
"""


def test_killing_the_supervisor_leaves_no_child() -> None:
    with python(SUPERVISOR, SLEEPER, STUBBORN) as supervisor:
        assert supervisor.stdout
        said = [supervisor.stdout.readline().strip() for _ in range(4)]
        pids = [int(line) for line in said if line != "up"]
        assert len(pids) == 2
        assert all(map(is_running, pids))
        supervisor.kill()
        eventually(lambda: not any(map(is_running, pids)))


def test_a_child_killed_before_it_became_its_command_is_known_too() -> None:
    with python(SUPERVISOR, *[SLEEPER] * 8) as supervisor:
        assert supervisor.stdout
        pid = int(supervisor.stdout.readline())
        supervisor.kill()  # while the others are being started
        rest, _ = supervisor.communicate()
        pids = [pid, *(int(line) for line in rest.split() if line != "up")]
        eventually(lambda: not any(map(is_running, pids)))


def test_closing_the_leash_stops_what_still_runs() -> None:
    with Leash() as leash:
        child = leash.spawn([sys.executable, "-c", SLEEPER])
        assert child.alive
    assert child.wait(5) == -signal.SIGTERM


def test_stop_kills_a_child_that_will_not_stop(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Leash() as leash, log.open("wb") as output:
        child = leash.spawn([sys.executable, "-c", STUBBORN], output=output)
        eventually(lambda: b"up" in log.read_bytes())
        assert child.stop(grace_seconds=0.2) == -signal.SIGKILL
        assert child.stop() == -signal.SIGKILL


def test_exit_status_environment_and_folder_are_the_commands_own(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd(), sorted(os.environ)); sys.exit(7)"
    log = tmp_path / "log"
    with Leash() as leash, log.open("wb") as output:
        env = {"KITH_LOCAL": "1", "LC_ALL": "C"}
        child = leash.spawn([sys.executable, "-c", code], env=env, cwd=tmp_path, output=output)
        assert child.wait(10) == 7
    assert log.read_text().startswith(f"{tmp_path} ['KITH_LOCAL', 'LC_ALL'")


def test_waiting_for_a_child_that_runs_times_out() -> None:
    with Leash() as leash:
        child = leash.spawn([sys.executable, "-c", SLEEPER])
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.05)
