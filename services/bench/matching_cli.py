"""``kith bench-matching``: what deciding costs, as the number of people known grows."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.bench.matching import Measured, measure
from services.duplication.model import CURRENT, load
from services.local.errors import CannotRun
from services.local.servers import temporary_servers

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench_matching(
    people: Annotated[
        list[int] | None, typer.Argument(min=100, help="Sizes of index; 10000 and 100000.")
    ] = None,
    decisions: Annotated[int, typer.Option(min=10, help="To decide in batches.")] = 4000,
    singles: Annotated[int, typer.Option(min=10, help="To decide one at a time.")] = 500,
    batch: Annotated[int, typer.Option(min=1, help="Assessments in a batch.")] = 400,
    seed: Annotated[int, typer.Option(help="Of the simulated borough.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Decide against an index of so many people, in PostgreSQL: rate, delay, candidates, size.

    Starts its own PostgreSQL, or uses the one that KITH_POSTGRES names; no broker is needed.
    """
    busy = psutil.cpu_percent(interval=1.0)
    found: list[Measured] = []
    model = load(CURRENT)
    try:
        with (
            temporary_servers(os.environ | {"KITH_KAFKA": "not needed"}) as servers,
            Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                console=Console(stderr=True),
            ) as progress,
        ):
            for size in people or [10_000, 100_000]:
                task = progress.add_task(f"{size:,} people")

                def told(what: str, done: int, total: int, size: int = size) -> None:
                    progress.update(
                        task,  # noqa: B023 (called while this size is measured)
                        description=f"{size:,} people: {what}",
                        completed=done,
                        total=total,
                    )

                found.append(
                    asyncio.run(
                        measure(
                            servers.postgres_dsn,
                            model,
                            size,
                            decisions=decisions,
                            singles=singles,
                            batch=batch,
                            seed=seed,
                            told=told,
                        )
                    )
                )
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


def _text(one: Measured, first: Measured) -> str:
    return (
        f"{one.people:>9,} people: {one.per_second:.0f} a second in batches of {one.batch},"
        f" {one.cpu_ms:.2f} ms of Kith's processor time each ({one.cpu_share:.0%} of a core;"
        f" {one.cpu_ms / first.cpu_ms:.2f} x that at {first.people:,}); one alone"
        f" {one.single_ms.p50:.1f} ms at the median, {one.single_ms.p99:.1f} ms at p99;"
        f" {one.candidates:.1f} candidates; {one.bytes_per_person:,.0f} bytes a person"
    )
