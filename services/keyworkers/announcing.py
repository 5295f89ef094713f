"""Telling the other services which place file is in force: its working time and deadlines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid5

from contracts.places import PlaceInForceV1
from services.keyworkers import store_places
from services.keyworkers.loading import Rosters
from services.keyworkers.roster import Roster
from services.keyworkers.working_time import WEEKDAYS
from services.kit.work import Work

_PLACES = UUID("0f3c7d1e-6a55-4a3b-9b0e-5b8f5c6f2a91")
"""Namespace of places: what follows from one has no other cause to take its id from."""
_SAYS = "officers, to operations"
"""Part of the event's id: what is said of a version that was said before, and says more now or
to more services, is said under another."""


def in_force(roster: Roster) -> PlaceInForceV1:
    """What is said of a place."""
    calendar, deadlines = roster.place.calendar, roster.place.policy.deadlines
    return PlaceInForceV1(
        version=roster.version,
        time_zone=calendar.time_zone,
        working_days=tuple(WEEKDAYS.index(day) for day in calendar.working_days),
        opens=calendar.opens,
        closes=calendar.closes,
        bank_holidays=calendar.bank_holidays,
        immediate_minutes=deadlines.immediate_minutes,
        urgent_working_minutes=deadlines.urgent_working_minutes,
        routine_working_minutes=deadlines.routine_working_minutes,
        privacy_officers=roster.place.privacy_officers,
    )


def announcing_places(rosters: Rosters) -> Callable[[Work], Awaitable[None]]:
    """The periodic task that says each version once, soon after it was put in force."""

    async def turn(work: Work) -> None:
        places = await store_places.find_unannounced(work.connection)
        await work.lock_places(set(places))
        for place_id, roster in (await rosters.load(work.connection, places)).items():
            about = uuid5(_PLACES, place_id)
            work.emit(
                in_force(roster),
                place_id=place_id,
                journey_id=about,
                cause=about,
                parts=(roster.version, _SAYS),
            )
            await store_places.save_announced(work.connection, place_id, roster.version)

    return turn
