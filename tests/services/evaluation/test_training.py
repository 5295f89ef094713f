"""Training: parameters that are known are found again, on made-up pairs and a simulated borough."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from contracts.assessments import Submission
from services.duplication.births import EXACT as SAME_DAY
from services.duplication.comparisons import BIRTH, EXACT, GIVEN, HOME
from services.duplication.model import load, read
from services.evaluation.em import Levels, fit
from services.evaluation.files import Line
from services.evaluation.pairs import Pairs, blocked_pairs
from services.evaluation.train_cli import app
from services.evaluation.training import LEAST, TRAINED, train
from services.simulator.stream import simulate


def drawn(pairs: int, share: float, m: list[list[float]], u: list[list[float]]) -> Levels:
    """Pairs of known probabilities, one in twenty of each comparison missing."""
    rng = np.random.default_rng(7)
    of_one = rng.random(pairs) < share
    columns = []
    for ours, theirs in zip(m, u, strict=True):
        levels = np.where(
            of_one, rng.choice(len(ours), pairs, p=ours), rng.choice(len(theirs), pairs, p=theirs)
        )
        columns.append(np.where(rng.random(pairs) < 0.05, -1, levels))
    return np.array(columns, dtype=np.int8).T


def test_known_probabilities_are_recovered() -> None:
    m = [[0.8, 0.15, 0.05], [0.9, 0.1], [0.7, 0.2, 0.1], [0.95, 0.05]]
    u = [[0.05, 0.1, 0.85], [0.2, 0.8], [0.01, 0.09, 0.9], [0.5, 0.5]]
    levels = drawn(60_000, 0.1, m, u)
    rough = (levels[:, 0] == 0) * 0.6 + (levels[:, 2] == 0) * 0.3
    found = fit(levels, [3, 2, 3, 2], rough)
    assert found.converged
    assert found.share == pytest.approx(0.1, abs=0.01)
    for truth, learnt in ((m, found.m), (u, found.u)):
        for expected, got in zip(truth, learnt, strict=True):
            assert got == pytest.approx(expected, abs=0.02)
    rising = np.diff(found.likelihoods)
    assert (rising > -1e-9).all()
    assert found.weights(2, 12.0)[0] == pytest.approx(np.log2(0.7 / 0.01), abs=0.3)


@pytest.fixture(scope="module")
def borough() -> tuple[Pairs, np.ndarray]:
    """Pairs of a simulated borough, and which are of one person in truth."""
    made = list(simulate(5, 700, date(2026, 1, 1), 250))
    lines = [
        Line(str(n), one.agency_id, tuple(str(row.person_id) for row in one.truth), one.submission)
        for n, one in enumerate(made)
    ]
    people = [who for line in lines for who in line.record_ids]
    found = blocked_pairs(load(), lines, 200_000)
    return found, np.array([people[a] == people[b] for a, b in found.which])


def test_a_simulated_borough_gives_its_own_probabilities_back(
    borough: tuple[Pairs, np.ndarray],
) -> None:
    pairs, of_one = borough
    made = train(read(), pairs.levels, pairs.records, "trial")
    assert made.report["converged"]
    assert made.report["of_one_person"] == pytest.approx(of_one.mean(), abs=0.03)
    rows = {(row["comparison"], row["level"]): row for row in made.report["levels"]}
    for comparison, level in ((GIVEN, EXACT), (BIRTH, SAME_DAY), (HOME, 0)):
        column = pairs.levels[:, comparison]
        name = TRAINED[comparison]
        row = next(row for (c, _), row in rows.items() if c == name)
        for kind, chosen in (("m", of_one), ("u", ~of_one)):
            true = (column[chosen & (column >= 0)] == level).mean()
            assert row[kind] == pytest.approx(true, abs=0.08), (name, kind)
    learnt = [row for row in rows.values() if row["learnt"]]
    assert len(learnt) > 15
    assert all(row["pairs"] >= LEAST for row in learnt)
    assert made.model["thresholds"] == read()["thresholds"]
    assert made.model["comparisons"]["twins"] == read()["comparisons"]["twins"]


def as_line(number: int, submission: Submission) -> str:
    people = [
        {
            "record_id": f"r{number}-{n}",
            "given_name": person.given_name,
            "family_name": person.family_name,
            "date_of_birth": person.date_of_birth,
        }
        for n, person in enumerate(submission.people)
    ]
    address = submission.address.model_dump(exclude_none=True) if submission.address else {}
    return json.dumps({"assessment_id": f"a{number}", "people": people, "address": address})


def test_the_command_writes_a_model_and_its_report_once(tmp_path: Path) -> None:
    made = simulate(5, 300, date(2026, 1, 1), 250)
    data, out = tmp_path / "data.jsonl", tmp_path / "place-1.json"
    data.write_text("\n".join(as_line(n, one.submission) for n, one in enumerate(made)))
    done = CliRunner().invoke(app, [str(data), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "converged" in done.output
    model = load(str(out))
    assert model.version == "place-1"
    assert model.weights != load().weights
    assert model.rules == load().rules
    report = json.loads((tmp_path / "place-1.report.json").read_text())
    assert report["files"][0]["name"] == "data.jsonl"
    again = CliRunner().invoke(app, [str(data), "--out", str(out)])
    assert again.exit_code == 1
    assert "a version never changes" in " ".join(again.output.split())
    data.write_text(as_line(0, next(simulate(5, 300, date(2026, 1, 1), 250)).submission))
    little = CliRunner().invoke(app, [str(data), "--out", str(tmp_path / "place-2.json")])
    assert little.exit_code == 1
    assert "too few" in little.output
    assert not (tmp_path / "place-2.json").exists()
