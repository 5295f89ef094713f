"""Preferences, reminders and digests, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from contracts.keyworkers import Recipient
from services.alerts.escalation import OpenAlert
from services.alerts.messages import Channel, Preference
from services.alerts.store import OPEN, open_alert
from services.kit.db import Connection, Pool, Row

_WAITING = "acknowledged_at is null and withdrawn_at is null"


async def load_preferences(
    connection: Connection, recipient_ids: Sequence[str]
) -> dict[str, Preference]:
    """What those recipients asked for; nobody is in it who asked for nothing."""
    rows = await connection.fetch(
        "select recipient_id, channels, digest, only_working_time, quiet_from, quiet_until"
        " from preference"
        " where recipient_id = any($1::text[])",
        recipient_ids,
    )
    return {
        row["recipient_id"]: Preference(
            frozenset(Channel(channel) for channel in row["channels"]),
            row["digest"],
            row["only_working_time"],
            (row["quiet_from"], row["quiet_until"]) if row["quiet_from"] else None,
        )
        for row in rows
    }


async def save_preference(
    connection: Connection, recipient_id: str, said: Preference, who: str, now: datetime
) -> None:
    """Keep what a recipient asks for."""
    await connection.execute(
        "insert into preference (recipient_id, channels, digest, changed_at, changed_by,"
        " only_working_time, quiet_from, quiet_until)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (recipient_id) do update set"
        " channels = excluded.channels, digest = excluded.digest,"
        " changed_at = excluded.changed_at, changed_by = excluded.changed_by,"
        " only_working_time = excluded.only_working_time,"
        " quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until",
        recipient_id,
        sorted(said.channels),
        said.digest,
        now,
        who,
        said.only_working_time,
        said.quiet[0] if said.quiet else None,
        said.quiet[1] if said.quiet else None,
    )


async def find_tests(connection: Connection, recipient_id: str, since: datetime) -> list[Row]:
    """The recipient's test messages since then, the last asked for first."""
    return await connection.fetch(
        "select id, channel, state, last_status, created_at from delivery"
        " where destination = $1 and content->>'what' = 'test' and created_at >= $2"
        " order by sequence desc limit 8",
        recipient_id,
        since,
    )


async def is_waiting(pool: Pool, alert_id: UUID) -> bool:
    """Whether anybody need still answer the alert."""
    waiting: bool = await pool.fetchval(
        f"select exists (select from alert where id = $1 and {_WAITING})",  # noqa: S608
        alert_id,
    )
    return waiting


async def load_place_of(pool: Pool, alert_id: UUID) -> str | None:
    """The alert's place."""
    place: str | None = await pool.fetchval("select place_id from alert where id = $1", alert_id)
    return place


async def save_reminders(connection: Connection, at: Sequence[tuple[UUID, datetime]]) -> None:
    """Note when to remind of each alert."""
    await connection.execute(
        "insert into reminder (alert_id, remind_at)"
        " select * from unnest($1::uuid[], $2::timestamptz[]) on conflict do nothing",
        [alert_id for alert_id, _ in at],
        [when for _, when in at],
    )


async def take_reminders(
    connection: Connection, now: datetime, limit: int = 500
) -> list[OpenAlert]:
    """The alerts of which to remind now; each is given once, and only while it waits."""
    taken = await connection.fetch(
        "with due as (select alert_id from reminder where remind_at <= $1"
        " order by remind_at limit $2 for update skip locked)"
        " delete from reminder r using due where r.alert_id = due.alert_id returning r.alert_id",
        now,
        limit,
    )
    rows = await connection.fetch(
        f"{OPEN} where id = any($1::uuid[]) and {_WAITING} and step = 0 and due_at > $2",
        [row["alert_id"] for row in taken],
        now,
    )
    return [open_alert(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many routine alerts wait for one recipient, and which is due first."""

    recipient: Recipient
    open: int
    late: int
    first_alert_id: UUID
    assessment_id: UUID


async def find_routine_places(connection: Connection) -> list[str]:
    """The places where a routine alert waits."""
    rows = await connection.fetch(
        f"select distinct place_id from alert where severity = 'routine' and {_WAITING} order by 1"  # noqa: S608
    )
    return [row["place_id"] for row in rows]


async def begin_digest(connection: Connection, place_id: str, day: date, now: datetime) -> bool:
    """Whether the day's digest is this transaction's to send: it was not sent yet."""
    answer: str = await connection.execute(
        "insert into digest (place_id, day, sent_at) values ($1, $2, $3) on conflict do nothing",
        place_id,
        day,
        now,
    )
    return answer == "INSERT 0 1"


async def load_waiting(
    connection: Connection, place_id: str, moment: datetime, now: datetime
) -> list[Waiting]:
    """What waits for each recipient who wants a digest, of what was raised until ``moment``."""
    rows = await connection.fetch(
        "select count(*) as open, count(*) filter (where due_at < $2) as late,"  # noqa: S608
        " (array_agg(recipient order by due_at, id))[1] as recipient,"
        " (array_agg(id order by due_at, id))[1] as first_alert_id,"
        " (array_agg(assessment_id order by due_at, id))[1] as assessment_id"
        f" from alert where place_id = $1 and severity = 'routine' and {_WAITING}"
        " and raised_at <= $3 and not exists (select from preference p"
        " where p.recipient_id = recipient->>'id' and not p.digest)"
        " group by recipient->>'id' order by recipient->>'id'",
        place_id,
        now,
        moment,
    )
    return [
        Waiting(
            Recipient.model_validate(row["recipient"]),
            row["open"],
            row["late"],
            row["first_alert_id"],
            row["assessment_id"],
        )
        for row in rows
    ]
