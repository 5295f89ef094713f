"""What carrying out a model's decisions over a history takes: steps, each a change by itself. Pure.

What people said is never crossed: what they put together stays together, what they keep apart stays
apart, and what they are being asked is left to them. Of two households that both have a key worker
nothing moves from one to the other: that they may be one is asked (decision 11).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from contracts.envelope import derive_id
from services.duplication.changes import Pair
from services.duplication.rematch import Confusion, Past, Place, Replayed, confusion

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Said:
    """What people said, in ids as they stand now. ``together``: sets of assessments of one
    household; ``one_person``: sets of mentions; ``apart``: pairs of households, people, or one of
    each; ``open``: households that a reviewer is being asked about; ``asked``: pairs of households
    about which somebody was ever asked whether they are one."""

    together: tuple[frozenset[UUID], ...] = ()
    one_person: tuple[frozenset[Place], ...] = ()
    apart: frozenset[Pair] = frozenset()
    open: frozenset[UUID] = frozenset()
    asked: frozenset[frozenset[UUID]] = frozenset()

    def are_apart(self, ones: Iterable[UUID], others: Iterable[UUID]) -> bool:
        """Whether any of these is kept apart from any of those."""
        there = set(others)
        return any((a, b) in self.apart or (b, a) in self.apart for a in ones for b in there)


class Kind(StrEnum):
    """What a step does. ``MOVE``: assessments; ``MOVE_PEOPLE``: mentions of a person."""

    MOVE = "move"
    LINK = "link"
    ASK = "ask"
    MOVE_PEOPLE = "move_people"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``one``: the household (``MOVE_PEOPLE``: person) that is left, retired, or asked
    about; ``to``: where it goes, None for a new one. ``assessment_ids``: what moves, or shows why.
    """

    kind: Kind
    one: UUID
    to: UUID | None
    assessment_ids: tuple[UUID, ...]

    def dump(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "kind": self.kind.value,
            "one": str(self.one),
            "to": str(self.to) if self.to else None,
            "assessment_ids": [str(a) for a in self.assessment_ids],
        }

    @staticmethod
    def load(kept: Mapping[str, Any]) -> Step:
        """What :meth:`dump` wrote."""
        return Step(
            Kind(kept["kind"]),
            UUID(kept["one"]),
            UUID(kept["to"]) if kept["to"] else None,
            tuple(UUID(a) for a in kept["assessment_ids"]),
        )


@dataclass(frozen=True, slots=True)
class Affected:
    """A household that changes. ``parts``: how many of its assessments stay together, the largest
    number first; ``joins``: households whose assessments come to its own. ``comes_to``: ``done``,
    ``asked`` where another with a key worker is concerned, ``held`` by what people said."""

    household_id: UUID
    parts: tuple[int, ...]
    joins: tuple[UUID, ...]
    comes_to: str
    has_key_worker: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """``then``: the household of each assessment once everything is done and every question is
    answered "same". ``asked_before``: questions that somebody was asked already; ``held``: moves
    that people's words stand against; ``people``: people of whom mentions move."""

    steps: tuple[Step, ...]
    table: Confusion
    affected: tuple[Affected, ...]
    asked_before: int
    held: int
    people: int


def change_id(run: UUID, number: int) -> UUID:
    """The id of the change that a step of a run makes."""
    return derive_id(run, "step", number)


def differing(history: Sequence[Past], replayed: Replayed, said: Said) -> set[UUID]:
    """Households of which the model makes something else: about whose key workers to ask."""
    parts = _parts(_now(history), _bound(history, replayed, said))
    pieces = Counter(one for group in parts for one in group.owners)
    together = {one for group in parts if len(group.owners) > 1 for one in group.owners}
    return together | {one for one, number in pieces.items() if number > 1}


def make_plan(
    run: UUID,
    history: Sequence[Past],
    replayed: Replayed,
    said: Said,
    engaged: frozenset[UUID],
    first: int = 0,
) -> Plan:
    """The steps of a run, numbered from ``first``. ``engaged``: households with a key worker."""
    now = _now(history)
    people_of = {past.taken.id: past.people for past in history}
    parts = _parts(now, _bound(history, replayed, said))
    homes = _homes(parts)
    moves, links, asks = list[Step](), list[Step](), list[Step]()
    then, firm = dict(now), set(now)
    came: dict[UUID, set[str]] = defaultdict(set)
    asked_before = held = 0
    for group in parts:
        kept = group.kept(homes, engaged)
        houses, people = set[UUID](), set[UUID]()
        has_key_worker = False
        for house in group.ordered(kept):
            taken = group.owners[house]
            theirs = {person for a in taken for person in people_of[a]}
            come_to = "done"
            if house == kept:
                pass
            elif said.are_apart({house, *theirs}, houses) or said.are_apart({house}, people):
                come_to, held = "held", held + 1
                firm.difference_update(taken)
            elif kept is not None and house in engaged and has_key_worker:
                come_to = "asked"
                firm.difference_update(taken)
                if frozenset((house, kept)) in said.asked:
                    asked_before += 1
                else:
                    asks.append(Step(Kind.ASK, house, kept, tuple(taken[-1:])))
            elif homes[house] is group:
                links.append(Step(Kind.LINK, house, kept, tuple(taken)))
            else:
                moves.append(Step(Kind.MOVE, house, kept, tuple(taken)))
                if kept is None:
                    number = first + len(moves) - 1
                    kept = derive_id(change_id(run, number), "household")
            if come_to != "held":
                houses.add(house)
                people |= theirs
                has_key_worker |= house in engaged
                then |= dict.fromkeys(taken, kept or house)
            if house != kept:
                came[house].add(come_to)
        firm.difference_update(a for a in group.items if now[a] in said.open)
    shifted, more = _people(history, replayed, said, firm, first + len(moves) + len(links), run)
    return Plan(
        (*moves, *links, *shifted, *asks),
        confusion(now, then),
        _affected(now, then, came, engaged),
        asked_before,
        held + more,
        len({step.one for step in shifted}),
    )


def _people(
    history: Sequence[Past],
    replayed: Replayed,
    said: Said,
    firm: set[UUID],
    first: int,
    run: UUID,
) -> tuple[list[Step], int]:
    """Mentions that are of other people, in assessments whose household is certain; not of those
    about whose household somebody is being asked."""
    now: dict[Place, UUID] = {}
    homes_of: dict[UUID, set[UUID]] = defaultdict(set)
    for past in history:
        for i, person in enumerate(past.people):
            now[past.taken.id, i] = person
            homes_of[person].add(past.household_id)
    groups = _together(replayed.people, said.one_person)
    asked = {who for who, households in homes_of.items() if households & said.open}
    groups |= {
        place: derive_id(now[place], "stays")
        for place in groups
        if place[0] not in firm or now[place] in asked
    }
    parts = _parts(now, groups)
    homes, steps, held = _homes(parts), list[Step](), 0
    for group in parts:
        kept = group.kept(homes, frozenset())
        for person in group.ordered(kept):
            if person == kept:
                continue
            taken = tuple(dict.fromkeys(a for a, _ in group.owners[person]))
            if kept is not None and said.are_apart({person}, {kept, *homes_of[kept]}):
                held += 1
                continue
            steps.append(Step(Kind.MOVE_PEOPLE, person, kept, taken))
            if kept is None:
                kept = derive_id(change_id(run, first + len(steps) - 1), "person")
    return steps, held


@dataclass(slots=True)
class _Group(Generic[T]):
    """What the model puts together. ``owners``: by household (or person) as it stands, what of it
    is here, in order; the first first."""

    owners: dict[UUID, list[T]]

    @property
    def items(self) -> list[T]:
        return [item for own in self.owners.values() for item in own]

    def kept(self, homes: Mapping[UUID, _Group[T]], first: frozenset[UUID]) -> UUID | None:
        """Which of them is kept: of those that mostly are here one in ``first``, then the largest,
        then the oldest. None where each mostly is elsewhere."""
        own = [one for one in self.owners if homes[one] is self]
        return max(own, key=lambda one: (one in first, len(self.owners[one])), default=None)

    def ordered(self, kept: UUID | None) -> list[UUID]:
        return sorted(self.owners, key=lambda one: (one != kept, -len(self.owners[one])))


def _parts(now: Mapping[T, UUID], groups: Mapping[T, UUID]) -> list[_Group[T]]:
    """By group of the model, in order of its first item."""
    found: dict[UUID, _Group[T]] = {}
    for item, group in groups.items():
        found.setdefault(group, _Group({})).owners.setdefault(now[item], []).append(item)
    return list(found.values())


def _homes(parts: Sequence[_Group[T]]) -> dict[UUID, _Group[T]]:
    """For each household (or person) as it stands, the group with most of it, the first
    of equals."""
    homes: dict[UUID, _Group[T]] = {}
    for group in parts:
        for one, own in group.owners.items():
            if one not in homes or len(own) > len(homes[one].owners[one]):
                homes[one] = group
    return homes


def _now(history: Sequence[Past]) -> dict[UUID, UUID]:
    return {past.taken.id: past.household_id for past in history}


def _bound(history: Sequence[Past], replayed: Replayed, said: Said) -> dict[UUID, UUID]:
    """The model's groups, with what people said put right, and open questions left alone."""
    groups = _together(replayed.groups, said.together)
    for past in history:
        if past.household_id in said.open:
            groups[past.taken.id] = derive_id(past.household_id, "open")
    return groups


def _together(groups: dict[T, UUID], sets: Sequence[frozenset[T]]) -> dict[T, UUID]:
    """With each set in one group: the one that most of it is in, the first of equals. Sets that
    overlap are one."""
    leader: dict[T, T] = {}

    def find(item: T) -> T:
        while leader.setdefault(item, item) != item:
            item = leader[item]
        return item

    for one in sets:
        inside = [item for item in one if item in groups]
        for item in inside[1:]:
            leader[find(item)] = find(inside[0])
    nodes: dict[T, list[T]] = defaultdict(list)
    for item in groups:
        if item in leader:
            nodes[find(item)].append(item)
    found = dict(groups)
    for node in nodes.values():
        ((group, _),) = Counter(groups[item] for item in node).most_common(1)
        found |= dict.fromkeys(node, group)
    return found


def _affected(
    now: Mapping[UUID, UUID],
    then: Mapping[UUID, UUID],
    came: Mapping[UUID, set[str]],
    engaged: frozenset[UUID],
) -> tuple[Affected, ...]:
    parts: dict[UUID, Counter[UUID]] = defaultdict(Counter)
    holds: dict[UUID, set[UUID]] = defaultdict(set)
    for one, house in now.items():
        parts[house][then[one]] += 1
        holds[then[one]].add(house)
    found = []
    for house, groups in parts.items():
        joins = {other for group in groups for other in holds[group]} - {house}
        if len(groups) > 1 or joins or came.get(house):
            words = came.get(house) or {w for other in joins for w in came.get(other, ())}
            worst = next((w for w in ("asked", "held") if w in words), "done")
            sizes = tuple(sorted(groups.values(), reverse=True))
            found.append(Affected(house, sizes, tuple(sorted(joins)), worst, house in engaged))
    return tuple(sorted(found, key=lambda one: (-sum(one.parts), one.household_id)))
