"""SQL of households that are kept apart: they never have the same key worker."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from services.kit.db import Connection


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
