"""Alerts in PostgreSQL: written under the place's lock, announced to the streams by the commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.keyworkers import Recipient
from contracts.vocabulary import Severity
from contracts.vocabulary_alerts import AlertKind
from services.alerts.escalation import Answer, OpenAlert, Step
from services.alerts.raising import NewAlert
from services.kit.db import Connection, Row

CHANNEL = "kith_alerts"
"""NOTIFY channel. A payload is an alert's id, a space and a recipient's id, nothing else."""

_SHOWN = (
    "select a.id, a.place_id, a.kind, a.severity, a.recipient, a.assessment_id, a.household_id,"
    " a.details, a.raised_at, a.due_at, a.step, a.escalate_at, a.acknowledged_by,"
    " a.acknowledged_at, a.answer, a.hand_over_to, a.withdrawn_at, a.withdrawn_reason,"
    " coalesce((select jsonb_agg(jsonb_build_object("
    "'step', e.step, 'recipient', e.recipient, 'escalated_at', e.escalated_at,"
    " 'due_at', e.due_at) order by e.step) from escalation e where e.alert_id = a.id"
    "), '[]') as escalations"
)
OPEN = (
    "select id, place_id, kind, severity, recipient, plan, assessment_id, household_id, due_at,"
    " step, traceparent, acknowledged_at, answer, hand_over_to, referral_id from alert"
)


async def save_alerts(connection: Connection, alerts: Sequence[NewAlert]) -> set[UUID]:
    """Write new alerts into their recipients' inboxes; the ids of those that were not there."""
    if not alerts:
        return set()
    rows = await connection.fetch(
        "with raised as ("
        "insert into alert (id, place_id, kind, severity, recipient, plan, assessment_id,"
        " household_id, details, raised_at, due_at, escalate_at, traceparent,"
        " referral_id, engagement_id, lifting_id)"
        " select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[],"
        " $6::jsonb[], $7::uuid[], $8::uuid[], $9::jsonb[], $10::timestamptz[],"
        " $11::timestamptz[], $12::timestamptz[], $13::text[],"
        " $14::uuid[], $15::uuid[], $16::uuid[])"
        " on conflict (id) do nothing returning id, recipient->>'id' as recipient_id),"
        " shown as (insert into inbox (recipient_id, alert_id, open)"
        " select recipient_id, id, true from raised returning recipient_id, alert_id)"
        " select alert_id as id, pg_notify($17, alert_id || ' ' || recipient_id) from shown",
        [a.id for a in alerts],
        [a.place_id for a in alerts],
        [a.kind for a in alerts],
        [a.severity for a in alerts],
        [a.recipient.model_dump(mode="json") for a in alerts],
        # An object, because a list within the list would become a second dimension.
        [{"escalation": [r.model_dump(mode="json") for r in a.plan]} for a in alerts],
        [a.assessment_id for a in alerts],
        [a.household_id for a in alerts],
        [a.details for a in alerts],
        [a.raised_at for a in alerts],
        [a.due_at for a in alerts],
        [a.escalate_at for a in alerts],
        [a.traceparent for a in alerts],
        [a.referral_id for a in alerts],
        [a.engagement_id for a in alerts],
        [a.lifting_id for a in alerts],
        CHANNEL,
    )
    return {row["id"] for row in rows}


async def save_escalations(connection: Connection, steps: Sequence[Step]) -> None:
    """Record the steps, and show each to everybody who has been told of its alert."""
    if not steps:
        return
    await connection.execute(
        "insert into escalation (alert_id, step, recipient, escalated_at, due_at)"
        " select * from unnest($1::uuid[], $2::int[], $3::jsonb[], $4::timestamptz[],"
        " $5::timestamptz[])",
        [s.alert.id for s in steps],
        [s.number for s in steps],
        [s.recipient.model_dump(mode="json") for s in steps],
        [s.escalated_at for s in steps],
        [s.due_at for s in steps],
    )
    await connection.execute(
        "update alert a set step = s.step, escalate_at = s.escalate_at"
        " from unnest($1::uuid[], $2::int[], $3::timestamptz[]) as s(id, step, escalate_at)"
        " where a.id = s.id",
        [s.alert.id for s in steps],
        [s.number for s in steps],
        [s.escalate_at for s in steps],
    )
    told = [(r.id, s.alert.id) for s in steps for r in (*s.alert.told, s.recipient)]
    await change_inboxes(connection, told)


async def save_ends(connection: Connection, alert_ids: Sequence[UUID]) -> None:
    """Nobody is left to tell of these."""
    await connection.execute(
        "update alert set escalate_at = null where id = any($1::uuid[])", list(alert_ids)
    )


async def save_acknowledgement(
    connection: Connection,
    alert: OpenAlert,
    who: str,
    answer: Answer,
    now: datetime,
    hand_over_to: str | None = None,
) -> None:
    """Close the alert for everybody who was told of it. Who said first that they know stays."""
    await connection.execute(
        "update alert set acknowledged_by = coalesce(acknowledged_by, $2),"
        " acknowledged_at = coalesce(acknowledged_at, $3), answer = $4, hand_over_to = $5,"
        " escalate_at = null where id = $1",
        alert.id,
        who,
        now,
        answer,
        hand_over_to,
    )
    await change_inboxes(connection, [(r.id, alert.id) for r in alert.told], is_open=False)


async def change_inboxes(
    connection: Connection, entries: Sequence[tuple[str, UUID]], is_open: bool = True
) -> None:
    entries = list(dict.fromkeys(entries))
    if not entries:
        return
    await connection.execute(
        "with changed as (insert into inbox (recipient_id, alert_id, open)"
        " select r, a, $3 from unnest($1::text[], $2::uuid[]) as e(r, a)"
        " on conflict (recipient_id, alert_id)"
        " do update set open = excluded.open, changed = nextval('inbox_change')"
        " returning recipient_id, alert_id)"
        " select pg_notify($4, alert_id || ' ' || recipient_id) from changed",
        [recipient_id for recipient_id, _ in entries],
        [alert_id for _, alert_id in entries],
        is_open,
        CHANNEL,
    )


async def load_alert(connection: Connection, alert_id: UUID) -> Row | None:
    """One alert as it is shown."""
    return await connection.fetchrow(f"{_SHOWN} from alert a where a.id = $1", alert_id)


async def load_place(connection: Connection, alert_id: UUID) -> str | None:
    """The place whose lock a change of the alert needs."""
    place: str | None = await connection.fetchval(
        "select place_id from alert where id = $1", alert_id
    )
    return place


async def lock_alert(connection: Connection, alert_id: UUID) -> OpenAlert | None:
    """The alert, held until the transaction ends; None when it was withdrawn."""
    row = await connection.fetchrow(
        f"{OPEN} where id = $1 and withdrawn_at is null for update", alert_id
    )
    return open_alert(row) if row else None


async def find_late_places(connection: Connection, now: datetime) -> list[str]:
    """The places with an alert to escalate, sorted."""
    rows = await connection.fetch(
        "select distinct place_id from alert where escalate_at <= $1 order by 1", now
    )
    return [row["place_id"] for row in rows]


async def lock_late_alerts(
    connection: Connection, place_ids: Sequence[str], now: datetime, limit: int = 500
) -> list[OpenAlert]:
    """The alerts to escalate, latest deadline last, held until the transaction ends."""
    rows = await connection.fetch(
        f"{OPEN} where escalate_at <= $1 and place_id = any($2::text[])"
        " order by escalate_at, id limit $3 for update",
        now,
        place_ids,
        limit,
    )
    return [open_alert(row) for row in rows]


def open_alert(row: Row) -> OpenAlert:
    return OpenAlert(
        id=row["id"],
        place_id=row["place_id"],
        kind=AlertKind(row["kind"]),
        severity=Severity(row["severity"]),
        recipient=Recipient.model_validate(row["recipient"]),
        plan=tuple(Recipient.model_validate(r) for r in row["plan"]["escalation"]),
        assessment_id=row["assessment_id"],
        household_id=row["household_id"],
        due_at=row["due_at"],
        step=row["step"],
        traceparent=row["traceparent"],
        acknowledged=row["acknowledged_at"] is not None,
        answer=row["answer"] and Answer(row["answer"]),
        hand_over_to=row["hand_over_to"],
    )


async def find_open(
    connection: Connection, recipient_id: str, after: tuple[datetime, UUID] | None, limit: int
) -> list[Row]:
    """A recipient's open alerts, the first due first. ``after``: due time and id of the last."""
    return await connection.fetch(
        f"{_SHOWN} from inbox i join alert a on a.id = i.alert_id"
        " where i.recipient_id = $1 and i.open"
        " and ($2::timestamptz is null or (a.due_at, a.id) > ($2, $3::uuid))"
        " order by a.due_at, a.id limit $4",
        recipient_id,
        *(after or (None, None)),
        limit,
    )


async def find_latest(
    connection: Connection, recipient_id: str, closed_only: bool, before: int | None, limit: int
) -> list[Row]:
    """A recipient's alerts, the last changed first. ``before``: the last one's ``changed``."""
    return await connection.fetch(
        f"{_SHOWN}, i.changed from inbox i join alert a on a.id = i.alert_id"
        " where i.recipient_id = $1 and not (i.open and $2)"
        " and ($3::bigint is null or i.changed < $3) order by i.changed desc limit $4",
        recipient_id,
        closed_only,
        before,
        limit,
    )


async def find_changes(
    connection: Connection, recipient_id: str, after: int, limit: int = 200
) -> list[Row]:
    """What a recipient has not seen yet, in order: each alert as it is now, with ``changed``."""
    return await connection.fetch(
        f"{_SHOWN}, i.changed from inbox i join alert a on a.id = i.alert_id"
        " where i.recipient_id = $1 and i.changed > $2 order by i.changed limit $3",
        recipient_id,
        after,
        limit,
    )


async def load_cursor(connection: Connection, recipient_id: str) -> int:
    """The number of the last change that a recipient can see, 0 before the first."""
    cursor: int = await connection.fetchval(
        "select coalesce(max(changed), 0) from inbox where recipient_id = $1", recipient_id
    )
    return cursor


async def load_counts(
    connection: Connection, recipient_id: str | None, now: datetime
) -> dict[str, Any]:
    """Open alerts by kind and severity, how many are late or escalated; the last day's answers."""
    row = await connection.fetchrow(
        "with mine as (select * from alert a where acknowledged_at is null"
        " and withdrawn_at is null and ($1::text is null"
        " or exists (select from inbox i where i.recipient_id = $1 and i.alert_id = a.id))),"
        " kinds as (select jsonb_object_agg(kind, n) as found from"
        " (select kind, count(*) as n from mine group by 1) k),"
        " severities as (select jsonb_object_agg(severity, n) as found from"
        " (select severity, count(*) as n from mine group by 1) s)"
        " select count(*) as open, count(*) filter (where due_at < $2::timestamptz) as late,"
        " count(*) filter (where step > 0) as escalated,"
        " coalesce((select found from kinds), '{}') as open_by_kind,"
        " coalesce((select found from severities), '{}') as open_by_severity,"
        " (select count(*) from alert a where acknowledged_at > $2::timestamptz - interval '1 day'"
        " and ($1::text is null or exists (select from inbox i where i.recipient_id = $1"
        " and i.alert_id = a.id))) as acknowledged_last_day from mine",
        recipient_id,
        now,
    )
    return dict(row) if row else {}
