"""Open alerts that follow their household, in PostgreSQL. Callers hold the place's lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.vocabulary_alerts import AlertKind
from contracts.vocabulary_changes import ReversalReason
from services.alerts.escalation import OpenAlert
from services.alerts.store import OPEN, change_inboxes, open_alert
from services.kit.db import Connection

_WAITING = "acknowledged_at is null and withdrawn_at is null"
_HELD = f"{_WAITING} order by id for update"


async def lock_of_household(
    connection: Connection, household_id: UUID, kinds: Sequence[AlertKind]
) -> list[OpenAlert]:
    """A household's open alerts of those kinds."""
    rows = await connection.fetch(
        f"{OPEN} where household_id = $1 and kind = any($2::text[]) and {_HELD}",
        household_id,
        list(kinds),
    )
    return [open_alert(row) for row in rows]


async def lock_of_assessments(
    connection: Connection, assessment_ids: Sequence[UUID], kinds: Sequence[AlertKind]
) -> list[OpenAlert]:
    """Open alerts of those kinds that follow from the assessments."""
    rows = await connection.fetch(
        f"{OPEN} where assessment_id = any($1::uuid[]) and kind = any($2::text[]) and {_HELD}",
        list(assessment_ids),
        list(kinds),
    )
    return [open_alert(row) for row in rows]


async def lock_of_relationship(
    connection: Connection, household_id: UUID, engagement_id: UUID | None, referral_id: UUID
) -> list[OpenAlert]:
    """A household's open alerts about that engagement or referral."""
    rows = await connection.fetch(
        f"{OPEN} where household_id = $1 and (engagement_id = $2 or referral_id = $3) and {_HELD}",
        household_id,
        engagement_id,
        referral_id,
    )
    return [open_alert(row) for row in rows]


async def lock_handed_on(
    connection: Connection, household_id: UUID, engagement_id: UUID
) -> list[OpenAlert]:
    """A household's open alerts that were about the engagement until a link ended it."""
    rows = await connection.fetch(
        f"{OPEN} where household_id = $1 and $2 = any(linked_from) and {_HELD}",
        household_id,
        engagement_id,
    )
    return [open_alert(row) for row in rows]


async def lock_of_lifting(connection: Connection, lifting_id: UUID) -> list[OpenAlert]:
    """Open alerts that ask whether this restriction be lifted."""
    rows = await connection.fetch(
        f"{OPEN} where lifting_id = $1 and kind = $2 and {_HELD}", lifting_id, AlertKind.LIFTING
    )
    return [open_alert(row) for row in rows]


async def lock_handovers(connection: Connection, engagement_id: UUID) -> list[OpenAlert]:
    """Open alerts that ask somebody to take the engagement over."""
    rows = await connection.fetch(
        f"{OPEN} where engagement_id = $1 and kind = $2 and {_HELD}",
        engagement_id,
        AlertKind.HANDOVER,
    )
    return [open_alert(row) for row in rows]


async def lock_of_engagement(connection: Connection, engagement_id: UUID) -> list[OpenAlert]:
    """Open alerts of every kind about an engagement."""
    rows = await connection.fetch(f"{OPEN} where engagement_id = $1 and {_HELD}", engagement_id)
    return [open_alert(row) for row in rows]


async def lock_waiting(
    connection: Connection, referral_ids: Sequence[UUID]
) -> dict[UUID, list[OpenAlert]]:
    """By referral: open alerts that say that its household waits or is offered."""
    rows = await connection.fetch(
        f"{OPEN} where referral_id = any($1::uuid[]) and kind = any($2::text[]) and {_HELD}",
        list(referral_ids),
        [AlertKind.QUEUED, AlertKind.OFFERED],
    )
    found: dict[UUID, list[OpenAlert]] = {}
    for row in rows:
        found.setdefault(row["referral_id"], []).append(open_alert(row))
    return found


async def save_engagement(
    connection: Connection, alerts: Sequence[OpenAlert], engagement_id: UUID, household_id: UUID
) -> None:
    """After a link the alerts are about the engagement that stays, and its household."""
    await connection.execute(
        "update alert set linked_from = linked_from || engagement_id, engagement_id = $2,"
        " household_id = $3 where id = any($1::uuid[])",
        [alert.id for alert in alerts],
        engagement_id,
        household_id,
    )


async def save_taken_up(
    connection: Connection, alerts: Sequence[OpenAlert], engagement_id: UUID, household_id: UUID
) -> None:
    """The alerts are about the engagement again that a link had ended."""
    await connection.execute(
        "update alert set engagement_id = $2, household_id = $3,"
        " linked_from = linked_from[:array_position(linked_from, $2) - 1]"
        " where id = any($1::uuid[])",
        [alert.id for alert in alerts],
        engagement_id,
        household_id,
    )


async def save_recipient(connection: Connection, before: OpenAlert, after: OpenAlert) -> None:
    """Hand the alert on: into the next one's inbox, and out of the inbox of who had it."""
    await connection.execute(
        "update alert set recipient = $2, plan = $3, due_at = $4, escalate_at = $5 where id = $1",
        after.id,
        after.recipient.model_dump(mode="json"),
        {"escalation": [one.model_dump(mode="json") for one in after.plan]},
        after.due_at,
        after.due_at if len(after.plan) > after.step else None,
    )
    told = {one.id for one in after.told}
    if before.recipient.id not in told:
        await change_inboxes(connection, [(before.recipient.id, after.id)], is_open=False)
    await change_inboxes(connection, [(one, after.id) for one in sorted(told)])


async def save_household(connection: Connection, alerts: Sequence[OpenAlert]) -> None:
    """Each alert is its household's from now on."""
    await connection.execute(
        "update alert a set household_id = n.household_id"
        " from unnest($1::uuid[], $2::uuid[]) as n(id, household_id) where a.id = n.id",
        [alert.id for alert in alerts],
        [alert.household_id for alert in alerts],
    )
    await change_inboxes(connection, [(one.id, a.id) for a in alerts for one in a.told])


async def save_referral(
    connection: Connection, referral_id: UUID, kept: UUID, household_id: UUID
) -> None:
    """What is open of a closed referral is about the one kept, and its household."""
    await connection.execute(
        "update alert set referral_id = $2, household_id = $3 where referral_id = $1"
        " and acknowledged_at is null and withdrawn_at is null",
        referral_id,
        kept,
        household_id,
    )


async def save_withdrawn(
    connection: Connection, alerts: Sequence[OpenAlert], reason: ReversalReason, now: datetime
) -> None:
    """Close the alerts for everybody who was told: nobody need answer them."""
    await connection.execute(
        "update alert set withdrawn_at = $2, withdrawn_reason = $3, escalate_at = null"
        " where id = any($1::uuid[])",
        [alert.id for alert in alerts],
        now,
        reason,
    )
    told = [(one.id, alert.id) for alert in alerts for one in alert.told]
    await change_inboxes(connection, told, is_open=False)
