"""A floor under accuracy, on a simulated borough from a seed: it may rise, never fall."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

from contracts.envelope import derive_id
from services.duplication.fold import assessed, resolve
from services.duplication.model import load
from services.duplication.state import State
from services.simulator.stream import simulate
from tests.services.duplication.building import ROOT

HOUSEHOLDS, DAYS = 500, 200
PRECISION, RECALL = 0.975, 0.98
"""Pairwise, of people."""
MIXED = 0.02
"""Share of households found that hold people of more than one."""


def pair_figures(said: list[tuple[str, str]]) -> tuple[float, float]:
    """Pairwise precision and recall of (truth, prediction)."""

    def pairs(counts: Counter[object]) -> int:
        return sum(n * (n - 1) // 2 for n in counts.values())

    both = pairs(Counter(said))
    predicted = pairs(Counter(p for _, p in said))
    true = pairs(Counter(t for t, _ in said))
    return both / max(1, predicted), both / max(1, true)


def test_a_simulated_borough_is_linked_well() -> None:
    state, model = State(), load()
    people: list[tuple[str, str]] = []
    seen: dict[str, set[str]] = defaultdict(set)
    for number, made in enumerate(simulate(11, HOUSEHOLDS, date(2026, 1, 1), DAYS)):
        submission = made.submission
        decided = resolve(
            model,
            state,
            assessed(model, derive_id(ROOT, number), submission, submission.recorded_at),
        )
        for row, link in zip(made.truth, decided.links, strict=True):
            people.append((row.person_id, str(link.person_id)))
            seen[str(decided.household_id)].add(row.household_id)
    precision, recall = pair_figures(people)
    mixed = sum(len(truths) > 1 for truths in seen.values()) / len(seen)
    assert len(people) > 300
    assert precision >= PRECISION
    assert recall >= RECALL
    assert mixed <= MIXED
