"""Restrictions and alleged perpetrators stated anew, once a household's assessments change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from contracts.restrictions import HouseholdRestrictedV1
from contracts.vocabulary import Restriction
from services.duplication.store.reading import find_current
from services.kit.access import learn_access
from services.kit.db import Connection

Restated: TypeAlias = tuple[list[HouseholdRestrictedV1], list[HouseholdRestrictedV1]]
"""Households that are restricted now, or otherwise, and those that no longer are."""


async def restate(connection: Connection, household_ids: Sequence[UUID], now: datetime) -> Restated:
    """State anew why few may know of these households: what is restricted now, or otherwise, to be
    said before the change that caused it; and what no longer is, to be said after it.

    A retired household is as restricted as the one that it stands for.
    """
    current = await find_current(connection, household_ids)
    rows = await connection.fetch(
        "with now as (select h.id, h.restrictions as before, coalesce((select array_agg(distinct x"
        " order by x) from assessment a, unnest(a.restrictions) x where a.household_id = c.now),"
        " '{}') as restrictions, coalesce((select array_agg(distinct m.person_id order by"
        " m.person_id) from assessment a join mention m on m.assessment_id = a.id"
        " where a.household_id = c.now and m.as_given ? 'alleged_perpetrator'), '{}') as alleged"
        " from household h join unnest($1::uuid[], $2::uuid[]) as c(id, now) on c.id = h.id)"
        " update household h set restrictions = now.restrictions, alleged = now.alleged from now"
        " where h.id = now.id returning h.id, now.before, h.restrictions",
        list(current),
        list(current.values()),
    )
    said = [
        HouseholdRestrictedV1(
            household_id=row["id"],
            restrictions=tuple(Restriction(r) for r in row["restrictions"]),
            decided_at=now,
        )
        for row in sorted(rows, key=lambda row: row["id"])
        if set(row["before"]) != set(row["restrictions"])
    ]
    await learn_access(connection, said)
    return [e for e in said if e.restrictions], [e for e in said if not e.restrictions]


async def lift(
    connection: Connection, assessment_ids: Collection[UUID], household_ids: Collection[UUID]
) -> None:
    """What these assessments say of who may know counts no more, and what others of these
    households say without having stated it."""
    await connection.execute(
        "update assessment set lifted = restrictions, restrictions = '{}'"
        " where restrictions <> '{}' and (id = any($1::uuid[])"
        " or (household_id = any($2::uuid[])"
        " and not coalesce((facts->>'restriction_stated')::boolean, true)))",
        list(assessment_ids),
        list(household_ids),
    )


async def restore(
    connection: Connection, assessment_ids: Collection[UUID], household_ids: Collection[UUID]
) -> None:
    """It counts again."""
    await connection.execute(
        "update assessment set restrictions = lifted, lifted = '{}'"
        " where lifted <> '{}' and (id = any($1::uuid[])"
        " or (household_id = any($2::uuid[])"
        " and not coalesce((facts->>'restriction_stated')::boolean, true)))",
        list(assessment_ids),
        list(household_ids),
    )


async def find_families(
    connection: Connection, household_ids: Collection[UUID], assessment_ids: Collection[UUID]
) -> list[UUID]:
    """Every id of those households, and of those which these assessments are of now."""
    rows = await connection.fetch(
        "with recursive up(id) as (select h from unnest($1::uuid[]) as h"
        " union select household_id from assessment where id = any($2::uuid[])"
        " union select r.household_id from up join household_redirect r on r.retired_id = up.id),"
        " down(id) as (select id from up"
        " union select r.retired_id from down"
        " join household_redirect r on r.household_id = down.id)"
        " select id from down order by id",
        list(household_ids),
        list(assessment_ids),
    )
    return [row["id"] for row in rows]


async def find_alleged(
    connection: Connection, household_ids: Collection[UUID]
) -> dict[UUID, frozenset[UUID]]:
    """By household: who is alleged to have caused harm in it."""
    rows = await connection.fetch(
        "select id, alleged from household where id = any($1::uuid[]) and alleged <> '{}'",
        list(household_ids),
    )
    return {row["id"]: frozenset(row["alleged"]) for row in rows}
