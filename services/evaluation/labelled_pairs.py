"""The pairs that the service would score, with the truth of each: what a model is fitted to.

A file is decided as it arrives, each mention compared with the people it may be of as they are
known by then; but each goes to the person and the household that it is of in truth, so that no
error of the model that decides spoils the profiles of later pairs.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import log2
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from contracts.envelope import derive_id
from services.duplication.comparing import agrees_well
from services.duplication.comparisons import COMPANY, COMPARISONS, TERMS, compare
from services.duplication.fold import Assessed, Link, apply, assessed
from services.duplication.model import Model
from services.duplication.people import PersonChoice, company_levels
from services.duplication.score import Bits, score
from services.duplication.state import State
from services.evaluation.em import Levels
from services.evaluation.files import Line
from services.evaluation.scoring import Truth

_ROOT = UUID("6b697468-0000-4000-8000-000000000001")
_CERTAIN = 1000.0
"""A prior so high that every guard that holds shows, whatever the weights are."""
_TERM = {comparison: place for place, (comparison, _, _) in enumerate(TERMS)}


@dataclass(frozen=True, slots=True)
class Source:
    """A file to learn from. ``source``: files of one source are left out of a fit together."""

    path: Path
    truth: Path
    source: str
    withheld: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The file's name, and what was left out of it."""
        name = self.path.name.removesuffix(".gz").rsplit(".", 1)[0]
        return f"{name}, no {', '.join(sorted(self.withheld))}" if self.withheld else name

    def digest(self) -> str:
        """SHA-256 of the file and of its truth, together: which files these figures are of."""
        found = sha256(self.path.read_bytes())
        found.update(self.truth.read_bytes())
        return found.hexdigest()


@dataclass(frozen=True, slots=True)
class Labelled:
    """``levels``: a row a pair, a column each of ``COMPARISONS``; ``surprises``: bits, a column
    each of ``TERMS``; ``people``: log2 of those known then; ``same``: whether both are one person.

    ``compared``: pairs in all, of which ``guarded`` were left out, ``guarded_same`` of one person,
    and every ``step``-th of the rest kept; ``unreached``: mentions of somebody known who was not
    among their candidates.
    """

    levels: Levels
    surprises: NDArray[np.float32]
    people: NDArray[np.float32]
    same: NDArray[np.bool_]
    records: int
    compared: int
    guarded: int
    guarded_same: int
    unreached: int
    step: int

    def __len__(self) -> int:
        return len(self.same)


@dataclass(slots=True)
class _Collected:
    levels: array[int]
    surprises: array[float]
    people: array[float]
    same: array[int]
    compared: int = 0
    guarded: int = 0
    guarded_same: int = 0
    unreached: int = 0
    records: int = 0


def labelled_pairs(model: Model, lines: Sequence[Line], truth: Truth, most: int) -> Labelled:
    """The pairs of a file, at most ``most``: of more, every second, third and so on.

    ``model``: its blocking rules, and which comparisons it adjusts by frequency. Pairs that a guard
    caps are left out, because the guard decides them whatever the weights are.
    """
    state, found = State(), _Collected(array("b"), array("f"), array("f"), array("b"))
    for number, line in enumerate(lines):
        id_ = derive_id(_ROOT, "assessment", number)
        taken = assessed(model, id_, line.submission, line.submission.recorded_at)
        who = [derive_id(_ROOT, "person", truth["person"][one]) for one in line.record_ids]
        _compare(model, state, taken, who, found)
        _apply_truth(state, taken, who, truth.get("household", {}).get(line.assessment_id))
    levels = np.frombuffer(found.levels, dtype=np.int8).reshape(-1, len(COMPARISONS))
    step = max(1, -(-len(levels) // most))
    return Labelled(
        levels[::step].copy(),
        np.frombuffer(found.surprises, dtype=np.float32).reshape(-1, len(TERMS))[::step].copy(),
        np.frombuffer(found.people, dtype=np.float32)[::step].copy(),
        np.frombuffer(found.same, dtype=np.int8)[::step].astype(np.bool_),
        found.records,
        found.compared,
        found.guarded,
        found.guarded_same,
        found.unreached,
        step,
    )


def _compare(
    model: Model, state: State, taken: Assessed, who: Sequence[UUID], found: _Collected
) -> None:
    """Every mention with everybody it may be of, as things stand before this assessment."""
    candidates = [state.candidates(keys, model.candidates) for keys in taken.keys]
    seen: list[set[UUID]] = []
    levels: list[list[list[int]]] = []
    for mention, people in zip(taken.mentions, candidates, strict=True):
        levels.append([compare(mention, state.people[id_].profile, taken.year) for id_ in people])
        agreeing = [id_ for id_, own in zip(people, levels[-1], strict=True) if agrees_well(own)]
        seen.append({home for id_ in agreeing for home in state.people[id_].households})
    company = company_levels(state, candidates, seen)
    population = log2(max(state.population, 256))
    for i, mention in enumerate(taken.mentions):
        surprises: Bits = {}
        found.records += 1
        found.unreached += who[i] in state.people and who[i] not in candidates[i]
        for id_, own, level in zip(candidates[i], levels[i], company[i], strict=True):
            other = state.people[id_].profile
            one = score(model, state.counts, _CERTAIN, mention, other, own, 0.0, surprises)
            found.compared += 1
            if one.guards:
                found.guarded += 1
                found.guarded_same += id_ == who[i]
                continue
            found.levels.extend((*own[:COMPANY], level))
            bits = [0.0] * len(TERMS)
            for comparison, surprise in one.surprises:
                bits[_TERM[comparison]] = surprise
            found.surprises.extend(bits)
            found.people.append(population)
            found.same.append(id_ == who[i])


def _apply_truth(state: State, taken: Assessed, who: Sequence[UUID], household: str | None) -> None:
    """Put each mention with its person, and all into their household. Where the truth knows none:
    into the one in which the first of them was last."""
    links = tuple(
        Link(id_, id_ not in state.people, PersonChoice(mention, keys, None, None, (), 0))
        for id_, mention, keys in zip(who, taken.mentions, taken.keys, strict=True)
    )
    known = [home for link in links if not link.new for home in _homes(state, link)[-1:]]
    if household is not None:
        home = derive_id(_ROOT, "household", household)
    else:
        home = known[0] if known else derive_id(taken.id, "household")
    apply(state, taken, links, home, review=False)


def _homes(state: State, link: Link) -> tuple[UUID, ...]:
    return state.people[link.person_id].households
