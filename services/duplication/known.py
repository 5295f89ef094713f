"""A person as a page shows them: of all that agencies wrote, what is known best. Pure.

The name is the spelling given most often, of equals the one that shares the household's family
name; the date of birth the fullest. What was written otherwise is kept beside them, never hidden.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.duplication import births

_MOST_OTHERS = 5


@dataclass(frozen=True, slots=True)
class Known:
    """``born``: as an agency gave it, with ``XX`` for parts not known. ``also_written``,
    ``also_born``: spellings and dates that do not agree with the ones chosen."""

    name: str | None
    born: str | None
    relationship: str | None
    also_written: tuple[str, ...] = ()
    also_born: tuple[str, ...] = ()


def family_names(mentions: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """How often each family name was written of a household's people."""
    return Counter(_words(m, "family_name").casefold() for m in mentions)


def best_known(
    mentions: Sequence[Mapping[str, Any]], household: Mapping[str, int] | None = None
) -> Known:
    """``mentions``: a person's, in the agencies' words, in order of arrival. ``household``: the
    :func:`family_names` of all who live there."""
    name, also_written = _name(mentions, household or {})
    born, also_born = _born([str(m["date_of_birth"]) for m in mentions if m.get("date_of_birth")])
    relationships = [str(m["relationship"]) for m in mentions if m.get("relationship")]
    return Known(
        name,
        born,
        relationships[-1] if relationships else None,
        also_written[:_MOST_OTHERS],
        also_born[:_MOST_OTHERS],
    )


def _words(mention: Mapping[str, Any], part: str) -> str:
    return " ".join(str(mention.get(part) or "").split())


def _name(
    mentions: Sequence[Mapping[str, Any]], household: Mapping[str, int]
) -> tuple[str | None, tuple[str, ...]]:
    """The whole name written most often, of equals that of the household's commonest family name,
    then the latest; then the others, likewise."""
    written = [(_words(m, "given_name"), _words(m, "family_name")) for m in mentions]
    spellings: dict[tuple[str, ...], list[tuple[int, tuple[str, ...]]]] = {}
    for number, name in enumerate(written):
        if any(name):
            key = tuple(part.casefold() for part in name)
            spellings.setdefault(key, []).append((number, name))
    ranked = sorted(
        spellings,
        key=lambda key: (
            all(key),
            len(spellings[key]),
            household.get(key[-1], 0),
            spellings[key][-1][0],
        ),
        reverse=True,
    )
    if not ranked:
        return None, ()
    best = ranked[0]
    others = [
        key
        for key in ranked[1:]
        if not all(mine in ("", own) for mine, own in zip(key, best, strict=True))
    ]
    shown = [_as_written(spellings[key]) for key in (best, *others)]
    return shown[0], tuple(shown[1:])


def _as_written(found: Sequence[tuple[int, tuple[str, ...]]]) -> str:
    """One spelling of those that differ in capitals alone: "Ann Lee" rather than "ANN LEE"."""
    counts: dict[tuple[str, ...], tuple[bool, int, int]] = {}
    for number, name in found:
        shouted = any(part and (part.isupper() or part.islower()) for part in name)
        counts[name] = (not shouted, counts.get(name, (False, 0, 0))[1] + 1, number)
    best = max(counts, key=lambda name: counts[name])
    return " ".join(part for part in best if part)


def _born(given: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """The fullest date, of equals the one given most often, then the latest; then those that do
    not agree with it."""
    count: dict[str, tuple[int, int, int]] = {}
    for number, text in enumerate(given):
        value = births.written(_whole(text))
        if value:
            count[text] = (_fullness(value), count.get(text, (0, 0, 0))[1] + 1, number)
    ranked = sorted(count, key=lambda text: count[text], reverse=True)
    if not ranked:
        return (given[-1] if given else None), ()
    best = births.written(_whole(ranked[0]))
    others = [text for text in ranked[1:] if not _agree(births.written(_whole(text)), best)]
    return ranked[0], tuple(others)


def _whole(text: str) -> str:
    """``2017`` and ``2017-09`` with what is not known written out."""
    parts = text.split("-")
    return "-".join([*parts, *["XX"] * (3 - len(parts))])


def _fullness(value: str) -> int:
    """How much of ``YYYYMMDD`` is known; 1 January says no more than the year."""
    known = sum(value[a:b].isdigit() for a, b in ((0, 4), (4, 6), (6, 8)))
    return 1 if value.endswith("0101") else known


def _agree(one: str, other: str) -> bool:
    """Whether the two say nothing different, where both say something."""
    if one.endswith("0101"):
        one = one[:4] + "XXXX"
    return all(a == b or "X" in (a, b) for a, b in zip(one, other, strict=True))
