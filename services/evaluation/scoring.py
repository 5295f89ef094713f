"""Predictions as CSV files, and the figures: computed by the scorer that comes with the data."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

from services.evaluation.files import Line, open_text
from services.evaluation.streaming import Answer

STATES = ("arrival", "final")
LEVELS = ("person", "household")


def find_scorer(data: Path, given: Path | None) -> Path:
    """``score.py``: the one named, or the one beside the data or in the folder above.

    Raises ``FileNotFoundError`` in a sentence.
    """
    if given is not None:
        if given.is_file():
            return given
        raise FileNotFoundError(f"There is no scorer at {given}.")
    for folder in (data.resolve().parent, data.resolve().parent.parent):
        if (folder / "score.py").is_file():
            return folder / "score.py"
    raise FileNotFoundError(
        f"There is no score.py beside {data.name} or in the folder above: name one with --scorer."
    )


def write_predictions(
    out: Path, lines: Sequence[Line], answers: Sequence[Answer]
) -> dict[tuple[str, str], Path]:
    """One file per level and state: ``record_id,predicted_id,decision`` in arrival order."""
    paths = {(level, state): out / f"{level}.{state}.csv" for level in LEVELS for state in STATES}
    rows: dict[tuple[str, str], list[tuple[str, str, str]]] = {key: [] for key in paths}
    seen: set[str] = set()
    for line, answer in zip(lines, answers, strict=True):
        decision = "review" if answer.review else ""
        for state, people in (("arrival", answer.people_at_arrival), ("final", answer.people)):
            rows["person", state] += [
                (record, person, decision)
                for record, person in zip(line.record_ids, people, strict=True)
            ]
        if line.assessment_id in seen:  # a later part of a large assessment
            continue
        seen.add(line.assessment_id)
        rows["household", "arrival"].append(
            (line.assessment_id, answer.household_at_arrival, decision)
        )
        rows["household", "final"].append((line.assessment_id, answer.household, decision))
    for key, path in paths.items():
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("record_id", "predicted_id", "decision"))
            writer.writerows(rows[key])
    return paths


def write_truth(out: Path, truth: Path, lines: Iterable[Line]) -> tuple[Path, tuple[str, ...]]:
    """The truth of the records evaluated, plain; and the levels for which it knows the answer."""
    wanted = {record for line in lines for record in line.record_ids}
    with open_text(truth) as file:
        rows = [row for row in csv.DictReader(file) if row["record_id"] in wanted]
    levels = tuple(level for level in LEVELS if all(row[f"{level}_id"] for row in rows))
    path = out / "truth.csv"
    with path.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(
            written,
            ["record_id", "assessment_id", "person_id", "household_id"],
            extrasaction="ignore",
        )
        writer.writeheader()
        writer.writerows(rows)
    return path, levels


def run_scorer(scorer: Path, predictions: Path, truth: Path, level: str) -> dict[str, Any]:
    """The scorer's own figures. Raises ``RuntimeError`` with what it said."""
    done = subprocess.run(
        [sys.executable, str(scorer), str(predictions), "--truth", str(truth), "--level", level,
         "--json"],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"The scorer failed: {done.stderr.strip()[-500:]}")
    return cast(dict[str, Any], json.loads(done.stdout))
