"""Alerts of what was erased, deleted in PostgreSQL. Callers hold the place's lock."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.vocabulary_alerts import AlertKind
from services.kit.db import Connection

_OPEN = "acknowledged_at is null and withdrawn_at is null"


async def delete_alerts(
    connection: Connection,
    assessment_ids: Sequence[UUID],
    household_ids: Sequence[UUID],
    of_the_assessment: Sequence[AlertKind],
) -> dict[str, int]:
    """Rows deleted, by table: the alerts of these assessments, and what is open of households that
    have gone. What is open of another household stays, unless it is of one of these kinds; and so
    does what is of one of these kinds and of an assessment that was not erased."""
    rows = await connection.fetch(
        "select id from alert where assessment_id = any($1::uuid[]) and not coalesce("  # noqa: S608
        f" ({_OPEN}) and household_id <> all($2::uuid[]) and kind <> all($3::text[]), false)"
        f" union select id from alert a where household_id = any($2::uuid[]) and {_OPEN}"
        " and (kind <> all($3::text[])"
        "  or exists (select from erased_id i where i.id = a.assessment_id))",
        list(assessment_ids),
        list(household_ids),
        list(of_the_assessment),
    )
    ids = [row["id"] for row in rows]
    await connection.execute(
        "update alert set details = details || '{\"would_have_referred_for\": null}'"
        " where assessment_id = any($1::uuid[]) and id <> all($2::uuid[])",
        list(assessment_ids),
        ids,
    )
    return {
        table: len(await connection.fetch(sql, ids))
        for table, sql in (
            ("reminder", "delete from reminder where alert_id = any($1::uuid[]) returning 1"),
            ("escalation", "delete from escalation where alert_id = any($1::uuid[]) returning 1"),
            ("inbox", "delete from inbox where alert_id = any($1::uuid[]) returning 1"),
            (
                "delivery",
                "delete from delivery where state = 'waiting'"
                " and (content->>'alert_id')::uuid = any($1::uuid[]) returning 1",
            ),
            ("alert", "delete from alert where id = any($1::uuid[]) returning 1"),
        )
    }
