"""Seals over the tables of who looked: said outside the database that they are of.

A seal covers the rows of one table that came since the seal before it, and that seal's digest. It
says nothing of whom a look was at, or whose it was: a table, numbers of rows, and digests. What is
hashed, and how, is told in :mod:`services.kit.seals`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from contracts.envelope import Event

Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
"""SHA-256, in hexadecimal digits."""
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,62}$")]
"""A table's or a column's."""


class LooksSealed(Event):
    """The looks of one table that came since the last seal. ``number`` counts up from 1 per table.

    ``ids``: the numbers of the rows as ranges, first and last included, in order; numbers between
    them were never used. ``columns``: those that were hashed, in this order. ``rows``: the digest
    over the rows; ``previous``: the digest of the seal before it, 64 zeros where there is none;
    ``digest``: over everything else here.
    """

    table: Name
    number: Annotated[int, Field(ge=1)]
    ids: Annotated[tuple[tuple[int, int], ...], Field(min_length=1)]
    columns: Annotated[tuple[Name, ...], Field(min_length=1)]
    rows: Digest
    previous: Digest
    digest: Digest
    sealed_at: AwareDatetime

    def subject(self) -> str:
        return f"{self.table}/{self.number}"


class AgenciesLooksSealedV1(LooksSealed):
    """Looks at what agencies sent are sealed."""

    TYPE: ClassVar[str] = "kith.agencies.looks.sealed.v1"
    TOPIC: ClassVar[str] = "agencies.seals"


class DuplicationLooksSealedV1(LooksSealed):
    """Looks at households, decisions and reviews are sealed."""

    TYPE: ClassVar[str] = "kith.duplication.looks.sealed.v1"
    TOPIC: ClassVar[str] = "duplication.seals"


class KeyWorkersLooksSealedV1(LooksSealed):
    """Looks at lists of who may know, and at who works with restricted households, are sealed."""

    TYPE: ClassVar[str] = "kith.keyworkers.looks.sealed.v1"
    TOPIC: ClassVar[str] = "keyworkers.seals"


SEALS: dict[str, type[LooksSealed]] = {
    "agencies": AgenciesLooksSealedV1,
    "duplication": DuplicationLooksSealedV1,
    "keyworkers": KeyWorkersLooksSealedV1,
}
"""By service that keeps looks: what it says of them."""
