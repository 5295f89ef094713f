"""SQL of restricted households and of the lists of those who may know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from contracts.handovers import CoverArrangedV1
from contracts.keyworkers import FrontDoorNotifiedV1
from contracts.restrictions import AccessChangedV1, HouseholdRestrictedV1
from contracts.vocabulary import AccessReason
from services.keyworkers.access import Entry
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


async def save_apart(
    connection: Connection,
    place_id: str,
    pairs: Sequence[tuple[UUID, UUID]],
    alleged: Sequence[tuple[UUID, UUID]],
) -> None:
    """Keep households apart, both ways round, and forget that ``alleged`` (household, person) were
    seen there: nobody is found through them."""
    both = [*pairs, *((other, one) for one, other in pairs)]
    await connection.execute(
        "insert into household_apart (place_id, one, other)"
        " select $1, * from unnest($2::uuid[], $3::uuid[]) on conflict do nothing",
        place_id,
        [one for one, _ in both],
        [other for _, other in both],
    )
    await connection.execute(
        "delete from household_person h using unnest($1::uuid[], $2::uuid[]) as a(home, person)"
        " where h.household_id = a.home and h.person_id = a.person",
        [household for household, _ in alleged],
        [person for _, person in alleged],
    )


async def load_apart(
    connection: Connection, household_ids: Collection[UUID]
) -> dict[UUID, frozenset[UUID]]:
    """By household: those that must not have the same key worker. Others are left out."""
    rows = await connection.fetch(
        "select one, array_agg(other) as others from household_apart"
        " where one = any($1::uuid[]) group by one",
        list(household_ids),
    )
    return {row["one"]: frozenset(row["others"]) for row in rows}


async def move_apart(connection: Connection, retired: UUID, kept: UUID) -> None:
    """What is kept apart from a household is kept apart from the one that it is linked into."""
    await connection.execute(
        "insert into household_apart (place_id, one, other)"
        " select place_id, $2::uuid, other from household_apart where one = $1 and other <> $2"
        " union all select place_id, one, $2 from household_apart where other = $1 and one <> $2"
        " on conflict do nothing",
        retired,
        kept,
    )


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


async def find_entries(connection: Connection, household_ids: Collection[UUID]) -> list[Entry]:
    """Everybody who was ever put on these households' lists by name, the first added first."""
    rows = await connection.fetch(
        "select e.entry_id, e.household_id, e.reader_id, e.reason, e.until, e.added_by,"
        " e.added_at, r.removed_at from access_entry e left join access_removal r using (entry_id)"
        " where e.household_id = any($1::uuid[]) order by e.added_at, e.entry_id",
        list(household_ids),
    )
    return [Entry(**{**dict(row), "reason": AccessReason(row["reason"])}) for row in rows]


async def add_entry(
    connection: Connection, place_id: str, entry: Entry, copied_from: UUID | None = None
) -> None:
    """Put somebody on a list."""
    await connection.execute(
        "insert into access_entry (entry_id, place_id, household_id, reader_id, reason, until,"
        " added_by, added_at, copied_from) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " on conflict do nothing",
        entry.entry_id,
        place_id,
        entry.household_id,
        entry.reader_id,
        entry.reason.value,
        entry.until,
        entry.added_by,
        entry.added_at,
        copied_from,
    )


async def remove_entries(
    connection: Connection, entry_ids: Sequence[UUID], reason: AccessReason, by: str, now: datetime
) -> None:
    """Take somebody off a list. Who was taken off before stays so."""
    await connection.execute(
        "insert into access_removal (entry_id, reason, removed_by, removed_at)"
        " select e, $2, $3, $4 from unnest($1::uuid[]) as e on conflict do nothing",
        list(entry_ids),
        reason.value,
        by,
        now,
    )


async def load_last_versions(
    connection: Connection, household_ids: Collection[UUID]
) -> dict[UUID, Row]:
    """By household: the list in force."""
    rows = await connection.fetch(
        "select distinct on (household_id) * from access_version"
        " where household_id = any($1::uuid[]) order by household_id, version desc",
        list(household_ids),
    )
    return {row["household_id"]: row for row in rows}


async def save_version(connection: Connection, place_id: str, event: AccessChangedV1) -> None:
    """The list that is in force from now on."""
    await connection.execute(
        "insert into access_version (household_id, version, place_id, at, restricted,"
        " restricted_at, readers, barred) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        event.household_id,
        event.version,
        place_id,
        event.changed_at,
        event.restricted,
        event.restricted_at,
        {"readers": [reader.model_dump(mode="json") for reader in event.readers]},
        list(event.barred),
    )


async def find_versions(connection: Connection, household_id: UUID) -> list[Row]:
    """Every list that was in force, the last first."""
    return await connection.fetch(
        "select version, at, restricted, readers from access_version where household_id = $1"
        " order by version desc limit 500",
        household_id,
    )


async def find_version_at(connection: Connection, household_id: UUID, at: datetime) -> Row | None:
    """The list that was in force at a moment."""
    return await connection.fetchrow(
        "select version, at, restricted, readers from access_version"
        " where household_id = $1 and at <= $2 order by version desc limit 1",
        household_id,
        at,
    )


async def find_log(connection: Connection, household_id: UUID) -> list[Row]:
    """Who was put on the list by name and taken off it, by whom and why, the last first."""
    return await connection.fetch(
        "select e.entry_id, e.reader_id, e.reason, e.until, e.added_by, e.added_at,"
        " r.reason as removed_because, r.removed_by, r.removed_at"
        " from access_entry e left join access_removal r using (entry_id)"
        " where e.household_id = $1 order by e.added_at desc, e.entry_id limit 500",
        household_id,
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
        "  where l.household_id = r.household_id and a.answer is null) as asked,"
        " case when r.restrictions = '{}' then x.lifted_at end as lifted_at"
        " from restricted_household r left join referral t on t.household_id = r.household_id"
        " and t.closed_at is null"
        " left join lateral (select max(a.answered_at) as lifted_at from lifting l"
        "  join lifting_answer a using (lifting_id)"
        "  where l.household_id = r.household_id and a.answer = 'agreed') x on true"
        " where (r.restrictions <> '{}' or x.lifted_at >= $3) and r.place_id = any($1::text[])"
        " and ($2::text is null or t.team_id = $2)"
        " and not exists (select from household_link l where l.undone_at is null"
        "  and l.retired_household_id = r.household_id)"
        " order by r.restrictions = '{}', r.since, r.household_id limit 1000",
        list(place_ids),
        team_id,
        lifted_since,
    )


async def find_by_assessment(connection: Connection, assessment_id: UUID) -> UUID | None:
    """The restricted household that an assessment is of, or is under review as."""
    found: UUID | None = await connection.fetchval(
        "select coalesce((select r.household_id from assessment_route r"
        "  join restricted_household using (household_id) where r.assessment_id = $1),"
        " (select household_id from restricted_household where assessment_id = $1 limit 1))",
        assessment_id,
    )
    return found


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


async def has_conflict(connection: Connection, household_id: UUID, reader_id: str) -> bool:
    """Whether this household must not be given, or shown, to them."""
    return bool(
        await connection.fetchval(
            "select exists (select from conflict where household_id = $1 and key_worker_id = $2)",
            household_id,
            reader_id,
        )
    )


async def save_look(
    connection: Connection,
    now: datetime,
    actor: tuple[str, str],
    what: str,
    household_ids: Sequence[UUID],
    *,
    shown: bool,
) -> None:
    """Record that somebody (id, purpose) looked."""
    await connection.execute(
        "insert into access_look (at, actor, purpose, what, household_id, shown)"
        " select $1, $2, $3, $4, h, $6 from unnest($5::uuid[]) as h",
        now,
        *actor,
        what,
        list(household_ids),
        shown,
    )
