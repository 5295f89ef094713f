"""The SQL that fills a matching index at once: COPY first, constraints and indexes afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt

from services.kit.db import Pool

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_ROWS = 200_000
_KEY = np.dtype([("n", ">i2"), ("l", ">i4"), ("key", ">i8"), ("m", ">i4"), ("person", "V16")])
_TERM = np.dtype([("n", ">i2"), ("l", ">i4"), ("term", ">i8"), ("m", ">i4"), ("count", ">i4")])
_TABLES = ("person", "household", "membership", "block_key", "term_frequency")
_CONSTRAINTS = (
    "select conrelid::regclass::text as name, conname as part, pg_get_constraintdef(oid) as was"
    " from pg_constraint where contype in ('p', 'u', 'f')"
    " and (conrelid = any($1::regclass[]) or confrelid = any($1::regclass[]))"
    " order by contype = 'f', 1, 2"
)
_INDEXES = (
    "select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as was"
    " from pg_index i where i.indrelid = any($1::regclass[]) and not exists"
    " (select 1 from pg_constraint c where c.conindid = i.indexrelid) order by 1"
)


async def strip(pool: Pool) -> list[str]:
    """Take away what would be kept up row by row; the statements that put it back, in order."""
    constraints = await pool.fetch(_CONSTRAINTS, _TABLES)
    indexes = await pool.fetch(_INDEXES, _TABLES)
    for row in reversed(constraints):
        await pool.execute(f'alter table {row["name"]} drop constraint "{row["part"]}"')
    for row in indexes:
        await pool.execute(f"drop index {row['name']}")
    put_back = [
        f'alter table {row["name"]} add constraint "{row["part"]}" {row["was"]}'
        for row in constraints
    ]
    return put_back + [row["was"] for row in indexes]


async def restore(pool: Pool, definition: str) -> None:
    """Put one constraint or index back."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local maintenance_work_mem = '512MB'")
        await connection.execute(definition, timeout=1800)


async def settle(pool: Pool) -> None:
    """Let PostgreSQL know its tables, as it would in time."""
    await pool.execute("vacuum (analyze)", timeout=1800)
    await pool.execute("checkpoint", timeout=600)


async def copy_rows(
    pool: Pool,
    people: Sequence[tuple[UUID, str, str, list[UUID], int]],
    households: Sequence[tuple[UUID, str, str, list[UUID], str, bool, datetime]],
    members: Sequence[tuple[UUID, UUID, datetime, str]],
) -> None:
    """People, households and who is in which."""
    async with pool.acquire() as connection:
        await connection.copy_records_to_table(
            "person",
            records=people,
            columns=("id", "place_id", "profile", "households", "mentions"),
        )
        await connection.copy_records_to_table(
            "household",
            records=households,
            columns=(
                "id",
                "place_id",
                "homes",
                "members",
                "residents",
                "provisional",
                "first_seen",
            ),
        )
        await connection.copy_records_to_table(
            "membership",
            records=members,
            columns=("household_id", "person_id", "since", "place_id"),
        )


async def copy_terms(
    pool: Pool, terms: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]
) -> None:
    """How often each term was seen."""
    rows = np.empty(len(terms), dtype=_TERM)
    rows["n"], rows["l"], rows["m"] = 2, 8, 4
    rows["term"], rows["count"] = terms, counts

    async def stream() -> AsyncIterator[bytes]:
        yield _HEADER
        yield rows.tobytes()
        yield _TRAILER

    await _copy(pool, "term_frequency", ("term", "count"), stream())


async def copy_keys(
    pool: Pool,
    keys: npt.NDArray[np.int64],
    ids: npt.NDArray[np.void],
    owners: npt.NDArray[np.int32],
    told: Callable[[int], None],
) -> None:
    """Block keys, each with its person: ``ids[owners[i]]``."""

    async def stream() -> AsyncIterator[bytes]:
        yield _HEADER
        for start in range(0, len(keys), _ROWS):
            some = keys[start : start + _ROWS]
            rows = np.empty(len(some), dtype=_KEY)
            rows["n"], rows["l"], rows["m"] = 2, 8, 16
            rows["key"], rows["person"] = some, ids[owners[start : start + _ROWS]]
            yield rows.tobytes()
            told(start + len(some))
        yield _TRAILER

    await _copy(pool, "block_key", ("key", "person_id"), stream())


async def _copy(
    pool: Pool, table: str, columns: Sequence[str], source: AsyncIterator[bytes]
) -> None:
    async with pool.acquire() as connection:
        await connection.copy_to_table(
            table, source=source, columns=columns, format="binary", timeout=1800
        )
