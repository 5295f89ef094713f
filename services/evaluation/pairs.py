"""The pairs of records that blocking brings together, compared: what a model is trained on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.duplication.blocking import block_keys
from services.duplication.comparisons import COMPARISONS, compare
from services.duplication.model import Model
from services.duplication.normalise import submission_profiles
from services.duplication.profile import Profile
from services.evaluation.em import Levels
from services.evaluation.files import Line


@dataclass(frozen=True, slots=True)
class Pairs:
    """``levels``: a row a pair, a column each of ``COMPARISONS``; ``which``: the two records, by
    their place in the file; ``records``: how many there are. ``cut``: there were more pairs."""

    levels: Levels
    which: tuple[tuple[int, int], ...]
    records: int
    cut: bool


def blocked_pairs(model: Model, lines: Sequence[Line], most: int) -> Pairs:
    """Every record with those before it that share a usable key, as the service finds candidates,
    up to ``most`` pairs. Two people of one assessment are two, so they make no pair."""
    index: dict[int, list[int]] = defaultdict(list)
    profiles: list[Profile] = []
    levels: list[list[int]] = []
    which: list[tuple[int, int]] = []
    for line in lines:
        own = submission_profiles(line.submission)
        keys = [block_keys(model.rules, profile) for profile in own]
        year = line.submission.recorded_at.year
        first = len(profiles)
        for offset, (profile, held) in enumerate(zip(own, keys, strict=True)):
            for other in _candidates(index, held, model.candidates):
                levels.append(compare(profile, profiles[other], year))
                which.append((first + offset, other))
        for offset, held in enumerate(keys):
            for key, bound in held.items():
                if len(index[key]) <= bound:
                    index[key].append(first + offset)
        profiles += own
        if len(which) >= most:
            break
    found = np.array(levels[:most], dtype=np.int8).reshape(-1, len(COMPARISONS))
    return Pairs(found, tuple(which[:most]), len(profiles), cut=len(which) >= most)


def _candidates(index: dict[int, list[int]], keys: dict[int, int], most: int) -> list[int]:
    shared: dict[int, int] = defaultdict(int)
    for key, bound in keys.items():
        found = index.get(key, ())
        if len(found) <= bound:
            for record in found:
                shared[record] += 1
    return sorted(shared, key=lambda record: (-shared[record], record))[:most]
