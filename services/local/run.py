"""``kith run``: everything on one machine, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from shlex import quote
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from services.local.errors import CannotRun
from services.local.folder import Secrets, locked
from services.local.leash import Leash
from services.local.ports import HOST
from services.local.screen import Screen
from services.local.servers import Servers
from services.local.settings import SERVICES, LocalSettings, read_settings
from services.local.steps import STEPS, Run
from services.local.supervisor import Supervisor

_LOOK_EVERY_SECONDS = 1.0


def run(
    folder: Annotated[
        Path, typer.Option(help="Where data, secrets and logs are kept.", file_okay=False)
    ] = Path(".kith/run"),
    feed: Annotated[
        bool, typer.Option("--feed/--no-feed", help="Send a simulated week of assessments.")
    ] = True,
) -> None:
    """Run Kith on this machine: PostgreSQL, Kafka, every service and a simulated week.

    Ctrl-C stops it; the next run goes on with the same data. Exit codes: 0 stopped as asked,
    1 could not run, 2 already running in this folder, 3 a port is taken.
    """
    raise typer.Exit(launch(folder, Console(), feed=feed))


def launch(
    folder: Path, console: Console, *, feed: bool = True, services: tuple[str, ...] = SERVICES
) -> int:
    """Run until SIGINT or SIGTERM; the exit code. To be called in the main thread."""
    folder = folder.resolve()
    try:
        settings = read_settings()
        screen = Screen(console)
        waiting = partial(screen.say, "waiting for what is left of the last run to stop")
        with _interruptible(), locked(folder, waiting) as lock:
            settings.require_ports(services)
            with Leash(hold=lock) as leash:
                _run(folder, settings, leash, screen, feed, services)
    except CannotRun as error:
        console.print(Text.assemble(("✗ ", "bold red"), str(error)), soft_wrap=True)
        return error.exit_code
    except KeyboardInterrupt:
        console.print("Stopped. The data are kept: the next run goes on with them.")
    return 0


def _run(
    folder: Path,
    settings: LocalSettings,
    leash: Leash,
    screen: Screen,
    feed: bool,
    services: tuple[str, ...],
) -> None:
    """Take the steps, then keep everything running. Ends by an exception."""
    secrets = Secrets(folder / "secrets.json")
    servers = Servers(
        folder,
        leash=leash,
        postgres_port=settings.postgres_port,
        kafka_port=settings.kafka_port,
        password=secrets.get("postgres"),
        environ={"KITH_POSTGRES": settings.postgres or "", "KITH_KAFKA": settings.kafka or ""},
    )
    with ExitStack() as stack:
        stack.callback(servers.stop)
        supervisor = stack.enter_context(Supervisor(leash, screen.line))
        stack.callback(_hush)
        run = Run(folder, settings, secrets, servers, supervisor, services, feed)
        for sentence, step in STEPS:
            with screen.step(sentence) as tell:
                step(run, tell)
        screen.console.print(_where_to_look(run), soft_wrap=True)
        while True:
            time.sleep(_LOOK_EVERY_SECONDS)
            servers.revive(screen.say)


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM and a closed terminal are Ctrl-C. As each was before, at the end."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _hush() -> None:
    """Stopping has begun and is bounded in time: a second Ctrl-C would only leave it half done."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _kith() -> str:
    """The command as it was called here: 'make run' puts it on nobody's path."""
    return quote(sys.argv[0]) if Path(sys.argv[0]).name == "kith" else "kith"


def _where_to_look(run: Run) -> str:
    url, servers = run.settings.url, run.servers
    postgres = "the one KITH_POSTGRES names"
    if servers.postgres is not None:
        postgres = f"{HOST}:{servers.postgres.port}/kith, role postgres, password in secrets.json"
    return f"""
Kith is running. Ctrl-C stops it; its data, logs and secrets stay in {run.folder}.

  Portal          {url("portal")}
  Agencies' API   {url("agencies")}/docs
  Credentials     {run.credentials}, one for each agency
  Send more       {_kith()} simulate --households 500 --url {url("agencies")} \\
                      --credentials {quote(str(run.credentials))}
  PostgreSQL      {postgres}
  Kafka           {servers.kafka_bootstrap}
"""
