"""Who of a household was seen where last, and what that says when somebody is seen elsewhere. Pure.

A household that moves is seen bit by bit: the first of it whom an agency meets at the new address
may have moved with the rest, or have left them. What can be told apart is told here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from services.duplication import addresses
from services.duplication.addresses import Home

ADULT = 18
GENERATION = 15
"""Years by which a parent is older than a child, at the least."""


class Resident(NamedTuple):
    """Somebody in a household: the home they were seen at last, when that was (seconds since 1970,
    as received), and their year of birth; None where not known."""

    home: Home | None = None
    at: int = 0
    born: int | None = None

    def after(self, before: Resident | None) -> Resident:
        """This sighting with what it does not say taken from the one before."""
        if before is None:
            return self
        born = before.born if self.born is None else self.born
        if self.home is None or not self.home.street:
            return Resident(before.home, before.at, born)
        return Resident(self.home, self.at, born)


def dump_residents(residents: Iterable[Resident]) -> str:
    """Residents as text: one to a line, a field to a carriage return, which no value holds."""
    return "\n".join(
        "\r".join(
            (str(one.at), "" if one.born is None else str(one.born), *(one.home or ())),
        )
        for one in residents
    )


def load_residents(stored: str, members: Sequence[UUID]) -> dict[UUID, Resident]:
    """The residents that :func:`dump_residents` wrote, in the order of ``members``. Of members from
    before there were any, nothing is known."""
    lines = stored.split("\n") if stored else [""] * len(members)
    return {id_: _load(line) for id_, line in zip(members, lines, strict=True)}


def _load(line: str) -> Resident:
    if not line:
        return Resident()
    at, born, *home = line.split("\r")
    return Resident(Home(*home) if home else None, int(at), int(born) if born else None)


Residents = Mapping[UUID, Resident]


def is_only_adult(residents: Residents, person: UUID, year: int) -> bool:
    """Whether everybody else in the household is a child of an age to be this person's: where the
    one is, the household is."""
    others = [one.born for id_, one in residents.items() if id_ != person]
    mine = residents[person].born
    return (
        mine is not None
        and bool(others)
        and all(
            born is not None and year - born < ADULT and born - mine >= GENERATION
            for born in others
        )
    )


def is_grown_child(residents: Residents, person: UUID) -> bool:
    """Whether somebody in the household is of an age to be this person's parent."""
    mine = residents[person].born
    return mine is not None and any(
        one.born is not None and mine - one.born >= GENERATION for one in residents.values()
    )


def live_apart(
    residents: Residents, homes: Sequence[Home], seen: Collection[UUID], home: Home | None
) -> bool:
    """Whether those ``seen`` here live apart from the rest of the household by now.

    They were seen at this home before, then the others elsewhere, and now they are seen here again.
    The larger part goes on being the household; of two equal parts the one at its older home.
    ``homes``: of the household, oldest first.
    """
    if home is None or not home.street:
        return False
    mine = [one for id_, one in residents.items() if id_ in seen]
    others = [one for id_, one in residents.items() if id_ not in seen]
    if not mine or not others or len(mine) > len(others):
        return False
    if not all(_near(home, one.home) for one in mine):
        return False
    if not all(_was_elsewhere(one, home) for one in others):
        return False
    if max(one.at for one in others) < max(one.at for one in mine):
        return False
    theirs = max(others, key=lambda one: one.at).home
    return len(mine) < len(others) or _age(homes, home) > _age(homes, theirs)


def were_seen_elsewhere(
    residents: Residents, seen: Collection[UUID], home: Home | None, since: int
) -> bool:
    """Whether somebody of the household, not ``seen`` here, was at another house since then."""
    return any(
        one.at > since and _was_elsewhere(one, home)
        for id_, one in residents.items()
        if id_ not in seen
    )


def _was_elsewhere(one: Resident, home: Home | None) -> bool:
    """Whether they were seen last at a house that is known and is not this home."""
    return (
        one.home is not None
        and bool(one.home.street)
        and not (home is not None and _near(home, one.home))
    )


def _age(homes: Sequence[Home], home: Home | None) -> int:
    """The place of a home among the household's: 0 is the oldest."""
    return next((n for n, known in enumerate(homes) if _near(known, home)), len(homes))


def _near(one: Home, other: Home | None) -> bool:
    return other is not None and 0 <= addresses.compare(one, other) <= addresses.POSTCODE
