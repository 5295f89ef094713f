"""Logistic regression in bits: the weights under which labelled pairs are likeliest. Pure.

Each weight is drawn towards a known one, so that what few pairs say moves it little; and
each set of pairs counts alike, however many it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
PAIRS = 10_000
"""Pairs as which every set counts beside that pull."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """``features``: a sparse row a pair; ``same``: whether it is of one person; ``share``: as how
    much of a set it counts, 1 being a whole one."""

    features: Any
    same: NDArray[np.bool_]
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Fit:
    """``steps``: how many it took; ``converged``: whether it ended by itself."""

    weights: Floats
    steps: int
    converged: bool


def fit(
    sets: Sequence[Pairs],
    towards: Floats,
    free: NDArray[np.bool_],
    scale: Floats,
    least: Floats,
    strength: float,
    start: Floats | None = None,
) -> Fit:
    """Fit the weights that are ``free``; the others stay as they are in ``towards``.

    Minimised: bits lost by all sets, each counted as ``PAIRS`` pairs, plus ``strength`` times the
    sum of the squares of (weight - towards) x ``scale``. ``least``: what no weight goes below;
    ``start``: where to look from, which changes nothing but the time it takes.
    """
    known = towards[free]
    pull = scale[free] ** 2 * strength
    weights = towards.copy()

    def cost(tried: Floats) -> tuple[float, Floats]:
        weights[free] = tried
        away = tried - known
        total, slope = float((pull * away**2).sum()), 2 * pull * away
        for pairs in sets:
            if len(pairs.same) == 0:
                continue
            lost, gradient = loss(pairs, weights)
            total += PAIRS * pairs.share * lost
            slope += PAIRS * pairs.share * gradient[free]
        return total, slope

    found = minimize(
        cost,
        (towards if start is None else start)[free],
        jac=True,
        method="L-BFGS-B",
        bounds=[(low, None) for low in least[free]],
        options={"maxiter": 2000, "maxfun": 4000, "ftol": 1e-10, "gtol": 1e-3},
    )
    weights[free] = found.x
    return Fit(weights, int(found.nit), bool(found.success))


def loss(pairs: Pairs, weights: Floats) -> tuple[float, Floats]:
    """Bits lost for each pair on average, and their slope: what a pair's truth was a surprise."""
    count = max(1, len(pairs.same))
    sign = np.where(pairs.same, 1.0, -1.0)
    against = -sign * (pairs.features @ weights)
    lost = np.logaddexp2(0.0, against)
    doubt = np.exp2(against - lost)
    return float(lost.sum()) / count, (pairs.features.T @ (-sign * doubt)) / count
