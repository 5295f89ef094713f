"""A file through the real pipeline, and through the matcher alone: the figures are the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.duplication.model import CURRENT, load
from services.evaluation.cli import run
from services.local.shared import Addresses
from services.simulator.cli import simulate


def test_the_pipeline_and_the_matcher_alone_come_to_the_same_figures(
    servers: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole years of a small borough: with reviews, proposed links, and somebody known as two."""
    monkeypatch.setenv("KITH_POSTGRES", servers.postgres_dsn)
    monkeypatch.setenv("KITH_KAFKA", servers.kafka_bootstrap)
    file, truth = tmp_path / "borough.ndjson", tmp_path / "truth.csv"
    simulate(150, days=500, seed=5, start=datetime(2024, 1, 1, tzinfo=UTC), out=file, truth=truth)
    alone = run(file, truth, model=load(CURRENT), quiet=True)
    through = run(file, truth, quiet=True)
    assert through.figures == alone.figures
    households = through.figures["household"]["final"]
    assert households["review_rate"] > 0
    assert households["link_rate"] > 0
    assert households["clerk"] != households["auto"]
    people = through.figures["person"]
    assert people["final"]["auto"] != people["arrival"]["auto"]
