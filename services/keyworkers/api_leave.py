"""The JSON API of leave: arranging it, ending it early, and what was arranged."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from contracts.envelope import new_id
from services.keyworkers import leave, store_leave, store_reading
from services.keyworkers.handlers import Handlers
from services.keyworkers.roster import Arranged
from services.keyworkers.working_time import Weekday
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import Connection
from services.kit.errors import Problem


class Wanted(BaseModel):
    """Away from ``first`` to ``last``, both included. ``cover``: a key worker's id.

    Without ``cover`` the next of the team who is there throughout stands in; where nobody is,
    alerts go to the team lead next.
    """

    first: date
    last: date
    cover: str | None = None


class LeaveView(BaseModel):
    """One leave. ``cover`` None: nobody of the team was there throughout."""

    leave_id: UUID
    key_worker_id: str
    first: date
    last: date
    cover: str | None
    arranged_by: str
    arranged_at: datetime
    ended_by: str | None
    ended_at: datetime | None


class Cover(BaseModel):
    """Somebody who is not away then. ``not_on``: the weekdays of that time on which they do not
    work all the same; the next of the team who does is told then."""

    id: str
    name: str
    caseload: float
    capacity: int
    not_on: list[Weekday]


class LeaveLook(BaseModel):
    """What would follow. ``cover``: who stands in, None where nobody is there and the team lead is
    told next; ``covers``: who could; ``households``: how many the key worker walks beside;
    ``is_long``: they should be planned anew instead; ``begun``: it begins today or before."""

    first: date
    last: date
    days: int
    cover: Cover | None
    covers: list[Cover]
    households: int
    is_long: bool
    begun: bool


def create_leave_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The routes under ``/v1``. Only Kith's own services may call them."""
    router = APIRouter(prefix="/v1", tags=["leave"])

    async def shown(connection: Connection, place_id: str, id_: str) -> list[LeaveView]:
        rows = await store_leave.find_leaves(connection, place_id, id_)
        return [LeaveView.model_validate(dict(row)) for row in rows]

    @router.get("/keyworkers/{key_worker_id}/leave")
    async def list_leave(_: CallingActor, key_worker_id: str) -> list[LeaveView]:
        """A key worker's arranged leave, the latest first. What the place file says is not here."""
        async with service.pool.acquire() as connection:
            roster = await handlers.rosters.find_of(connection, key_worker_id)
            return await shown(connection, roster.place.id, key_worker_id)

    @router.post("/keyworkers/{key_worker_id}/leave", status_code=HTTPStatus.CREATED)
    async def arrange(actor: CallingActor, key_worker_id: str, wanted: Wanted) -> LeaveView:
        """Arrange leave and who stands in: no new household, and alerts go to both meanwhile."""
        async with service.work() as work:
            place_id = (await handlers.rosters.find_of(work.connection, key_worker_id)).place.id
            await work.lock_place(place_id)
            roster = await handlers.rosters.find_of(work.connection, key_worker_id)
            asked = leave.Asked(key_worker_id, wanted.first, wanted.last, wanted.cover)
            if why := leave.refusal(roster, asked, roster.working_day(work.now)):
                raise Problem(HTTPStatus.CONFLICT, why)
            id_ = new_id()
            arranged = Arranged(
                key_worker_id, asked.first, asked.last, leave.cover_of(roster, asked)
            )
            await store_leave.save_leave(
                work.connection, place_id, id_, arranged, actor.id, work.now
            )
            if event := leave.cover_arranged(roster, id_, arranged):
                work.emit(event, place_id=place_id, journey_id=id_, cause=id_)
            views = await shown(work.connection, place_id, key_worker_id)
        return next(view for view in views if view.leave_id == id_)

    @router.post("/keyworkers/{key_worker_id}/leave/look")
    async def look(_: CallingActor, key_worker_id: str, wanted: Wanted) -> LeaveLook:
        """What would follow from this leave. Changes nothing; 409 where it cannot be arranged."""
        async with service.pool.acquire() as connection:
            roster = await handlers.rosters.find_of(connection, key_worker_id)
            asked = leave.Asked(key_worker_id, wanted.first, wanted.last, wanted.cover)
            today = roster.working_day(service.clock())
            if why := leave.refusal(roster, asked, today):
                raise Problem(HTTPStatus.CONFLICT, why)
            caseloads = await store_reading.find_caseloads(connection, roster.place.id)
            held = await store_reading.find_active_of_team(
                connection, roster.place.id, [key_worker_id]
            )

        def as_cover(id_: str) -> Cover:
            person = roster.key_workers[id_]
            return Cover(
                id=id_,
                name=person.name,
                caseload=caseloads.get(id_, 0.0),
                capacity=roster.limit_of(person),
                not_on=list(leave.days_off(roster, id_, asked)),
            )

        cover = leave.cover_of(roster, asked)
        days = (asked.last - asked.first).days + 1
        return LeaveLook(
            first=asked.first,
            last=asked.last,
            days=days,
            cover=as_cover(cover) if cover else None,
            covers=[as_cover(id_) for id_ in leave.covers_of(roster, asked)],
            households=len(held),
            is_long=days >= leave.LONG_ABSENCE_DAYS,
            begun=asked.first <= today,
        )

    @router.post("/leave/{leave_id}/end")
    async def end(actor: CallingActor, leave_id: UUID) -> LeaveView:
        """They are back early, or will not be away: cover ends, and alerts are theirs alone."""
        async with service.work() as work:
            place_id = await store_leave.find_place(work.connection, leave_id)
            if place_id is None:
                raise Problem(HTTPStatus.NOT_FOUND, "There is no leave with this id.")
            await work.lock_place(place_id)
            arranged = await store_leave.end_leave(
                work.connection, place_id, leave_id, actor.id, work.now
            )
            if arranged is None:
                raise Problem(HTTPStatus.CONFLICT, "This leave was ended before.")
            roster = (await handlers.rosters.load(work.connection, [place_id]))[place_id]
            if event := leave.cover_ended(roster, leave_id, arranged, work.now):
                work.emit(
                    event, place_id=place_id, journey_id=leave_id, cause=leave_id, parts=("ended",)
                )
            views = await shown(work.connection, place_id, arranged.key_worker_id)
        return next(view for view in views if view.leave_id == leave_id)

    return router
