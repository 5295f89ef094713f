"""Answers beside the truth: what is measured, and the same as CSV files for other scorers."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from services.evaluation.answer import Answer
from services.evaluation.figures import Filed, measure
from services.evaluation.files import Line, open_text
from services.evaluation.reviewer import Reviewer

STATES = ("arrival", "final")
LEVELS = ("person", "household")
Rows = dict[tuple[str, str], list[tuple[str, str, bool]]]
"""By level and state: (record or assessment, what it was put in, whether under review)."""
Truth = dict[str, dict[str, str]]
"""By level, for the levels that the truth knows: record or assessment, and its true entity."""


def predictions(lines: Sequence[Line], answers: Sequence[Answer]) -> Rows:
    """What was said, in arrival order, for each level at arrival and at the end."""
    rows: Rows = {(level, state): [] for level in LEVELS for state in STATES}
    seen: set[str] = set()
    for line, answer in zip(lines, answers, strict=True):
        review = answer.review
        for state, people in (("arrival", answer.people_at_arrival), ("final", answer.people)):
            rows["person", state] += [
                (record, person, review)
                for record, person in zip(line.record_ids, people, strict=True)
            ]
        if line.assessment_id in seen:  # a later part of a large assessment
            continue
        seen.add(line.assessment_id)
        at_arrival = (line.assessment_id, answer.household_at_arrival, review)
        rows["household", "arrival"].append(at_arrival)
        rows["household", "final"].append((line.assessment_id, answer.household, review))
    return rows


def read_truth(truth: Path, lines: Iterable[Line]) -> Truth:
    """The truth of the records evaluated. Raises ``ValueError`` where it lacks some."""
    wanted = {record for line in lines for record in line.record_ids}
    with open_text(truth) as file:
        reader = csv.DictReader(file)
        columns = {"record_id", "assessment_id", "person_id", "household_id"}
        if not columns <= set(reader.fieldnames or ()):
            raise ValueError(f"{truth} needs the columns {', '.join(sorted(columns))}.")
        rows = [row for row in reader if row["record_id"] in wanted]
    lacking = wanted - {row["record_id"] for row in rows}
    if lacking:
        raise ValueError(
            f"{truth} says nothing of {len(lacking)} records, {min(lacking)} for one."
            " Is it the truth of another file?"
        )
    keys = {"person": "record_id", "household": "assessment_id"}
    return {
        level: {row[key]: row[f"{level}_id"] for row in rows}
        for level, key in keys.items()
        if all(row[f"{level}_id"] for row in rows)
    }


def score(
    rows: Rows, truth: Truth, asked: Sequence[tuple[str, str]] = ()
) -> dict[str, dict[str, dict[str, Any]]]:
    """The figures by level and state. ``asked``: links of households that reviewers are asked."""
    return {
        level: {
            state: measure(
                [
                    Filed(known[record], group, review)
                    for record, group, review in rows[level, state]
                ],
                asked if level == "household" else (),
            )
            for state in STATES
        }
        for level, known in truth.items()
    }


def first_people(known: Mapping[str, str], lines: Iterable[Line]) -> dict[str, str]:
    """For each assessment who is the first of it: what stands for its household in a file whose
    truth knows none."""
    return {line.assessment_id: known[line.record_ids[0]] for line in lines}


def score_answered(
    lines: Sequence[Line], answers: Sequence[Answer], truth: Truth, reviewer: Reviewer
) -> dict[str, dict[str, Any]]:
    """The figures by level when all is decided and what was asked is answered, with how many
    questions that took to an assessment."""
    rows = predictions(lines, answers)
    assessments = len(rows["household", "final"])
    shares = {
        "review_rate": len(reviewer.reviewed) / assessments,
        "link_rate": reviewer.questions / assessments,
    }
    return {
        level: measure([Filed(known[record], group) for record, group, _ in rows[level, "final"]])
        | shares
        for level, known in truth.items()
    }


def write_predictions(out: Path, rows: Rows) -> None:
    """One file per level and state: ``record_id,predicted_id,decision`` in arrival order."""
    out.mkdir(parents=True, exist_ok=True)
    for (level, state), said in rows.items():
        with (out / f"{level}.{state}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("record_id", "predicted_id", "decision"))
            writer.writerows((*row, "review" if review else "") for *row, review in said)
