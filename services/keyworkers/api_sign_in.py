"""The JSON API, for the portal alone: who somebody is whom their organisation vouches for.

Invariant: it answers about one name, in the body and never in an address, and tells no list. It
does not say whether a name was ever known.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.keyworkers.handlers import Handlers
from services.keyworkers.sign_ins import SignedIn, who_is
from services.kit.app import Service
from services.kit.auth import CallingActor


class SignInBody(BaseModel):
    """``sign_in``: what the directory calls whoever has just signed in there."""

    sign_in: Annotated[str, Field(min_length=1, max_length=200)]


class OfficeView(BaseModel):
    """``role``: key_worker, team_lead, desk, reviewer, operations or privacy_officer; ``id``: with
    which they act; ``where``: the team or desk in words."""

    role: str
    id: str
    name: str
    where: str
    place_id: str


class SignedInView(BaseModel):
    """``person_id``: opaque, None where no place knows them; ``ambiguous``: a place knows two."""

    person_id: str | None
    offices: list[OfficeView]
    ambiguous: bool = False


def create_sign_in_routes(service: Service, handlers: Handlers) -> APIRouter:
    """``/v1/sign-in``."""
    router = APIRouter(prefix="/v1", tags=["sign-in"])

    @router.post("/sign-in")
    async def identify(_: CallingActor, body: SignInBody) -> SignedInView:
        """The roles of one person, in every place."""
        async with service.pool.acquire() as connection:
            rosters = await handlers.rosters.load_all(connection)
        found: list[tuple[str, SignedIn]] = []
        for place_id, roster in rosters.items():
            today = roster.place.calendar.day_of(service.clock())
            found.append((place_id, who_is(roster.sign_ins, body.sign_in, today)))
        if any(who.ambiguous for _, who in found):
            return SignedInView(person_id=None, offices=[], ambiguous=True)
        return SignedInView(
            person_id=next((who.person_id for _, who in found if who.person_id), None),
            offices=[
                OfficeView(role=o.role, id=o.id, name=o.name, where=o.where, place_id=place_id)
                for place_id, who in found
                for o in who.offices
            ],
        )

    return router
