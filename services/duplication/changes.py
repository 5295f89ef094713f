"""What a link or a separation moves: planned here, previewed or put into effect elsewhere. Pure.

Invariants: a plan says everything that will move, so that it can be shown before and taken back
after; nothing that stays together is kept apart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from contracts.envelope import derive_id
from services.kit.db import Row

Pair = tuple[UUID, UUID]
LINK, SEPARATION = "link", "separation"
ERASED_SINCE = (
    "Part of what this moved has been erased since, and what is left is too little to take it back:"
    " separate or link what is there now."
)
"""What somebody is told who takes back what can no longer be."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A mention: which person it points at, and which household its assessment does."""

    assessment_id: UUID
    position: int
    person_id: UUID
    household_id: UUID


@dataclass(frozen=True, slots=True)
class Change:
    """One link or separation. ``assessments``: (assessment, from, to); ``mentions``: (assessment,
    position, from, to). ``apart`` and ``lifted``: cannot-links set and taken away; ``together``:
    must-links. ``whole``: the other household stands, or falls, by itself. ``person_id``,
    ``other_person_id``: of a change of people, the one kept and the one retired or split off; the
    households are then where each was seen last. ``erased``: something that it moved, or one of the
    two, was erased since."""

    id: UUID
    kind: str
    household_id: UUID
    other_household_id: UUID
    whole: bool
    assessments: tuple[tuple[UUID, UUID, UUID], ...] = ()
    mentions: tuple[tuple[UUID, int, UUID, UUID], ...] = ()
    apart: tuple[Pair, ...] = ()
    lifted: tuple[Pair, ...] = ()
    together: tuple[Pair, ...] = ()
    undoes: UUID | None = None
    person_id: UUID | None = None
    other_person_id: UUID | None = None
    erased: bool = False

    def moves(self) -> dict[str, Any]:
        """The pointers as JSON keeps them."""
        return {
            name: [
                [str(x) if isinstance(x, UUID) else x for x in row] for row in getattr(self, name)
            ]
            for name in ("assessments", "mentions", "apart", "lifted", "together")
        }


def stored(row: Row) -> Change:
    """The change that a row of the journal keeps."""
    moves: dict[str, list[list[Any]]] = row["moves"]

    def ids(name: str) -> tuple[Any, ...]:
        return tuple(
            tuple(UUID(x) if isinstance(x, str) else x for x in one) for one in moves[name]
        )

    return Change(
        row["id"],
        row["kind"],
        row["household_id"],
        row["other_household_id"],
        row["whole"],
        ids("assessments"),
        ids("mentions"),
        ids("apart"),
        ids("lifted"),
        ids("together"),
        row["undoes"],
        row["person_id"],
        row["other_person_id"],
        row["erased_at"] is not None,
    )


def plan_link(
    id_: UUID,
    kept: UUID,
    retired: UUID,
    pointers: Sequence[Pointer],
    joined: Mapping[UUID, UUID],
    apart: Sequence[Pair],
    assessments: Sequence[UUID],
) -> Change:
    """Two households become one. ``joined``: people of one said to be people of the other;
    ``pointers``: all mentions of these and of both households; ``apart``: what concerns them;
    ``assessments``: those of the household to retire."""
    ours = {kept} | {p.person_id for p in pointers if p.household_id == kept}
    theirs = {retired} | {p.person_id for p in pointers if p.household_id == retired}
    same = {retired: kept, **joined}
    lifted, carried = [], []
    for one, other in apart:
        now = (same.get(one, one), same.get(other, other))
        # That two people are not one says nothing against their living together.
        of_people = not {one, other} & {kept, retired}
        crossing = not of_people and (
            (one in ours and other in theirs) or (one in theirs and other in ours)
        )
        if crossing or now[0] == now[1]:
            lifted.append((one, other))
        elif now != (one, other):
            carried.append(now)
    return Change(
        id_,
        LINK,
        kept,
        retired,
        whole=True,
        assessments=tuple((a, retired, kept) for a in assessments),
        mentions=_join(pointers, joined),
        apart=tuple(carried),
        lifted=tuple(lifted),
        together=((retired, kept), *joined.items()),
    )


def _join(
    pointers: Sequence[Pointer], joined: Mapping[UUID, UUID]
) -> tuple[tuple[UUID, int, UUID, UUID], ...]:
    return tuple(
        (p.assessment_id, p.position, p.person_id, joined[p.person_id])
        for p in pointers
        if p.person_id in joined
    )


def plan_separation(
    id_: UUID,
    source: UUID,
    to: UUID,
    taken: frozenset[UUID],
    pointers: Sequence[Pointer],
    *,
    whole: bool,
    other_people: bool,
) -> Change:
    """Assessments ``taken`` leave ``source``. ``other_people``: who is seen in them is not who
    they were said to be, so a person seen elsewhere too becomes two."""
    mine = [p for p in pointers if p.assessment_id in taken]
    elsewhere = {p.person_id for p in pointers if p.assessment_id not in taken}
    split: dict[UUID, UUID] = {}
    if other_people:
        for pointer in mine:
            if pointer.person_id in elsewhere:
                split[pointer.person_id] = derive_id(id_, "person", pointer.person_id)
    mentions = _join(mine, split)
    gone = {split.get(p.person_id, p.person_id) for p in mine}
    left = {p.person_id for p in pointers if p.household_id == source} - {
        p.person_id for p in mine if p.person_id not in elsewhere
    }
    return Change(
        id_,
        SEPARATION,
        source,
        to,
        whole=whole,
        assessments=tuple((a, source, to) for a in sorted(taken)),
        mentions=mentions,
        apart=keep_apart(source, left, to, gone) + tuple((b, a) for a, b in split.items()),
    )


def keep_apart(one: UUID, ones: set[UUID], other: UUID, others: set[UUID]) -> tuple[Pair, ...]:
    """Cannot-links between two households, and between each and the other's own people."""
    return (
        (one, other),
        *((person, other) for person in sorted(ones - others)),
        *((person, one) for person in sorted(others - ones)),
    )


def plan_return(
    id_: UUID,
    undone: Change,
    pointers: Sequence[Pointer],
    households: Mapping[UUID, UUID],
    now_in: Mapping[UUID, UUID],
    people: Mapping[UUID, UUID],
) -> Change:
    """Take a change back: whatever it moved and nothing has moved since. ``households`` and
    ``people``: what ids stand for now; ``now_in``: the household of each assessment."""
    linking = undone.kind == LINK
    source = households[undone.household_id if linking else undone.other_household_id]
    to = undone.other_household_id if linking else households[undone.household_id]
    back = tuple((a, source, to) for a, _, was in undone.assessments if now_in.get(a) == source)
    taken = {a for a, _, _ in back}
    at = {(p.assessment_id, p.position): p.person_id for p in pointers}
    mentions = tuple(
        (a, i, at[a, i], was if linking else people.get(was, was))
        for a, i, was, became in undone.mentions
        if at.get((a, i)) == people.get(became, became)
    )
    change = Change(
        id_, SEPARATION, source, to, whole=linking, assessments=back, mentions=mentions,
        lifted=undone.apart, undoes=undone.id,
    )  # fmt: skip
    if not linking:
        return replace(change, apart=undone.lifted)
    moved = {(a, i): person for a, i, _, person in mentions}
    where = {p: moved.get((p.assessment_id, p.position), p.person_id) for p in pointers}
    gone = {who for p, who in where.items() if p.assessment_id in taken}
    left = {
        who for p, who in where.items() if p.household_id == source and p.assessment_id not in taken
    }
    return replace(change, apart=undone.lifted + keep_apart(source, left, to, gone))


def of_known_people(change: Change, people: Collection[UUID]) -> Change:
    """The change as far as it moved mentions of these: nobody who was erased comes back."""
    known = tuple(m for m in change.mentions if m[2] in people and m[3] in people)
    return change if known == change.mentions else replace(change, mentions=known)


def leaves_nothing(back: Change, pointers: Sequence[Pointer]) -> bool:
    """Whether a separation takes the last mention of somebody away, or the last of a household: as
    where all else of it was erased. ``pointers``: all mentions of whom and of what it is about."""
    moved = {(a, i) for a, i, _, _ in back.mentions}
    taken = {a for a, _, _ in back.assessments}
    losing = {person for _, _, person, _ in back.mentions}
    left = {p.person_id for p in pointers if (p.assessment_id, p.position) not in moved}
    if not losing <= left:
        return True
    homes = {p.household_id for p in pointers if p.assessment_id not in taken}
    return bool(taken) and back.household_id not in homes
