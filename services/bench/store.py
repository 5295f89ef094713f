"""The SQL of the bench: the floor's one statement, how large the matching index is, and where it is
kept."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from contracts.assessments import Submission
from services.kit.db import Connection, Pool


async def save_hops(
    connection: Connection, rows: Sequence[tuple[UUID, str]], now: datetime
) -> None:
    """Insert one row for each assessment, in one statement."""
    await connection.execute(
        "insert into hop (journey_id, payload, at)"
        " select h.id, h.payload, $3 from unnest($1::uuid[], $2::text[]) h(id, payload)",
        [journey for journey, _ in rows],
        [payload for _, payload in rows],
        now,
    )


_INDEX = ("person", "household", "membership", "block_key", "term_frequency")


async def find_index_bytes(pool: Pool) -> int:
    """What the matcher knows of people takes, indexes included; not what agencies sent."""
    return int(
        await pool.fetchval(
            "select sum(pg_total_relation_size(t::regclass)) from unnest($1::text[]) t", _INDEX
        )
    )


async def find_candidates(pool: Pool) -> float:
    """People scored for each person of an assessment, on average."""
    found = await pool.fetchval(
        "select avg((p->>'candidates')::int)"
        " from decision, jsonb_array_elements(detail->'people') p"
    )
    return float(found or 0)


async def find_most_candidates(pool: Pool, assessment_ids: Sequence[UUID]) -> int:
    """People compared with any person of these assessments, at most."""
    found = await pool.fetchval(
        "select max((p->>'candidates')::int)"
        " from decision, jsonb_array_elements(detail->'people') p"
        " where assessment_id = any($1::uuid[])",
        assessment_ids,
    )
    return int(found or 0)


async def find_server(pool: Pool) -> tuple[int, bool]:
    """The process that serves the connection, and whether it does so through a local socket."""
    row = await pool.fetchrow("select pg_backend_pid() as pid, inet_server_addr() is null as here")
    return (row["pid"], row["here"]) if row else (0, False)


async def has_database(admin_dsn: str, name: str) -> bool:
    """Whether the server has a database of that name."""
    connection = await asyncpg.connect(admin_dsn)
    try:
        found = await connection.fetchval("select 1 from pg_database where datname = $1", name)
    finally:
        await connection.close()
    return bool(found)


async def rename_database(admin_dsn: str, dsn: str, name: str) -> None:
    """Give a database that nobody is connected to another name."""
    await _execute(admin_dsn, f'alter database "{urlsplit(dsn).path[1:]}" rename to "{name}"')


@asynccontextmanager
async def copied_database(admin_dsn: str, name: str) -> AsyncIterator[str]:
    """The DSN of a copy of a database, dropped at the end."""
    copy = f"{name}_{secrets.token_hex(4)}"
    await _execute(admin_dsn, f'create database "{copy}" template "{name}" strategy file_copy')
    try:
        yield urlunsplit(urlsplit(admin_dsn)._replace(path=f"/{copy}"))
    finally:
        await _execute(admin_dsn, f'drop database if exists "{copy}" with (force)')


async def _execute(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql, timeout=600)
    finally:
        await connection.close()


async def save_arrivals(pool: Pool, made: Sequence[tuple[str, Submission]]) -> None:
    """Keep what is to be decided against an index beside it."""
    await pool.execute("create table bench_arrival (n int primary key, agency_id text, body text)")
    await pool.execute(
        "insert into bench_arrival select n, a, b"
        " from unnest($1::text[], $2::text[]) with ordinality as t(a, b, n)",
        [agency_id for agency_id, _ in made],
        [submission.model_dump_json() for _, submission in made],
    )


async def find_arrivals(pool: Pool, count: int) -> list[tuple[str, Submission]]:
    """The first so many of what is to be decided."""
    rows = await pool.fetch("select agency_id, body from bench_arrival order by n limit $1", count)
    return [(row["agency_id"], Submission.model_validate_json(row["body"])) for row in rows]


async def find_profiles(pool: Pool) -> AsyncIterator[tuple[str, str]]:
    """Everybody known, as stored: id and profile."""
    async with pool.acquire() as connection, connection.transaction():
        async for row in connection.cursor("select id, profile from person", prefetch=5000):
            yield str(row["id"]), row["profile"]
