"""Fitting to labelled pairs: weights found again, what is held out left out, faults named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from typer.testing import CliRunner

from services.duplication.comparisons import COMPANY, COMPARISONS, HOME, LEVELS, TERMS, TWINS
from services.duplication.model import load, read
from services.evaluation import hold_out
from services.evaluation.files import read_lines
from services.evaluation.hold_out import Options, sources, train_on
from services.evaluation.labelled_pairs import Labelled, labelled_pairs
from services.evaluation.labelled_training import COLUMNS, sample, train_labelled
from services.evaluation.logistic import Pairs, fit
from services.evaluation.scoring import read_truth
from services.evaluation.train_cli import app
from services.simulator.stream import simulate

NOW = datetime(2027, 6, 1, tzinfo=UTC)
WEIGHTS = np.array([3.0, -4.0, 1.5, -0.5])


def drawn(seed: int, rows: int) -> Pairs:
    """Pairs of which ``WEIGHTS`` are true: three levels of which each holds or not, and a prior."""
    rng = np.random.default_rng(seed)
    features = np.hstack([rng.random((rows, 3)) < 0.5, np.ones((rows, 1))]).astype(float)
    same = rng.random(rows) < 1 / (1 + np.exp2(-(features @ WEIGHTS)))
    return Pairs(csr_array(features), same)


def fitted(
    sets: Sequence[Pairs], strength: float, free: Sequence[bool] = (True,) * 4
) -> np.ndarray:
    nothing, everything = np.full(4, -np.inf), np.ones(4)
    return fit(sets, np.zeros(4), np.array(free), everything, nothing, strength).weights


def test_known_weights_are_recovered() -> None:
    assert fitted([drawn(1, 100_000)], 0.001) == pytest.approx(WEIGHTS, abs=0.1)


def test_a_stronger_pull_keeps_weights_nearer_to_those_before() -> None:
    pairs = [drawn(1, 5_000)]
    sizes = [float(np.abs(fitted(pairs, strength)).sum()) for strength in (1.0, 100.0, 1e6)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 0.1


def test_a_weight_that_is_not_free_stays() -> None:
    assert fitted([drawn(1, 5_000)], 0.1, (True, False, True, True))[1] == 0.0


def test_each_file_counts_alike_however_many_pairs_it_has() -> None:
    large, small = drawn(1, 60_000), drawn(2, 3_000)
    small = Pairs(small.features, ~small.same)  # of which the opposite is true
    together = fitted([large, small], 0.001)
    assert np.abs(together).max() < 0.5 * np.abs(WEIGHTS).max()


def borough(folder: Path, name: str, seed: int) -> tuple[Path, Path]:
    """A small borough as ``kith simulate`` writes it."""
    data, truth = folder / f"{name}.ndjson", folder / f"{name}.csv"
    rows = ["record_id,assessment_id,person_id,household_id"]
    lines = []
    for made in simulate(seed, 350, date(2026, 1, 1), 300):
        body = made.submission.model_dump(mode="json", exclude_defaults=True)
        lines.append(json.dumps({"agency_id": made.agency_id, "submission": body}))
        rows += [
            f"{person.reference},{made.submission.reference},{who.person_id},{who.household_id}"
            for person, who in zip(made.submission.people, made.truth, strict=True)
        ]
    data.write_text("\n".join(lines))
    truth.write_text("\n".join(rows))
    return data, truth


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[Path]]:
    """Two boroughs: their files, and their truths."""
    folder = tmp_path_factory.mktemp("boroughs")
    made = [borough(folder, name, seed) for name, seed in (("north", 3), ("south", 4))]
    return [data for data, _ in made], [truth for _, truth in made]


@pytest.fixture(scope="module")
def north(two: tuple[list[Path], list[Path]]) -> Labelled:
    (file, _), (truth, _) = two
    lines = list(read_lines(file, NOW))
    return labelled_pairs(load(), lines, read_truth(truth, lines), 1_000_000)


def test_pairs_are_with_people_as_they_are_known_and_never_what_a_guard_decides(
    north: Labelled,
) -> None:
    assert north.step == 1
    assert north.compared == len(north) + north.guarded
    assert 0 < north.same.sum() < len(north)
    assert (north.levels[:, TWINS] == -1).all()
    company = north.levels[:, COMPANY]
    supported, alone = north.same[company == 0], north.same[company == 1]
    assert supported.mean() > alone.mean()
    assert (north.levels[north.same][:, HOME] == 0).mean() > 0.3
    assert np.diff(north.people).min() >= 0


def test_of_more_pairs_than_asked_every_second_third_and_so_on_is_kept(
    two: tuple[list[Path], list[Path]], north: Labelled
) -> None:
    lines = list(read_lines(two[0][0], NOW))
    truth = read_truth(two[1][0], lines)
    fewer = labelled_pairs(load(), lines, truth, len(north) // 3)
    assert fewer.step in (3, 4)
    assert (fewer.levels == north.levels[:: fewer.step]).all()
    assert (fewer.same == north.same[:: fewer.step]).all()


def test_levels_that_few_pairs_show_keep_their_weight_and_the_loss_falls(north: Labelled) -> None:
    made, _ = train_labelled(read(), [sample(north, 1.0)], "trial", 1.0)
    before, after = made.report["loss"]
    assert after < before
    learnt = [row for row in made.report["levels"] if row["learnt"]]
    seldom = [row for row in made.report["levels"] if not row["learnt"]]
    assert len(learnt) > 15
    assert all(row["weight"] == row["before"] for row in seldom)
    assert any(row["weight"] != row["before"] for row in learnt)
    for part in ("thresholds", "blocking", "frequencies", "review_hours"):
        assert made.model[part] == read()[part]
    assert made.model["prior"]["per_doubling"] == read()["prior"]["per_doubling"]  # of one place
    assert made.model["comparisons"]["twins"] == read()["comparisons"]["twins"]


def test_afresh_nothing_is_left_of_the_weights_before_where_enough_pairs_show(
    north: Labelled,
) -> None:
    samples = [sample(north, 1.0)]
    first, _ = train_labelled(read(), samples, "trial", 1.0, afresh=True)
    learnt = [row["learnt"] for row in first.report["levels"]]
    other = json.loads(json.dumps(read()))
    for row in first.report["levels"]:
        if row["learnt"]:
            other["comparisons"][row["comparison"]][row["level"]]["weight"] = 1.0
    other["prior"]["base"] += 5.0
    made = [
        train_labelled(origin, samples, "trial", 1.0, afresh=afresh)[0]
        for afresh in (True, False)
        for origin in (read(), other)
    ]
    weights = [
        np.array([row["weight"] for row in one.report["levels"]], dtype=float)[learnt]
        for one in made
    ]
    assert weights[0] == pytest.approx(weights[1], abs=0.05)
    assert np.abs(weights[2] - weights[3]).max() > 1


def test_a_pair_weighs_in_the_fit_what_it_weighs_in_the_score(north: Labelled) -> None:
    data, model = read(), load()
    made = sample(north, 1.0)
    weights = np.array([
        *(data["comparisons"].get(name, {}).get(level, {}).get(column.what, 0.0)
          for column in COLUMNS[:-2] for name, level in [_named(column)]),
        data["prior"]["base"] + 12 * data["prior"]["per_doubling"],
        data["prior"]["per_doubling"],
    ])  # fmt: skip
    found = made.pairs.features @ weights
    for n in range(0, len(north), 97):
        levels = north.levels[n]
        expected = model.prior + model.per_doubling * north.people[n]
        expected += sum(model.weights[c][level] for c, level in enumerate(levels))
        for place, (c, _, _) in enumerate(TERMS):
            expected += model.adjust[c][levels[c]] * north.surprises[n, place]
        assert found[n] == pytest.approx(expected, abs=1e-4)


def _named(column) -> tuple[str, str]:
    name = COMPARISONS[column.comparison]
    return name, LEVELS[name][column.level]


def test_the_same_files_give_the_same_model_byte_for_byte(
    two: tuple[list[Path], list[Path]], tmp_path: Path
) -> None:
    written = []
    for name, workers in (("a", "1"), ("b", "2")):
        out = tmp_path / name / "place-2.json"
        args = [str(one) for one in two[0]] + [f"--truth={one}" for one in two[1]]
        done = CliRunner().invoke(app, [*args, "--out", str(out), "--workers", workers])
        assert done.exit_code == 0, done.output
        written.append((out.read_bytes(), out.with_suffix(".report.json").read_bytes()))
    assert written[0] == written[1]
    assert load(str(out)).version == "place-2"
    assert "Bits lost for each pair" in done.output


def test_what_is_held_out_is_in_no_fit_that_decides_it_nor_is_another_file_of_its_source(
    two: tuple[list[Path], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    decided = []

    def noted(task):
        decided.append(task)
        return {"person": {key: 0.5 for key, _ in hold_out.FIGURES}}

    monkeypatch.setattr(hold_out, "_decide", noted)
    (north, south), (of_north, of_south) = two
    given = sources([north, south, north], [of_north, of_south, of_north], ["n", "s", "n"])
    made = train_on(read(), given, Options("trial", hold_out=True))
    of_south_alone = train_on(read(), given[1:2], Options("trial")).model
    of_north_alone = train_on(read(), [given[0], given[2]], Options("trial")).model
    held, fitted = decided[:3], decided[3:]
    assert [source.path for _, source in held] == [north, north, south]
    for (model, _), other in zip(
        held, (of_south_alone, of_south_alone, of_north_alone), strict=True
    ):
        assert bits(model) == pytest.approx(bits(other), abs=0.05)
    assert all(model == made.model for model, _ in fitted)
    assert bits(of_north_alone) != pytest.approx(bits(of_south_alone), abs=0.1)
    assert [file["source"] for file in made.report["files"]] == ["n", "s", "n"]


def bits(model) -> list[float]:
    return [
        level["weight"] for levels in model["comparisons"].values() for level in levels.values()
    ]


def test_the_held_out_are_decided_as_they_arrive(two: tuple[list[Path], list[Path]]) -> None:
    made = train_on(read(), sources(*two), Options("trial", hold_out=True))
    rows = made.report["hold_out"]
    assert [(row["name"], row["level"]) for row in rows] == [
        (name, level) for name in ("north", "south") for level in ("person", "household")
    ]
    for row in rows:
        assert 0.7 < row["held_out"]["pair_f1"] <= 1
        assert row["held_out"].keys() == row["fitted_on_all"].keys()


def test_a_file_with_an_identifier_is_learnt_from_without_it_too(
    two: tuple[list[Path], list[Path]],
) -> None:
    given = sources(two[0][:1], two[1][:1])
    made = train_on(read(), given, Options("trial"), frozenset({"identifiers"}))
    assert [file["name"] for file in made.report["files"]] == ["north", "north, no identifiers"]
    same = train_on(read(), given, Options("trial"), frozenset({"national_id"}))
    assert [file["name"] for file in same.report["files"]] == ["north"]
    withheld = sources(two[0][:1], two[1][:1], (), frozenset({"identifiers"}))
    only = train_on(read(), withheld, Options("trial"))
    levels = [row for row in only.report["levels"] if row["comparison"] == "identifier"]
    assert levels
    assert not any(row["pairs"] for row in levels)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["north.ndjson", "south.ndjson", "--truth", "north.csv"], "2 files and 1 truths"),
        (["north.ndjson", "--truth", "south.csv"], "south.csv says nothing of"),
        (["north.ndjson", "--truth", "north.csv", "--hold-out"], "two sources at the least"),
        (["north.ndjson", "--truth", "north.csv", "--source", "a", "--source", "b"], "2 sources"),
        (["broken.ndjson", "--truth", "north.csv"], "broken.ndjson, line 2: not a JSON object"),
        (["empty.ndjson", "--truth", "north.csv"], "empty.ndjson has no assessments"),
        (["missing.ndjson", "--truth", "north.csv"], "missing.ndjson"),
        (["north.ndjson", "--truth", "headless.csv"], "headless.csv needs the columns"),
        (["north.ndjson", "--truth", "nobody.csv"], "nobody.csv does not say of every record"),
        (["north.ndjson", "--truth", "strangers.csv"], "north.ndjson: none of its pairs"),
        (["north.ndjson", "--hold-out"], "are for files with --truth"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_file_and_nothing_is_written(
    two: tuple[list[Path], list[Path]], tmp_path: Path, arguments: list[str], said: str
) -> None:
    for path in (*two[0], *two[1]):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    first, *rest = two[0][0].read_text().splitlines()
    heading, *rows = two[1][0].read_text().splitlines()
    cells = [row.split(",") for row in rows]
    (tmp_path / "broken.ndjson").write_text("\n".join([first, "{", *rest]))
    (tmp_path / "empty.ndjson").write_text("\n")
    (tmp_path / "headless.csv").write_text("\n".join(rows))
    (tmp_path / "nobody.csv").write_text(
        "\n".join([heading, *(f"{c[0]},{c[1]},,{c[3]}" for c in cells)])
    )
    (tmp_path / "strangers.csv").write_text(
        "\n".join([heading, *(f"{c[0]},{c[1]},{n},{c[3]}" for n, c in enumerate(cells))])
    )
    args = [str(tmp_path / a) if "." in a else a for a in arguments]
    out = tmp_path / "made.json"
    done = CliRunner().invoke(app, [*args, "--out", str(out)])
    assert done.exit_code == 1
    assert said in " ".join(done.output.replace("\n", "").split()) or said in " ".join(
        done.output.split()
    )
    assert not out.exists()
