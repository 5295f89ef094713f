"""A model trained on pairs without labels, from the structure and thresholds of another.

Trained: the weight of every level that was seen often enough, and the prior. Taken over: blocking
rules, thresholds, frequency adjustments, and the comparisons that follow from others (twins,
company and the like), which no two classes of independent comparisons can tell anything about.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from math import log2
from typing import Any

import numpy as np

from services.duplication.comparisons import COMPANY, COMPARISONS, CORROBORATION, LEVELS, TWINS
from services.duplication.model import parse
from services.duplication.score import prior
from services.evaluation.em import Fitted, Levels, fit

TRAINED = COMPARISONS[:TWINS]
LEAST = 50
"""Pairs at a level below which its weight is taken over: too few to say."""
LIMIT = 12.0
"""Bits: no level says more than this, whatever so few pairs say."""


@dataclass(frozen=True, slots=True)
class Trained:
    """``model``: the data of a model file; ``report``: how it came about, as JSON."""

    model: dict[str, Any]
    report: dict[str, Any]


def train(origin: dict[str, Any], levels: Levels, people: int, version: str) -> Trained:
    """``levels``: the pairs, a column each of ``COMPARISONS``; ``people``: records trained on.

    Raises ``ValueError`` where there are too few pairs to learn from.
    """
    if len(levels) < 20 * LEAST:
        raise ValueError(
            f"{len(levels)} pairs are too few to learn from ({20 * LEAST} at the least):"
            " give more assessments of the same place."
        )
    known = parse(origin)
    weight = np.full(len(levels), prior(known, people))
    for column, weights in enumerate(known.weights[:COMPANY]):
        weight += np.array(weights)[levels[:, column]]
    start = 1 / (1 + np.exp2(-np.clip(weight, -50, 50)))
    fitted = fit(levels[:, : len(TRAINED)], [len(LEVELS[name]) for name in TRAINED], start)
    model = deepcopy(origin)
    rows = _rows(origin, fitted)
    for row in rows:
        if row["learnt"]:
            entry = model["comparisons"].setdefault(row["comparison"], {})
            entry.setdefault(row["level"], {})["weight"] = row["weight"]
    at = log2(fitted.share / (1 - fitted.share)) - _derived(known.weights, levels, fitted)
    base = at - known.per_doubling * log2(max(people, 256))
    model["version"] = version
    model["prior"] = origin["prior"] | {"base": round(base, 3)}
    model["origin"] = {
        "method": "expectation-maximisation on blocked pairs, without labels",
        "from": origin["version"],
        "records": people,
        "pairs": fitted.pairs,
    }
    report = {
        "version": version,
        "from": origin["version"],
        "records": people,
        "pairs": fitted.pairs,
        "of_one_person": round(fitted.share, 6),
        "steps": len(fitted.likelihoods),
        "converged": fitted.converged,
        "log2_likelihoods": [round(value, 6) for value in fitted.likelihoods],
        "prior_base": [origin["prior"]["base"], model["prior"]["base"]],
        "levels": rows,
    }
    return Trained(model, report)


def _derived(weights: tuple[tuple[float, ...], ...], levels: Levels, fitted: Fitted) -> float:
    """Bits that the corroboration taken over adds to a pair on average: the prior allows for it."""
    column = levels[:, CORROBORATION]
    return float(np.array(weights[CORROBORATION])[column].mean()) if fitted.pairs else 0.0


def _rows(origin: dict[str, Any], fitted: Fitted) -> list[dict[str, Any]]:
    rows = []
    for number, name in enumerate(TRAINED):
        weights = fitted.weights(number, LIMIT)
        known = origin["comparisons"].get(name, {})
        for place, level in enumerate(LEVELS[name]):
            seen = int(fitted.seen[number][place])
            rows.append(
                {
                    "comparison": name,
                    "level": level,
                    "pairs": seen,
                    "m": round(float(fitted.m[number][place]), 6),
                    "u": round(float(fitted.u[number][place]), 6),
                    "weight": round(float(weights[place]), 2),
                    "before": known.get(level, {}).get("weight"),
                    "learnt": seen >= LEAST,
                }
            )
    return rows
