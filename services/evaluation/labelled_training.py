"""A model fitted to pairs whose truth is known, from the structure and thresholds of another.

Fitted: the weight of every level and the share of every frequency adjustment that enough pairs
show, and the prior. Taken over: blocking rules, typical frequencies, thresholds, review hours, the
weights of levels that are seldom seen, and whatever a guard decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from services.duplication.comparisons import COMPARISONS, LEVELS, TERMS
from services.evaluation.labelled_pairs import Labelled
from services.evaluation.logistic import Floats, Pairs, fit, loss
from services.evaluation.training import LEAST, Trained

TYPICAL = 12.0
"""log2 of the people of a typical place: the prior is fitted there."""
_RARE = 3.0
"""Bits by which a rare value surprises: a share of the adjustment counts as so many."""
_DOUBLINGS = 4.0
"""Doublings between a small place and a large one."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One weight of the fit. ``what``: ``weight`` or ``frequency``, of a level; or the prior's
    ``base`` or ``per_doubling``."""

    what: str
    comparison: int = -1
    level: int = -1


WEIGHTS = tuple(
    _Column("weight", c, level)
    for c, name in enumerate(COMPARISONS)
    for level in range(len(LEVELS[name]))
)
SHARES = tuple(
    _Column("frequency", c, level) for c, _, worst in TERMS for level in range(worst + 1)
)
COLUMNS = (*WEIGHTS, *SHARES, _Column("base"), _Column("per_doubling"))
_SCALE = {"weight": 1.0, "frequency": _RARE, "base": 1.0, "per_doubling": _DOUBLINGS}


@dataclass(frozen=True, slots=True)
class Sample:
    """The pairs of one file, ready to fit to. ``seen``, ``same``: for each of ``COLUMNS``, pairs in
    which it counts, and those of one person among them."""

    pairs: Pairs
    seen: NDArray[np.int64]
    same: NDArray[np.int64]


def sample(labelled: Labelled, share: float) -> Sample:
    """``share``: as how much of a file these pairs count."""
    rows: list[NDArray[Any]] = []
    columns: list[NDArray[Any]] = []
    values: list[NDArray[Any]] = []

    def add(at: NDArray[Any], column: int, bits: NDArray[Any] | float) -> None:
        rows.append(at)
        columns.append(np.full(len(at), column))
        values.append(np.broadcast_to(np.asarray(bits, dtype=np.float64), (len(at),)))

    terms = {c: place for place, (c, _, _) in enumerate(TERMS)}
    for number, column in enumerate(COLUMNS[:-2]):
        at = np.flatnonzero(labelled.levels[:, column.comparison] == column.level)
        if column.what == "weight":
            add(at, number, 1.0)
        else:
            bits = labelled.surprises[at, terms[column.comparison]]
            add(at[bits != 0], number, bits[bits != 0])
    everywhere = np.arange(len(labelled))
    add(everywhere, len(COLUMNS) - 2, 1.0)
    add(everywhere, len(COLUMNS) - 1, labelled.people - TYPICAL)
    at, which = np.concatenate(rows), np.concatenate(columns)
    features = csr_array((np.concatenate(values), (at, which)), shape=(len(labelled), len(COLUMNS)))
    count = len(COLUMNS)
    return Sample(
        Pairs(features, labelled.same, share),
        np.bincount(which, minlength=count),
        np.bincount(which[labelled.same[at]], minlength=count),
    )


def train_labelled(
    origin: dict[str, Any],
    samples: Sequence[Sample],
    version: str,
    strength: float,
    start: Floats | None = None,
    *,
    afresh: bool = False,
) -> tuple[Trained, Floats]:
    """The model under which the samples are likeliest, drawn towards ``origin``; its weights, to
    start a like fit from. ``afresh``: drawn towards nothing, so that of what enough pairs show
    nothing is left of whatever ``origin`` was fitted to.

    Raises ``ValueError`` where there are too few pairs of one person, or of two.
    """
    nothing = np.zeros(len(COLUMNS), dtype=np.int64)
    seen = sum((one.seen for one in samples), nothing)
    same = sum((one.same for one in samples), nothing)
    pairs, of_one = int(seen[-2]), int(same[-2])
    if min(of_one, pairs - of_one) < LEAST:
        raise ValueError(
            f"{pairs} pairs, {of_one} of one person, are too few to learn from: at least {LEAST} of"
            " one person and as many of two. Give more assessments, or is it the wrong truth?"
        )
    before = _weights(origin)
    free: NDArray[np.bool_] = seen >= LEAST
    free[: len(WEIGHTS)] &= np.array([_is_listed(origin, column) for column in WEIGHTS])
    free[len(WEIGHTS) : -2] &= before[len(WEIGHTS) : -2] != 0
    free[-1] &= len(samples) > 1
    scale = np.array([_SCALE[column.what] for column in COLUMNS])
    least = np.array([0.0 if column.what == "frequency" else -np.inf for column in COLUMNS])
    towards = np.where(free, 0.0, before) if afresh else before
    found = fit([one.pairs for one in samples], towards, free, scale, least, strength, start)
    losses = [tuple(loss(one.pairs, w)[0] for w in (before, found.weights)) for one in samples]
    model = _model(origin, version, found.weights, free)
    model["origin"] = {
        "method": "penalised logistic regression on labelled pairs",
        "from": origin["version"],
        "afresh": afresh,
        "strength": strength,
        "pairs": pairs,
        "of_one_person": of_one,
    }
    report = {
        "version": version,
        "from": origin["version"],
        "method": model["origin"]["method"],
        "afresh": afresh,
        "strength": strength,
        "pairs": pairs,
        "of_one_person": of_one,
        "steps": found.steps,
        "converged": found.converged,
        "loss": [_mean(samples, lost) for lost in zip(*losses, strict=True)],
        "losses": [[round(bits, 6) for bits in one] for one in losses],
        "prior": {"before": origin["prior"], "fitted": model["prior"]},
        "thresholds": "kept",
        "levels": _rows(origin, model, seen, same, free),
    }
    return Trained(model, report), found.weights


def _mean(samples: Sequence[Sample], losses: Sequence[float]) -> float:
    """Bits for each pair, every file counting alike."""
    shares = [one.pairs.share for one in samples]
    lost = sum(share * one for share, one in zip(shares, losses, strict=True))
    return round(lost / sum(shares), 6)


def _entry(data: dict[str, Any], column: _Column) -> dict[str, float]:
    name = COMPARISONS[column.comparison]
    found: dict[str, float] = data["comparisons"].get(name, {}).get(LEVELS[name][column.level], {})
    return found


def _is_listed(data: dict[str, Any], column: _Column) -> bool:
    return "weight" in _entry(data, column)


def _weights(data: dict[str, Any]) -> Floats:
    """A model's weights in the order of ``COLUMNS``, the prior that of a typical place."""
    base, each = data["prior"]["base"], data["prior"]["per_doubling"]
    found = [float(_entry(data, column).get(column.what, 0.0)) for column in COLUMNS[:-2]]
    return np.array([*found, base + TYPICAL * each, each])


def _model(
    origin: dict[str, Any], version: str, weights: Floats, free: NDArray[np.bool_]
) -> dict[str, Any]:
    model = deepcopy(origin)
    model["version"] = version
    for column, weight, learnt in zip(COLUMNS[:-2], weights, free, strict=False):
        if learnt:
            _entry(model, column)[column.what] = round(float(weight), 2)
    each = round(float(weights[-1]), 3)
    base = round(float(weights[-2]) - TYPICAL * each, 3)
    model["prior"] = origin["prior"] | {"base": base, "per_doubling": each}
    return model


def _rows(
    origin: dict[str, Any],
    model: dict[str, Any],
    seen: NDArray[np.int64],
    same: NDArray[np.int64],
    free: NDArray[np.bool_],
) -> list[dict[str, Any]]:
    rows = []
    for number, column in enumerate(WEIGHTS):
        old, new = _entry(origin, column), _entry(model, column)
        rows.append(
            {
                "comparison": COMPARISONS[column.comparison],
                "level": LEVELS[COMPARISONS[column.comparison]][column.level],
                "pairs": int(seen[number]),
                "of_one_person": int(same[number]),
                "weight": new.get("weight"),
                "before": old.get("weight"),
                "frequency": new.get("frequency"),
                "frequency_before": old.get("frequency"),
                "learnt": bool(free[number]),
            }
        )
    return rows
