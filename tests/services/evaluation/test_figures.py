"""Figures against counts made by hand, and a file through the matcher in memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.evaluation.cli import app
from services.evaluation.figures import Filed, measure

CLI = CliRunner()


def test_figures_are_those_counted_by_hand() -> None:
    # A is split (1, 1 | 2), B is put with A's first group, C stands alone.
    said = [("A", 1), ("A", 1), ("B", 1), ("A", 2), ("C", 3), ("C", 3)]
    figures = measure([Filed(truth, group) for truth, group in said])["auto"]
    assert figures["pair_precision"] == 2 / 4
    assert figures["pair_recall"] == 2 / 4
    assert figures["bcubed_precision"] == pytest.approx((3 * 2 / 3 - 1 / 3 + 1 + 2) / 6)
    assert figures["bcubed_recall"] == pytest.approx((2 * 2 / 3 + 1 / 3 + 1 + 2) / 6)
    assert figures["false_merge_rate"] == 1 / 2
    assert figures["merged_records"] == 1 / 6
    assert figures["split_rate"] == 1 / 2
    assert (figures["known_arrivals"], figures["new_arrivals"]) == (3, 3)
    assert figures["missed_dup"] == 1 / 3
    assert figures["false_link"] == 1 / 3
    assert figures["arrival_acc"] == 4 / 6


def test_a_review_counts_as_filed_and_as_a_right_answer_would_file_it() -> None:
    filed = [Filed("A", 1), Filed("A", 1), Filed("A", 2, review=True), Filed("B", 1, review=True)]
    found = measure(filed)
    assert found["review_rate"] == 0.5
    assert found["auto"]["pair_f1"] < 1
    assert found["clerk"]["pair_f1"] == found["clerk"]["bcubed_f1"] == 1
    assert "clerk" not in measure(filed[:2])


def test_a_link_asked_about_counts_as_a_right_answer_would_have_it() -> None:
    filed = [Filed("A", 1), Filed("A", 2), Filed("B", 3), Filed("A", 2)]
    found = measure(filed, [(1, 2), (2, 1), (2, 3)])
    assert found["link_rate"] == 2 / 4
    assert found["auto"]["pair_recall"] == 1 / 3
    assert found["clerk"]["pair_f1"] == 1


def write(folder: Path) -> tuple[str, str]:
    people = [
        ("r1", "p1", "h1", "Catherine", "Holroyd", "1988-04-12"),
        ("r2", "p2", "h2", "Farida", "Aziz", "1979-11-23"),
        ("r3", "p1", "h1", "Kathryn", "Holroid", "1988-04-12"),
    ]
    lines, truth = [], ["record_id,assessment_id,person_id,household_id"]
    for number, (record, who, household, given, family, born) in enumerate(people):
        person = {"given_name": given, "family_name": family, "date_of_birth": born}
        where = {"lines": [f"{12 if who == 'p1' else 3} Milton Road"], "postcode": "WN1 2AB"}
        raw = {
            "assessment_id": f"a{number}",
            "people": [{"record_id": record} | person],
            "address": where,
        }
        lines.append(json.dumps(raw))
        truth.append(f"{record},a{number},{who},{household}")
    (folder / "data.jsonl").write_text("\n".join(lines))
    (folder / "truth.csv").write_text("\n".join(truth))
    return str(folder / "data.jsonl"), str(folder / "truth.csv")


def test_a_file_is_evaluated_in_memory_and_its_predictions_kept(tmp_path: Path) -> None:
    data, truth = write(tmp_path)
    kept = tmp_path / "kept"
    done = CLI.invoke(app, [data, "--truth", truth, "--in-memory", "--json", "--out", str(kept)])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    for level in ("person", "household"):
        for state in ("arrival", "final"):
            assert said["figures"][level][state]["auto"]["pair_f1"] == 1
    rows = (kept / "person.final.csv").read_text().splitlines()
    assert rows[0] == "record_id,predicted_id,decision"
    assert rows[1].split(",")[1] == rows[3].split(",")[1] != rows[2].split(",")[1]
    shown = CLI.invoke(app, [data, "--truth", truth, "--in-memory"])
    assert "false links" in " ".join(shown.stdout.split())


def test_what_cannot_be_evaluated_is_said_in_a_sentence(tmp_path: Path) -> None:
    data, truth = write(tmp_path)
    Path(truth).write_text("record_id,assessment_id,person_id,household_id\nr1,a0,p1,h1\n")
    lacking = CLI.invoke(app, [data, "--truth", truth, "--in-memory"])
    assert lacking.exit_code == 1
    assert "truth of another file" in lacking.output
    other = CLI.invoke(app, [data, "--truth", truth, "--in-memory", "--model", "kith-99"])
    assert other.exit_code == 1
    assert "name a version" in " ".join(other.output.split())
    assert CLI.invoke(app, [data, "--truth", truth, "--model", "kith-99"]).exit_code == 2
