"""SQL of which households are restricted, and what of them their lists follow from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from contracts.handovers import CoverArrangedV1
from contracts.keyworkers import FrontDoorNotifiedV1
from contracts.restrictions import HouseholdRestrictedV1
from services.kit.db import Connection, Row


async def save_restricted(
    connection: Connection, place_id: str, assessment_id: UUID, event: HouseholdRestrictedV1
) -> None:
    """Keep why few may know of a household."""
    await connection.execute(
        "insert into restricted_household as r (household_id, place_id, restrictions, since,"
        " restricted_at, assessment_id) values ($1, $2, $3, $4, $4, $5)"
        " on conflict (household_id) do update set restrictions = excluded.restrictions,"
        " restricted_at = excluded.restricted_at,"
        " since = case when r.restrictions = '{}' then excluded.since else r.since end"
        " where r.restricted_at < excluded.restricted_at",
        event.household_id,
        place_id,
        [restriction.value for restriction in event.restrictions],
        event.decided_at,
        assessment_id,
    )


async def save_front_doors(connection: Connection, told: Sequence[FrontDoorNotifiedV1]) -> None:
    """Keep which front door was told of what."""
    await connection.execute(
        "insert into front_door_told (assessment_id, household_id, desk_id)"
        " select * from unnest($1::uuid[], $2::uuid[], $3::text[]) on conflict do nothing",
        [event.cause.assessment_id for event in told],
        [event.household_id for event in told],
        [event.front_door.id for event in told],
    )


async def was_told_of_harm(connection: Connection, household_id: UUID, desk_id: str) -> bool:
    """Whether this front door was told of an assessment of the household."""
    return bool(
        await connection.fetchval(
            "select exists (select from front_door_told f"
            " left join assessment_route r using (assessment_id)"
            " left join restricted_household h on h.assessment_id = f.assessment_id"
            " where f.desk_id = $2 and $1 in (f.household_id, r.household_id, h.household_id))",
            household_id,
            desk_id,
        )
    )


async def find_household(connection: Connection, household_id: UUID) -> Row | None:
    """A restricted household: its place and teams, whether it waits, why few may know."""
    return await connection.fetchrow(
        "select r.household_id, r.place_id, r.restrictions, r.since, r.assessment_id,"
        " array(select distinct t from (select team_id as t from referral"
        "  where household_id = r.household_id and closed_at is null"
        "  union select team_id from engagement where household_id = r.household_id"
        "  and ended_at is null) as teams) as team_ids"
        " from restricted_household r where r.household_id = $1",
        household_id,
    )


async def load_teams(
    connection: Connection, household_ids: Collection[UUID]
) -> dict[UUID, list[str]]:
    """By household: the teams with which it waits or has a key worker; left out where none."""
    rows = await connection.fetch(
        "select household_id, array_agg(distinct team_id) as team_ids from ("
        " select household_id, team_id from referral where closed_at is null"
        "  and household_id = any($1::uuid[])"
        " union select household_id, team_id from engagement where ended_at is null"
        "  and household_id = any($1::uuid[])) as t group by household_id",
        list(household_ids),
    )
    return {row["household_id"]: row["team_ids"] for row in rows}


async def find_restricted(
    connection: Connection, place_ids: Collection[str], team_id: str | None, lifted_since: datetime
) -> list[Row]:
    """The restricted households of places, or of one team, the longest restricted first, and those
    whose restriction was lifted since a moment. ``asked``: whether that is asked for."""
    return await connection.fetch(
        "select r.household_id, r.place_id, r.since, r.assessment_id, t.team_id,"
        " exists (select from engagement e where e.household_id = r.household_id"
        "  and e.ended_at is null) as has_key_worker,"
        " exists (select from lifting l left join lifting_answer a using (lifting_id)"
        "  where l.household_id = any(f.ids) and a.answer is null) as asked,"
        " case when r.restrictions = '{}' then x.lifted_at end as lifted_at"
        " from restricted_household r left join referral t on t.household_id = r.household_id"
        " and t.closed_at is null"
        # Itself, and what was linked into it: what was asked or agreed of either is of both.
        " join lateral (with recursive family(id) as (select r.household_id union all"
        "  select l.retired_household_id from family join household_link l"
        "  on l.household_id = family.id and l.undone_at is null)"
        "  select array_agg(id) as ids from family) f on true"
        " left join lateral (select max(a.answered_at) as lifted_at from lifting l"
        "  join lifting_answer a using (lifting_id)"
        "  where l.household_id = any(f.ids) and a.answer = 'agreed') x on true"
        " where (r.restrictions <> '{}' or x.lifted_at >= $3) and r.place_id = any($1::text[])"
        " and ($2::text is null or t.team_id = $2)"
        " and not exists (select from household_link l where l.undone_at is null"
        "  and l.retired_household_id = r.household_id)"
        " order by r.restrictions = '{}', r.since, r.household_id limit 1000",
        list(place_ids),
        team_id,
        lifted_since,
    )


async def find_restricted_of(
    connection: Connection, covers: Sequence[CoverArrangedV1]
) -> list[UUID]:
    """The restricted households of key workers whose cover was arranged."""
    rows = await connection.fetch(
        "select e.household_id from engagement e join restricted_household using (household_id)"
        " where e.key_worker_id = any($1::text[]) and e.ended_at is null",
        [event.key_worker_id for event in covers],
    )
    return [row["household_id"] for row in rows]


async def find_by_assessment(connection: Connection, assessment_id: UUID) -> UUID | None:
    """The restricted household that an assessment is of, or is under review as."""
    found: UUID | None = await connection.fetchval(
        "select coalesce((select r.household_id from assessment_route r"
        "  join restricted_household using (household_id) where r.assessment_id = $1),"
        " (select household_id from restricted_household where assessment_id = $1 limit 1))",
        assessment_id,
    )
    return found


async def find_by_reference(connection: Connection, reference: str) -> list[UUID]:
    """The restricted households that the last twelve digits of an id name: their own, or that of an
    assessment of theirs."""
    rows = await connection.fetch(
        "select household_id from restricted_household where right(household_id::text, 12) = $1"
        " or right(assessment_id::text, 12) = $1"
        " union select r.household_id from restricted_household r"
        " join assessment_route a using (household_id) where right(a.assessment_id::text, 12) = $1"
        " order by 1 limit 10",
        reference,
    )
    return [row["household_id"] for row in rows]


async def find_tracked(connection: Connection, household_ids: Collection[UUID]) -> list[UUID]:
    """Those of the households of which it was ever said who may know, or who must not."""
    rows = await connection.fetch(
        "select id from unnest($1::uuid[]) as h(id)"
        " where exists (select from restricted_household r where r.household_id = h.id)"
        " or exists (select from conflict_of_interest c where c.household_id = h.id)"
        " or exists (select from access_version v where v.household_id = h.id)",
        list(household_ids),
    )
    return [row["id"] for row in rows]


async def find_all_tracked(connection: Connection, place_id: str) -> list[UUID]:
    """All of a place whose list may have to change with the day: the restricted ones, and those
    with conflicts of interest that were not said yet."""
    rows = await connection.fetch(
        "select household_id from restricted_household where place_id = $1"
        " union select household_id from conflict_of_interest where place_id = $1 order by 1",
        place_id,
    )
    return [row["household_id"] for row in rows]


async def load_families(
    connection: Connection, kept_ids: Collection[UUID]
) -> dict[UUID, list[Row]]:
    """By household: itself and all that were linked into it, each with when, why few may know of
    it, its active key worker and whom it bars."""
    rows = await connection.fetch(
        "with recursive family(kept, id, linked_at) as ("
        " select h, h, null::timestamptz from unnest($1::uuid[]) as h"
        " union all select f.kept, l.retired_household_id, l.linked_at from family f"
        " join household_link l on l.household_id = f.id and l.undone_at is null)"
        " select f.kept, f.id, f.linked_at, r.restrictions, r.since, r.restricted_at,"
        " (select e.key_worker_id from engagement e where e.household_id = f.id"
        "  and e.ended_at is null) as key_worker_id,"
        " array(select c.key_worker_id from conflict_of_interest c where c.household_id = f.id"
        "  order by 1) as barred"
        " from family f left join restricted_household r on r.household_id = f.id",
        list(kept_ids),
    )
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["kept"]].append(row)
    return found
