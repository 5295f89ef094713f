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


BESIDE_CHAINS = (
    "a_caseload_is_planned_anew",
    "a_household_is_restricted_again",
    "a_lifting_is_answered",
    "duplication_hears_of_a_lifting",
    "somebody_asks_that_a_restriction_be_lifted",
    "somebody_claims_an_offer",
    "somebody_declares_a_conflict_of_interest",
    "somebody_is_away",
    "somebody_is_back_early",
    "somebody_is_put_on_a_list",
    "somebody_is_taken_off_a_list",
    "somebody_looks",
)
"""What links and undoings rarely come to many of, where this may happen between them as well."""


def play(world: World, *left_out: str) -> None:
    without = {name: None for name in left_out if getattr(Relationships, name)}
    run_state_machine_as_test(
        type("Machine", (Relationships,), {"world": world} | without),
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


@pytest.mark.timeout(400 + 20 * RUNS)
def test_the_relationship_is_kept_whatever_happens(world: World) -> None:
    play(world)


@pytest.mark.timeout(400 + 20 * RUNS)
def test_the_relationship_is_kept_through_long_chains_of_links_and_undoings(world: World) -> None:
    play(world, *BESIDE_CHAINS)
