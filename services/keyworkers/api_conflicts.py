"""The JSON API of conflicts of interest: declared, seen by whom they concern, withdrawn.

Nothing of why is asked or kept. The key worker and their team's lead declare them, and whoever
declared one takes it back. About whom is the key worker's to know: a lead is shown those that they
declared themselves, and of the rest how many there are.

A household that is the key worker's already is not taken from them at once, as nobody may be left
without: a handover is asked for instead.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from contracts.envelope import new_id
from contracts.vocabulary_changes import ChangeReason
from services.keyworkers import handovers, store_conflicts, store_handovers, store_linking
from services.keyworkers.candidates import first_taker
from services.keyworkers.guarding import refuse_erased
from services.keyworkers.handlers import Handlers
from services.keyworkers.roster import Roster
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor
from services.kit.db import Connection, Row
from services.kit.errors import Problem
from services.kit.work import Work


class Conflict(BaseModel):
    """A key worker must not be given this household."""

    household_id: UUID


class ConflictView(Conflict):
    """``is_theirs``: they are its key worker now, until somebody has accepted it."""

    declared_at: datetime
    declared_by: str
    is_theirs: bool


class ConflictsView(BaseModel):
    """What whoever asks may know of a key worker's, the last declared first. ``others``: how many
    there are besides, about whom is the key worker's to know."""

    conflicts: list[ConflictView]
    others: int


class Consequence(Conflict):
    """What follows from declaring it. ``is_theirs``: they are its key worker; then ``asked`` is
    asked to take it over, or nobody can (None) and their team lead is told. ``waits_for_them``: a
    handover waits for their answer, which is to decline it."""

    declared: bool
    is_theirs: bool
    asked: str | None
    waits_for_them: bool


def create_conflict_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The routes under ``/v1``. Only Kith's own services may call them."""
    router = APIRouter(prefix="/v1/keyworkers/{key_worker_id}/conflicts", tags=["conflicts"])

    @router.get("")
    async def list_conflicts(actor: CallingActor, key_worker_id: str) -> ConflictsView:
        """A key worker's conflicts of interest: all to themselves, to their lead what they declared
        and how many there are besides."""
        async with service.pool.acquire() as connection:
            roster = await handlers.rosters.find_of(connection, key_worker_id)
            _admit(roster, actor, key_worker_id)
            rows = await store_conflicts.find_conflicts(connection, roster.place.id, key_worker_id)
        shown = [row for row in rows if actor.id in {key_worker_id, row["declared_by"]}]
        return ConflictsView(
            conflicts=[ConflictView.model_validate(dict(row)) for row in shown],
            others=len(rows) - len(shown),
        )

    @router.post("/look")
    async def look(actor: CallingActor, key_worker_id: str, conflict: Conflict) -> Consequence:
        """What would follow. Changes nothing."""
        async with service.pool.acquire() as connection:
            roster = await handlers.rosters.find_of(connection, key_worker_id)
            _admit(roster, actor, key_worker_id)
            found, _engagement, to = await _consequence(
                connection, roster, key_worker_id, conflict, service.clock()
            )
        return found.model_copy(update={"asked": found.asked or _name(roster, to)})

    @router.post("", status_code=HTTPStatus.CREATED)
    async def declare(actor: CallingActor, key_worker_id: str, conflict: Conflict) -> Consequence:
        """Declare it: this key worker is never given this household. Once more changes nothing."""
        async with service.work() as work:
            place_id = (await handlers.rosters.find_of(work.connection, key_worker_id)).place.id
            await work.lock_place(place_id)
            roster = await handlers.rosters.find_of(work.connection, key_worker_id)
            _admit(roster, actor, key_worker_id)
            found, engagement, to = await _consequence(
                work.connection, roster, key_worker_id, conflict, work.now
            )
            await store_conflicts.save_conflict(
                work.connection, place_id, key_worker_id, found.household_id, actor.id, work.now
            )
            work.note(place_id, {found.household_id})
            if engagement is not None and not found.declared and found.asked is None:
                await _ask(work, roster, engagement, to, actor.id)
        return found.model_copy(
            update={"declared": True, "asked": found.asked or _name(roster, to)}
        )

    @router.post("/{household_id}/withdraw", status_code=HTTPStatus.NO_CONTENT)
    async def withdraw(actor: CallingActor, key_worker_id: str, household_id: UUID) -> None:
        """It holds no longer, says who declared it: they may be given the household again."""
        async with service.work() as work:
            roster = await handlers.rosters.find_of(work.connection, key_worker_id)
            _admit(roster, actor, key_worker_id)
            place_id = roster.place.id
            await work.lock_place(place_id)
            kept = await store_linking.find_current(work.connection, household_id)
            known = await store_conflicts.find_conflicts(work.connection, place_id, key_worker_id)
            if any(r["household_id"] == kept and r["declared_by"] != actor.id for r in known):
                raise Problem(
                    HTTPStatus.FORBIDDEN, "Only who declared it can take it back: talk to them."
                )
            if not await store_conflicts.withdraw_conflict(
                work.connection, place_id, key_worker_id, {household_id, kept}, actor.id, work.now
            ):
                raise Problem(HTTPStatus.NOT_FOUND, "There is no such conflict of interest.")
            work.note(place_id, {household_id, kept})

    return router


def _admit(roster: Roster, actor: Actor, key_worker_id: str) -> None:
    """Problem 403 for anybody but the key worker and the lead of their team: a conflict is nobody
    else's to know, and what follows from one says whose a household is and hands it over."""
    if actor.id not in {key_worker_id, roster.key_workers[key_worker_id].team}:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "The key worker and their team's lead declare, and see, conflicts of interest.",
        )


async def _consequence(
    connection: Connection, roster: Roster, key_worker_id: str, conflict: Conflict, now: datetime
) -> tuple[Consequence, Row | None, str | None]:
    """What follows, the key worker's own engagement, and whom to ask to take it over."""
    kept = await store_linking.find_current(connection, conflict.household_id)
    await refuse_erased(connection, kept, conflict.household_id)
    known = await store_conflicts.find_conflicts(connection, roster.place.id, key_worker_id)
    active = await store_handovers.find_active_of_household(connection, kept)
    engagement = await store_handovers.find_engagement(connection, active) if active else None
    if engagement is not None and engagement["key_worker_id"] != key_worker_id:
        engagement = None
    open_now = [
        row
        for row in await store_handovers.find_open(connection, [key_worker_id])
        if row["household_id"] == kept
    ]
    asked = next((h["to_key_worker_id"] for h in open_now if engagement is not None), None)
    to = None
    if engagement is not None and asked is None:
        to = await first_taker(connection, roster, engagement, now)
    found = Consequence(
        household_id=kept,
        declared=any(row["household_id"] == kept for row in known),
        is_theirs=engagement is not None,
        asked=_name(roster, asked),
        waits_for_them=any(h["to_key_worker_id"] == key_worker_id for h in open_now),
    )
    return found, engagement, to


async def _ask(work: Work, roster: Roster, engagement: Row, to: str | None, by: str) -> None:
    """Ask ``to`` to take the household over; where nobody can, tell the team lead.

    The reason given is the ordinary one: that there is a conflict is nobody else's to know.
    """
    if to is not None:
        proposed = handovers.proposed(
            roster, engagement, new_id(), to, ChangeReason.REQUESTED, by, work.now
        )
        await store_handovers.add_handovers(work.connection, roster.place.id, [proposed], work.now)
        handovers.emit(work, roster, proposed, proposed.handover_id, engagement)
        return
    refused = handovers.nobody_can(roster, engagement, new_id(), by)
    handovers.emit(work, roster, refused, refused.handover_id, engagement)


def _name(roster: Roster, key_worker_id: str | None) -> str | None:
    known = roster.key_workers.get(key_worker_id or "")
    return known.name if known else None
