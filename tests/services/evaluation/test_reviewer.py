"""A file with a reviewer who answers rightly what is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from services.evaluation.cli import app

CLI = CliRunner()
KARL = ("p1", {"given_name": "Karl", "family_name": "Novak", "date_of_birth": "1979-08-30"})
SOPHIE = ("p2", {"given_name": "Sophie", "family_name": "Dunn", "date_of_birth": "1984-02-11"})
ANNA = ("p4", {"given_name": "Anna", "family_name": "Novak", "date_of_birth": "1981-01-19"})
LEO = ("p5", {"given_name": "Leo", "family_name": "Novak", "date_of_birth": "2016-07-08"})
MAX = ("p3", {"given_name": "Max", "family_name": "Dunn", "date_of_birth": "2015-05-21"})
MILTON, DERBY = (
    {"lines": ["12 Milton Road"], "postcode": "WN1 2AB"},
    {"lines": ["7 Derby Close"], "postcode": "WN5 9XY"},
)


def write(folder: Path, *seen: tuple[str, list[tuple[str, dict[str, str]]], object]) -> list[str]:
    """Assessments: the true household, who was seen, and where."""
    lines, truth = [], ["record_id,assessment_id,person_id,household_id"]
    for number, (household, people, where) in enumerate(seen):
        named = [{"record_id": f"r{number}.{n}"} | one for n, (_, one) in enumerate(people)]
        lines.append(json.dumps({"assessment_id": f"a{number}", "people": named, "address": where}))
        truth += [f"r{number}.{n},a{number},{who},{household}" for n, (who, _) in enumerate(people)]
    (folder / "data.jsonl").write_text("\n".join(lines))
    (folder / "truth.csv").write_text("\n".join(truth))
    return [str(folder / "data.jsonl"), "--truth", str(folder / "truth.csv")]


def answered(arguments: list[str]) -> dict[str, Any]:
    done = CLI.invoke(app, [*arguments, "--in-memory", "--answered", "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)["figures"]["household"]
    return found


def test_what_follows_a_question_is_put_where_the_answer_says(tmp_path: Path) -> None:
    moved = [("h1", [KARL], MILTON), ("h1", [KARL], DERBY), ("h1", [KARL], DERBY)]
    found = answered(write(tmp_path, *moved))
    assert found["final"]["auto"]["pair_recall"] == 1 / 3  # a new household until it is answered
    assert found["answered"]["auto"]["pair_f1"] == 1
    assert found["answered"]["review_rate"] == 1 / 3


def test_the_answer_may_be_that_it_is_another(tmp_path: Path) -> None:
    left = [("h1", [KARL], MILTON), ("h2", [KARL], DERBY), ("h2", [KARL], DERBY)]
    found = answered(write(tmp_path, *left))
    assert found["answered"]["auto"]["pair_f1"] == 1
    assert found["answered"]["review_rate"] == 1 / 3


def test_households_that_are_said_to_be_one_are_one_from_then_on(tmp_path: Path) -> None:
    joined = [
        ("h1", [KARL, ANNA, LEO], DERBY),
        ("h1", [SOPHIE, MAX], MILTON),
        ("h1", [SOPHIE, MAX, KARL, ANNA], MILTON),
        ("h1", [LEO], DERBY),
        ("h1", [SOPHIE, MAX, LEO], MILTON),
    ]
    found = answered(write(tmp_path, *joined))
    assert found["final"]["auto"]["pair_recall"] < 1
    assert found["answered"]["auto"]["pair_f1"] == 1
    assert found["answered"]["link_rate"] == 1 / 5


def test_households_that_are_said_to_be_two_are_not_asked_about_again(tmp_path: Path) -> None:
    visits = [
        ("h1", [KARL, ANNA], DERBY),
        ("h2", [SOPHIE, MAX], MILTON),
        ("h2", [SOPHIE, MAX, KARL, ANNA], MILTON),
        ("h1", [KARL, ANNA], DERBY),
        ("h2", [SOPHIE, MAX, KARL, ANNA], MILTON),
    ]
    found = answered(write(tmp_path, *visits))
    assert found["answered"]["auto"]["pair_f1"] == 1
    assert found["answered"]["link_rate"] == 1 / 5


def test_what_is_said_to_be_another_household_is_not_asked_about_again(tmp_path: Path) -> None:
    left = [
        ("h1", [KARL, ANNA], MILTON),
        ("h2", [KARL], DERBY),
        ("h2", [KARL, ANNA], DERBY),
    ]
    found = answered(write(tmp_path, *left))
    assert found["answered"]["auto"]["pair_f1"] == 1
    assert (found["answered"]["review_rate"], found["answered"]["link_rate"]) == (1 / 3, 0)


def test_who_is_asked_about_in_a_file_without_households_is_its_people(tmp_path: Path) -> None:
    alone = [("", [KARL], MILTON), ("", [KARL], DERBY)]
    done = CLI.invoke(app, [*write(tmp_path, *alone), "--in-memory", "--answered", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["figures"]["person"]["answered"]["review_rate"] == 1 / 2


def test_nobody_answers_in_the_pipeline(tmp_path: Path) -> None:
    refused = CLI.invoke(app, [*write(tmp_path, ("h1", [KARL], MILTON)), "--answered"])
    assert refused.exit_code == 2
    assert "--in-memory" in refused.output
