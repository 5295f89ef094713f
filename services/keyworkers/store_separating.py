"""SQL of following separations: what goes back, what is taken up again, what is decided anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from services.keyworkers import store
from services.keyworkers.situation import Route
from services.keyworkers.store_linking import OPEN, Linked, Open, open_of
from services.kit.db import Connection

_SETTLED = "state in ('queued', 'opened', 'routed')"


async def give_back(connection: Connection, linked: Linked, left: UUID, now: datetime) -> None:
    """What moved with a link, and has not moved on since, is the other household's again.

    ``left``: the household that the kept id stands for now.
    """
    other = linked.retired_household_id
    await connection.execute(
        "update household_link set undone_at = $2 where link_id = $1", linked.link_id, now
    )
    await connection.execute(
        "update referral r set household_id = $3 where referral_id = any($1::uuid[])"
        " and household_id = $2 and (closed_at is not null or not exists"
        "  (select from referral o where o.household_id = $3 and o.closed_at is null))",
        list(linked.moved_referrals),
        left,
        other,
    )
    await connection.execute(
        # Also what came of a referral that waited when it moved and was assigned since.
        "update engagement e set household_id = r.household_id from referral r"
        " where r.referral_id = e.referral_id and e.household_id = $2 and r.household_id = $3"
        " and r.referral_id = any($1::uuid[])",
        list(linked.moved_referrals),
        left,
        other,
    )
    await connection.execute(
        "update handover h set household_id = e.household_id from engagement e"
        " where e.engagement_id = h.engagement_id and h.state = 'proposed'"
        " and h.household_id <> e.household_id and e.household_id = $1",
        other,
    )
    await _part_conflicts(connection, linked, left)


async def _part_conflicts(connection: Connection, linked: Linked, left: UUID) -> None:
    """What was declared of one household is that one's; what was while they were one, of both."""
    await connection.execute(
        "delete from conflict_of_interest c using conflict_of_interest o, household_link l"
        " where c.household_id = $1 and o.household_id = $2 and l.link_id = $3"
        " and o.place_id = c.place_id and o.key_worker_id = c.key_worker_id"
        " and o.declared_at = c.declared_at and o.declared_by = c.declared_by"
        " and c.declared_at < l.linked_at",
        left,
        linked.retired_household_id,
        linked.link_id,
    )
    await connection.execute(
        "insert into conflict_of_interest (place_id, key_worker_id, household_id, declared_at,"
        " declared_by) select c.place_id, c.key_worker_id, $2, c.declared_at, c.declared_by"
        " from conflict_of_interest c, household_link l where l.link_id = $3"
        " and c.household_id = $1 and c.declared_at >= l.linked_at on conflict do nothing",
        left,
        linked.retired_household_id,
        linked.link_id,
    )


async def load_ended_by_links(
    connection: Connection, household_id: UUID, link_id: UUID
) -> list[Open]:
    """What links have ended of a household in favour of what is not its own any more, or this link
    has; none where it has a key worker, or something of it waits, or a person has ended the work
    with it since."""
    rows = await connection.fetch(
        f"{OPEN} left join engagement e on e.engagement_id = r.engagement_id"  # noqa: S608
        " where r.household_id = $1 and r.closed_at is not null"
        " and (e.engagement_id is null or e.end_reason = 'linked')"
        " and exists (select from household_link l"
        "  left join referral kept on kept.referral_id = l.kept_referral_id"
        "  where l.lost_referral_id = r.referral_id"
        "  and (l.link_id = $2 or kept.household_id <> r.household_id))"
        " and not exists (select from referral o where o.household_id = $1"
        "  and o.closed_at is null and (o.engagement_id is not null or exists (select"
        "   from assessment_route a where a.household_id = $1 and a.state = 'queued'"
        "   and a.referral_id = o.referral_id)))"
        " and not exists (select from engagement o where o.household_id = $1"
        "  and o.ended_at > r.closed_at and o.ended_by <> 'kith')",
        household_id,
        link_id,
    )
    return [open_of(row) for row in rows]


async def take_up_again(connection: Connection, one: Open) -> None:
    """A referral is open again, and its engagement, if it had one, active."""
    await connection.execute(
        "update referral set closed_at = null where referral_id = $1", one.referral_id
    )
    await connection.execute(
        "update engagement set ended_at = null, end_reason = null, ended_by = null"
        " where engagement_id = $1",
        one.engagement_id,
    )


async def find_conflicted(connection: Connection, household_ids: Collection[UUID]) -> set[str]:
    """Key workers who have declared a conflict of interest with one of the households."""
    rows = await connection.fetch(
        "select key_worker_id from conflict_of_interest where household_id = any($1::uuid[])",
        list(household_ids),
    )
    return {row["key_worker_id"] for row in rows}


async def say_for_whom_it_waits(connection: Connection, household_ids: Collection[UUID]) -> None:
    """A referral that waits, and was opened by an assessment that waits with it no more, goes on
    for the first of those that do: whoever is named for it is told of that one, and so is its
    agency."""
    await connection.execute(
        "update referral r set assessment_id = a.assessment_id, cause = a.cause,"
        " traceparent = a.traceparent from (select distinct on (referral_id) referral_id,"
        "  assessment_id, cause, traceparent from assessment_route"
        "  where state = 'queued' and household_id = any($1::uuid[])"
        "  order by referral_id, received_at, assessment_id) a"
        " where r.referral_id = a.referral_id and r.engagement_id is null"
        " and r.closed_at is null and not exists (select from assessment_route o"
        "  where o.assessment_id = r.assessment_id and o.referral_id = r.referral_id"
        "  and o.state = 'queued')",
        list(household_ids),
    )


async def find_at(
    connection: Connection, household_id: UUID, referral_ids: Collection[UUID]
) -> set[UUID]:
    """Those of the referrals that are the household's."""
    rows = await connection.fetch(
        "select referral_id from referral where household_id = $1"
        " and referral_id = any($2::uuid[])",
        household_id,
        list(referral_ids),
    )
    return {row["referral_id"] for row in rows}


async def move_routes(
    connection: Connection, assessment_ids: Sequence[UUID], household_id: UUID
) -> None:
    """These assessments, where it is decided whose they are, are of another household."""
    await connection.execute(
        f"update assessment_route set household_id = $2 where {_SETTLED}"  # noqa: S608
        " and assessment_id = any($1::uuid[])",
        list(assessment_ids),
        household_id,
    )


async def load_strays(connection: Connection, household_ids: Collection[UUID]) -> list[Route]:
    """Assessments of these households that went to what is another household's, or to what a link
    has ended, where nobody works with the household instead and no person has ended that; the
    first received first."""
    rows = await connection.fetch(
        "select a.* from assessment_route a"  # noqa: S608
        " left join engagement e on e.engagement_id = a.engagement_id"
        " left join referral r on r.referral_id = coalesce(e.referral_id, a.referral_id)"
        f" where a.household_id = any($1::uuid[]) and a.{_SETTLED}"
        " and (r.household_id is distinct from a.household_id"
        "  or (a.state = 'queued' and r.closed_at is not null)"
        "  or (e.ended_by = 'kith' and not exists (select from engagement o"
        "   where o.household_id = a.household_id and (o.ended_at is null"
        "   or (o.ended_by <> 'kith' and o.ended_at > e.ended_at)))))"
        " order by a.received_at, a.assessment_id",
        list(household_ids),
    )
    return [store.route_of(row) for row in rows]


async def load_opened_by(
    connection: Connection, assessment_ids: Collection[UUID]
) -> dict[UUID, UUID]:
    """By referral: the assessment, of these, that opened it."""
    rows = await connection.fetch(
        "select r.referral_id, r.assessment_id from assessment_route a"
        " join referral r on r.household_id = a.household_id and r.assessment_id = a.assessment_id"
        " where a.assessment_id = any($1::uuid[])",
        list(assessment_ids),
    )
    return {row["referral_id"]: row["assessment_id"] for row in rows}


async def part_people(
    connection: Connection, place_id: str, left: UUID, other: UUID, people: Collection[UUID]
) -> None:
    """These people have been seen in the other household; and in either only whom one of its own
    assessments names."""
    await connection.execute(
        "insert into household_person (place_id, household_id, person_id)"
        " select $1, $2, p from unnest($3::uuid[]) p on conflict do nothing",
        place_id,
        other,
        list(people),
    )
    await connection.execute(
        "delete from household_person p where p.household_id = any($1::uuid[])"  # noqa: S608
        " and not exists (select from assessment_route a where a.household_id = p.household_id"
        f" and a.{_SETTLED} and (a.facts is null"
        "  or a.facts -> 'person_ids' ? p.person_id::text))",
        [left, other],
    )


async def is_needed(connection: Connection, opened: Open) -> bool:
    """Whether an assessment waits with this referral, or is of a household that has a key worker
    by it."""
    needed: bool = await connection.fetchval(
        "select exists (select from assessment_route"  # noqa: S608
        f" where household_id = $1 and {_SETTLED}"
        " and ($3::uuid is not null or (state = 'queued' and referral_id = $2)))",
        opened.household_id,
        opened.referral_id,
        opened.engagement_id,
    )
    return needed
