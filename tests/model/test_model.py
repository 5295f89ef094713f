"""The machine, run: briefly with every test, at length with ``make test-model``."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Relationships
from tests.model.world import World

RUNS = int(os.environ.get("KITH_MODEL_RUNS", "0"))
"""Histories at random, of 60 steps each; 0: a few that are the same every time."""


@pytest.mark.timeout(120 + 20 * RUNS)
def test_the_relationship_is_kept_whatever_happens(world: World) -> None:
    machine = type("Machine", (Relationships,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS or 10,
            stateful_step_count=60 if RUNS else 30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=not RUNS,
            database=None,
            phases=(Phase.generate,),  # a step costs milliseconds: making it shorter costs minutes
        ),
    )
