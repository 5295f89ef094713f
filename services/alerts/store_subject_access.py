"""Alerts about the assessments that name a person, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from services.kit.db import Connection, Row


async def find_alerts_about(
    connection: Connection, assessment_ids: Sequence[UUID], but: Collection[str]
) -> list[Row]:
    """The alerts that these assessments raised, the first first, with every step; but of these
    kinds, which are about who may know."""
    return await connection.fetch(
        "select a.id, a.place_id, a.kind, a.recipient, a.assessment_id, a.household_id,"
        " a.raised_at, a.acknowledged_at, a.answer, a.withdrawn_at,"
        " coalesce((select jsonb_agg(jsonb_build_object('recipient', e.recipient,"
        "  'escalated_at', e.escalated_at) order by e.step) from escalation e"
        "  where e.alert_id = a.id), '[]') as escalations"
        " from alert a where a.assessment_id = any($1::uuid[]) and not a.kind = any($2::text[])"
        " order by a.raised_at, a.id",
        list(assessment_ids),
        list(but),
    )
