"""What the tests of this folder ask of processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[3]


def eventually(probe: Callable[[], object], seconds: float = 60) -> None:
    """Ask again and again until the answer is true."""
    deadline = time.monotonic() + seconds
    while not probe():
        assert time.monotonic() < deadline, f"not within {seconds} seconds: {probe}"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """A zombie is not running: it waits for a parent that may not care."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def running_over(folder: Path) -> list[psutil.Process]:
    """The processes whose command names the folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        runs = process.info["status"] != psutil.STATUS_ZOMBIE and process.pid != os.getpid()
        if runs and any(str(folder) in part for part in process.info["cmdline"] or ()):
            found.append(process)
    return found


@contextmanager
def python(
    code: str, *arguments: str, environ: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A Python process running ``code``, which is killed at the end if it still runs."""
    process = subprocess.Popen(
        (sys.executable, "-c", code, *arguments),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | (environ or {}),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
