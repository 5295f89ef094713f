"""What could not be told outside: looked at by operations, tried again or let go.

Invariant: nothing is told after what came after it in its lane: what a later message of the same
lane has overtaken is not tried again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kit.db import Connection, Pool, Row

_OPEN = "d.state = 'given_up' and not d.needless"
_OVERTAKEN = (
    "exists (select from delivery e where e.destination = d.destination and e.lane = d.lane"
    " and e.sequence > d.sequence"
    " and (e.state = 'delivered' or (e.state = 'waiting' and e.attempts > 0)))"
)


@dataclass(frozen=True, slots=True)
class Decided:
    """How many were decided on, and how many were passed by as something later overtook them."""

    done: int
    overtaken: int


async def find_deliveries_of_all(
    connection: Connection, state: str, after: int, limit: int
) -> list[Row]:
    """Those that wait or were given up, whoever is told; the first to be told first.

    What they say and the addresses they go to stay where they are.
    """
    return await connection.fetch(
        f"select d.id, d.sequence, d.channel, d.destination, d.state, d.attempts, d.created_at,"  # noqa: S608
        f" d.last_attempt_at, nullif(d.next_attempt_at, 'infinity') as next_attempt_at,"
        f" d.last_status, {_OVERTAKEN} as overtaken"
        " from delivery d where d.state = $1 and not d.needless and d.sequence > $2"
        " order by d.sequence limit $3",
        state,
        after,
        limit,
    )


async def retry_given_up(
    connection: Connection, now: datetime, who: str, id_: UUID | None = None
) -> Decided:
    """Try at once, with patience anew, what was given up: that one, or all."""
    rows = await connection.fetch(
        f"with asked as (select d.id, {_OVERTAKEN} as overtaken from delivery d where {_OPEN}"  # noqa: S608
        " and ($1::uuid is null or d.id = $1) for update of d),"
        " again as (update delivery d set state = 'waiting', next_attempt_at = $2, since = $2,"
        " settled_at = null, decided_by = $3, decided_at = $2 from asked a"
        " where d.id = a.id and not a.overtaken)"
        " select overtaken, count(*) as n from asked group by 1",
        id_,
        now,
        who,
    )
    counts = {row["overtaken"]: row["n"] for row in rows}
    return Decided(counts.get(False, 0), counts.get(True, 0))


async def let_go_given_up(
    connection: Connection, now: datetime, who: str, id_: UUID | None = None
) -> Decided:
    """Nobody need be told of that one, or of any that was given up; who decided so is kept."""
    answer: str = await connection.execute(
        "update delivery d set needless = true, decided_by = $3, decided_at = $2"  # noqa: S608
        f" where {_OPEN} and ($1::uuid is null or d.id = $1)",
        id_,
        now,
        who,
    )
    return Decided(int(answer.rpartition(" ")[2]), 0)


async def load_delivery_status(pool: Pool, now: datetime) -> dict[str, Any]:
    """What waits and what was given up, by channel; the oldest's age in seconds."""
    rows = await pool.fetch(
        "select channel, state, count(*) as n, min(since) as oldest from delivery"
        " where state = 'waiting' or (state = 'given_up' and not needless) group by 1, 2"
    )
    oldest = min((row["oldest"] for row in rows if row["state"] == "waiting"), default=now)
    return {
        "waiting": {row["channel"]: row["n"] for row in rows if row["state"] == "waiting"},
        "given_up": {row["channel"]: row["n"] for row in rows if row["state"] == "given_up"},
        "oldest_waiting_seconds": max(0.0, (now - oldest).total_seconds()),
    }
