"""The JSON API of who may know of a restricted household: seen by whom it concerns, changed by the
team's lead or a privacy officer, opened for a day by a front door that was told of harm.

Every look at a list is kept, answered or not, and every change with who made it and why.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from contracts.envelope import new_id
from contracts.vocabulary_access import AccessReason
from services.keyworkers import store_access as store
from services.keyworkers import store_lifting, store_restricted
from services.keyworkers.access import EMERGENCY, LONGEST, Entry, knows_the_reader, may_change
from services.keyworkers.access_views import (
    AccessView,
    Adding,
    HistoryView,
    Removing,
    RestrictedView,
    lifting_view,
    log_view,
    restored_view,
    version_view,
)
from services.keyworkers.handlers import Handlers
from services.keyworkers.standing import (
    Standing,
    access_view,
    find_standing,
    not_yours,
    team_name,
)
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor
from services.kit.db import Connection
from services.kit.errors import Problem
from services.kit.work import Work

Reference = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
LIFTED_SHOWN = timedelta(days=90)
"""How long a household whose restriction was lifted is still among those whose lists one keeps."""


def create_access_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The routes under ``/v1``. Only Kith's own services may call them."""
    router = APIRouter(prefix="/v1", tags=["who may know"])

    async def standing(
        connection: Connection, actor: Actor, household_id: UUID, now: datetime
    ) -> Standing:
        return await find_standing(connection, handlers, actor.id, household_id, now)

    async def looked(work: Work, actor: Actor, household_id: UUID, what: str) -> Standing | Problem:
        """The standing of whoever asks, or why they are told nothing. The look is kept."""
        found = await standing(work.connection, actor, household_id, work.now)
        await store.save_look(
            work.connection,
            work.now,
            actor,
            what,
            [found.household_id],
            shown=found.shown,
        )
        return found if found.shown else not_yours()

    @router.get("/households/{household_id}/access")
    async def read_access(
        actor: CallingActor,
        household_id: UUID,
        at: Annotated[AwareDatetime | None, Query()] = None,
    ) -> AccessView:
        """Who may know of a restricted household now, or could at a moment."""
        async with service.work() as work:
            found = await looked(work, actor, household_id, "access")
            if isinstance(found, Standing):
                moment = at or work.now
                row = await store.find_version_at(work.connection, found.household_id, moment)
        if isinstance(found, Problem):
            raise found
        return access_view(found, version_view(found.roster, row) if row else None, moment)

    @router.get("/households/{household_id}/access/history")
    async def read_history(actor: CallingActor, household_id: UUID) -> HistoryView:
        """Every list that was ever in force, and who was put on it by whom."""
        async with service.work() as work:
            found = await looked(work, actor, household_id, "access history")
            if isinstance(found, Standing):
                versions = await store.find_versions(work.connection, found.household_id)
                log = await store.find_log(work.connection, found.household_id)
                restored = await store_lifting.find_restored(work.connection, found.family)
        if isinstance(found, Problem):
            raise found
        return HistoryView(
            versions=[version_view(found.roster, row) for row in versions],
            log=[log_view(found.roster, row) for row in log],
            liftings=[lifting_view(found.roster, one) for one in found.liftings],
            restored=[restored_view(found.roster, row) for row in restored],
        )

    @router.post("/households/{household_id}/access", status_code=HTTPStatus.CREATED)
    async def add(actor: CallingActor, household_id: UUID, adding: Adding) -> AccessView:
        """Put somebody on the list: a lead or privacy officer whom they choose, a front door that
        was told of harm itself, for a day at most."""
        async with service.work() as work:
            await put_on(work, handlers, actor.id, household_id, adding)
        return await read_access(actor, household_id)

    @router.post("/households/{household_id}/access/{reader_id}/remove")
    async def remove(
        actor: CallingActor, household_id: UUID, reader_id: str, removing: Removing
    ) -> AccessView:
        """Take somebody off the list. The key worker and their cover are on it by office."""
        async with service.work() as work:
            await take_off(work, handlers, actor.id, household_id, reader_id, removing.reason)
        return await read_access(actor, household_id)

    @router.get("/restricted")
    async def list_restricted(actor: CallingActor) -> list[RestrictedView]:
        """The restricted households whose lists whoever asks may change, by reference alone; and
        those whose restriction was lifted in the last 90 days."""
        async with service.work() as work:
            rosters = await handlers.rosters.load_all(work.connection)
            everywhere = [r.place.id for r in rosters.values() if may_change(r, actor.id, ())]
            theirs = [r.place.id for r in rosters.values() if actor.id in r.teams]
            if not (everywhere or theirs):
                raise Problem(HTTPStatus.FORBIDDEN, "Team leads and privacy officers see these.")
            rows = await store_restricted.find_restricted(
                work.connection,
                everywhere or theirs,
                None if everywhere else actor.id,
                work.now - LIFTED_SHOWN,
            )
            ids = [row["household_id"] for row in rows]
            await store.save_look(work.connection, work.now, actor, "restricted", ids, shown=True)
        return [
            RestrictedView(
                household_id=row["household_id"],
                team_name=team_name(rosters[row["place_id"]], row["team_id"]),
                since=row["since"],
                waits=not row["has_key_worker"] and row["team_id"] is not None,
                under_review=row["team_id"] is None and row["lifted_at"] is None,
                asked=row["asked"],
                lifted_at=row["lifted_at"],
            )
            for row in rows
        ]

    @router.get("/assessments/{assessment_id}/restricted-household")
    async def find_household(actor: CallingActor, assessment_id: UUID) -> dict[str, UUID]:
        """The reference of the restricted household that an assessment is of, for whoever may see
        its list: what an agency's call, or a front door's alert, is about."""
        missing = Problem(HTTPStatus.NOT_FOUND, "No restricted household you may see is of that.")
        async with service.work() as work:
            found = await store_restricted.find_by_assessment(work.connection, assessment_id)
            if found is None:
                raise missing
            allowed = await looked(work, actor, found, "access")
        if isinstance(allowed, Problem):
            raise missing
        return {"household_id": allowed.household_id}

    @router.get("/restricted/{reference}")
    async def find_by_reference(actor: CallingActor, reference: Reference) -> dict[str, UUID]:
        """The restricted household that a page called by these twelve digits, for whoever may see
        its list: what somebody says who calls the desk."""
        async with service.work() as work:
            found = await store_restricted.find_by_reference(work.connection, reference)
            allowed = [await looked(work, actor, one, "access") for one in found]
        for one in allowed:
            if isinstance(one, Standing):
                return {"household_id": one.household_id}
        raise Problem(HTTPStatus.NOT_FOUND, "No restricted household you may see is called so.")

    return router


async def put_on(
    work: Work,
    handlers: Handlers,
    actor_id: str,
    household_id: UUID,
    adding: Adding,
    *,
    trusted: bool = False,
) -> None:
    """Put somebody on a list. ``trusted``: an operator at the command line, who is named as they
    say. Problems in words."""
    found = await find_standing(work.connection, handlers, actor_id, household_id, work.now)
    await work.lock_place(found.roster.place.id)
    if not (found.changes or trusted):
        if not (found.enters and adding.reader_id == actor_id):
            raise not_yours()
        if adding.until is None or adding.until > work.now + EMERGENCY:
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "A front door that was told of harm opens a household for 24 hours at most.",
            )
    if adding.until is not None and not work.now < adding.until <= work.now + LONGEST:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "Name a moment to come, within the next two years."
        )
    if not knows_the_reader(found.roster, adding.reader_id):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "There is nobody of this id in this place.")
    if await store.has_conflict(work.connection, found.household_id, adding.reader_id):
        raise Problem(HTTPStatus.CONFLICT, "They cannot be put on this list. Name somebody else.")
    entry = Entry(
        new_id(),
        found.household_id,
        adding.reader_id,
        adding.reason,
        adding.until,
        actor_id,
        work.now,
    )
    await store.add_entry(work.connection, found.roster.place.id, entry)
    work.note(found.roster.place.id, {found.household_id})


async def take_off(
    work: Work,
    handlers: Handlers,
    actor_id: str,
    household_id: UUID,
    reader_id: str,
    reason: AccessReason,
    *,
    trusted: bool = False,
) -> None:
    """Take somebody off a list, whoever put them on it. Anybody may take themselves off."""
    found = await find_standing(work.connection, handlers, actor_id, household_id, work.now)
    await work.lock_place(found.roster.place.id)
    if not (found.changes or trusted or reader_id == actor_id):
        raise not_yours()
    theirs = [
        entry.entry_id
        for entry in found.entries
        if entry.reader_id == reader_id and entry.removed_at is None
    ]
    if not theirs:
        raise Problem(
            HTTPStatus.CONFLICT,
            "They are not on this list by name. The key worker and their cover are by office.",
        )
    await store.remove_entries(work.connection, theirs, reason, actor_id, work.now)
    work.note(found.roster.place.id, {found.household_id})
