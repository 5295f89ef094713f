"""SQL of single assessments erased: what their households go on with."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from services.kit.db import Connection

_LEFT = "state in ('queued', 'opened', 'routed')"


async def go_on_for_the_rest(
    connection: Connection, household_ids: Collection[UUID], gone: Collection[UUID]
) -> None:
    """Referrals of these households that were opened by what is gone go on for the first of what is
    left: of what waits with them, where anything does. What waits is as urgent as the gravest of
    that; and what few may know is said of something that is left."""
    await connection.execute(
        "update referral r set assessment_id = n.assessment_id, cause = n.cause,"  # noqa: S608
        " traceparent = n.traceparent, languages = coalesce(n.facts->'languages', '[]'),"
        " skills = coalesce(n.facts->'skills', '[]')"
        " from (select r.referral_id, a.* from referral r cross join lateral ("
        "   select assessment_id, cause, traceparent, facts from assessment_route a"
        f"   where a.household_id = r.household_id and {_LEFT} order by"
        "   (a.state = 'queued' and a.referral_id = r.referral_id) desc, a.received_at,"
        "   a.assessment_id limit 1) a"
        "  where r.household_id = any($1::uuid[]) and r.assessment_id = any($2::uuid[])) n"
        " where n.referral_id = r.referral_id",
        list(household_ids),
        list(gone),
    )
    await connection.execute(
        "update referral r set severity = w.severity, severity_order = w.severity_order"
        " from (select distinct on (a.referral_id) a.referral_id, a.severity,"
        "   array_position(array['immediate', 'urgent', 'routine'], a.severity) - 1"
        "   as severity_order from assessment_route a where a.state = 'queued'"
        "   and a.household_id = any($1::uuid[]) order by a.referral_id, 3) w"
        " where w.referral_id = r.referral_id and r.engagement_id is null"
        " and r.closed_at is null",
        list(household_ids),
    )
    await connection.execute(
        "update restricted_household h set assessment_id = n.assessment_id"  # noqa: S608
        " from (select distinct on (household_id) household_id, assessment_id"
        f"  from assessment_route where household_id = any($1::uuid[]) and {_LEFT}"
        "  order by household_id, received_at, assessment_id) n"
        " where n.household_id = h.household_id and h.assessment_id = any($2::uuid[])",
        list(household_ids),
        list(gone),
    )


async def forget_people(connection: Connection, household_ids: Collection[UUID]) -> None:
    """Only those are seen in these households whom what is left of them names."""
    await connection.execute(
        "delete from household_person p where p.household_id = any($1::uuid[])"  # noqa: S608
        " and not exists (select from assessment_route a where a.household_id = p.household_id"
        f" and a.{_LEFT} and (a.facts is null or a.facts -> 'person_ids' ? p.person_id::text))",
        list(household_ids),
    )


async def forget_referrals(
    connection: Connection, household_ids: Collection[UUID], gone: Collection[UUID]
) -> None:
    """Closed referrals of these households that nobody was ever given, and that were opened by what
    is gone."""
    await connection.execute(
        "delete from referral r where r.household_id = any($1::uuid[])"
        " and r.assessment_id = any($2::uuid[]) and r.closed_at is not null"
        " and not exists (select from engagement e where e.referral_id = r.referral_id)",
        list(household_ids),
        list(gone),
    )
