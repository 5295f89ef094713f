"""The bench itself, in small: every assessment goes through every hop and is timed there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.bench.cli import app


@pytest.mark.timeout(300)
def test_a_small_bench_reports_every_hop_of_both_systems(tmp_path: Path):
    arguments = ["--assessments", "100", "--rate", "20", "--seconds", "2", "--json"]
    done = CliRunner().invoke(app, [*arguments, "--logs", str(tmp_path / "bench")])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["ratio_to_floor"] > 0
    for system in ("floor", "kith"):
        for stretch, sent in (("steady", 40), ("flat_out", 100)):
            figures = found[system][stretch]
            assert (figures["sent"], figures["refused"]) == (sent, 0)
            assert figures["per_second"] > 0
            stages = figures["stages_ms"]
            assert list(stages) == ["accepted", "matched", "assigned", "alerted"]
            assert figures["alert_ms"]["p99"] >= stages["alerted"]["p50"]
    assert found["floor"]["flat_out"]["unalerted"] == 0
    services = {"agencies", "duplication", "keyworkers", "alerts", "operations", "portal"}
    assert services <= set(found["kith"]["flat_out"]["costs"])
