"""Who may know of a household: kept by every service that shows anything of one, and obeyed there.

Invariant: a restricted household is shown to those on its list, while their time lasts, and to
nobody else; whoever is barred is shown it never. What is not known to be allowed is hidden.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.envelope import Event
from contracts.keyworkers import WorkContact
from contracts.restrictions import (
    AccessChangedV1,
    HouseholdRestrictedV1,
    RestrictionLiftedV1,
    RestrictionRestoredV1,
)
from services.kit.db import Connection

SAID = (AccessChangedV1, HouseholdRestrictedV1, RestrictionLiftedV1, RestrictionRestoredV1)
"""The events from which this is known."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A household that somebody may not know of. ``barred``: they never may.

    ``desk`` and ``front_door``: whom they are told to call instead, where that is known.
    """

    household_id: UUID
    restricted: bool
    barred: bool = False
    desk: WorkContact | None = None
    front_door: WorkContact | None = None


async def learn_access(connection: Connection, events: Iterable[Event]) -> set[UUID]:
    """Keep what the events say of who may know; the households concerned. Which said it last is
    told by when each says that it was decided, in whatever order they come."""
    found: set[UUID] = set()
    restricted: dict[UUID, HouseholdRestrictedV1] = {}
    for event in events:
        if isinstance(event, HouseholdRestrictedV1):
            before = restricted.get(event.household_id)
            if before is None or before.decided_at < event.decided_at:
                restricted[event.household_id] = event
            found.add(event.household_id)
        elif isinstance(event, AccessChangedV1):
            await _save_access(connection, event)
            found.add(event.household_id)
        elif isinstance(event, RestrictionLiftedV1):
            await _save_lifted(connection, event.assessment_ids, event.agreed_at, lifted=True)
            found.add(event.household_id)
        elif isinstance(event, RestrictionRestoredV1):
            await _save_lifted(connection, event.assessment_ids, event.restored_at, lifted=False)
            found.add(event.household_id)
    if restricted:
        await _save_restricted(connection, list(restricted.values()))
    return found


async def _save_restricted(connection: Connection, events: Sequence[HouseholdRestrictedV1]) -> None:
    await connection.execute(
        "insert into household_access as a (household_id, restricted, restricted_at)"
        " select * from unnest($1::uuid[], $2::bool[], $3::timestamptz[])"
        " on conflict (household_id) do update"
        " set restricted = excluded.restricted, restricted_at = excluded.restricted_at"
        " where a.restricted_at is null or a.restricted_at < excluded.restricted_at",
        [event.household_id for event in events],
        [bool(event.restrictions) for event in events],
        [event.decided_at for event in events],
    )


async def _save_access(connection: Connection, event: AccessChangedV1) -> None:
    await connection.execute(
        "insert into household_access as a (household_id, restricted, restricted_at, version,"
        " readers, barred, desk, front_door) values ($1, $2, $3, $4, $5, $6, $7, $8)"
        " on conflict (household_id) do update set version = excluded.version,"
        " readers = excluded.readers, barred = excluded.barred, desk = excluded.desk,"
        " front_door = excluded.front_door,"
        # Of a household linked into a restricted one, nothing was ever said itself: no moment.
        " restricted = case when coalesce(excluded.restricted_at, '-infinity')"
        " >= coalesce(a.restricted_at, '-infinity') then excluded.restricted else a.restricted end,"
        " restricted_at = greatest(a.restricted_at, excluded.restricted_at)"
        " where a.version < excluded.version",
        event.household_id,
        event.restricted,
        event.restricted_at,
        event.version,
        {"readers": [reader.model_dump(mode="json") for reader in event.readers]},
        list(event.barred),
        event.desk.model_dump(mode="json"),
        event.front_door.model_dump(mode="json"),
    )


async def _save_lifted(
    connection: Connection, assessment_ids: Collection[UUID], said_at: datetime, *, lifted: bool
) -> None:
    await connection.execute(
        "insert into assessment_lifted as l (assessment_id, lifted, said_at)"
        " select a, $2, $3 from unnest($1::uuid[]) as a on conflict (assessment_id) do update"
        " set lifted = excluded.lifted, said_at = excluded.said_at"
        " where l.said_at < excluded.said_at",
        list(assessment_ids),
        lifted,
        said_at,
    )


async def find_lifted(connection: Connection, assessment_ids: Collection[UUID]) -> set[UUID]:
    """Those of the assessments whose own statement that few may know counts no more."""
    if not assessment_ids:
        return set()
    rows = await connection.fetch(
        "select assessment_id from assessment_lifted where lifted"
        " and assessment_id = any($1::uuid[])",
        list(assessment_ids),
    )
    return {row["assessment_id"] for row in rows}


async def find_hidden(
    connection: Connection, reader_id: str | None, household_ids: Collection[UUID], now: datetime
) -> dict[UUID, Hidden]:
    """Those of the households that ``reader_id`` may not know of, by id.

    ``reader_id`` None: somebody outside, who is on no list.
    """
    ids = list(household_ids)
    if not ids:
        return {}
    rows = await connection.fetch(
        "select household_id, restricted, desk, front_door,"
        " coalesce($2::text = any(barred), false) as barred from household_access"
        " where household_id = any($1::uuid[]) and (coalesce($2::text = any(barred), false)"
        " or (restricted and not exists (select from jsonb_array_elements(readers->'readers') r"
        " where r->>'id' = $2::text"
        " and coalesce((r->>'since')::timestamptz <= $3::timestamptz, true)"
        " and coalesce((r->>'until')::timestamptz > $3::timestamptz, true))))",
        ids,
        reader_id,
        now,
    )
    return {
        row["household_id"]: Hidden(
            row["household_id"],
            row["restricted"],
            row["barred"],
            WorkContact.model_validate(row["desk"]) if row["desk"] else None,
            WorkContact.model_validate(row["front_door"]) if row["front_door"] else None,
        )
        for row in rows
    }


async def find_restricted(connection: Connection, household_ids: Collection[UUID]) -> set[UUID]:
    """Those of the households that few may know of."""
    rows = await connection.fetch(
        "select household_id from household_access where restricted"
        " and household_id = any($1::uuid[])",
        list(household_ids),
    )
    return {row["household_id"] for row in rows}


async def find_barred(
    connection: Connection, household_ids: Collection[UUID]
) -> dict[UUID, frozenset[str]]:
    """By household: who must never be told of it. Households that bar nobody are left out."""
    rows = await connection.fetch(
        "select household_id, barred from household_access"
        " where household_id = any($1::uuid[]) and barred <> '{}'",
        list(household_ids),
    )
    return {row["household_id"]: frozenset(row["barred"]) for row in rows}
