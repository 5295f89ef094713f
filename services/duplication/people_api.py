"""Linking and separating people over HTTP, at any time: shown before, and taken back.

As :mod:`services.duplication.linking_api` does with households, which stay as they are here.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from contracts.envelope import new_id
from contracts.vocabulary_changes import LinkCause
from services.duplication import linking, people_linking
from services.duplication.absent import absent
from services.duplication.changes import Change
from services.duplication.guarding import admit, hidden_from
from services.duplication.linking import Said
from services.duplication.linking_api import ChangeView, change_view, known_change, take_back
from services.duplication.model import Model
from services.duplication.model_in_force import model_for
from services.duplication.people_changes import PEOPLE_LINK, PEOPLE_SEPARATION
from services.duplication.store import linking as store
from services.duplication.store import reading
from services.duplication.views import Preview, display_name
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor
from services.kit.errors import Problem
from services.kit.work import Work


class PeopleLinkBody(BaseModel):
    """``person_ids``: the first is kept, the second's id resolves to it from now on. ``id``: the
    caller's own for this request, so that sending it twice is one."""

    person_ids: tuple[UUID, UUID]
    id: UUID | None = None


class PeopleSeparationBody(BaseModel):
    """Whoever is ``person_id`` in ``assessment_ids`` is ``to_person_id``, or somebody new."""

    person_id: UUID
    assessment_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=500)]
    to_person_id: UUID | None = None
    id: UUID | None = None


class MentionView(BaseModel):
    """A person in one assessment, as its agency wrote them."""

    assessment_id: UUID
    household_id: UUID
    agency_id: str
    received_at: datetime
    name: str | None
    born: str | None


class PersonView(BaseModel):
    """A person and every mention of them, in this household and others, the first first."""

    person_id: UUID
    mentions: tuple[MentionView, ...]


def people_router(service: Service, default: Model) -> APIRouter:
    """The routes that link and separate people and take that back, and who is in a household."""
    router = APIRouter(prefix="/v1", tags=["links and separations"])

    async def lock(work: Work, person_ids: list[UUID]) -> str:
        places = await reading.find_places_of_people(work.connection, person_ids)
        if len(places) < len(set(person_ids)):
            raise await absent(work.connection, person_ids, "There is no such person.")
        if len(set(places.values())) > 1:
            raise Problem(HTTPStatus.CONFLICT, "These people are of two places: never linked.")
        place_id = next(iter(places.values()))
        await work.lock_place(place_id)
        return place_id

    async def finish(
        work: Work, place_id: str, change: Change, cause: LinkCause, actor: Actor, preview: bool
    ) -> ChangeView:
        touched = list(dict.fromkeys((change.household_id, change.other_household_id)))
        seen_in = await people_linking.households_of(work.connection, change)
        await admit(work.connection, actor, {*touched, *seen_in}, work.now)
        looks: list[tuple[UUID, str | None]] = [(household, place_id) for household in touched]
        await reading.save_looks(work.connection, work.now, actor, "household", looks)
        if preview:
            return change_view(change)
        model = await model_for(work.connection, place_id, default)
        said = Said(cause, actor.id, actor.purpose, work.now)
        await people_linking.effect(work.connection, model, place_id, change, said)
        return change_view(change, await store.find_change(work.connection, change.id))

    @router.post("/people/links")
    async def post_link(
        body: PeopleLinkBody, actor: CallingActor, preview: Preview = False
    ) -> ChangeView:
        """Say that two people are one. Their households stay as they are."""
        async with service.work() as work:
            place_id = await lock(work, list(body.person_ids))
            if found := await known_change(work, body.id):
                return found
            kept, retired = await people_linking.current_people(work.connection, body.person_ids)
            if kept == retired:
                raise Problem(HTTPStatus.CONFLICT, "These are one person already.")
            change = await people_linking.prepare_people_link(
                work.connection, body.id or new_id(), kept, retired
            )
            return await finish(work, place_id, change, LinkCause.OFFICER, actor, preview)

    @router.post("/people/separations")
    async def post_separation(
        body: PeopleSeparationBody, actor: CallingActor, preview: Preview = False
    ) -> ChangeView:
        """Say that a person is somebody else in some assessments. The matcher never puts the two
        together again."""
        async with service.work() as work:
            named = [body.person_id, *([body.to_person_id] if body.to_person_id else [])]
            place_id = await lock(work, named)
            if found := await known_change(work, body.id):
                return found
            current = await people_linking.current_people(work.connection, named)
            if len(current) > 1 and current[0] == current[1]:
                raise Problem(HTTPStatus.CONFLICT, "These are one person: name another.")
            change = await people_linking.prepare_people_separation(
                work.connection,
                body.id or new_id(),
                current[0],
                body.assessment_ids,
                current[1] if len(current) > 1 else None,
            )
            return await finish(work, place_id, change, LinkCause.OFFICER, actor, preview)

    async def undo(id_: UUID, kind: str, actor: Actor, preview: bool) -> ChangeView:
        async with service.work() as work:
            return await take_back(
                work,
                id_,
                kind,
                actor,
                preview=preview,
                lock=lambda work, change: lock(work, [one for one in (change.person_id,) if one]),
                prepare=people_linking.prepare_people_undo,
                finish=finish,
            )

    @router.post("/people/links/{link_id}/undo")
    @router.delete("/people/links/{link_id}")
    async def undo_link(link_id: UUID, actor: CallingActor, preview: Preview = False) -> ChangeView:
        """Take a link of two people back: each is who they were."""
        return await undo(link_id, PEOPLE_LINK, actor, preview)

    @router.post("/people/separations/{separation_id}/undo")
    @router.delete("/people/separations/{separation_id}")
    async def undo_separation(
        separation_id: UUID, actor: CallingActor, preview: Preview = False
    ) -> ChangeView:
        """Take a separation of people back: they are one person again."""
        return await undo(separation_id, PEOPLE_SEPARATION, actor, preview)

    @router.get("/households/{household_id}/people")
    async def list_people(household_id: UUID, actor: CallingActor) -> list[PersonView]:
        """Everybody who was ever seen in a household, mention by mention: of households that
        whoever asks may know of."""
        async with service.work() as work:
            current = await linking.current_household(work.connection, household_id)
            (row,) = await reading.find_households(work.connection, [current])
            look: list[tuple[UUID, str | None]] = [(current, row["place_id"])]
            hidden = await hidden_from(work.connection, actor, [current], work.now)
            await reading.save_looks(work.connection, work.now, actor, "household", look, hidden)
            found = (
                [] if hidden else await reading.find_mentions_of_people(work.connection, current)
            )
            elsewhere = await hidden_from(
                work.connection, actor, {m["household_id"] for m in found}, work.now
            )
            rows = [m for m in found if m["household_id"] not in elsewhere]
        people: dict[UUID, list[MentionView]] = {}
        for mention in rows:
            people.setdefault(mention["person_id"], []).append(
                MentionView(
                    assessment_id=mention["assessment_id"],
                    household_id=mention["household_id"],
                    agency_id=mention["agency_id"],
                    received_at=mention["received_at"],
                    name=display_name(mention["as_given"]),
                    born=mention["as_given"].get("date_of_birth"),
                )
            )
        return [PersonView(person_id=id_, mentions=tuple(m)) for id_, m in people.items()]

    return router
