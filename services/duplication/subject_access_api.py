"""Requests for what is held about a person, over HTTP: whom they are about, what that is, and the
record of every copy that left. For a privacy officer of the place alone, and every look is kept.

Personal data is asked for by POST: in no address, and in no access log.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from contracts.assessments import Identifier, Person
from services.duplication.absent import absent
from services.duplication.guarding import hidden_from
from services.duplication.known import best_known
from services.duplication.model import Model
from services.duplication.model_in_force import model_for
from services.duplication.review_views import sides_of
from services.duplication.seeking import seek
from services.duplication.store import linking, reading
from services.duplication.store import subject_access as store
from services.duplication.subject_access import (
    Sorted,
    changes,
    decided,
    found_view,
    matched_by,
    question,
    records,
    sort_mentions,
)
from services.duplication.subject_access_views import (
    ExportBody,
    ExportView,
    FindBody,
    FoundPeopleView,
    FoundView,
    HeldView,
    KeptView,
    LooksView,
    PersonBody,
    QuestionView,
    RestrictedView,
    SpellView,
)
from services.kit.access import Hidden
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor
from services.kit.db import Row
from services.kit.errors import Problem
from services.kit.officers import find_offices, not_an_officer
from services.kit.work import Work


def subject_access_router(service: Service, default: Model) -> APIRouter:
    """The routes under ``/v1/subject-access``."""
    router = APIRouter(prefix="/v1/subject-access", tags=["subject access"])

    @router.post("/find")
    async def find(actor: CallingActor, body: FindBody) -> FoundPeopleView:
        """The people who may be meant, as far as they may be shown. Whoever has declared a conflict
        of interest with a household of somebody's finds nothing of them."""
        async with service.work() as work:
            people = await _meant(work, actor, body, default)
            found: list[FoundView] = []
            elsewhere: dict[UUID, int] = {}
            looks: list[tuple[UUID, str | None]] = []
            mentions = await store.find_mentions(work.connection, people)
            hidden = await _hidden(work, actor, mentions)
            for person_id in people:
                own = [one for one in mentions if one["person_id"] == person_id]
                unseen = [one for one in own if one["household_id"] in hidden]
                if not own or any(hidden[one["household_id"]].barred for one in unseen):
                    continue
                shown = [one for one in own if one["household_id"] not in hidden]
                looks.append((person_id, own[0]["place_id"]))
                if shown:
                    found.append(found_view(person_id, shown, len(unseen)))
                for one in unseen:
                    elsewhere[one["household_id"]] = elsewhere.get(one["household_id"], 0) + 1
            seen = {one.person_id for one in found}
            await reading.save_looks(
                work.connection, work.now, actor, "person", looks,
                [id_ for id_, _ in looks if id_ not in seen],
            )  # fmt: skip
        return FoundPeopleView(
            people=tuple(found),
            restricted=tuple(
                RestrictedView(household_id=id_, records=n) for id_, n in elsewhere.items()
            ),
        )

    @router.post("")
    async def hold(actor: CallingActor, body: PersonBody) -> HeldView:
        """What is held about a person, by any id they ever had."""
        async with service.work() as work:
            found = await _held(work, actor, body.person_id)
        if isinstance(found, Problem):
            raise found  # The look is kept all the same.
        return found

    @router.post("/exports", status_code=HTTPStatus.CREATED)
    async def keep_export(actor: CallingActor, body: ExportBody) -> KeptView:
        """Keep that a copy leaves, before it does: who, when, why, what, and the file's digest."""
        async with service.work() as work:
            place_id, person_id, sorted_ = await _sorted(work, actor, body.person_id)
            covered = {one["assessment_id"] for one in sorted_.covered}
            ids = [one["assessment_id"] for one in sorted_.covered]
            homes = list({one["household_id"] for one in sorted_.covered})
            people = [person_id, *sorted(await linking.find_retired(work.connection, [person_id]))]
            asked = await store.find_undecided(work.connection, place_id, people, homes, ids)
            open_harm = any(row["alleged"] for row in asked)
            if sorted_.blocked or open_harm or not covered.issuperset(body.assessment_ids):
                raise Problem(
                    HTTPStatus.CONFLICT,
                    "What may be given has changed meanwhile. Nothing left. Look at it again.",
                )
            export = store.Export(
                body.export_id,
                place_id,
                work.now,
                actor.id,
                actor.purpose,
                body.request,
                body.identity.value,
                person_id,
                body.assessment_ids,
                tuple(one.model_dump(mode="json") for one in body.left_out),
                body.kept,
                body.withheld,
                body.undecided,
                body.sha256,
                body.bytes,
            )
            if not await store.save_export(work.connection, export):
                raise Problem(HTTPStatus.CONFLICT, "This copy is on record already.")
            await reading.save_looks(
                work.connection, work.now, actor, "export",
                [(body.export_id, place_id)],
            )  # fmt: skip
            return KeptView(export_id=body.export_id, at=work.now)

    @router.get("/exports")
    async def list_exports(actor: CallingActor) -> list[ExportView]:
        """The copies that left, the last first: by their requests, nobody's name."""
        async with service.work() as work:
            offices = await _offices(work, actor)
            rows = await store.find_exports(work.connection, offices)
        return [ExportView.model_validate(dict(row)) for row in rows]

    return router


async def _offices(work: Work, actor: Actor) -> frozenset[str]:
    found = await find_offices(work.connection, actor.id)
    if not found:
        raise not_an_officer()
    return found


async def _meant(work: Work, actor: Actor, body: FindBody, default: Model) -> list[UUID]:
    """The people of the officer's places who may be meant, each once."""
    offices = await _offices(work, actor)
    found: dict[UUID, None] = {}
    if body.assessment_id is not None:
        people = await store.find_people_of(work.connection, body.assessment_id)
        places = await reading.find_places_of_people(work.connection, people)
        found |= dict.fromkeys(p for p in people if places.get(p) in offices)
    elif body.family_name or body.identifier:
        given = Person(
            given_name=body.given_name,
            family_name=body.family_name,
            date_of_birth=body.date_of_birth,
            identifiers=_numbers(body.identifier),
        )
        for place_id in sorted(offices):
            model = await model_for(work.connection, place_id, default)
            found |= dict.fromkeys(
                await seek(work.connection, model, place_id, given, body.postcode, work.now.year)
            )
    return list(found)


def _numbers(identifier: Identifier | None) -> tuple[Identifier, ...]:
    return (identifier,) if identifier else ()


async def _hidden(work: Work, actor: Actor, mentions: Sequence[Row]) -> dict[UUID, Hidden]:
    homes = {one["household_id"] for one in mentions}
    return await hidden_from(work.connection, actor, homes, work.now)


_NOBODY = (
    "There is nobody of this id about whom you may answer. Where you have declared a conflict of "
    "interest, another privacy officer answers."
)


def _nobody() -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, _NOBODY)


async def _sorted(work: Work, actor: Actor, any_id: UUID) -> tuple[str, UUID, Sorted]:
    """The person's place, present id and mentions. Problem 404 where there is nobody to show, 410
    where they were erased."""
    offices = await _offices(work, actor)
    person_id = (await linking.find_people(work.connection, [any_id])).get(any_id)
    if person_id is None:
        raise await absent(work.connection, [any_id], _NOBODY)
    mentions = await store.find_mentions(work.connection, [person_id])
    if not mentions or mentions[0]["place_id"] not in offices:
        raise _nobody()
    sorted_ = sort_mentions(mentions, await _hidden(work, actor, mentions))
    return mentions[0]["place_id"], person_id, sorted_


async def _held(work: Work, actor: Actor, any_id: UUID) -> HeldView | Problem:
    connection = work.connection
    place_id, person_id, sorted_ = await _sorted(work, actor, any_id)
    may_see = not (sorted_.barred or sorted_.blocked)
    await reading.save_looks(
        connection, work.now, actor, "person", [(person_id, place_id)],
        () if may_see else (person_id,),
    )  # fmt: skip
    if sorted_.barred:
        return _nobody()
    retired = sorted(await linking.find_retired(connection, [person_id]))
    if sorted_.blocked:
        return HeldView(
            person_id=person_id,
            retired_ids=tuple(retired),
            place_id=place_id,
            name=None,
            born=None,
            blocked=sorted_.blocked,
        )
    covered = sorted_.covered
    known = best_known([one["as_given"] for one in covered])
    ids = [one["assessment_id"] for one in covered]
    homes = list(dict.fromkeys(one["household_id"] for one in covered))
    restricted = {one["household_id"] for one in covered if one["restricted"]}
    people = [person_id, *retired]
    spells = await store.find_spells(connection, person_id, homes)
    positions = {one["assessment_id"]: one["position"] for one in covered}
    same = {str(one) for one in people}
    return HeldView(
        person_id=person_id,
        retired_ids=tuple(retired),
        place_id=place_id,
        name=known.name,
        born=known.born,
        records=records(covered),
        left_out=sorted_.left_out,
        undecided=await _questions(work, actor, place_id, people, homes, ids),
        households=tuple(
            SpellView(**dict(row), restricted=row["household_id"] in restricted) for row in spells
        ),
        matched_by=matched_by(covered),
        decisions=tuple(
            decided(row, positions[row["assessment_id"]], same)
            for row in await store.find_decisions(connection, ids)
        ),
        changes=changes(await store.find_changes(connection, people, homes), people, ids),
        looks=tuple(
            LooksView.model_validate(dict(row))
            for row in await store.count_looks(
                connection,
                [
                    *((one, None, None) for one in (person_id, *ids)),
                    *((row["household_id"], row["since"], row["until"]) for row in spells),
                ],
            )
        ),
        unread=await store.count_unread(connection),
    )


async def _questions(
    work: Work,
    actor: Actor,
    place_id: str,
    people: Sequence[UUID],
    homes: Sequence[UUID],
    ids: Sequence[UUID],
) -> tuple[QuestionView, ...]:
    """Open questions that may be about the person. Of whom the officer must know nothing because of
    a conflict of interest, nothing."""
    rows = await store.find_undecided(work.connection, place_id, people, homes, ids)
    sides = {row["id"]: sides_of(row) for row in rows}
    hidden = await hidden_from(
        work.connection, actor, {id_ for one in sides.values() for id_ in one}, work.now
    )
    found = []
    for row in rows:
        covered = sides[row["id"]] & hidden.keys()
        if not any(hidden[one].barred for one in covered):
            found.append(question(row, hidden=bool(covered)))
    return tuple(found)
