"""The JSON API: who works with whom, who waits, and ending the work with a household."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from contracts.handovers import EngagementEndedV1
from services.keyworkers import (
    store_handovers,
    store_lifting,
    store_linking,
    store_places,
    store_reading,
)
from services.keyworkers.guarding import (
    bare,
    held_by_reference,
    hidden_in,
    look_at,
    refuse_erased,
    waiting_by_reference,
    without_worker,
)
from services.keyworkers.handlers import Handlers
from services.keyworkers.presenting import (
    household_page,
    key_worker_page,
    key_worker_view,
    place_view,
    team_page,
    team_view,
    waiting_view,
)
from services.keyworkers.roster import Roster
from services.keyworkers.views import (
    Closed,
    Closing,
    Counts,
    HeldBody,
    HeldView,
    HouseholdPage,
    KeyWorkerPage,
    KeyWorkerView,
    PlaceView,
    TeamPage,
    TeamView,
    VersionView,
    WaitingView,
)
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import Connection
from services.kit.errors import Problem


def create_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The routes under ``/v1``. Only Kith's own services may call them."""
    router = APIRouter(prefix="/v1", tags=["key workers"])

    @asynccontextmanager
    async def reading(
        place_id: str | None = None,
    ) -> AsyncIterator[tuple[Connection, list[Roster]]]:
        async with service.pool.acquire() as connection:
            known = await store_places.find_places(connection)
            wanted = [p for p in known if place_id in {None, p}]
            rosters = await handlers.rosters.load(connection, wanted)
            yield connection, list(rosters.values())

    @router.get("/keyworkers")
    async def list_key_workers(_: CallingActor, place_id: str | None = None) -> list[KeyWorkerView]:
        """Every key worker, by name."""
        found: list[KeyWorkerView] = []
        async with reading(place_id) as (connection, rosters):
            for roster in rosters:
                caseloads = await store_reading.find_caseloads(connection, roster.place.id)
                now = service.clock()
                found += [
                    key_worker_view(roster, k, caseloads, now) for k in roster.place.key_workers
                ]
        return sorted(found, key=lambda k: (k.name, k.id))

    @router.get("/keyworkers/{key_worker_id}")
    async def read_key_worker(actor: CallingActor, key_worker_id: str) -> KeyWorkerPage:
        """One key worker and their active engagements, newest first: those that may be shown."""
        async with reading() as (connection, rosters):
            roster = _with(rosters, "key_workers", key_worker_id, "key worker")
            rows = await store_reading.find_active_of(connection, roster.place.id, key_worker_id)
            hidden = await hidden_in(connection, actor, rows, service.clock())
        page = key_worker_page(roster, roster.key_workers[key_worker_id], rows, service.clock())
        shown = [e for e in page.engagements if e.household_id not in hidden]
        return page.model_copy(update={"engagements": shown})

    @router.get("/teams")
    async def list_teams(_: CallingActor, place_id: str | None = None) -> list[TeamView]:
        """Every team, by name, with what it carries and how many wait."""
        found: list[TeamView] = []
        async with reading(place_id) as (connection, rosters):
            for roster in rosters:
                caseloads = await store_reading.find_caseloads(connection, roster.place.id)
                waiting = await store_reading.find_waiting_counts(connection, roster.place.id)
                found += [team_view(roster, t, caseloads, waiting) for t in roster.place.teams]
        return sorted(found, key=lambda t: (t.name, t.id))

    @router.get("/teams/{team_id}")
    async def read_team(actor: CallingActor, team_id: str) -> TeamPage:
        """One team: members, caseloads, waiting list."""
        async with reading() as (connection, rosters):
            roster = _with(rosters, "teams", team_id, "team")
            place_id = roster.place.id
            caseloads = await store_reading.find_caseloads(connection, place_id)
            waiting = await store_reading.find_waiting_counts(connection, place_id)
            rows = await store_reading.find_waiting(connection, place_id, team_id)
            hidden = await hidden_in(connection, actor, rows, service.clock())
        team = roster.teams[team_id]
        page = team_page(roster, team, caseloads, waiting, rows, service.clock())
        shown = [waiting_by_reference(view, hidden) for view in page.waiting_list]
        return page.model_copy(update={"waiting_list": shown})

    @router.get("/teams/{team_id}/engagements")
    async def list_engagements(actor: CallingActor, team_id: str) -> list[HeldView]:
        """The households that a team's members work with, by member."""
        async with reading() as (connection, rosters):
            roster = _with(rosters, "teams", team_id, "team")
            members = [member.id for member in roster.members[team_id]]
            rows = await store_reading.find_active_of_team(connection, roster.place.id, members)
            hidden = await hidden_in(connection, actor, rows, service.clock())
        views = [HeldView.model_validate(dict(row)) for row in rows]
        return held_by_reference(views, hidden, by_lead=actor.id == team_id)

    @router.post("/engagements/find")
    async def find_engagements(actor: CallingActor, body: HeldBody) -> list[HeldView]:
        """The active engagements of these households; those that have none are left out. Whose a
        household is that whoever asks may not know of is not said."""
        async with service.pool.acquire() as connection:
            rows = await store_reading.find_active_of_households(connection, body.household_ids)
            hidden = await hidden_in(connection, actor, rows, service.clock())
        return [without_worker(HeldView.model_validate(dict(row)), hidden) for row in rows]

    @router.get("/households/{household_id}/engagement")
    async def read_household(actor: CallingActor, household_id: UUID) -> HouseholdPage:
        """The active engagement, earlier ones, referrals and assessments, newest first.

        A household that has had nobody answers with empty lists; a retired id with the household
        that it stands for now. Whoever may not know of a restricted one learns whom to call. 410
        for one that was erased.
        """
        async with reading() as (connection, rosters):
            kept = await store_linking.find_current(connection, household_id)
            await refuse_erased(connection, kept, household_id)
            household_id = kept
            hidden = await look_at(connection, actor, household_id, service.clock())
            if hidden is not None:
                return bare(household_id, hidden)
            engagements = await store_reading.find_engagements(connection, household_id)
            referrals = await store_reading.find_referrals(connection, household_id)
            routes = await store_reading.find_routes(connection, household_id)
            lifted_at = await store_lifting.find_lifted_at(connection, household_id)
        by_place = {roster.place.id: roster for roster in rosters}
        page = household_page(household_id, by_place, engagements, referrals, routes)
        return page.model_copy(update={"lifted_at": lifted_at})

    @router.get("/waiting-list")
    async def list_waiting(
        actor: CallingActor, place_id: str | None = None, team_id: str | None = None
    ) -> list[WaitingView]:
        """Households that wait, in turn: most urgent, then oldest."""
        found: list[WaitingView] = []
        async with reading(place_id) as (connection, rosters):
            for roster in rosters:
                rows = await store_reading.find_waiting(connection, roster.place.id, team_id)
                hidden = await hidden_in(connection, actor, rows, service.clock())
                found += [waiting_by_reference(waiting_view(roster, row), hidden) for row in rows]
        return found

    @router.post("/engagements/{engagement_id}/close")
    async def close(actor: CallingActor, engagement_id: UUID, closing: Closing) -> Closed:
        """End the work with a household. Whoever waits for the team is given the room at once."""
        async with service.work() as work:
            place_id = await store_reading.find_place_of_engagement(work.connection, engagement_id)
            if place_id is None:
                raise Problem(HTTPStatus.NOT_FOUND, "There is no engagement with this id.")
            await work.lock_place(place_id)
            row = await store_reading.close_engagement(
                work.connection, engagement_id, closing.reason, actor.id, work.now
            )
            if row is None:
                raise Problem(HTTPStatus.CONFLICT, "This engagement has ended already.")
            await store_handovers.withdraw_of(work.connection, engagement_id, work.now)
            roster = (await handlers.rosters.load(work.connection, [place_id]))[place_id]
            team_id = roster.key_workers[row["key_worker_id"]].team
            ended = EngagementEndedV1(
                engagement_id=engagement_id,
                referral_id=row["referral_id"],
                household_id=row["household_id"],
                key_worker_id=row["key_worker_id"],
                reason=closing.kind,
                ended_at=row["ended_at"],
            )
            work.emit(
                ended, place_id=place_id, journey_id=row["assessment_id"], cause=engagement_id
            )
            await handlers.serve_waiting(work, place_id, [team_id])
        return Closed(
            engagement_id=engagement_id,
            household_id=row["household_id"],
            ended_at=row["ended_at"],
        )

    @router.get("/places")
    async def list_places(_: CallingActor) -> list[PlaceView]:
        """Every place that is loaded."""
        async with reading() as (_connection, rosters):
            return [place_view(roster) for roster in rosters]

    @router.get("/places/{place_id}")
    async def read_place(_: CallingActor, place_id: str) -> PlaceView:
        """Names, calendar, deadlines and desks of one place."""
        async with reading(place_id) as (_connection, rosters):
            if not rosters:
                raise Problem(HTTPStatus.NOT_FOUND, "There is no place with this id.")
            return place_view(rosters[0])

    @router.get("/places/{place_id}/versions")
    async def list_versions(_: CallingActor, place_id: str) -> list[VersionView]:
        """The versions of the place file that were ever in force, the latest first."""
        async with service.pool.acquire() as connection:
            rows = await store_places.find_versions(connection, place_id)
        if not rows:
            raise Problem(HTTPStatus.NOT_FOUND, "There is no place with this id.")
        return [VersionView.model_validate(dict(row)) for row in rows]

    @router.get("/counts")
    async def read_counts(_: CallingActor, place_id: str | None = None) -> Counts:
        """Referrals opened and avoided, contacts routed, who waits."""
        async with service.pool.acquire() as connection:
            row = await store_reading.find_counts(connection, place_id)
        return Counts.model_validate(dict(row))

    return router


def _with(rosters: Sequence[Roster], kind: str, id_: str, what: str) -> Roster:
    for roster in rosters:
        entries: dict[str, Any] = getattr(roster, kind)
        if id_ in entries:
            return roster
    raise Problem(HTTPStatus.NOT_FOUND, f"There is no {what} with this id.")
