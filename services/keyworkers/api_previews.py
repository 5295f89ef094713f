"""What would follow from what a reviewer or officer is about to say: who would be the key worker,
which referral would open or close. Found by doing it and leaving nothing of it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter
from pydantic import BaseModel, Field

from contracts.codec import Undecodable, decode_event
from contracts.duplication import MatchReviewedV1
from contracts.envelope import Envelope, Event, new_id
from contracts.handovers import AssessmentsMovedV1
from contracts.keyworkers import Recipient
from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1
from contracts.restrictions import AccessChangedV1, HouseholdRestrictedV1
from services.keyworkers.guarding import admit
from services.keyworkers.handlers import Handlers
from services.keyworkers.keeping import households_in
from services.kit.app import Service
from services.kit.auth import CallingActor
from services.kit.consume import Received
from services.kit.errors import Problem, Reject
from services.kit.outbox import Outgoing
from services.kit.work import trial

_SAID = (MatchReviewedV1, HouseholdsLinkedV1, HouseholdsSeparatedV1, HouseholdRestrictedV1)
_SAID_BESIDES = (AccessChangedV1, AssessmentsMovedV1)
"""What nobody is told of, and what whoever looks is about to say themselves."""
_PERSON = ("key_worker", "team_lead", "front_door", "offered_to", "told")


class SaidBody(BaseModel):
    """One event of duplication that has not been sent: what would follow if it were."""

    type: Annotated[str, Field(max_length=100)]
    event: dict[str, Any]


class PreviewBody(BaseModel):
    """Events in order, of one place."""

    place_id: Annotated[str, Field(max_length=63)]
    says: Annotated[tuple[SaidBody, ...], Field(max_length=20)]


class FollowsView(BaseModel):
    """One thing that would follow. ``kind``: the event that would say so, as
    "keyworker.assigned"; ``who``: the person whom it is about or who is told, at work; ``goes_on``:
    an engagement or referral that stays while another ends."""

    kind: str
    household_id: UUID | None = None
    assessment_id: UUID | None = None
    who: str | None = None
    former: str | None = None
    provisional: bool = False
    goes_on: bool = False


def create_preview_routes(service: Service, handlers: Handlers) -> APIRouter:
    """``/v1/previews``. Only Kith's own services may call it."""
    router = APIRouter(prefix="/v1", tags=["previews"])

    @router.post("/previews")
    async def preview(actor: CallingActor, body: PreviewBody) -> list[FollowsView]:
        """What would follow, in order. Nothing of it stays, and nobody is told. Whose a household
        would be is said only to those who may know of it."""
        events = [_event(said) for said in body.says]
        async with service.work() as work:
            await work.lock_place(body.place_id)
            for household_id in sorted(households_in(events)):
                await admit(work.connection, actor, household_id, work.now)
            received = [
                Received(_envelope(body.place_id, event, work.now), event, work.now)
                for event in events
            ]
            async with trial(work) as tried:
                try:
                    outgoing = await handlers.on_households(tried.connection, received)
                except Reject as reject:
                    raise Problem(HTTPStatus.CONFLICT, str(reject)) from None
            names = {
                key_worker.id: key_worker.name
                for roster in (
                    await handlers.rosters.load(work.connection, [body.place_id])
                ).values()
                for key_worker in roster.place.key_workers
            }
        return [
            _follows(one, names) for one in outgoing if not isinstance(one.event, _SAID_BESIDES)
        ]

    return router


def _event(said: SaidBody) -> Event:
    try:
        event = decode_event(said.type, orjson.dumps(said.event))
    except Undecodable as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{error}.") from None
    if not isinstance(event, _SAID):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Nothing is said of households with that.")
    return event


def _envelope(place_id: str, event: Event, now: Any) -> Envelope:
    about = getattr(event, "assessment_id", None)
    return Envelope(
        id=new_id(),
        type=event.TYPE,
        source="/kith/preview",
        time=now,
        subject=event.subject(),
        journey_id=about if isinstance(about, UUID) else new_id(),
        place_id=place_id,
    )


def _follows(one: Outgoing, names: dict[str, str]) -> FollowsView:
    event = one.event
    person = next((p for name in _PERSON if isinstance(p := getattr(event, name, None), Recipient)),
                  None)  # fmt: skip
    cause = getattr(event, "cause", None)
    former = getattr(event, "key_worker_id", None)
    goes_on = getattr(event, "kept_engagement_id", None) or getattr(event, "kept_referral_id", None)
    return FollowsView(
        kind=event.TYPE.removeprefix("kith.keyworkers.").removesuffix(".v1"),
        household_id=getattr(event, "household_id", None),
        assessment_id=getattr(event, "assessment_id", None)
        or getattr(cause, "assessment_id", None),
        who=person.contact.name if person else None,
        former=names.get(former) if isinstance(former, str) else None,
        provisional=bool(getattr(event, "provisional", False)),
        goes_on=goes_on is not None,
    )
