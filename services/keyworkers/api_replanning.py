"""The JSON API of re-planning: looked at first, then proposed; nothing changes until accepted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from contracts.envelope import derive_id, new_id
from contracts.vocabulary import Severity
from contracts.vocabulary_changes import ChangeReason
from services.keyworkers import (
    handovers,
    store,
    store_handovers,
    store_replanning,
)
from services.keyworkers.gathering import add_loads
from services.keyworkers.handlers import Handlers
from services.keyworkers.replanning import Household, Plan, plan
from services.keyworkers.roster import Roster
from services.keyworkers.situation import Situation
from services.kit.access import find_hidden
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import Connection
from services.kit.errors import Problem
from services.kit.work import Work


class MoveView(BaseModel):
    """Whom to ask for a household. ``rank``: their place in its own ranking; ``reasons``: why."""

    engagement_id: UUID
    household_id: UUID
    severity: Severity
    to_key_worker_id: str
    to_name: str
    rank: int
    reasons: list[str]


class LeftView(BaseModel):
    """A household for which nobody of the team can be asked, and why; it stays where it is."""

    engagement_id: UUID
    household_id: UUID
    severity: Severity
    reasons: list[str]


class PlanView(BaseModel):
    """``digest``: pass it on to have just this proposed."""

    key_worker_id: str
    digest: str
    moves: list[MoveView]
    left: list[LeftView]


class Applying(BaseModel):
    """The plan that was looked at, and why the households move on."""

    digest: str
    reason: Literal[ChangeReason.LEAVING, ChangeReason.LONG_ABSENCE]


class Proposed(BaseModel):
    """The handovers that wait for an answer now."""

    handover_ids: list[UUID]


def create_replanning_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The routes under ``/v1``. Only Kith's own services may call them."""
    router = APIRouter(prefix="/v1", tags=["re-planning"])

    @router.get("/keyworkers/{key_worker_id}/replanning")
    async def preview(actor: CallingActor, key_worker_id: str) -> PlanView:
        """Whom to ask for each of their households, all planned together. Changes nothing."""
        async with service.pool.acquire() as connection:
            roster = await handlers.rosters.find_of(connection, key_worker_id)
            found = await _plan(connection, roster, key_worker_id, service)
            ids = [m.household.referral.household_id for m in found.moves]
            ids += [one.referral.household_id for one, _ in found.left]
            hidden = await find_hidden(connection, actor.id, ids, service.clock())
        team_id = roster.key_workers[key_worker_id].team
        if hidden and actor.id not in {team_id, *roster.place.privacy_officers}:
            raise Problem(
                HTTPStatus.FORBIDDEN, "There are restricted households: the team's lead plans them."
            )
        return _shown(roster, key_worker_id, found, hidden)

    @router.post("/keyworkers/{key_worker_id}/replanning", status_code=HTTPStatus.CREATED)
    async def apply(actor: CallingActor, key_worker_id: str, applying: Applying) -> Proposed:
        """Propose the plan: each who is asked accepts or declines. 409 where it has changed.

        Their team's lead proposes it; 403 for anybody else.
        """
        async with service.work() as work:
            place_id = (await handlers.rosters.find_of(work.connection, key_worker_id)).place.id
            await work.lock_place(place_id)
            roster = await handlers.rosters.find_of(work.connection, key_worker_id)
            if actor.id != roster.key_workers[key_worker_id].team:
                raise Problem(
                    HTTPStatus.FORBIDDEN, "The lead of their team plans a caseload anew. Ask them."
                )
            found = await _plan(work.connection, roster, key_worker_id, service)
            if found.digest != applying.digest:
                raise Problem(
                    HTTPStatus.CONFLICT,
                    "Something has changed since you looked: look at the plan again.",
                )
            return await _propose(work, roster, found, applying.reason, actor.id)

    return router


async def _plan(
    connection: Connection, roster: Roster, key_worker_id: str, service: Service
) -> Plan:
    place_id = roster.place.id
    households = await store_replanning.load_households(connection, place_id, key_worker_id)
    known = {h.referral.household_id for h in households}
    known |= {h for household in households for h in household.referral.known_households}
    situation = Situation(roster, engagements=await store.load_engagements(connection, known))
    team = roster.key_workers[key_worker_id].team
    await add_loads(connection, {place_id: situation}, {place_id: {team}})
    members = [member.id for member in roster.members[team]]
    proposed = await store_replanning.count_proposed(connection, place_id, members)
    return plan(situation, households, key_worker_id, proposed, service.clock())


async def _propose(
    work: Work, roster: Roster, found: Plan, reason: ChangeReason, by: str
) -> Proposed:
    """Ask everybody at once; the caller holds the place's lock, under which the plan was made."""
    asked_in = new_id()
    to = {move.household.engagement_id: move.to for move in found.moves}
    engagements = await store_handovers.find_engagements(work.connection, list(to))
    proposals = [
        handovers.proposed(
            roster, engagements[id_], derive_id(asked_in, id_), asked, reason, by, work.now
        )
        for id_, asked in to.items()
    ]
    await store_handovers.add_handovers(work.connection, roster.place.id, proposals, work.now)
    for event in proposals:
        about = engagements[event.engagement_id]
        handovers.emit(work, roster, event, event.handover_id, about)
    return Proposed(handover_ids=[event.handover_id for event in proposals])


def _shown(roster: Roster, key_worker_id: str, found: Plan, hidden: Collection[UUID]) -> PlanView:
    def about(household: Household) -> dict[str, object]:
        return {
            "engagement_id": household.engagement_id,
            "household_id": household.referral.household_id,
            "severity": household.referral.severity,
        }

    return PlanView.model_validate(
        {
            "key_worker_id": key_worker_id,
            "digest": found.digest,
            "moves": [
                about(move.household)
                | {
                    "to_key_worker_id": move.to,
                    "to_name": roster.key_workers[move.to].name,
                    "rank": move.rank,
                    "reasons": _why(move.household, move.reasons, hidden),
                }
                for move in found.moves
            ],
            "left": [about(one) | {"reasons": _why(one, why, hidden)} for one, why in found.left],
        }
    )


def _why(household: Household, reasons: Sequence[str], hidden: Collection[UUID]) -> list[str]:
    """What a reason says of a household is not said of one that whoever asks may not know of."""
    return [] if household.referral.household_id in hidden else list(reasons)
