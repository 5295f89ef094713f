"""Expectation–maximisation for a Fellegi–Sunter model: m and u probabilities without labels. Pure.

Two kinds of pairs, of one person and of two; given the kind, the comparisons are taken to be
independent of each other, and a missing one says nothing. The start decides which kind is which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Levels = NDArray[np.int8]

SMOOTHING = 0.5
"""Pairs added to every level of both kinds, so that none is impossible."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """``share``: of pairs that are of one person; ``m[c][l]``, ``u[c][l]``: how often comparison
    ``c`` is at level ``l`` among those of one person, and of two, where it is not missing;
    ``seen[c][l]``: pairs; ``likelihoods``: mean log2 likelihood of a pair before each step."""

    share: float
    m: tuple[Floats, ...]
    u: tuple[Floats, ...]
    seen: tuple[NDArray[np.int64], ...]
    pairs: int
    likelihoods: tuple[float, ...]
    converged: bool

    def weights(self, comparison: int, limit: float) -> Floats:
        """log2(m/u) of each level, between ``-limit`` and ``limit``."""
        found: Floats = np.log2(self.m[comparison] / self.u[comparison])
        return np.clip(found, -limit, limit)


def fit(
    levels: Levels,
    sizes: Sequence[int],
    start: Floats,
    *,
    steps: int = 500,
    tolerance: float = 1e-5,
) -> Fitted:
    """Fit to pairs. ``levels``: a row a pair, a column a comparison, -1 where missing; ``sizes``:
    levels of each comparison; ``start``: per pair, the probability of one person to begin with.

    Ends when no probability moves by more than ``tolerance``, or after ``steps``.
    """
    patterns, which, counts = np.unique(levels, axis=0, return_inverse=True, return_counts=True)
    which = which.reshape(-1)
    weight = counts.astype(np.float64)
    belief = np.bincount(which, weights=start, minlength=len(patterns)) / weight
    found = _maximise(patterns, sizes, weight, belief)
    likelihoods: list[float] = []
    converged = False
    while len(likelihoods) < steps and not converged:
        belief, likelihood = _expect(patterns, weight, *found)
        likelihoods.append(likelihood)
        before, found = found, _maximise(patterns, sizes, weight, belief)
        converged = _moved(before, found) <= tolerance
    share, m, u = found
    seen = tuple(
        np.bincount(column[column >= 0], weights=weight[column >= 0], minlength=size).astype(
            np.int64
        )
        for column, size in zip(patterns.T, sizes, strict=True)
    )
    return Fitted(share, m, u, seen, len(levels), tuple(likelihoods), converged)


_State = tuple[float, tuple[Floats, ...], tuple[Floats, ...]]


def _maximise(patterns: Levels, sizes: Sequence[int], weight: Floats, belief: Floats) -> _State:
    """The probabilities under which these beliefs are likeliest."""
    ours, theirs = weight * belief, weight * (1 - belief)
    m: list[Floats] = []
    u: list[Floats] = []
    for column, size in zip(patterns.T, sizes, strict=True):
        known = column >= 0
        for kind, into in ((ours, m), (theirs, u)):
            counted = np.bincount(column[known], weights=kind[known], minlength=size) + SMOOTHING
            into.append(counted / counted.sum())
    return float(ours.sum() / weight.sum()), tuple(m), tuple(u)


def _expect(
    patterns: Levels, weight: Floats, share: float, m: tuple[Floats, ...], u: tuple[Floats, ...]
) -> tuple[Floats, float]:
    """How likely each pattern is of one person, and the mean log2 likelihood of a pair."""
    one = np.full(len(patterns), np.log(share))
    two = np.full(len(patterns), np.log1p(-share))
    for column, ours, theirs in zip(patterns.T, m, u, strict=True):
        known = column >= 0
        one[known] += np.log(ours[column[known]])
        two[known] += np.log(theirs[column[known]])
    either = np.logaddexp(one, two)
    mean = float((weight * either).sum() / weight.sum() / np.log(2))
    return np.exp(one - either), mean


def _moved(before: _State, now: _State) -> float:
    """The largest change of any probability."""
    return max(
        abs(before[0] - now[0]),
        *(
            float(np.abs(old - new).max())
            for olds, news in ((before[1], now[1]), (before[2], now[2]))
            for old, new in zip(olds, news, strict=True)
        ),
    )
