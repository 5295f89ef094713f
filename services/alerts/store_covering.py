"""Covers in PostgreSQL, and the open alerts of those who are away or back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.handovers import CoverArrangedV1
from contracts.keyworkers import Recipient
from contracts.vocabulary_alerts import RecipientKind
from services.alerts.escalation import OpenAlert
from services.alerts.store import change_inboxes, open_alert
from services.kit.db import Connection, Row


@dataclass(frozen=True, slots=True)
class Covered:
    """An open alert of somebody who is away or back, and who stands or stood in for them."""

    alert: OpenAlert
    cover: Recipient


_THEIRS = (
    "select a.id, a.place_id, a.kind, a.severity, a.recipient, a.plan, a.assessment_id,"
    " a.household_id, a.due_at, a.step, a.traceparent, a.acknowledged_at, a.answer, a.hand_over_to,"
    " c.cover from cover c join inbox i on i.recipient_id = c.key_worker_id and i.open"
    " join alert a on a.id = i.alert_id and a.place_id = c.place_id"
    "  and a.recipient->>'id' = c.key_worker_id and a.recipient->>'kind' = $3"
    " where c.place_id = any($1::text[]) and c.over_at is null"
)


def _covered(rows: Sequence[Row]) -> list[Covered]:
    return [Covered(open_alert(row), Recipient.model_validate(row["cover"])) for row in rows]


async def save_cover(connection: Connection, place_id: str, arranged: CoverArrangedV1) -> None:
    """A cover, or that one has ended early; what was said last holds."""
    if arranged.cover is None:
        await connection.execute(
            "update cover set ends_at = least(ends_at, $2) where cover_id = $1",
            arranged.cover_id,
            arranged.ends_at,
        )
        return
    await connection.execute(
        "insert into cover (cover_id, place_id, key_worker_id, cover, starts_at, ends_at)"
        " values ($1, $2, $3, $4, $5, $6) on conflict (cover_id) do nothing",
        arranged.cover_id,
        place_id,
        arranged.key_worker_id,
        arranged.cover.model_dump(mode="json"),
        arranged.starts_at,
        arranged.ends_at,
    )


async def find_places(connection: Connection) -> list[str]:
    """Places in which somebody stands in for somebody, or did until a moment ago."""
    rows = await connection.fetch(
        "select distinct place_id from cover where over_at is null order by 1"
    )
    return [row["place_id"] for row in rows]


async def lock_uncovered(
    connection: Connection, place_ids: Sequence[str], now: datetime, limit: int = 500
) -> list[Covered]:
    """Open alerts of those who are away now, of which their cover has not been told."""
    rows = await connection.fetch(
        f"{_THEIRS} and c.starts_at <= $2 and c.ends_at > $2 and not exists"
        " (select from inbox o where o.alert_id = a.id and o.recipient_id = c.cover->>'id')"
        " order by a.due_at, a.id limit $4 for update of a",
        list(place_ids),
        now,
        RecipientKind.KEY_WORKER,
        limit,
    )
    return _covered(rows)


async def lock_over(
    connection: Connection, place_ids: Sequence[str], now: datetime
) -> list[Covered]:
    """Open alerts of those who are back, of which their cover was told while they were away."""
    rows = await connection.fetch(
        f"{_THEIRS} and c.ends_at <= $2 and exists (select from escalation e"
        "  where e.alert_id = a.id and e.recipient->>'id' = c.cover->>'id'"
        "  and e.escalated_at >= c.starts_at) order by a.id for update of a",
        list(place_ids),
        now,
        RecipientKind.KEY_WORKER,
    )
    return _covered(rows)


async def save_plans(connection: Connection, alerts: Sequence[OpenAlert]) -> None:
    """Whom to tell next, with the cover among them."""
    await connection.execute(
        "update alert a set plan = n.plan from unnest($1::uuid[], $2::jsonb[]) as n(id, plan)"
        " where a.id = n.id",
        [alert.id for alert in alerts],
        [{"escalation": [one.model_dump(mode="json") for one in a.plan]} for a in alerts],
    )


async def save_back(
    connection: Connection,
    back: Sequence[tuple[Recipient, OpenAlert]],
    place_ids: Sequence[str],
    now: datetime,
) -> None:
    """Each alert is due anew and out of its cover's inbox; the covers are over."""
    await connection.execute(
        "update alert a set due_at = n.due, escalate_at ="
        " case when jsonb_array_length(a.plan->'escalation') > a.step then n.due end"
        " from unnest($1::uuid[], $2::timestamptz[]) as n(id, due) where a.id = n.id",
        [alert.id for _, alert in back],
        [alert.due_at for _, alert in back],
    )
    await change_inboxes(connection, [(cover.id, alert.id) for cover, alert in back], is_open=False)
    await change_inboxes(connection, [(alert.recipient.id, alert.id) for _, alert in back])
    await connection.execute(
        "update cover set over_at = $2 where place_id = any($1::text[]) and ends_at <= $2"
        " and over_at is null",
        list(place_ids),
        now,
    )


async def save_due_now(
    connection: Connection, household_id: UUID, barred: Sequence[str], now: datetime
) -> None:
    """The open alerts of the household that somebody barred was told of last: whoever is next, if
    anybody is left, is told at the next turn."""
    await connection.execute(
        "update alert set escalate_at = least(escalate_at, $3) where household_id = $1"
        " and escalate_at is not null and (case step when 0 then recipient"
        " else plan->'escalation'->(step - 1) end) ->> 'id' = any($2::text[])",
        household_id,
        list(barred),
        now,
    )
