"""What goes with assessments that are erased, and what becomes of the rest. Pure.

Invariants: who is seen in another assessment stays, and is known by that alone; of whoever is seen
in none nothing stays; what had been counted of a mention is taken off again, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.vocabulary_erasure import ErasureReason
from services.duplication.frequencies import POPULATION, terms
from services.duplication.rebuild import Mention, Rebuilt
from services.kit.db import Row

Ids = Mapping[UUID, UUID]
"""What goes, each with the erasure that takes it."""
_PAIRS = ("apart", "lifted", "together")


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is erased at once, for one reason. ``household_ids``: households that go with it even
    where no assessment of theirs is left to tell that they do."""

    id: UUID
    reason: ErasureReason
    assessment_ids: tuple[UUID, ...]
    household_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Parted:
    """Mentions of whoever is seen in what is erased: those that go, and those that are left, in
    order. ``people``: of whom none is left; ``staying``: the others."""

    gone: tuple[Mention, ...]
    left: tuple[Mention, ...]
    people: Ids
    staying: frozenset[UUID]


def part(mentions: Iterable[Mention], assessments: Ids) -> Parted:
    """``mentions``: all of everybody who is seen in these ``assessments``, in order."""
    gone, left = list[Mention](), list[Mention]()
    for mention in mentions:
        (gone if mention.assessment_id in assessments else left).append(mention)
    staying = frozenset(mention.person_id for mention in left)
    # Of several erasures the last takes whoever is seen in them: until then somebody is left.
    order = {erasure: n for n, erasure in enumerate(dict.fromkeys(assessments.values()))}
    gone.sort(key=lambda m: order[assessments[m.assessment_id]])
    people = {m.person_id: assessments[m.assessment_id] for m in gone}
    return Parted(
        tuple(gone), tuple(left), {p: e for p, e in people.items() if p not in staying}, staying
    )


def counted(gone: Iterable[Mention], origins: Mapping[UUID, Sequence[UUID]]) -> Counter[int]:
    """What these mentions had been counted as, and the people. ``origins``: by assessment, whom
    each of its mentions was decided to be of when it came; of those that stay too, as far as they
    are of the same people, under their own."""
    found: Counter[int] = Counter()
    erased: set[UUID] = set()
    for mention in gone:
        found.update(terms(mention.profile()))
        erased.add(mention.assessment_id)
    there = {p for a, people in origins.items() if a not in erased for p in people}
    found[POPULATION] = len({p for a in erased for p in origins.get(a, ())} - there)
    return +found


def retired_with(
    retired: Mapping[UUID, UUID], people: Ids, changes: Iterable[Row], assessments: Ids
) -> dict[UUID, UUID]:
    """Ids that stood for somebody, who goes, or of whom nothing is left that was under this id.

    ``retired``: each with whom it stands for now; ``changes``: all that moved mentions of theirs.
    """
    were: dict[UUID, set[UUID]] = {}
    for change in changes:
        for assessment, _, was, _ in change["moves"]["mentions"]:
            were.setdefault(UUID(was), set()).add(UUID(assessment))
    found = {}
    for one, now in retired.items():
        seen_in = were.get(one, set())
        if now in people:
            found[one] = people[now]
        elif seen_in and seen_in <= assessments.keys():
            found[one] = max((assessments[a] for a in seen_in), key=str)
    return found


def sides(change: Row) -> tuple[UUID, UUID]:
    """The two that a change is about: people or households."""
    if change["person_id"] is not None:
        return change["person_id"], change["other_person_id"]
    return change["household_id"], change["other_household_id"]


def dead(changes: Sequence[Row], gone: Ids) -> dict[UUID, UUID]:
    """Those of the changes of which both sides have gone. What took one back goes with it, and
    stays with it: or else what was taken back would seem to stand."""
    found = {}
    for change in changes:
        one, other = sides(change)
        if one in gone and other in gone:
            found[change["id"]] = gone[other]
    bound = {c["id"]: [x for x in (c["undoes"], c["undone_by"]) if x] for c in changes}
    while stay := [id_ for id_ in found if any(other not in found for other in bound[id_])]:
        for id_ in stay:
            del found[id_]
    return found


def without(moves: Mapping[str, Any], gone: Collection[UUID]) -> dict[str, Any]:
    """What a change moved, without what has gone: assessments, and pairs that were said of it."""
    ids = {str(one) for one in gone}
    left: dict[str, Any] = {
        name: [row for row in moves[name] if row[0] not in ids]
        for name in ("assessments", "mentions")
    }
    left |= {name: [pair for pair in moves[name] if ids.isdisjoint(pair)] for name in _PAIRS}
    return left


def of_these(built: Rebuilt, people: Collection[UUID]) -> Rebuilt:
    """What of it is to be written: all of the households, and of people these alone."""
    return Rebuilt(
        {id_: one for id_, one in built.people.items() if id_ in people},
        built.households,
        [spell for spell in built.spells if spell.person_id in people],
        {id_: keys for id_, keys in built.keys.items() if id_ in people},
    )
