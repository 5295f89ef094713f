"""``kith evaluate``: how well Kith links a file whose truth is known, through the real pipeline."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from services.evaluation.files import Line, read_lines
from services.evaluation.place import evaluation_place
from services.evaluation.scoring import (
    find_scorer,
    run_scorer,
    write_predictions,
    write_truth,
)
from services.evaluation.streaming import Answer, stream
from services.local.servers import temporary_servers

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_ERR = Console(stderr=True)
_SHOWN = (
    ("pair_precision", "pair P"),
    ("pair_recall", "pair R"),
    ("pair_f1", "pair F1"),
    ("bcubed_precision", "B-cubed P"),
    ("bcubed_recall", "B-cubed R"),
    ("bcubed_f1", "B-cubed F1"),
    ("false_merge_rate", "false merges"),
    ("false_link", "false links"),
    ("missed_dup", "missed"),
    ("review_rate", "sent to review"),
)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The figures by level and state, as the scorer gave them, and how fast it went."""

    assessments: int
    records: int
    seconds: float
    figures: dict[str, dict[str, dict[str, Any]]]


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="Assessments, one JSON object a line (.gz too).")],
    truth: Annotated[Path, typer.Option(help="CSV: record, assessment, person, household.")],
    scorer: Annotated[
        Path | None, typer.Option(help="score.py; default: beside the file or one folder up.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Keep the predictions in this folder.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The figures as one JSON object.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many lines.")] = None,
    withhold: Annotated[
        list[str] | None, typer.Option(help="Leave this field out (national_id); repeatable.")
    ] = None,
) -> None:
    """Send a file of assessments through Kith and compare what it links with the truth."""
    try:
        found = run(file, truth, scorer, out, limit, frozenset(withhold or ()), quiet=as_json)
    except (FileNotFoundError, RuntimeError, ValueError) as error:
        _ERR.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    if as_json:
        shown = {
            "assessments": found.assessments,
            "records": found.records,
            "seconds": round(found.seconds, 2),
            "figures": found.figures,
        }
        sys.stdout.write(json.dumps(shown) + "\n")
    else:
        _show(found)


def run(
    file: Path,
    truth: Path,
    scorer: Path | None = None,
    out: Path | None = None,
    limit: int | None = None,
    withhold: frozenset[str] = frozenset(),
    *,
    quiet: bool = False,
) -> Evaluated:
    """Evaluate on temporary servers, or those that ``KITH_POSTGRES`` and ``KITH_KAFKA`` name."""
    program = find_scorer(file, scorer)
    lines = list(islice(read_lines(file, datetime.now(UTC), withhold), limit))
    if not lines:
        raise ValueError(f"{file} has no assessments in it.")
    with temporary_servers() as servers:
        began = time.monotonic()
        answers = asyncio.run(
            _stream(servers.postgres_dsn, servers.kafka_bootstrap, lines, quiet=quiet)
        )
        seconds = time.monotonic() - began
    with _folder(out) as folder:
        predictions = write_predictions(folder, lines, answers)
        known, levels = write_truth(folder, truth, lines)
        figures: dict[str, dict[str, dict[str, Any]]] = {}
        for (level, state), path in predictions.items():
            if level in levels:
                figures.setdefault(level, {})[state] = run_scorer(program, path, known, level)
    records = sum(len(line.record_ids) for line in lines)
    return Evaluated(len(lines), records, seconds, figures)


@contextlib.contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        yield out
        return
    with tempfile.TemporaryDirectory(prefix="kith-evaluate-") as folder:
        yield Path(folder)


async def _stream(postgres: str, kafka: str, lines: list[Line], *, quiet: bool) -> list[Answer]:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=_ERR,
        disable=quiet,
    ) as progress:
        task = progress.add_task("deciding", total=len(lines))
        async with evaluation_place(postgres, kafka) as place:
            return await stream(place, lines, lambda decided: progress.advance(task, decided))


def _show(found: Evaluated) -> None:
    table = Table(title=f"{found.assessments} assessments, {found.records} records of people")
    table.add_column("")
    columns: list[dict[str, Any]] = []
    for level, states in found.figures.items():
        for state, figures in states.items():
            table.add_column(f"{level}\n{state}", justify="right")
            columns.append(figures["auto"] | {"review_rate": figures.get("review_rate", 0.0)})
        if "clerk" in states["final"]:
            table.add_column(f"{level}\nreviewed", justify="right")
            columns.append(states["final"]["clerk"] | {"review_rate": 0.0})
    for key, heading in _SHOWN:
        table.add_row(heading, *(f"{column[key]:.4f}" for column in columns))
    Console().print(table)
    Console().print(
        f"{found.seconds:.1f} s with start-up. False merges: share of linked groups that hold more"
        " than one; false links: share of new arrivals put with somebody; missed: share of known"
        " arrivals not put with their own; reviewed: as a reviewer who is always right would leave"
        " it."
    )
