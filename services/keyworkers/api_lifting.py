"""The JSON API by which a household is restricted no longer, and again.

It opens the household to everybody whose work it is, so two people do it: one asks, another agrees
(:mod:`services.keyworkers.lifting` says who). Closing it again takes one.
"""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from contracts.envelope import new_id
from contracts.restrictions import RestrictionLiftedV1, RestrictionRestoredV1
from services.keyworkers import store_lifting as store
from services.keyworkers.access_views import AccessView, Asking
from services.keyworkers.handlers import Handlers
from services.keyworkers.lifting import Answer, Lifting, why_not_agree
from services.keyworkers.standing import Standing, access_view, find_standing
from services.kit.access import learn_access
from services.kit.app import Service
from services.kit.auth import Actor, CallingActor
from services.kit.errors import Problem
from services.kit.work import Work


def create_lifting_routes(service: Service, handlers: Handlers) -> APIRouter:
    """The routes under ``/v1``. Only Kith's own services may call them."""
    router = APIRouter(prefix="/v1", tags=["who may know"])

    async def standing(work: Work, actor: Actor, household_id: UUID) -> Standing:
        """Where whoever asks stands, in a place that nobody else changes meanwhile."""
        found = await find_standing(work.connection, handlers, actor.id, household_id, work.now)
        await work.lock_place(found.roster.place.id)
        return await find_standing(work.connection, handlers, actor.id, household_id, work.now)

    async def now(actor: Actor, household_id: UUID) -> AccessView:
        async with service.work() as work:
            found = await find_standing(work.connection, handlers, actor.id, household_id, work.now)
        return access_view(found, found.last, work.now)

    @router.post("/households/{household_id}/liftings", status_code=HTTPStatus.CREATED)
    async def ask(actor: CallingActor, household_id: UUID, asking: Asking) -> AccessView:
        """Ask that a household be restricted no longer. Nothing changes until another agrees."""
        async with service.work() as work:
            found = await standing(work, actor, household_id)
            if not found.position.may_ask:
                raise _not_yours()
            if not found.last.restricted:
                raise Problem(HTTPStatus.CONFLICT, "This household is not restricted.")
            if found.asked is not None:
                raise Problem(
                    HTTPStatus.CONFLICT, "This was asked before, and waits for an answer."
                )
            restricting = await store.find_restricting(work.connection, found.family)
            if not restricting:
                raise Problem(
                    HTTPStatus.CONFLICT,
                    "It is not decided yet which household this is. Ask once that is reviewed.",
                )
            lifting = Lifting(
                new_id(),
                found.household_id,
                tuple(restricting),
                asking.reason,
                actor.id,
                work.now,
            )
            await store.save_lifting(work.connection, found.roster.place.id, lifting)
        return await now(actor, household_id)

    @router.post("/households/{household_id}/liftings/{lifting_id}/agree")
    async def agree(actor: CallingActor, household_id: UUID, lifting_id: UUID) -> AccessView:
        """Lift the restriction: from now on the household is shown like any other."""
        async with service.work() as work:
            found = await standing(work, actor, household_id)
            lifting = _asked(found, lifting_id)
            restricting = await store.find_restricting(work.connection, found.family)
            stating = {one for one, stated in restricting.items() if stated}
            readers = {reader.id for reader in found.last.readers}
            if why := why_not_agree(found.position, lifting, readers, stating):
                raise Problem(HTTPStatus.FORBIDDEN, why)
            await store.save_answer(work.connection, lifting_id, Answer.AGREED, actor.id, work.now)
            event = RestrictionLiftedV1(
                lifting_id=lifting_id,
                household_id=found.household_id,
                # And those that came meanwhile, restricted because the household is.
                assessment_ids=tuple({*lifting.assessment_ids, *restricting}),
                reason=lifting.reason,
                asked_by=lifting.asked_by,
                agreed_by=actor.id,
                agreed_at=work.now,
            )
            await learn_access(work.connection, [event])
            work.emit(
                event,
                place_id=found.roster.place.id,
                journey_id=found.household_id,
                cause=lifting_id,
            )
        return await now(actor, household_id)

    @router.post("/households/{household_id}/liftings/{lifting_id}/decline")
    async def decline(actor: CallingActor, household_id: UUID, lifting_id: UUID) -> AccessView:
        """Leave the household restricted. Whoever asked may take it back as well."""
        async with service.work() as work:
            found = await standing(work, actor, household_id)
            lifting = _asked(found, lifting_id)
            mine = lifting.asked_by == actor.id
            if not (found.changes or mine):
                raise _not_yours()
            answer = Answer.WITHDRAWN if mine else Answer.DECLINED
            await store.save_answer(work.connection, lifting_id, answer, actor.id, work.now)
        return await now(actor, household_id)

    @router.post("/households/{household_id}/restrict")
    async def restrict(actor: CallingActor, household_id: UUID) -> AccessView:
        """Restrict a household again: what its assessments stated counts again, at once."""
        async with service.work() as work:
            found = await standing(work, actor, household_id)
            if not found.position.may_restrict:
                raise _not_yours()
            lifted = await store.find_lifted(work.connection, found.family)
            if not lifted:
                raise Problem(HTTPStatus.CONFLICT, "No restriction of this household is lifted.")
            restored_id, place_id = new_id(), found.roster.place.id
            event = RestrictionRestoredV1(
                household_id=found.household_id,
                assessment_ids=tuple(lifted),
                restored_by=actor.id,
                restored_at=work.now,
            )
            await learn_access(work.connection, [event])
            await store.save_restored(work.connection, place_id, restored_id, event)
            work.emit(event, place_id=place_id, journey_id=found.household_id, cause=restored_id)
        return await now(actor, household_id)

    return router


def _asked(found: Standing, lifting_id: UUID) -> Lifting:
    if not found.shown:
        raise _not_yours()
    lifting = next((one for one in found.liftings if one.lifting_id == lifting_id), None)
    if lifting is None:
        raise Problem(HTTPStatus.NOT_FOUND, "This was not asked about this household.")
    if lifting.answer is not None:
        raise Problem(HTTPStatus.CONFLICT, "This has been answered already.")
    return lifting


def _not_yours() -> Problem:
    return Problem(
        HTTPStatus.FORBIDDEN,
        "Those on this household's list, its team's lead and a privacy officer ask for this; its "
        "key worker may restrict it again.",
    )
