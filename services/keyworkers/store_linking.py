"""SQL of following links and separations: few rows of two households at a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.keyworkers import Cause
from contracts.vocabulary import Severity
from services.keyworkers.situation import RouteState
from services.keyworkers.store_handovers import withdraw_of
from services.kit.db import Connection, Row


@dataclass(frozen=True, slots=True)
class Open:
    """A household's open referral, and the active engagement that it led to, if it has."""

    referral_id: UUID
    household_id: UUID
    team_id: str
    cause: Cause
    severity: Severity
    opened_at: datetime
    traceparent: str | None = None
    engagement_id: UUID | None = None
    key_worker_id: str | None = None
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """What a link changed: whole rows moved, and what was ended because the other one stayed."""

    link_id: UUID
    household_id: UUID
    retired_household_id: UUID
    moved_referrals: tuple[UUID, ...] = ()
    moved_engagements: tuple[UUID, ...] = ()
    lost_referral_id: UUID | None = None
    lost_engagement_id: UUID | None = None
    kept_referral_id: UUID | None = None


OPEN = (
    "select r.referral_id, r.household_id, r.team_id, r.cause, r.severity, r.opened_at,"
    " r.traceparent, e.engagement_id, e.key_worker_id, e.started_at from referral r"
)
_OPEN = (
    f"{OPEN} left join engagement e on e.engagement_id = r.engagement_id and e.ended_at is null"
    " where r.closed_at is null and "
)


def open_of(row: Row) -> Open:
    """The referral, and engagement if it has, in a row of :data:`OPEN`."""
    values = dict(row)
    return Open(
        **values
        | {"cause": Cause.model_validate(row["cause"]), "severity": Severity(row["severity"])}
    )


async def load_open(connection: Connection, household_ids: Collection[UUID]) -> dict[UUID, Open]:
    """By household: its open referral."""
    rows = await connection.fetch(_OPEN + "r.household_id = any($1::uuid[])", list(household_ids))
    return {row["household_id"]: open_of(row) for row in rows}


async def find_link(connection: Connection, link_id: UUID) -> Linked | None:
    """A link that is in force."""
    row = await connection.fetchrow(
        "select link_id, household_id, retired_household_id, moved_referrals, moved_engagements,"
        " lost_referral_id, lost_engagement_id, kept_referral_id from household_link"
        " where link_id = $1 and undone_at is null",
        link_id,
    )
    if row is None:
        return None
    return Linked(
        **{
            **dict(row),
            "moved_referrals": tuple(row["moved_referrals"]),
            "moved_engagements": tuple(row["moved_engagements"]),
        }
    )


async def load_current(connection: Connection, household_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """By retired id: the household that it stands for now. Other ids are left out."""
    rows = await connection.fetch(
        "with recursive chain(id, now, step) as ("
        " select l.retired_household_id, l.household_id, 1 from household_link l"
        "  where l.retired_household_id = any($1::uuid[]) and l.undone_at is null"
        " union all select c.id, l.household_id, c.step + 1 from chain c join household_link l"
        "  on l.retired_household_id = c.now and l.undone_at is null where c.step < 100)"
        " select distinct on (id) id, now from chain order by id, step desc",
        list(household_ids),
    )
    return {row["id"]: row["now"] for row in rows}


async def find_current(connection: Connection, household_id: UUID) -> UUID:
    """The household that an id stands for now: the id itself where it is not retired."""
    return (await load_current(connection, [household_id])).get(household_id, household_id)


async def close_open(connection: Connection, lost: Open, now: datetime, reason: str) -> None:
    """Close a referral and end its engagement, if it has one."""
    await connection.execute(
        "update engagement set ended_at = greatest($2, started_at), end_reason = $3,"
        " ended_by = 'kith' where referral_id = $1 and ended_at is null",
        lost.referral_id,
        now,
        reason,
    )
    await connection.execute(
        "update referral set closed_at = $2 where referral_id = $1", lost.referral_id, now
    )
    await withdraw_of(connection, lost.engagement_id, now)


async def join_queue(connection: Connection, lost: UUID, kept: UUID) -> None:
    """Assessments that wait with one referral wait with the other instead."""
    await connection.execute(
        "update assessment_route set referral_id = $2 where referral_id = $1 and state = 'queued'",
        lost,
        kept,
    )


async def move_household(
    connection: Connection, previous: UUID, household: UUID
) -> tuple[tuple[UUID, ...], tuple[UUID, ...], tuple[UUID, ...]]:
    """Everything of one household becomes the other's; the referrals and engagements moved, and
    the assessments that were decided to be its own."""
    referrals = await connection.fetch(
        "update referral set household_id = $2 where household_id = $1 returning referral_id",
        previous,
        household,
    )
    engagements = await connection.fetch(
        "update engagement set household_id = $2 where household_id = $1 returning engagement_id",
        previous,
        household,
    )
    routes = await connection.fetch(
        "update assessment_route set household_id = $2 where household_id = $1"
        " returning assessment_id, state",
        previous,
        household,
    )
    await connection.execute(
        "update handover set household_id = $2 where household_id = $1 and state = 'proposed'",
        previous,
        household,
    )
    await connection.execute(
        "insert into household_person (person_id, household_id, place_id)"
        " select person_id, $2, place_id from household_person where household_id = $1"
        " on conflict do nothing",
        previous,
        household,
    )
    await connection.execute(
        "insert into conflict_of_interest select place_id, key_worker_id, $2, declared_at,"
        " declared_by from conflict_of_interest where household_id = $1 on conflict do nothing",
        previous,
        household,
    )
    return (
        tuple(row["referral_id"] for row in referrals),
        tuple(row["engagement_id"] for row in engagements),
        tuple(row["assessment_id"] for row in routes if RouteState(row["state"]).is_settled),
    )


async def save_link(
    connection: Connection, place_id: str, linked: Linked, linked_at: datetime
) -> None:
    await connection.execute(
        "insert into household_link (link_id, place_id, household_id, retired_household_id,"
        " moved_referrals, moved_engagements, lost_referral_id, lost_engagement_id, linked_at,"
        " kept_referral_id)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (link_id) do nothing",
        linked.link_id,
        place_id,
        linked.household_id,
        linked.retired_household_id,
        list(linked.moved_referrals),
        list(linked.moved_engagements),
        linked.lost_referral_id,
        linked.lost_engagement_id,
        linked_at,
        linked.kept_referral_id,
    )
