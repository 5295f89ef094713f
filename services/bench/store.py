"""The SQL of the bench: the floor's one statement, and how large the matching index is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

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
