"""SQL of erasing: everything that is kept of households, and of assessments and people, by table.

Stays: what only grows (lists, liftings, looks, holds, orders), who must never be shown it, by which
looks are shown, links, which are pairs of ids, and that somebody had an engagement, which names no
household.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias
from uuid import UUID

from services.kit.db import Connection

Counts: TypeAlias = "dict[UUID, Counter[str]]"
"""By erasure: rows that went, by table."""

_ENGAGED = "join engagement e on e.household_id = g.id|t.engagement_id = e.engagement_id"
_HOUSEHOLD = "|t.household_id = g.id"
_ASSESSMENT = "|t.assessment_id = g.id"
_OF_HOUSEHOLDS: tuple[tuple[str, str], ...] = (
    # What follows from engagements before them, and they before what they follow from.
    ("assignment_reason", _ENGAGED),
    ("handover", _ENGAGED),
    ("handover_refusal", _HOUSEHOLD),
    ("engagement", _HOUSEHOLD),
    ("referral", _HOUSEHOLD),
    ("assessment_route", f"{_HOUSEHOLD} and t.state in ('queued', 'opened', 'routed')"),
    ("household_person", _HOUSEHOLD),
    ("restricted_household", _HOUSEHOLD),
    ("household_apart", "|t.one = g.id"),
    ("household_apart", "|t.other = g.id"),
    ("conflict_of_interest", _HOUSEHOLD),
    ("conflict_withdrawn", _HOUSEHOLD),
    ("retention_notice", _HOUSEHOLD),
)
"""Table, what is joined to ``g`` (the ids that go), and which of its rows ``t`` are theirs."""
_OF_ASSESSMENTS: tuple[tuple[str, str], ...] = (
    ("assessment_route", _ASSESSMENT),
    ("pending_review", _ASSESSMENT),
    ("front_door_told", _ASSESSMENT),
    ("assessment_lifted", _ASSESSMENT),
)
_OF_PEOPLE: tuple[tuple[str, str], ...] = (("household_person", "|t.person_id = g.id"),)


async def erase_households(connection: Connection, erasures: Mapping[UUID, UUID]) -> Counts:
    """Everything of these households. ``erasures``: by household, by which it goes."""
    await _keep_work(connection, erasures)
    return await _erase(connection, _OF_HOUSEHOLDS, erasures)


async def erase_assessments(connection: Connection, erasures: Mapping[UUID, UUID]) -> Counts:
    """What became of these assessments, and what was asked of them."""
    return await _erase(connection, _OF_ASSESSMENTS, erasures)


async def erase_people(connection: Connection, erasures: Mapping[UUID, UUID]) -> Counts:
    """In which households these people have been seen."""
    return await _erase(connection, _OF_PEOPLE, erasures)


async def _erase(
    connection: Connection, tables: tuple[tuple[str, str], ...], erasures: Mapping[UUID, UUID]
) -> Counts:
    counts: Counts = {}
    if not erasures:
        return counts
    for name, which in tables:
        joined, _, theirs = which.partition("|")
        rows = await connection.fetch(
            f"with gone as (delete from {name} t"  # noqa: S608
            f" using unnest($1::uuid[], $2::uuid[]) as g(id, erasure_id) {joined}"
            f" where {theirs} returning g.erasure_id)"
            " select erasure_id, count(*) as rows from gone group by erasure_id",
            list(erasures),
            list(erasures.values()),
        )
        for row in rows:
            counts.setdefault(row["erasure_id"], Counter())[name] += row["rows"]
    return counts


async def _keep_work(connection: Connection, erasures: Mapping[UUID, UUID]) -> None:
    """That somebody had these engagements: whose they were is not kept, nor the hour."""
    await connection.execute(
        "insert into erased_engagement (place_id, team_id, key_worker_id, started_on, ended_on)"
        " select place_id, team_id, key_worker_id, (started_at at time zone 'UTC')::date,"
        " (coalesce(ended_at, started_at) at time zone 'UTC')::date"
        " from engagement where household_id = any($1::uuid[]) order by started_at",
        list(erasures),
    )
