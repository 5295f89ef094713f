"""Sealing who looked, every so often: in one process at a time, and never on the way of a look.

Invariant: a seal covers every row of its range that there ever will be. Row numbers are taken
before rows are committed, so one that commits later may have a smaller number. Whoever takes a
number holds the table's ROW EXCLUSIVE lock from before that until its transaction is over; so once
everybody who held it when the last number was read has let go, nothing can come below. (The oldest
transaction id alone does not tell: a number is taken a moment before its transaction has an id.)
Nobody is made to wait for that: where it takes too long, the next turn seals. Numbers that were
taken and rolled back are gaps, and the seal says which numbers there are.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from pydantic import ValidationError

from contracts.topics import EVERY_PLACE
from services.kit.db import Connection
from services.kit.periodic import Task
from services.kit.seals import FIRST, LookTable, make_seal
from services.kit.seals_kept import (
    Kept,
    find_last,
    find_last_number,
    find_waiting,
    find_writers,
    read_rows,
    save_seal,
)
from services.kit.telemetry_metrics import record
from services.kit.work import Work

if TYPE_CHECKING:
    from services.kit.app import Service

LOG = logging.getLogger(__name__)
MOST_ROWS = 2000
_MOST_SEALS = 10
_PATIENCE_SECONDS = 2.0
_PAUSE_SECONDS = 0.02
_SEALS = UUID("6d2c7a8e-41f5-4b1e-9a57-3f0c2e7b9d14")
"""Namespace of seals, which follow from no assessment."""


def sealing(service: Service, table: LookTable) -> Task:
    """The periodic task that seals what came since its last turn."""

    async def turn(work: Work) -> None:
        await seal_looks(work, service.name, table)

    return turn


async def seal_looks(work: Work, service: str, table: LookTable) -> int:
    """Seal the rows that are final, in seals of at most 2,000 rows; how many seals that were."""
    connection = work.connection
    try:
        last = await find_last(connection, service, table.name)
    except ValidationError:
        LOG.error("%s: its last seal is no seal; run 'kith audit verify'", table.name)
        await _measure(connection, table, None, work.now)
        return 0
    # Before it is sealed: what is sealed now is so only once this commits.
    await _measure(connection, table, last, work.now)
    upper = await find_last_number(connection, table)
    made = 0
    if upper is not None and (last is None or upper > last.last_id):
        if await _nobody_writes_below(connection, table.name):
            while made < _MOST_SEALS:
                sealed = await _seal_next(work, service, table, last, upper)
                if sealed is None:
                    break
                last, made = sealed, made + 1
        else:
            LOG.info("%s: somebody has been writing for a while; sealed later", table.name)
    return made


async def _seal_next(
    work: Work, service: str, table: LookTable, last: Kept | None, upper: int
) -> Kept | None:
    above = last.last_id if last else None
    rows = await read_rows(work.connection, table, table.columns, above, upper, MOST_ROWS)
    if not rows:
        return None
    ids, digests = [one for one, _ in rows], [digest for _, digest in rows]
    seal = make_seal(
        service,
        table,
        last.seal.number + 1 if last else 1,
        ids,
        digests,
        last.seal.digest if last else FIRST,
        work.now,
    )
    kept = Kept(seal, b"".join(digests))
    await save_seal(work.connection, kept)
    about = uuid5(_SEALS, f"{service}/{table.name}")
    work.emit(seal, place_id=EVERY_PLACE, journey_id=about, cause=about, parts=(seal.number,))
    # A third place where it is said: logs go to where the database's role does not reach.
    LOG.info("sealed %s %d to row %d: %s", table.name, seal.number, kept.last_id, seal.digest)
    return kept


async def _nobody_writes_below(connection: Connection, table: str) -> bool:
    """Wait a moment for whoever may have taken a number that is not committed; whether they are
    done. Called after the last number was read."""
    writers = await find_writers(connection, table)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while writers and time.monotonic() < deadline:
        await asyncio.sleep(_PAUSE_SECONDS)
        writers = await find_writers(connection, table, writers)
    return not writers


async def _measure(
    connection: Connection, table: LookTable, last: Kept | None, now: datetime
) -> None:
    waiting = await find_waiting(connection, table, last.last_id if last else None)
    since = waiting["since"] if waiting else None
    age = max(0.0, (now - since).total_seconds()) if since else 0.0
    record("kith.looks.unsealed_age", age, table=table.name)
