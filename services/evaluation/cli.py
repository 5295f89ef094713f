"""``kith evaluate``: how well Kith links a file whose truth is known.

Through the real pipeline, or with ``--in-memory`` through the matcher alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from services.duplication.model import CURRENT, Model, load
from services.evaluation.answer import Answer
from services.evaluation.files import Line, read_lines
from services.evaluation.memory import decide_in_memory
from services.evaluation.place import evaluation_place
from services.evaluation.reviewer import Reviewer
from services.evaluation.scoring import (
    first_people,
    predictions,
    read_truth,
    score,
    score_answered,
    write_predictions,
)
from services.evaluation.streaming import stream
from services.kit.kafka_security import KafkaAccess
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
    ("link_rate", "links asked"),
)


_ASKED = ("review_rate", "link_rate")


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The figures by level and state, and how fast it went."""

    model: str
    assessments: int
    records: int
    seconds: float
    figures: dict[str, dict[str, dict[str, Any]]]


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="Assessments, one JSON object a line (.gz too).")],
    truth: Annotated[
        Path, typer.Option(help="CSV (.gz too): record_id, assessment_id, person_id, household_id.")
    ],
    in_memory: Annotated[
        bool,
        typer.Option("--in-memory", help="The matcher alone: no servers, no events; much faster."),
    ] = False,
    answered: Annotated[
        bool,
        typer.Option(
            "--answered",
            help="With --in-memory: once more, with a reviewer who answers each question rightly.",
        ),
    ] = False,
    model: Annotated[
        str, typer.Option(help="A model's version, or its file; with --in-memory only.")
    ] = CURRENT,
    out: Annotated[Path | None, typer.Option(help="Keep the predictions in this folder.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The figures as one JSON object.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many lines.")] = None,
    withhold: Annotated[
        list[str] | None, typer.Option(help="Leave this field out (national_id); repeatable.")
    ] = None,
) -> None:
    """Let Kith link a file of assessments, and compare with the truth."""
    if model != CURRENT and not in_memory:
        raise typer.BadParameter("the pipeline runs its own model: add --in-memory.")
    if answered and not in_memory:
        raise typer.BadParameter("nobody answers in the pipeline: add --in-memory to --answered.")
    fields = frozenset(withhold or ())
    try:
        found = run(
            file,
            truth,
            out,
            limit,
            fields,
            load(model) if in_memory else None,
            quiet=as_json,
            answered=answered,
        )
    except (OSError, RuntimeError, ValueError) as error:
        _ERR.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    if as_json:
        shown = {
            "model": found.model,
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
    out: Path | None = None,
    limit: int | None = None,
    withhold: frozenset[str] = frozenset(),
    model: Model | None = None,
    quiet: bool = False,
    answered: bool = False,
) -> Evaluated:
    """Evaluate in memory with ``model``; without one, through the pipeline on temporary servers, or
    on those that ``KITH_POSTGRES`` and ``KITH_KAFKA`` name. ``answered``: in memory, once more with
    a reviewer who answers."""
    lines = list(islice(read_lines(file, datetime.now(UTC), withhold), limit))
    if not lines:
        raise ValueError(f"{file} has no assessments in it.")
    known = read_truth(truth, lines)
    with _progress(len(lines), quiet=quiet) as told:
        began = time.monotonic()
        answers = _stream(lines, told) if model is None else decide_in_memory(model, lines, told)
        seconds = time.monotonic() - began
    rows = predictions(lines, answers)
    if out is not None:
        write_predictions(out, rows)
    figures = score(rows, known, [pair for answer in answers for pair in answer.asked])
    if answered and model is not None:
        reviewer = Reviewer(known.get("household") or first_people(known["person"], lines))
        with _progress(len(lines), quiet=quiet) as told:
            last = decide_in_memory(model, lines, told, reviewer)
        for level, found in score_answered(lines, last, known, reviewer).items():
            figures[level]["answered"] = found
    records = sum(len(line.record_ids) for line in lines)
    version = model.version if model else CURRENT
    return Evaluated(
        version,
        len(lines),
        records,
        seconds,
        figures,
    )


def _stream(lines: Sequence[Line], told: Callable[[int], None]) -> list[Answer]:
    async def through(postgres: str, kafka: KafkaAccess) -> list[Answer]:
        async with evaluation_place(postgres, kafka) as place:
            return await stream(place, lines, told)

    with temporary_servers() as servers:
        return asyncio.run(through(servers.postgres_dsn, servers.kafka_access))


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar on standard error; what is given takes the number newly decided."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=_ERR,
        disable=quiet,
    ) as progress:
        task = progress.add_task("deciding", total=total)
        yield lambda decided: progress.advance(task, decided)


def _show(found: Evaluated) -> None:
    table = Table(
        title=f"{found.assessments} assessments, {found.records} records of people; {found.model}"
    )
    table.add_column("")
    columns: list[dict[str, Any]] = []
    for level, states in found.figures.items():
        for state, figures in states.items():
            table.add_column(f"{level}\n{state}", justify="right")
            columns.append(figures["auto"] | {k: figures.get(k, 0.0) for k in _ASKED})
        if "clerk" in states["final"] and "answered" not in states:
            table.add_column(f"{level}\nreviewed", justify="right")
            columns.append(states["final"]["clerk"] | dict.fromkeys(_ASKED, 0.0))
    for key, heading in _SHOWN:
        table.add_row(heading, *(f"{column[key]:.4f}" for column in columns))
    Console().print(table)
    Console().print(
        f"{found.seconds:.1f} s with start-up. False merges: share of linked groups that hold more"
        " than one; false links: share of new arrivals put with somebody; missed: share of known"
        " arrivals not put with their own; reviewed: as a reviewer who is always right would leave"
        " it; answered: as it is when such a reviewer answers everything before the next arrives."
    )
