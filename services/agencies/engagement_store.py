"""What became of engagements and referrals that agencies were told of, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from services.agencies.engagements import Engagement
from services.kit.db import Connection


async def load_engagements(
    connection: Connection,
    *,
    engagement_ids: Collection[UUID] = (),
    household_ids: Collection[UUID] = (),
) -> list[Engagement]:
    """Those of which anything was said since they began, by id or by household."""
    rows = await connection.fetch(
        "select known from engagement where engagement_id = any($1::uuid[])"
        " or household_id = any($2::uuid[])",
        list(engagement_ids),
        list(household_ids),
    )
    return [Engagement.model_validate(row["known"]) for row in rows]


async def save_engagements(connection: Connection, engagements: Sequence[Engagement]) -> None:
    """Keep what was said of each."""
    await connection.execute(
        "insert into engagement (engagement_id, household_id, known)"
        " select * from unnest($1::uuid[], $2::uuid[], $3::jsonb[])"
        " on conflict (engagement_id) do update set household_id = excluded.household_id,"
        " known = excluded.known",
        [e.engagement_id for e in engagements],
        [e.household_id for e in engagements],
        [e.model_dump(mode="json", exclude_none=True) for e in engagements],
    )


async def load_kept(connection: Connection, referral_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """With which referral each closed one's household went on."""
    rows = await connection.fetch(
        "select referral_id, kept_referral_id from referral_kept"
        " where referral_id = any($1::uuid[])",
        list(referral_ids),
    )
    return {row["referral_id"]: row["kept_referral_id"] for row in rows}


async def save_kept(connection: Connection, kept: Mapping[UUID, UUID | None]) -> None:
    """Keep each; None: the referral stands on its own again."""
    joined = {lost: found for lost, found in kept.items() if found is not None}
    await connection.execute(
        "delete from referral_kept where referral_id = any($1::uuid[])", list(kept)
    )
    await connection.execute(
        "update referral_kept k set kept_referral_id = n.kept"
        " from unnest($1::uuid[], $2::uuid[]) n(lost, kept) where k.kept_referral_id = n.lost",
        list(joined),
        list(joined.values()),
    )
    await connection.execute(
        "insert into referral_kept (referral_id, kept_referral_id)"
        " select * from unnest($1::uuid[], $2::uuid[])",
        list(joined),
        list(joined.values()),
    )
