"""The matching model: weights, thresholds and blocking rules, read from a versioned data file.

Never edited in code and never changed under a version: a new model is a new file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from services.duplication.blocking import Rule
from services.duplication.comparisons import ALIKE_TOO, COMPARISONS, EXACT, LEVELS, TERMS

CURRENT = "kith-2"
_PARTS = frozenset(
    {"version", "prior", "comparisons", "frequencies", "thresholds", "blocking", "review_hours"}
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """In bits of log2 odds. ``link``: a person is one already known from here up; ``review``: from
    here up to ``link`` a person must look; ``within``: enough inside a household that is certain;
    ``margin``: how far the runner-up must lie behind; ``join``: two known people are one."""

    link: float
    review: float
    within: float
    margin: float
    join: float


@dataclass(frozen=True, slots=True)
class Model:
    """One version of the policy.

    ``weights[c][l]``: bits of comparison ``c`` at level ``l``, one more entry at the end (0) for
    missing. ``adjust[c][l]``: share of the term-frequency adjustment applied at that level.
    ``most[c][l]``: the most bits that the two together come to, for the rarest value.
    ``prior``: bits before any evidence, and ``per_doubling``: bits for each doubling of the number
    of people known.
    """

    version: str
    prior: float
    per_doubling: float
    weights: tuple[tuple[float, ...], ...]
    adjust: tuple[tuple[float, ...], ...]
    most: tuple[tuple[float, ...], ...]
    typical: Mapping[str, float]
    pseudo: float
    limit: float
    thresholds: Thresholds
    rules: tuple[Rule, ...]
    candidates: int
    review_hours: Mapping[str, int]

    def adjustment(self, comparison: int, level: int, bits: float) -> float:
        """What is added to a weight where values agree that say ``bits`` more than typical ones.

        Two names that are only alike say no more than one of them twice: where a name is common,
        those like it are too.
        """
        own = self.adjust[comparison][level] * bits
        if level > EXACT and comparison in ALIKE_TOO:
            weights = self.weights[comparison]
            twice = weights[EXACT] + self.adjust[comparison][EXACT] * bits
            return min(own, twice - weights[level])
        return own


def parse(data: Mapping[str, Any]) -> Model:
    """A model from its data. A comparison or level that the file lacks weighs nothing."""

    def table(what: str) -> tuple[tuple[float, ...], ...]:
        return tuple(
            (
                *(
                    float(data["comparisons"].get(name, {}).get(level, {}).get(what, 0.0))
                    for level in LEVELS[name]
                ),
                0.0,
            )
            for name in COMPARISONS
        )

    blocking = data["blocking"]
    weights, adjust, limit = table("weight"), table("frequency"), data["frequencies"]["limit"]
    return Model(
        version=data["version"],
        prior=data["prior"]["base"],
        per_doubling=data["prior"]["per_doubling"],
        weights=weights,
        adjust=adjust,
        most=_most(weights, adjust, limit),
        typical=data["frequencies"]["typical"],
        pseudo=data["frequencies"]["pseudo"],
        limit=limit,
        thresholds=Thresholds(**data["thresholds"]),
        rules=tuple(Rule(tuple(rule["share"]), rule["most"]) for rule in blocking["rules"]),
        candidates=blocking["candidates"],
        review_hours=data["review_hours"],
    )


def _most(
    weights: tuple[tuple[float, ...], ...], adjust: tuple[tuple[float, ...], ...], limit: float
) -> tuple[tuple[float, ...], ...]:
    worst = {comparison: level for comparison, _, level in TERMS}
    return tuple(
        tuple(
            weight + (max(0.0, limit * share) if level <= worst.get(c, -1) else 0.0)
            for level, (weight, share) in enumerate(zip(own, shares, strict=True))
        )
        for c, (own, shares) in enumerate(zip(weights, adjust, strict=True))
    )


def read(version: str = CURRENT) -> dict[str, Any]:
    """A model's data: of a version from ``models/``, or of a file, named with its ``.json``.

    Raises ``ValueError`` with what to do where there is none, or it is not one.
    """
    path = files("services.duplication").joinpath(f"models/{version}.json")
    try:
        text = (Path(version) if version.endswith(".json") else path).read_text(encoding="utf-8")
        found = json.loads(text)
    except OSError:
        raise ValueError(
            f"There is no matching model {version}: name a version ({CURRENT}) or a .json file."
        ) from None
    except ValueError:
        raise ValueError(f"{version} is not a matching model: it is not JSON.") from None
    if not isinstance(found, dict) or not found.keys() >= _PARTS:
        raise ValueError(
            f"{version} is not a matching model: it needs {', '.join(sorted(_PARTS))}."
        )
    return found


@lru_cache(maxsize=4)
def load(version: str = CURRENT) -> Model:
    """The model of a version, or of a file named with its ``.json``."""
    return parse(read(version))
