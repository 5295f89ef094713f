"""Seals over append-only tables, of who looked: what is hashed, and what is wrong where it differs.

Pure. A row is hashed as a JSON array of its values, in the order of the seal's columns, as orjson
writes it: UTF-8 without spaces, moments in RFC 3339 with ``+00:00`` and microseconds where there
are any, UUIDs in lower case with hyphens. The digest over the rows is that of their digests, each
of 32 bytes, in the order of their numbers. A seal's own is that of the JSON object of all it says,
keys sorted, without ``digest``, and with ``service``; it holds the digest of the seal before it,
so that one seal that is known to be right vouches for all before it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

import orjson

from contracts.audit import SEALS, LooksSealed

FIRST = "0" * 64
"""What the first seal of a table names as the digest before it."""
_SIZE = 32
_HASHED = ("table", "number", "ids", "columns", "rows", "previous", "sealed_at")


@dataclass(frozen=True, slots=True)
class LookTable:
    """A table that is sealed. ``key``: an identity column; ``columns``: all that counts."""

    name: str
    key: str
    at: str
    columns: tuple[str, ...]


class Kind(StrEnum):
    """What is wrong."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows ``first`` to ``last`` of a table, or its seal ``number`` itself, are not as they were
    sealed or said. ``rows``: which, where that can be told. ``first`` None: nothing says of which
    rows the seal was."""

    table: str
    number: int
    first: int | None
    last: int | None
    kind: Kind
    rows: tuple[int, ...]
    about: str

    def __str__(self) -> str:
        named = f": {', '.join(map(str, self.rows[:20]))}" if self.rows else ""
        more = f" and {len(self.rows) - 20} more" if len(self.rows) > 20 else ""
        where = f"seal {self.number}"
        if self.first is not None:
            where = f"rows {self.first} to {self.last} ({where})"
        return f"{self.table}, {where}: {self.kind.value}{named}{more}. {self.about}"


Known: TypeAlias = frozenset[tuple[str, str, int, str, tuple[int, ...]]]
"""Findings that a person has explained: service, table, seal, kind and rows of each."""


def unexplained(service: str, findings: Iterable[Finding], known: Known) -> list[Finding]:
    """Those that nobody has explained."""
    return [
        one
        for one in findings
        if (service, one.table, one.number, one.kind.value, one.rows) not in known
    ]


def row_digest(values: Sequence[Any]) -> bytes:
    """Of one row's values, in the order of its seal's columns."""
    return hashlib.sha256(orjson.dumps(list(values), default=_uuid)).digest()


def _uuid(value: Any) -> str:
    """asyncpg's are of a class of its own."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"a {type(value).__name__} has no canonical form: say one here first")


def rows_digest(digests: Iterable[bytes]) -> str:
    """Over rows, by their own digests."""
    return hashlib.sha256(b"".join(digests)).hexdigest()


def split_digests(joined: bytes) -> list[bytes]:
    """The digests of rows that are kept one after the other."""
    return [joined[at : at + _SIZE] for at in range(0, len(joined), _SIZE)]


def ranges(ids: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Ascending numbers as ranges, first and last included."""
    found: list[tuple[int, int]] = []
    for one in ids:
        if found and found[-1][1] == one - 1:
            found[-1] = (found[-1][0], one)
        else:
            found.append((one, one))
    return tuple(found)


def numbers(ids: Iterable[tuple[int, int]]) -> list[int]:
    """The other way round."""
    return [one for first, last in ids for one in range(first, last + 1)]


def seal_digest(service: str, said: Mapping[str, Any]) -> str:
    """Over what a seal says, its own digest left out."""
    text = orjson.dumps(
        {name: said[name] for name in _HASHED} | {"service": service},
        option=orjson.OPT_SORT_KEYS,
    )
    return hashlib.sha256(text).hexdigest()


def make_seal(
    service: str,
    table: LookTable,
    number: int,
    ids: Sequence[int],
    digests: Sequence[bytes],
    previous: str,
    sealed_at: datetime,
) -> LooksSealed:
    """The seal over these rows, which are in ascending order."""
    said = {
        "table": table.name,
        "number": number,
        "ids": ranges(ids),
        "columns": table.columns,
        "rows": rows_digest(digests),
        "previous": previous,
        "sealed_at": sealed_at.astimezone(UTC),
    }
    return SEALS[service](**said, digest=seal_digest(service, said))


def holds_together(service: str, seal: LooksSealed, previous: str) -> bool:
    """Whether the seal's digest is that of what it says, and follows the one before it."""
    return seal.previous == previous and seal.digest == seal_digest(service, seal.model_dump())


def compare(
    seal: LooksSealed, found: Sequence[tuple[int, bytes]], kept: Sequence[bytes] | None, first: int
) -> list[Finding]:
    """What is wrong with the rows that a seal covers. ``found``: number and digest of each row that
    there is between ``first`` and the last of the seal; ``kept``: the digests as they were, where
    those are known to be right."""
    sealed = numbers(seal.ids)
    if [one for one, _ in found] == sealed and rows_digest(d for _, d in found) == seal.rows:
        return []
    there = dict(found)
    # A number is there twice only where the key was taken off the table.
    often = Counter(one for one, _ in found)
    extra = there.keys() - set(sealed)
    was = dict(zip(sealed, kept, strict=True)) if kept is not None else {}
    wrong = {
        Kind.MISSING: [one for one in sealed if one not in there],
        Kind.ADDED: sorted({one for one, times in often.items() if times > 1} | extra),
        Kind.CHANGED: [one for one in was if one in there and there[one] != was[one]],
    }
    about = {
        Kind.MISSING: "They were sealed, and are not there.",
        Kind.ADDED: "They were not there when this was sealed.",
        Kind.CHANGED: "They do not read as they did when they were sealed.",
    }
    findings = [
        Finding(seal.table, seal.number, first, sealed[-1], kind, tuple(rows), about[kind])
        for kind, rows in wrong.items()
        if rows
    ]
    return findings or [
        Finding(
            seal.table, seal.number, first, sealed[-1], Kind.CHANGED, (),
            "Some of them do not read as they did; which cannot be told.",
        )
    ]  # fmt: skip
