"""``kith train``: a matching model from assessments, with labels or without, and a report of it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from services.duplication.model import CURRENT, parse, read
from services.evaluation.files import read_lines
from services.evaluation.hold_out import STRENGTH, Options, sources, train_on
from services.evaluation.labelled_report import tables
from services.evaluation.pairs import blocked_pairs
from services.evaluation.training import Trained, train

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_ERR = Console(stderr=True)


@app.command("train")
def command(
    files: Annotated[list[Path], typer.Argument(help="Assessments, one JSON object a line.")],
    out: Annotated[
        Path,
        typer.Option(help="The model to write: NAME.json, for version NAME."),
    ],
    truth: Annotated[
        list[Path] | None,
        typer.Option(
            help="CSV of who is who, one for each file, in their order: fit to labelled pairs."
        ),
    ] = None,
    from_: Annotated[
        str,
        typer.Option("--from", help="Whose structure, thresholds and start."),
    ] = CURRENT,
    pairs: Annotated[int, typer.Option(min=1000, help="Of one file, at most.")] = 400_000,
    withhold: Annotated[
        list[str] | None, typer.Option(help="Leave this field out (national_id); repeatable.")
    ] = None,
    also_without: Annotated[
        list[str] | None,
        typer.Option(help="With --truth: learn from files with this field, and without it too."),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(help="With --truth: where each file is from; one source is held out as one."),
    ] = None,
    strength: Annotated[
        float,
        typer.Option(
            min=0.001, help="With --truth: of the pull towards the weights before, in bits."
        ),
    ] = STRENGTH,
    afresh: Annotated[
        bool,
        typer.Option("--afresh", help="With --truth: pulled towards 0, not the weights before."),
    ] = False,
    hold_out: Annotated[
        bool,
        typer.Option(
            "--hold-out", help="With --truth: decide each source by a fit to the others too."
        ),
    ] = False,
    workers: Annotated[int, typer.Option(min=1, help="With --truth: processes.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON object.")] = False,
) -> None:
    """Learn a model's weights: with --truth from labelled pairs, else without labels by EM.

    By EM: m and u of every comparison level, from the pairs that blocking brings together. With
    --truth: by penalised logistic regression, from the pairs that the service would score, each
    mention being put where it belongs. Beside NAME.json lies NAME.report.json: how it came about.
    """
    report = out.with_suffix(".report.json")
    withheld = frozenset(withhold or ())
    try:
        if out.suffix != ".json":
            raise ValueError(f"A model is a .json file: call it {out.with_suffix('.json').name}.")
        if out.exists() or report.exists():
            raise ValueError(f"{out} or its report is there already: a version never changes.")
        if truth:
            given = sources(files, truth, source or (), withheld)
            options = Options(out.stem, strength, pairs, afresh, hold_out, workers)
            made = train_on(read(from_), given, options, frozenset(also_without or ()))
        elif source or also_without or afresh or hold_out:
            raise ValueError(
                "--source, --also-without, --afresh and --hold-out are for files with --truth."
            )
        else:
            made = run(files, read(from_), out.stem, pairs, withheld)
        out.parent.mkdir(parents=True, exist_ok=True)
        for path, data in ((out, made.model), (report, made.report)):
            path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        _ERR.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    if as_json:
        sys.stdout.write(json.dumps(made.report) + "\n")
    elif truth:
        _show_labelled(made.report, out, report)
    else:
        _show(made.report, out, report)


def run(
    files: list[Path],
    origin: dict[str, Any],
    version: str,
    most: int,
    withhold: frozenset[str] = frozenset(),
) -> Trained:
    """Train on the files together. Each is a place of its own: no pair is of two files."""
    model, now = parse(origin), datetime.now(UTC)
    found = [blocked_pairs(model, list(read_lines(f, now, withhold)), most) for f in files]
    people = sum(one.records for one in found) // max(1, len(found))
    made = train(origin, np.concatenate([one.levels for one in found]), people, version)
    made.report["files"] = [
        {"name": file.name, "records": one.records, "pairs": len(one.which), "cut": one.cut}
        for file, one in zip(files, found, strict=True)
    ]
    return made


def _show(report: dict[str, Any], out: Path, beside: Path) -> None:
    table = Table(
        title=f"{report['version']}, from {report['from']}: {report['pairs']} pairs,"
        f" {report['of_one_person']:.2%} of one person"
    )
    table.add_column("comparison")
    table.add_column("level")
    for heading in ("pairs", "m", "u", "weight", "before"):
        table.add_column(heading, justify="right")
    for row in report["levels"]:
        if row["pairs"]:
            table.add_row(
                row["comparison"],
                row["level"],
                str(row["pairs"]),
                f"{row['m']:.4f}",
                f"{row['u']:.4f}",
                f"{row['weight']:+.2f}" if row["learnt"] else "as before",
                "" if row["before"] is None else f"{row['before']:+.2f}",
            )
    Console().print(table)
    ended = "converged" if report["converged"] else "did NOT converge"
    Console().print(
        f"EM {ended} after {report['steps']} steps. {out} and {beside} are written. Measure it:"
        f" kith evaluate FILE --truth FILE --in-memory --model {out}"
    )


def _show_labelled(report: dict[str, Any], out: Path, beside: Path) -> None:
    for table in tables(report):
        Console().print(table)
    ended = "converged" if report["converged"] else "did NOT converge"
    Console().print(
        f"The fit {ended} after {report['steps']} steps. {out} and {beside} are written. Measure"
        f" it: kith evaluate FILE --truth FILE --in-memory --model {out}"
    )
