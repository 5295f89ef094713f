"""``kith blocking``: what each blocking rule finds and costs, on a file whose truth is known."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.duplication.model import CURRENT, load
from services.duplication.normalise import submission_profiles
from services.evaluation.blocks import Blocked, measure_blocking
from services.evaluation.files import read_lines
from services.evaluation.scoring import read_truth

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def blocking(
    file: Annotated[Path, typer.Argument(help="Assessments, one JSON object a line (.gz too).")],
    truth: Annotated[Path, typer.Option(help="CSV (.gz too): record_id, ..., person_id, ...")],
    model: Annotated[str, typer.Option(help="A model's version, or its file.")] = CURRENT,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many lines.")] = None,
    withhold: Annotated[
        list[str] | None, typer.Option(help="Leave this field out (national_id); repeatable.")
    ] = None,
) -> None:
    """Measure each blocking rule: whom it finds again, whom only it finds, what it costs."""
    try:
        rules = load(model)
        lines = list(islice(read_lines(file, datetime.now(UTC), frozenset(withhold or ())), limit))
        people = read_truth(truth, lines).get("person")
        if not lines or people is None:
            raise ValueError(f"{truth} does not say of every record of {file} who it is.")
        records = (
            (people[record], profile)
            for line in lines
            for record, profile in zip(
                line.record_ids, submission_profiles(line.submission), strict=True
            )
        )
        found = measure_blocking(rules.rules, rules.candidates, records)
    except (OSError, ValueError) as error:
        Console(stderr=True).print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    if as_json:
        sys.stdout.write(json.dumps({"model": rules.version} | figures(found)) + "\n")
    else:
        _show(found, rules.version)


def figures(found: Blocked) -> dict[str, Any]:
    """The measurement as shares and means."""
    scored = sorted(found.scored)
    return {
        "records": found.records,
        "known_arrivals": found.known,
        "recall": found.reached / max(1, found.known),
        "recall_scored": found.offered / max(1, found.known),
        "candidates_mean": sum(scored) / max(1, len(scored)),
        "candidates_p99": scored[int(0.99 * (len(scored) - 1))] if scored else 0,
        "candidates_most": scored[-1] if scored else 0,
        "rules": [
            {
                "share": list(rule.share),
                "most": rule.most,
                "recall": rule.reached / max(1, found.known),
                "only": rule.only / max(1, found.known),
                "candidates_mean": rule.candidates / max(1, found.records),
                "candidates_most": rule.most_candidates,
                "past_bound": rule.past / max(1, rule.keys),
            }
            for rule in found.rules
        ],
    }


def _show(found: Blocked, version: str) -> None:
    said = figures(found)
    table = Table(title=f"{found.records} records, {found.known} of people seen before; {version}")
    table.add_column("both share")
    for heading in ("most", "found again", "only by it", "candidates", "at most", "keys past most"):
        table.add_column(heading, justify="right")
    for rule in said["rules"]:
        table.add_row(
            " + ".join(rule["share"]),
            str(rule["most"]),
            f"{rule['recall']:.4f}",
            f"{rule['only']:.4f}",
            f"{rule['candidates_mean']:.2f}",
            str(rule["candidates_most"]),
            f"{rule['past_bound']:.3f}",
        )
    Console().print(table)
    Console().print(
        f"All rules together: {said['recall']:.4f} found again, {said['recall_scored']:.4f} among"
        f" those scored; {said['candidates_mean']:.1f} scored for each record,"
        f" {said['candidates_p99']} at the 99th percentile, {said['candidates_most']} at most."
    )
