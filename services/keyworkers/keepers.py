"""Whose it is to say how long records are kept: the privacy officers of the place and, as a second
word on an erasure, the lead of the household's team.

Invariant: whoever has declared a conflict of interest with a household sees and does nothing about
its records, and is asked nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from services.keyworkers import store_conflicts, store_linking, store_retention
from services.keyworkers.guarding import refuse_erased
from services.keyworkers.handlers import Handlers
from services.keyworkers.lifting import whom_to_ask
from services.keyworkers.retention import Record
from services.keyworkers.roster import Roster
from services.kit.access import find_barred
from services.kit.db import Connection
from services.kit.erased import Offices
from services.kit.errors import Problem
from services.kit.work import Work


@dataclass(frozen=True, slots=True)
class Keeper:
    """Where somebody stands to the records of a household. ``barred``: who must not know of it."""

    id: str
    roster: Roster
    record: Record
    barred: frozenset[str]

    @property
    def place_id(self) -> str:
        return self.roster.place.id

    @property
    def is_officer(self) -> bool:
        return self.id in self.roster.place.privacy_officers and self.id not in self.barred

    def must_be_officer(self) -> None:
        """Problem 403 for anybody else, and for one with a conflict of interest."""
        if not self.is_officer:
            raise not_a_keeper()

    def second_words(self, asked_by: str) -> list[str]:
        """Who may agree to an erasure that ``asked_by`` asked for."""
        team = self.record.team_id
        return whom_to_ask(
            asked_by,
            leads=[team] if team in self.roster.teams and team is not None else [],
            officers=self.roster.place.privacy_officers,
            readers={asked_by},  # it is asked by reference: nobody need be on the list
            barred=self.barred,
        )


async def keeper_of(work: Work, handlers: Handlers, actor_id: str, household_id: UUID) -> Keeper:
    """Where somebody stands, by any id that the household ever had, in a place that nobody else
    changes from now on. Problems as of :func:`look_up`."""
    found = await look_up(work, handlers, actor_id, household_id)
    await work.lock_place(found.place_id)
    return await look_up(work, handlers, actor_id, household_id)


async def look_up(work: Work, handlers: Handlers, actor_id: str, household_id: UUID) -> Keeper:
    """The same, for whoever only looks. Problem 404 where there is no such household in a place of
    theirs, 410 where it was erased, 403 for who is neither officer nor lead."""
    theirs, led = await must_be_somebody(work.connection, handlers, actor_id)
    kept = await store_linking.find_current(work.connection, household_id)
    await refuse_erased(work.connection, kept, household_id)
    [record] = await store_retention.load_records(work.connection, [kept], work.now)
    if record.place_id not in theirs | led:
        raise Problem(
            HTTPStatus.NOT_FOUND,
            "Nothing is recorded here of a household with this id. One that is still under review "
            "is none yet.",
        )
    rosters = await handlers.rosters.load(work.connection, [record.place_id])
    barred = await barred_from(work.connection, record.household_ids)
    who = frozenset(one for never in barred.values() for one in never)
    return Keeper(actor_id, rosters[record.place_id], record, who)


async def barred_from(
    connection: Connection, household_ids: Collection[UUID]
) -> dict[UUID, frozenset[str]]:
    """By household: who must not know of it, erased or not. Those that bar nobody are left out."""
    now = await store_conflicts.find_conflicted(connection, household_ids)
    said = await find_barred(connection, household_ids)
    return {one: now.get(one, frozenset()) | said.get(one, frozenset()) for one in {*now, *said}}


async def offices_of(connection: Connection, handlers: Handlers, actor_id: str) -> set[str]:
    """The places whose privacy officer somebody is."""
    rosters = await handlers.rosters.load_all(connection)
    return {id_ for id_, one in rosters.items() if actor_id in one.place.privacy_officers}


def offices(handlers: Handlers) -> Offices:
    """The same for the chassis' routes about erasures."""

    async def find(connection: Connection, actor_id: str) -> set[str]:
        return await offices_of(connection, handlers, actor_id)

    return find


async def must_be_somebody(
    connection: Connection, handlers: Handlers, actor_id: str
) -> tuple[set[str], set[str]]:
    """The places whose privacy officer, and those with a team whose lead somebody is. Problem 403
    where there are none."""
    rosters = await handlers.rosters.load_all(connection)
    theirs = await offices_of(connection, handlers, actor_id)
    leads = {id_ for id_, one in rosters.items() if actor_id in one.teams}
    if not theirs and not leads:
        raise not_a_keeper()
    return theirs, leads


def not_a_keeper() -> Problem:
    """What anybody else is told. It says nothing of anybody."""
    return Problem(
        HTTPStatus.FORBIDDEN,
        "How long records are kept is for the place's privacy officers. Who they are stands in the "
        "place file (privacy_officers). Where you have declared a conflict of interest, another "
        "officer can.",
    )
