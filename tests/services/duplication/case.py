"""A case that a matcher must get right: what came before, what arrives, what is decided, and why.

Those of who lives with whom are in ``cases_homes``, those of how one person is written in
``cases_written``; people and addresses that both have are here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contracts.assessments import Person
from tests.services.duplication.building import ROAD, person

NEW, LINK, REVIEW = "new", "link", "review"
NEXT_DOOR = {"lines": ["14 Milton Road"], "town": "Wigan", "postcode": "WN1 2AB"}
ELSEWHERE = {"lines": ["7 Poolstock Lane"], "town": "Wigan", "postcode": "WN3 5DJ"}
NOWHERE = {"lines": ["No fixed abode"], "postcode": "ZZ99 3VZ"}
Where = dict[str, Any] | None
Seen = tuple[tuple[Person, ...], Where]


@dataclass(frozen=True)
class Case:
    """``known``: the assessments before; ``decision``: new, link or review of the household;
    ``links``: per person of the last assessment, whether they are somebody known."""

    name: str
    known: tuple[Seen, ...]
    arrives: Seen
    decision: str
    links: tuple[bool, ...]
    why: str


def one(
    name: str,
    known: tuple[Person, ...],
    arrives: tuple[Person, ...],
    decision: str,
    links: tuple[bool, ...],
    why: str,
    *,
    at: Where = ROAD,
    then_at: Where = ROAD,
) -> Case:
    """A case with one assessment before."""
    return Case(name, ((known, at),), (arrives, then_at), decision, links, why)


MAX = person("Max", "Lord", "2013-02-18")
SOPHIE = person("Sophie", "Lord", "1987-05-05", sex="female")
KARL = person("Karl", "Whittle", "1985-08-29", sex="male")
