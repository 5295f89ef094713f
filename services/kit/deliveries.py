"""What is to be told outside, as rows: claimed by one process, settled once, in its lane's order.

Invariants: the same id twice is one delivery; of one lane only the first that waits is claimed, so
that a later one never arrives before an earlier one was settled; whoever let a claim lapse records
nothing. :mod:`services.kit.deliverer` sends them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.kit.db import Connection, Row

MOST_PER_DESTINATION = 4
"""How many of one destination are under way at once."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """Something to tell. ``id`` follows from its cause; ``lane``: those told in order with it.

    ``not_before``: when, where it is not to be told at once.
    """

    id: UUID
    channel: str
    destination: str
    lane: str
    content: dict[str, Any]
    journey_id: UUID
    traceparent: str | None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to tell now. ``attempts`` counts this one, which began at ``attempted_at``;
    ``since``: from when it has been tried, as patience counts."""

    id: UUID
    channel: str
    destination: str
    content: dict[str, Any]
    journey_id: UUID
    traceparent: str | None
    created_at: datetime
    since: datetime
    attempts: int
    attempted_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt. ``status``: in a word or two, without an address or anything the
    receiver wrote. ``final``: trying again cannot help. ``needless``: nor need it, as nobody is to
    be told any more. ``wait``: how long the receiver asked. ``held``: it was not tried, and waits
    until :func:`release_waiting`."""

    delivered: bool
    status: str
    final: bool = False
    wait: timedelta | None = None
    needless: bool = False
    held: bool = False


async def save_deliveries(
    connection: Connection, deliveries: Sequence[NewDelivery], now: datetime
) -> None:
    """Keep them, to be told from ``now`` on, or from when each says, in order. The same id twice is
    the same delivery."""
    if not deliveries:
        return
    await connection.execute(
        "insert into delivery (id, channel, destination, lane, content, journey_id, traceparent,"
        " created_at, since, next_attempt_at) select d.id, d.channel, d.destination, d.lane,"
        " d.content, d.journey, d.trace, $8, coalesce(d.at, $8), coalesce(d.at, $8)"
        " from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::uuid[],"
        " $7::text[], $9::timestamptz[]) with ordinality"
        " d(id, channel, destination, lane, content, journey, trace, at, n) order by d.n"
        " on conflict (id) do nothing",
        [d.id for d in deliveries],
        [d.channel for d in deliveries],
        [d.destination for d in deliveries],
        [d.lane for d in deliveries],
        [d.content for d in deliveries],
        [d.journey_id for d in deliveries],
        [d.traceparent for d in deliveries],
        now,
        [d.not_before for d in deliveries],
    )


async def give_up_waiting(
    connection: Connection,
    destination: str,
    status: str,
    now: datetime,
    *,
    needless: bool = False,
) -> int:
    """Tell ``destination`` nothing of what still waits for it; how many that were."""
    answer: str = await connection.execute(
        "update delivery set state = 'given_up', next_attempt_at = null, settled_at = $3,"
        " needless = $4,"
        " last_status = $2 where destination = $1 and state = 'waiting'",
        destination,
        status,
        now,
        needless,
    )
    return int(answer.rpartition(" ")[2])


async def drop_waiting(connection: Connection, lanes: Collection[str]) -> int:
    """Tell nothing more of what waits in these lanes: what it was about was erased. How many."""
    gone = await connection.fetch(
        "delete from delivery where lane = any($1::text[]) and state = 'waiting' returning 1",
        list(lanes),
    )
    return len(gone)


async def hurry_waiting(connection: Connection, destination: str, now: datetime) -> None:
    """Try at once what still waits for ``destination``: it was mended, or is another."""
    await connection.execute(
        "update delivery set next_attempt_at = $2 where destination = $1 and state = 'waiting'",
        destination,
        now,
    )


async def hold_waiting(connection: Connection, destinations: Collection[str]) -> None:
    """Try nothing of what waits for them, until :func:`release_waiting`."""
    await connection.execute(
        "update delivery set next_attempt_at = 'infinity' where destination = any($1::text[])"
        " and state = 'waiting' and next_attempt_at <> 'infinity'",
        list(destinations),
    )


async def release_waiting(connection: Connection, destination: str, now: datetime) -> None:
    """Try at once, with patience anew, what waits for ``destination``."""
    await connection.execute(
        "update delivery set next_attempt_at = $2, since = greatest(since, $2)"
        " where destination = $1 and state = 'waiting'",
        destination,
        now,
    )


async def find_deliveries(
    connection: Connection, destination: str, state: str | None, after: int, limit: int
) -> list[Row]:
    """What was or is to be told to ``destination``, oldest first, after that sequence number."""
    return await connection.fetch(
        "select id, sequence, channel, lane, content, state, attempts, created_at,"
        " last_attempt_at, nullif(next_attempt_at, 'infinity') as next_attempt_at, last_status"
        " from delivery where destination = $1"
        " and ($2::text is null or state = $2) and sequence > $3 order by sequence limit $4",
        destination,
        state,
        after,
        limit,
    )


async def claim_deliveries(
    connection: Connection, now: datetime, until: datetime, busy: Sequence[str], limit: int
) -> list[Delivery]:
    """What is due, held by the caller ``until`` then. ``busy``: destinations under way, one entry
    for each delivery."""
    rows = await connection.fetch(
        "with first as (select d.id, d.destination, d.next_attempt_at, d.sequence"
        " from delivery d where d.state = 'waiting' and d.next_attempt_at <= $1"
        " and d.destination <> all($3::text[]) and not exists (select from delivery e"
        " where e.lane = d.lane and e.state = 'waiting' and e.sequence < d.sequence)"
        # A backlog of days is not sorted each time. Who has all of these is under way, and so left
        # out, the next time. A number in the text, not a parameter: the plan depends on it.
        " order by d.next_attempt_at limit 200),"
        " ready as (select id, row_number() over"
        " (partition by destination order by next_attempt_at, sequence) as place from first),"
        " picked as (select d.id from delivery d join ready r on r.id = d.id"
        " where r.place <= $4 and d.state = 'waiting' and d.next_attempt_at <= $1"
        " order by d.next_attempt_at, d.sequence limit $5 for update of d skip locked)"
        " update delivery d set attempts = d.attempts + 1, next_attempt_at = $2,"
        " last_attempt_at = $1 from picked p where d.id = p.id"
        " returning d.id, d.channel, d.destination, d.content, d.journey_id, d.traceparent,"
        " d.created_at, d.since, d.attempts, d.last_attempt_at as attempted_at",
        now,
        until,
        list(busy),
        MOST_PER_DESTINATION,
        limit,
    )
    return [Delivery(**row) for row in rows]


async def save_result(
    connection: Connection,
    delivery: Delivery,
    state: str,
    status: str,
    next_attempt_at: datetime | None,
    now: datetime,
    *,
    needless: bool = False,
    held: bool = False,
) -> bool:
    """False where the claim had lapsed or the delivery was given up in the meantime."""
    answer: str = await connection.execute(
        "update delivery set state = $3, last_status = $4, needless = $7,"
        " next_attempt_at = case when $8 then 'infinity' else $5::timestamptz end,"
        " settled_at = case when $3 = 'waiting' then null else $6::timestamptz end"
        " where id = $1 and attempts = $2 and state = 'waiting'",
        delivery.id,
        delivery.attempts,
        state,
        status,
        next_attempt_at,
        now,
        needless,
        held,
    )
    return answer == "UPDATE 1"
