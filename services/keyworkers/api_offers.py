"""The JSON API of offers: what is offered to a team, and claiming it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from contracts.vocabulary import Severity
from services.keyworkers import store, store_offers
from services.keyworkers.assigning import give, ranking_for
from services.keyworkers.gathering import add_loads
from services.keyworkers.guarding import hidden_in
from services.keyworkers.handlers import Handlers
from services.keyworkers.roster import Roster
from services.keyworkers.situation import Situation
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.db import Row
from services.kit.errors import Problem


class OfferView(BaseModel):
    """A household that any member of the team may claim until ``claim_by``. ``hidden``: by its
    reference alone."""

    offer_id: UUID
    household_id: UUID
    team_id: str
    team_name: str
    severity: Severity
    re_referral: bool
    offered_at: datetime
    claim_by: datetime
    hidden: bool = False


class Claimed(BaseModel):
    """The household is the claimer's from now on."""

    engagement_id: UUID
    household_id: UUID
    key_worker_id: str


def create_offer_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The routes under ``/v1``. Only Kith's own services may call them."""
    router = APIRouter(prefix="/v1", tags=["offers"])

    @router.get("/offers")
    async def list_offers(
        actor: CallingActor, team_id: str | None = None, key_worker_id: str | None = None
    ) -> list[OfferView]:
        """What is offered to a team, or to a key worker's own; the first to end first.

        A household with which the key worker has a conflict of interest is not among them.
        """
        if (team_id is None) == (key_worker_id is None):
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Name either team_id or key_worker_id.")
        found: list[OfferView] = []
        async with service.pool.acquire() as connection:
            for roster in (await handlers.rosters.load_all(connection)).values():
                known = roster.key_workers.get(key_worker_id or "")
                team = roster.teams.get(known.team if known else team_id or "")
                if team is None:
                    continue
                rows = await store_offers.find_offers(
                    connection, roster.place.id, team.id, key_worker_id
                )
                hidden = await hidden_in(connection, actor, rows, service.clock())
                found += [
                    OfferView(
                        **(dict(row) | by_reference(row, hidden)),
                        offer_id=row["referral_id"],
                        offered_at=row["opened_at"],
                        team_name=team.name,
                    )
                    for row in rows
                ]
        return found

    @router.post("/offers/{offer_id}/claim")
    async def claim(actor: CallingActor, offer_id: UUID) -> Claimed:
        """Take an offered household. The first of the team to claim it has it."""
        async with service.work() as work:
            place_id = await store_offers.find_place(work.connection, offer_id)
            if place_id is None:
                raise Problem(HTTPStatus.NOT_FOUND, "There is no offer with this id.")
            await work.lock_place(place_id)
            if not await store_offers.is_open(work.connection, offer_id):
                raise Problem(
                    HTTPStatus.CONFLICT, "Somebody has this household by now, or it was assigned."
                )
            roster = (await handlers.rosters.load(work.connection, [place_id]))[place_id]
            referral = await store.load_referral(work.connection, offer_id)
            _member_of(roster, referral.team_id, actor.id)
            known = {referral.household_id, *referral.known_households}
            situation = Situation(
                roster, engagements=await store.load_engagements(work.connection, known)
            )
            teams = {place_id: {referral.team_id}}
            await add_loads(work.connection, {place_id: situation}, teams)
            ranking = ranking_for(situation, referral, work.now)
            mine = next(r for r in ranking if r.key_worker_id == actor.id)
            if not mine.eligible:
                raise Problem(
                    HTTPStatus.CONFLICT,
                    f"You cannot claim it: {roster.key_workers[actor.id].name} {mine.reasons[0]}.",
                )
            engagement, emission = give(situation, referral, mine, ranking, work.now, claimed=True)
            await handlers.save(work, situation, [emission])
        return Claimed(
            engagement_id=engagement.engagement_id,
            household_id=engagement.household_id,
            key_worker_id=engagement.key_worker_id,
        )

    return router


def by_reference(row: Row, hidden: Collection[UUID]) -> dict[str, Any]:
    """What is said otherwise of a household that whoever asks may not know of."""
    return {"re_referral": False, "hidden": True} if row["household_id"] in hidden else {}


def _member_of(roster: Roster, team_id: str, who: str) -> None:
    if who not in {member.id for member in roster.members[team_id]}:
        raise Problem(
            HTTPStatus.FORBIDDEN, f"Only a member of {roster.teams[team_id].name} can claim it."
        )
