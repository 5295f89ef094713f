"""Whether the tables of who looked are as they were sealed, and the seals as they were said.

Invariant: what is compared with is what was said outside the database. Of a number that was said
twice the first counts: whoever writes into the outbox can have another said, and not unsay the one.
A seal that is no longer outside (a broker was lost) is vouched for by any later one that is, since
each names the digest of the one before it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg
from pydantic import ValidationError

from contracts.audit import LooksSealed
from services.kit.db import Connection
from services.kit.periodic import Task
from services.kit.seals import (
    FIRST,
    Finding,
    Kind,
    LookTable,
    compare,
    holds_together,
    rows_digest,
    split_digests,
    unexplained,
)
from services.kit.seals_kept import (
    Kept,
    exists,
    find_after,
    find_digests,
    find_waiting,
    kept_of,
    read_rows,
)
from services.kit.seals_said import CannotLook, Source, on_topic, read_known
from services.kit.telemetry_metrics import record
from services.kit.work import Work

if TYPE_CHECKING:
    from services.kit.app import Service

LOG = logging.getLogger(__name__)
_PAGE = 100
_MOST_READ_AGAIN = 200
ON_ITS_WAY = timedelta(minutes=10)
"""How long a look may wait for its seal, and a seal until it is said, before that is told."""


@dataclass(slots=True)
class Checked:
    """What was found of one table. ``said``: seals that are outside; ``unsealed``: rows that wait.

    ``doubts``: of what it cannot be said whether it is whole, and why.
    """

    table: str
    seals: int = 0
    rows: int = 0
    said: int = 0
    unsealed: int = 0
    findings: list[Finding] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def checking(service: Service, tables: Sequence[LookTable]) -> Task:
    """The periodic task that says in the log, and measures, what is not as it was sealed."""
    settings = service.settings
    said = on_topic(settings.kafka_access, settings.namespace, service.name)

    async def turn(work: Work) -> None:
        try:
            known = read_known(settings.seals_known)
            found = await check(work.connection, service.name, tables, said, work.now)
        except CannotLook as error:
            LOG.warning("whether looks are as they were sealed is not known: %s", error)
            return
        for one in found:
            one.findings = unexplained(service.name, one.findings, known)
            for finding in one.findings:
                LOG.error("tampered with: %s", finding)
            for doubt in one.doubts:
                LOG.warning("%s", doubt)
        record("kith.looks.tampered", sum(len(one.findings) for one in found))

    return turn


async def check(
    connection: Connection,
    service: str,
    tables: Sequence[LookTable],
    said: Source,
    now: datetime,
) -> list[Checked]:
    """Compare every table that is sealed, or was said to be. Raises :class:`CannotLook` where what
    was said cannot be read, and what PostgreSQL raises."""
    digests: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    async for seal in said():
        first = digests[seal.table][seal.number]
        if seal.digest not in first:
            first.append(seal.digest)
    by_name = {table.name: table for table in tables}
    found = []
    for name in sorted({*by_name, *digests}):
        table = by_name.get(name)
        if table is None:
            gone = Finding(name, 1, None, None, Kind.MISSING, (), "It was sealed; it is not kept.")
            found.append(Checked(name, said=len(digests[name]), findings=[gone]))
        else:
            of_table = digests.get(name, {})
            found.append(await _check_table(connection, service, table, of_table, said, now))
    return found


async def _check_table(
    connection: Connection,
    service: str,
    table: LookTable,
    digests: Mapping[int, Sequence[str]],
    said: Source,
    now: datetime,
) -> Checked:
    found = Checked(table.name, said=len(digests))
    for name in ("look_seal", table.name):
        if not await exists(connection, name):
            about = f"There is no table {name}."
            if digests:
                found.findings.append(Finding(name, 1, None, None, Kind.MISSING, (), about))
            else:
                found.doubts.append(f"{about} Have the migrations been applied?")
            return found
    first_said = await _read_again(
        said, table.name, await _find_suspects(connection, table, digests)
    )
    above: int | None = None
    previous: str | None = FIRST
    last_kept: Kept | None = None
    async for number, kept in _walk(connection, service, table, max(digests, default=0)):
        truth = first_said.get(number) or (kept.seal if kept else None)
        if kept is not None:
            found.seals, last_kept = found.seals + 1, kept
        wrong = _wrong_with_seal(service, kept, digests.get(number, ()), previous)
        if truth is None:
            above = previous = None
        elif above is None and previous is None:
            above = truth.ids[0][0] - 1  # after seals of which nothing is known
        last = truth.ids[-1][1] if truth else None
        start = (above + 1 if above is not None else truth.ids[0][0]) if truth else None
        if wrong is not None:
            kind, about = wrong
            found.findings.append(Finding(table.name, number, start, last, kind, (), about))
        if truth is not None:
            found.findings += await _check_rows(connection, table, truth, kept, above, found)
            above, previous = last, truth.digest
    await _look_at_the_rest(connection, table, found, above, now)
    unsaid = last_kept.seal.number - max(digests, default=0) if last_kept else 0
    if last_kept and unsaid > 0 and last_kept.seal.sealed_at < now - ON_ITS_WAY:
        found.doubts.append(
            f"{table.name}: its last {unsaid} seals are nowhere outside the database, so whether"
            " they and their rows were changed cannot be told."
        )
    return found


async def _find_suspects(
    connection: Connection, table: LookTable, digests: Mapping[int, Sequence[str]]
) -> set[int]:
    """The first of the seals that were said and are not kept so: those are read whole."""
    kept = await find_digests(connection, table.name)
    wrong = sorted(number for number, said in digests.items() if list(said) != [kept.get(number)])
    return set(wrong[:_MOST_READ_AGAIN])


async def _read_again(said: Source, table: str, wanted: set[int]) -> dict[int, LooksSealed]:
    found: dict[int, LooksSealed] = {}
    if wanted:
        async for seal in said():
            if seal.table == table and seal.number in wanted:
                found.setdefault(seal.number, seal)
    return found


async def _walk(
    connection: Connection, service: str, table: LookTable, last_said: int
) -> AsyncIterator[tuple[int, Kept | None]]:
    """Every number up to the last that is kept or was said, and the seal that is kept under it."""
    number = 0
    while rows := await find_after(connection, table.name, number, _PAGE):
        for row in rows:
            for gone in range(number + 1, row["number"]):
                yield gone, None
            number = row["number"]
            yield number, _kept(service, table, row)
    for gone in range(number + 1, last_said + 1):
        yield gone, None


def _kept(service: str, table: LookTable, row: asyncpg.Record) -> Kept | None:
    try:
        kept = kept_of(service, row)
    except ValidationError:
        return None
    return kept if (kept.seal.table, kept.seal.number) == (table.name, row["number"]) else None


def _wrong_with_seal(
    service: str, kept: Kept | None, said: Sequence[str], previous: str | None
) -> tuple[Kind, str] | None:
    if kept is None:
        return Kind.MISSING, "This seal was said, and is not kept." if said else "It is not kept."
    if said and said[0] != kept.seal.digest:
        return Kind.CHANGED, "The seal is not kept as it was said."
    if len(said) > 1:
        return Kind.CHANGED, "Another seal under its number was said later."
    if not holds_together(service, kept.seal, previous or kept.seal.previous):
        return Kind.CHANGED, "The seal does not follow from the one before it."
    return None


async def _check_rows(
    connection: Connection,
    table: LookTable,
    seal: LooksSealed,
    kept: Kept | None,
    above: int | None,
    found: Checked,
) -> list[Finding]:
    last = seal.ids[-1][1]
    first = seal.ids[0][0] if above is None else above + 1
    try:
        rows = await read_rows(connection, table, seal.columns, above, last)
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
        about = "The table, or a column of it that was sealed, is gone."
        return [Finding(table.name, seal.number, first, last, Kind.MISSING, (), about)]
    found.rows += len(rows)
    right = kept is not None and rows_digest([kept.row_digests]) == seal.rows
    return compare(seal, rows, split_digests(kept.row_digests) if kept and right else None, first)


async def _look_at_the_rest(
    connection: Connection, table: LookTable, found: Checked, above: int | None, now: datetime
) -> None:
    """What came after the last seal."""
    row = await find_waiting(connection, table, above)
    if row is None or not row["waiting"]:
        return
    found.unsealed = row["waiting"]
    if row["since"] < now - ON_ITS_WAY:
        found.doubts.append(
            f"{table.name}: {found.unsealed} rows, the first of {row['since']:%Y-%m-%d %H:%M} UTC,"
            " are not sealed. Does the service run?"
        )
