"""Spans in PostgreSQL: kept for a while, and never more than a number of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.kit.db import Connection
from services.operations.spans import Span

_MOST_OF_A_JOURNEY = 2_000


async def save_spans(connection: Connection, spans: Sequence[Span]) -> None:
    """Keep them; one sent twice is kept once."""
    await connection.executemany(
        "insert into span (span_id, trace_id, parent_id, journey_ids, service, name, kind,"
        " started_at, duration_ms, failed, attributes, links)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " on conflict (span_id) do nothing",
        [
            (
                s.span_id,
                s.trace_id,
                s.parent_id,
                list(s.journey_ids),
                s.service,
                s.name,
                s.kind,
                s.started_at,
                s.duration_ms,
                s.failed,
                s.attributes,
                list(s.links),
            )
            for s in spans
        ],
    )


async def find_spans(connection: Connection, journey_id: UUID) -> list[Span]:
    """A journey's spans, the first begun first, at most 2,000."""
    rows = await connection.fetch(
        "select span_id, trace_id, parent_id, journey_ids, service, name, kind, started_at,"
        " duration_ms, failed, attributes, links from span where journey_ids @> array[$1::uuid]"
        " order by started_at, number limit $2",
        journey_id,
        _MOST_OF_A_JOURNEY,
    )
    return [
        Span(
            **(dict(row) | {"journey_ids": tuple(row["journey_ids"]), "links": tuple(row["links"])})
        )
        for row in rows
    ]


async def prune_spans(connection: Connection, before: datetime, most: int) -> None:
    """Forget what began before, and the oldest beyond ``most``."""
    await connection.execute("delete from span where started_at < $1", before)
    await connection.execute(
        "delete from span where number <= (select max(number) from span) - $1", most
    )
