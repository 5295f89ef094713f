"""``kith bench``: measure Kith on this machine, beside its floor."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.bench import report
from services.bench.processes import Processes
from services.bench.systems import start_floor, start_kith
from services.bench.trial import WARM_UP, Told, Trial, try_out
from services.bench.wire import build_request
from services.local.errors import CannotRun
from services.local.leash import Leash
from services.local.ports import free_port
from services.local.servers import Servers
from services.simulator.files import to_json
from services.simulator.stream import simulate

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_DAYS = 365
_A_HOUSEHOLD = 1.5
"""Assessments of a household in ``_DAYS``, at the least: how large a borough to simulate."""
_Made = list[tuple[str, str]]


class Telemetry(StrEnum):
    """How much is sent, to a sink on this machine. ``store``: what ``kith run`` sends."""

    ON = "on"
    SAMPLED = "sampled"
    STORE = "store"
    OFF = "off"


@app.command()
def bench(
    assessments: Annotated[
        int, typer.Option(min=100, help="To send as fast as they are taken.")
    ] = 5000,
    rate: Annotated[float, typer.Option(min=1, help="Assessments a second, when steady.")] = 200,
    seconds: Annotated[int, typer.Option(min=2, help="How long to keep the steady rate.")] = 20,
    telemetry: Annotated[
        Telemetry,
        typer.Option(
            help="Traces, metrics and logs: all, of a tenth, traces to operations, or none."
        ),
    ] = Telemetry.OFF,
    seed: Annotated[int, typer.Option(help="Of the simulated borough.")] = 1,
    logs: Annotated[
        Path | None, typer.Option(help="Keep the processes' logs and data here.")
    ] = None,
    profiles: Annotated[
        Path | None, typer.Option(help="Profile every service; leave SERVICE.prof here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Drive simulated assessments through every service and print how fast they went.

    Starts its own PostgreSQL and Kafka (or uses those that KITH_POSTGRES and KITH_KAFKA name),
    runs a floor that does the same hops with no logic in them, then Kith, and stops everything.
    """
    steady = int(rate * seconds)
    errors = Console(stderr=True)
    try:
        with errors.status("Simulating a borough"):
            made = _make(seed, WARM_UP + steady + assessments)
        with (
            _folder(logs) as folder,
            Leash() as leash,
            errors.status("Starting PostgreSQL and Kafka") as status,
            Servers(Path(folder), leash=leash) as servers,
        ):
            status.stop()
            if profiles is not None:
                profiles.mkdir(parents=True, exist_ok=True)
            busy = psutil.cpu_percent(interval=1.0)
            sending = _sending(telemetry, leash)
            makes = partial(Processes, servers, leash, Path(folder), profiles)
            floor, kith = asyncio.run(
                _both(servers, makes, made, rate, steady, assessments, errors, sending)
            )
    except CannotRun as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from None
    if as_json:
        machine: dict[str, object] = {
            "cpus": psutil.cpu_count(),
            "busy_percent_before": busy,
            "telemetry": telemetry.value,
        }
        typer.echo(json.dumps(machine | report.as_json(floor, kith), indent=2))
    else:
        typer.echo(
            f"{psutil.cpu_count()} CPUs, {busy:.0f} % busy with other work before; telemetry"
            f" {telemetry.value}\n"
        )
        typer.echo(report.as_text(floor, kith))


def _sending(telemetry: Telemetry, leash: Leash) -> dict[str, str]:
    """What services are told, and a sink that takes what they send."""
    if telemetry is Telemetry.OFF:
        return {"KITH_TRACE_RATIO": "0"}
    if telemetry is Telemetry.STORE:
        return {}
    port = free_port()
    leash.spawn(
        [sys.executable, "-m", "services.bench.sink", str(port)], cwd=Path(__file__).parents[2]
    )
    return {
        "KITH_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "KITH_TRACE_RATIO": "1" if telemetry is Telemetry.ON else "0.1",
    }


def _folder(kept: Path | None) -> tempfile.TemporaryDirectory[str] | _Kept:
    return tempfile.TemporaryDirectory(prefix="kith-bench-") if kept is None else _Kept(kept)


class _Kept:
    """A folder that stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        return str(self._folder)

    def __exit__(self, *_: object) -> None:
        return None


def _make(seed: int, count: int) -> _Made:
    """``count`` assessments of the past year, as agency id and JSON."""
    start = datetime.now(UTC).date() - timedelta(days=_DAYS)
    households = round(count / _A_HOUSEHOLD) + 100  # few households vary more
    stream = simulate(seed, households, start, _DAYS)
    made = [
        (a.agency_id, to_json(a.submission)) for _, a in zip(range(count), stream, strict=False)
    ]
    if len(made) < count:
        raise CannotRun(f"the borough of seed {seed} made only {len(made)} assessments")
    return made


async def _both(
    servers: Servers,
    makes: Callable[[], Processes],
    made: _Made,
    rate: float,
    steady: int,
    flat_out: int,
    errors: Console,
    sending: dict[str, str],
) -> tuple[Trial, Trial]:
    """The floor, then Kith, on the same servers; each alone on the machine."""

    async def run(name: str) -> Trial:
        processes = makes()
        credentials: dict[str, str] = {}
        try:
            if name == "floor":
                system = await start_floor(processes, servers)
            else:
                processes.environment.update(sending)
                system, credentials = await start_kith(processes, servers)
            with _progress(errors) as progress:
                return await try_out(
                    system,
                    servers.kafka_access,
                    _requests(made, system.port, credentials),
                    rate=rate,
                    steady=steady,
                    flat_out=flat_out,
                    told=_teller(progress, name),
                )
        finally:
            processes.stop()

    return await run("floor"), await run("kith")


def _requests(made: _Made, port: int, credentials: dict[str, str]) -> Iterator[bytes]:
    host = f"127.0.0.1:{port}"
    return (build_request(host, credentials.get(agency, "floor"), body) for agency, body in made)


def _progress(errors: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:32}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        disable=not sys.stderr.isatty(),
    )


def _teller(progress: Progress, system: str) -> Told:
    """A bar for each stretch; where there is no terminal, a line when one begins."""
    bars: dict[str, object] = {}

    def told(what: str, done: int, total: int) -> None:
        if what not in bars:
            bars[what] = progress.add_task(f"{system}: {what}", total=total)
            if not sys.stderr.isatty():
                typer.echo(f"{system}: {what}, {total} assessments", err=True)
        progress.update(bars[what], completed=done)  # type: ignore[arg-type]

    return told
