"""Linking and separating over HTTP: shown before, put into effect, taken back. All on record.

``Kith-Actor`` says who, ``Kith-Purpose`` why. ``preview=true`` answers with what would change and
changes nothing. The same request with the same ``id`` is one change.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from contracts.envelope import new_id
from contracts.vocabulary_changes import LinkCause
from services.duplication import linking
from services.duplication.absent import absent
from services.duplication.changes import LINK, SEPARATION, Change, stored
from services.duplication.guarding import admit, hidden_from
from services.duplication.linking import Said
from services.duplication.model import Model
from services.duplication.model_in_force import model_for
from services.duplication.saying import say
from services.duplication.store import linking as store
from services.duplication.store.reading import save_looks
from services.duplication.views import Preview, SaidView
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor
from services.kit.db import Connection, Row
from services.kit.errors import Problem
from services.kit.work import Work, trial


class LinkBody(BaseModel):
    """``household_ids``: the first is kept, the second's id redirects to it from now on.
    ``people``: pairs said to be one person, the second of which is kept. ``id``: the caller's own
    for this request, so that sending it twice is one."""

    household_ids: tuple[UUID, UUID]
    people: Annotated[tuple[tuple[UUID, UUID], ...], Field(max_length=50)] = ()
    id: UUID | None = None


class SeparationBody(BaseModel):
    """``assessment_ids`` leave ``household_id`` for ``to_household_id``, or for a new household.
    ``other_people``: those seen in them are other people than was said; false where the same
    person belongs to both, as a child of separated parents does."""

    household_id: UUID
    assessment_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=500)]
    to_household_id: UUID | None = None
    other_people: bool = True
    id: UUID | None = None


class ChangeView(BaseModel):
    """A link or separation: opaque ids only. ``other_household_id``: retired by a link, or where
    a separation's assessments went. ``person_id``, ``other_person_id``: of a change of people, who
    is kept, and who is retired or split off. ``cannot_links``, ``lifted``, ``must_links``: pairs.
    ``says``: in a preview, what other services would be told."""

    id: UUID
    kind: str
    household_id: UUID
    other_household_id: UUID
    person_id: UUID | None = None
    other_person_id: UUID | None = None
    assessment_ids: tuple[UUID, ...]
    person_ids: tuple[UUID, ...]
    cannot_links: tuple[tuple[UUID, UUID], ...]
    lifted: tuple[tuple[UUID, UUID], ...]
    must_links: tuple[tuple[UUID, UUID], ...]
    undoes: UUID | None = None
    undone_by: UUID | None = None
    cause: str | None = None
    decided_by: str | None = None
    purpose: str | None = None
    decided_at: datetime | None = None
    preview: bool = False
    place_id: str | None = None
    says: tuple[SaidView, ...] = ()


def change_view(change: Change, row: Row | None = None) -> ChangeView:
    """A change as shown: planned, or, with its ``row``, in effect."""
    return ChangeView(
        id=change.id,
        kind=change.kind,
        household_id=change.household_id,
        other_household_id=change.other_household_id,
        person_id=change.person_id,
        other_person_id=change.other_person_id,
        assessment_ids=tuple(a for a, _, _ in change.assessments)
        or tuple(dict.fromkeys(m[0] for m in change.mentions)),
        person_ids=tuple(dict.fromkeys(m[3] for m in change.mentions)),
        cannot_links=change.apart,
        lifted=change.lifted,
        must_links=change.together,
        undoes=change.undoes,
        undone_by=row["undone_by"] if row else None,
        cause=row["cause"] if row else None,
        decided_by=row["decided_by"] if row else None,
        purpose=row["purpose"] if row else None,
        decided_at=row["decided_at"] if row else None,
        preview=row is None,
    )


async def known_change(work: Work, id_: UUID | None) -> ChangeView | None:
    """A change that was made before, as it stands."""
    row = await store.find_change(work.connection, id_) if id_ else None
    return change_view(stored(row), row) if row else None


class Finish(Protocol):
    """Show a change that was prepared, or put it into effect."""

    async def __call__(
        self,
        work: Work,
        place_id: str,
        change: Change,
        cause: LinkCause,
        actor: Actor,
        preview: bool,
    ) -> ChangeView: ...


async def take_back(
    work: Work,
    id_: UUID,
    kind: str,
    actor: Actor,
    *,
    preview: bool,
    lock: Callable[[Work, Change], Awaitable[str]],
    prepare: Callable[[Connection, Change], Awaitable[Change]],
    finish: Finish,
) -> ChangeView:
    """Take a change of ``kind`` back, of households or of people; taken back already: as that
    stands. ``lock`` holds its place, ``prepare`` says what that would change."""
    change = await linking.load_change(work.connection, id_, kind)
    place_id = await lock(work, change)
    row = await store.find_change(work.connection, id_)
    if row is None:
        raise await absent(work.connection, [id_], f"There is no such {kind}.")
    change = stored(row)
    if row["undone_by"] is not None:
        done = await known_change(work, row["undone_by"])
        assert done is not None
        return done
    back = await prepare(work.connection, change)
    return await finish(work, place_id, back, LinkCause.UNDONE, actor, preview)


async def _lock(work: Work, household_ids: list[UUID]) -> str:
    """Hold the households' place, which must be one. Problem 404 for an id unknown, 410 for one
    that was erased."""
    places = await store.find_places(work.connection, household_ids)
    if len(places) < len(set(household_ids)):
        raise await absent(work.connection, household_ids, "There is no such household.")
    if len(set(places.values())) > 1:
        raise Problem(HTTPStatus.CONFLICT, "These households are of two places: never linked.")
    place_id = next(iter(places.values()))
    await work.lock_place(place_id)
    return place_id


def linking_router(service: Service, default: Model) -> APIRouter:
    """The routes under ``/v1`` that link, separate and take back. ``default``: the model of places
    in which no other was put in force."""
    router = APIRouter(prefix="/v1", tags=["links and separations"])

    async def finish(
        work: Work, place_id: str, change: Change, cause: LinkCause, actor: Actor, preview: bool
    ) -> ChangeView:
        touched = [change.household_id, change.other_household_id]
        await admit(work.connection, actor, touched, work.now)
        looks: list[tuple[UUID, str | None]] = [(one, place_id) for one in touched]
        await save_looks(work.connection, work.now, actor, "household", looks)
        model = await model_for(work.connection, place_id, default)
        said = Said(cause, actor.id, actor.purpose, work.now)
        if preview:
            async with trial(work) as tried:
                events = await linking.effect(tried.connection, model, place_id, change, said)
            says = tuple(SaidView(type=e.TYPE, event=e.model_dump(mode="json")) for e in events)
            return change_view(change).model_copy(update={"place_id": place_id, "says": says})
        events = await linking.effect(work.connection, model, place_id, change, said)
        say(work, events, place_id, linking.journey_of(change), change.id)
        return change_view(change, await store.find_change(work.connection, change.id))

    @router.post("/links")
    async def post_link(
        body: LinkBody, actor: CallingActor, preview: Preview = False
    ) -> ChangeView:
        """Say that two households are one, at any time. Linked already: the link as it stands."""
        async with service.work() as work:
            place_id = await _lock(work, list(body.household_ids))
            if found := await known_change(work, body.id):
                return found
            kept, retired = [
                await linking.current_household(work.connection, one) for one in body.household_ids
            ]
            if kept == retired:
                for row in await store.find_changes(work.connection, kept):
                    if row["kind"] == LINK and row["undone_by"] is None:
                        return change_view(stored(row), row)
                raise Problem(HTTPStatus.CONFLICT, "These are one household already.")
            await linking.refuse_alleged(work.connection, kept, retired)
            named = [one for pair in body.people for one in pair]
            people = await store.find_people(work.connection, named)
            if len(people) < len(set(named)):
                raise await absent(work.connection, named, "There is no such person.")
            joined = {people[a]: people[b] for a, b in body.people if people[a] != people[b]}
            if set(joined) & set(joined.values()):
                raise Problem(
                    HTTPStatus.UNPROCESSABLE_ENTITY, "Name each person who goes only once."
                )
            change = await linking.prepare_link(
                work.connection, body.id or new_id(), kept, retired, joined
            )
            return await finish(work, place_id, change, LinkCause.OFFICER, actor, preview)

    @router.post("/separations")
    async def post_separation(
        body: SeparationBody, actor: CallingActor, preview: Preview = False
    ) -> ChangeView:
        """Say that assessments are of another household. The matcher never puts them back."""
        async with service.work() as work:
            ids = [body.household_id, *([body.to_household_id] if body.to_household_id else [])]
            place_id = await _lock(work, ids)
            if found := await known_change(work, body.id):
                return found
            current = [await linking.current_household(work.connection, one) for one in ids]
            if len(current) > 1 and current[0] == current[1]:
                raise Problem(HTTPStatus.CONFLICT, "These are one household: name another.")
            change = await linking.prepare_separation(
                work.connection,
                body.id or new_id(),
                current[0],
                body.assessment_ids,
                current[1] if len(current) > 1 else None,
                other_people=body.other_people,
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
                lock=lambda work, change: _lock(work, [change.household_id]),
                prepare=linking.prepare_undo,
                finish=finish,
            )

    @router.post("/links/{link_id}/undo")
    @router.delete("/links/{link_id}")
    async def undo_link(link_id: UUID, actor: CallingActor, preview: Preview = False) -> ChangeView:
        """Take a link back: the retired household stands again, with all that came with it."""
        return await undo(link_id, LINK, actor, preview)

    @router.post("/separations/{separation_id}/undo")
    @router.delete("/separations/{separation_id}")
    async def undo_separation(
        separation_id: UUID, actor: CallingActor, preview: Preview = False
    ) -> ChangeView:
        """Take a separation back: the assessments, and their people, return."""
        return await undo(separation_id, SEPARATION, actor, preview)

    @router.get("/households/{household_id}/changes")
    async def list_changes(household_id: UUID, actor: CallingActor) -> list[ChangeView]:
        """Links and separations of a household, newest first, and who said so."""
        async with service.work() as work:
            current = await linking.current_household(work.connection, household_id)
            hidden = await hidden_from(work.connection, actor, [current], work.now)
            await save_looks(
                work.connection,
                work.now,
                actor,
                "household",
                [(current, None)],
                hidden,
            )
            rows = [] if hidden else await store.find_changes(work.connection, household_id)
            others = {row[side] for row in rows for side in ("household_id", "other_household_id")}
            covered = await hidden_from(work.connection, actor, others, work.now)
            return [
                change_view(stored(row), row)
                for row in rows
                if not {row["household_id"], row["other_household_id"]} & set(covered)
            ]

    return router
