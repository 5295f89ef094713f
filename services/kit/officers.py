"""Who answers a person's request for what is held about them: kept by every service that holds
anything, and obeyed there.

Invariant: a service answers what it holds about a person to a privacy officer of the place alone.
Whom no place has named is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from contracts.places import PlaceInForceV1
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.errors import Problem


def not_an_officer() -> Problem:
    """What anybody else is told. It says nothing of anybody."""
    return Problem(
        HTTPStatus.FORBIDDEN,
        "Requests for what is held about a person are answered by a privacy officer of the place: "
        "pass it on to them. Who they are stands in the place file (privacy_officers).",
    )


async def learn_officers(connection: Connection, received: Sequence[Received]) -> None:
    """Keep who they are, as the latest version of each place's file says it."""
    said: dict[str, PlaceInForceV1] = {}
    for item in received:
        event, place_id = item.event, item.envelope.place_id
        if isinstance(event, PlaceInForceV1):
            before = said.get(place_id)
            if before is None or before.version <= event.version:
                said[place_id] = event
    if not said:
        return
    await connection.execute(
        "insert into privacy_office as o (place_id, version, officers)"
        " select s.place_id, s.version, array(select jsonb_array_elements_text(s.officers->'ids'))"
        " from unnest($1::text[], $2::int[], $3::jsonb[]) as s(place_id, version, officers)"
        " on conflict (place_id) do update set version = excluded.version,"
        " officers = excluded.officers where o.version <= excluded.version",
        list(said),
        [event.version for event in said.values()],
        # An object, because a list within the list would become a second dimension.
        [{"ids": event.privacy_officers} for event in said.values()],
    )


async def find_offices(connection: Connection, officer_id: str) -> frozenset[str]:
    """The places whose privacy officer this is."""
    rows = await connection.fetch(
        "select place_id from privacy_office where $1 = any(officers)", officer_id
    )
    return frozenset(row["place_id"] for row in rows)
