"""``kith bench-matching``: what deciding costs, as the number of people known grows."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.bench.beside import require
from services.bench.matching import ARRIVALS, Measured, Plan, measure
from services.duplication.model import CURRENT, Model, load
from services.local.errors import CannotRun
from services.local.servers import Servers

_BUFFERS = "1GB"
"""PostgreSQL's own memory for pages: a quarter of a small server's."""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench_matching(
    people: Annotated[
        list[int] | None, typer.Option(min=100, help="Size of index; repeatable.")
    ] = None,
    decisions: Annotated[int, typer.Option(min=10, help="To decide in batches.")] = 8000,
    singles: Annotated[int, typer.Option(min=10, help="To decide one at a time.")] = 1000,
    batch: Annotated[int, typer.Option(min=1, help="Assessments in a batch.")] = 400,
    seed: Annotated[int, typer.Option(help="Of the simulated borough.")] = 1,
    keep: Annotated[
        Path | None,
        typer.Option(help="Keep the filled indexes in this folder, and use those that are there."),
    ] = None,
    splink: Annotated[
        bool, typer.Option("--splink", help="Splink decides the same, beside it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Decide against an index of so many people, in PostgreSQL: rate, delay, candidates, size, and
    what crowds cost whom no key tells apart.

    10,000 and 100,000 people unless --people says otherwise. Starts its own PostgreSQL, or uses the
    one that KITH_POSTGRES names; no broker is needed.
    """
    if singles + decisions + 400 > ARRIVALS:
        raise typer.BadParameter(f"--singles and --decisions together: at most {ARRIVALS - 400}.")
    busy = psutil.cpu_percent(interval=1.0)
    model = load(CURRENT)
    plans = [
        Plan(size, decisions, singles, batch, seed, keep is not None, splink)
        for size in people or [10_000, 100_000]
    ]
    try:
        if splink:
            require()
        with _postgres(keep) as dsn, _progress() as progress:
            found = [_measure(dsn, model, plan, progress) for plan in plans]
    except CannotRun as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from None
    if as_json:
        machine = {"cpus": psutil.cpu_count(), "busy_percent_before": busy, "model": model.version}
        typer.echo(json.dumps(machine | {"sizes": [asdict(one) for one in found]}, indent=2))
        return
    typer.echo(f"{psutil.cpu_count()} CPUs, {busy:.0f} % busy with other work before.")
    for one in found:
        typer.echo(_text(one, found[0]))


@contextmanager
def _postgres(keep: Path | None) -> Iterator[str]:
    """The DSN of a server in the folder that is kept, or in one that is not."""
    folder = keep or Path(tempfile.mkdtemp(prefix="kith-"))
    try:
        with Servers(
            folder,
            durable=False,
            shared_buffers=_BUFFERS,
            environ=os.environ | {"KITH_KAFKA": "not needed"},
        ) as servers:
            yield servers.postgres_dsn
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
    )


def _measure(dsn: str, model: Model, plan: Plan, progress: Progress) -> Measured:
    task = progress.add_task(f"{plan.people:,} people")

    def told(what: str, done: int, total: int) -> None:
        described = f"{plan.people:,} people: {what}"
        progress.update(task, description=described, completed=done, total=total)

    return asyncio.run(measure(dsn, model, plan, told))


def _text(one: Measured, first: Measured) -> str:
    database = "" if one.database_ms is None else f" and {one.database_ms:.2f} of PostgreSQL's"
    said = (
        f"{one.people:>9,} people: {one.per_second:.0f} a second in batches of {one.batch},"
        f" {one.cpu_ms:.2f} ms of Kith's processor time each ({one.cpu_share:.0%} of a core;"
        f" {one.cpu_ms / first.cpu_ms:.2f} x that at {first.people:,}){database}; one alone"
        f" {one.single_ms.p50:.1f} ms at the median, {one.single_ms.p99:.1f} ms at p99;"
        f" {one.candidates:.1f} candidates for each of {one.people_per_assessment:.1f} people;"
        f" {one.bytes_per_person:,.0f} bytes a person"
    )
    if one.filled_seconds:
        said += f"; filled in {one.filled_seconds:.0f} s"
    for crowd in one.crowds:
        said += (
            f"\n{'':>9}  {crowd.name}: {crowd.cpu_ms:.2f} ms of Kith's processor time each, one"
            f" alone {crowd.single_ms.p50:.1f} ms at the median, {crowd.single_ms.p99:.1f} ms at"
            f" p99; at most {crowd.most_candidates} candidates"
        )
    if beside := one.splink:
        said += (
            f"\n{'':>9}  Splink {beside.version}: {beside.per_second:.0f} records a second in one"
            f" batch of {beside.records:,}; one record {beside.single_ms.p50:.0f} ms at the"
            f" median, {beside.single_ms.p99:.0f} ms at p99. Kith's rate in records:"
            f" {one.per_second * one.people_per_assessment:.0f} a second"
        )
    return said
