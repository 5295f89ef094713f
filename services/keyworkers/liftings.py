"""Lifting a restriction step by step, as the API and the command line do it: asked for, agreed to,
declined or taken back, and restricted again.

Invariants: whoever does it may, by :mod:`services.keyworkers.lifting`, wherever they do it; who
must answer is told in the transaction in which it is asked, and need not once it is answered;
whoever asked is told what another answered, in the transaction in which they do.
"""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from contracts.envelope import new_id
from contracts.restrictions import (
    RestrictionLiftedV1,
    RestrictionRestoredV1,
)
from contracts.vocabulary_access import LiftingOutcome, LiftingReason
from services.keyworkers import store_lifting
from services.keyworkers.handlers import Handlers
from services.keyworkers.lifting import Lifting, whom_to_ask, why_not_agree
from services.keyworkers.second_word import asked_of, closed_of
from services.keyworkers.situation import Route
from services.keyworkers.standing import Standing, find_standing
from services.keyworkers.store import load_routes
from services.kit.access import learn_access
from services.kit.errors import Problem
from services.kit.work import Work


async def ask(
    work: Work, handlers: Handlers, actor_id: str, household_id: UUID, reason: LiftingReason
) -> Lifting:
    """Ask that a household be restricted no longer. Nothing changes until another agrees."""
    found = await _standing(work, handlers, actor_id, household_id)
    if not found.position.may_ask:
        raise _not_yours()
    if not found.last.restricted:
        raise Problem(HTTPStatus.CONFLICT, "This household is not restricted.")
    if found.asked is not None:
        raise Problem(HTTPStatus.CONFLICT, "This was asked before, and waits for an answer.")
    restricting = await store_lifting.find_restricting(work.connection, found.family)
    if not restricting:
        raise Problem(
            HTTPStatus.CONFLICT,
            "It is not decided yet which household this is. Ask once that is reviewed.",
        )
    asked = whom_to_ask(
        actor_id,
        leads=sorted(found.household["team_ids"]),
        officers=found.roster.place.privacy_officers,
        readers=found.readers,
        barred=found.barred,
    )
    if not asked:
        raise Problem(
            HTTPStatus.CONFLICT,
            "Nobody but you could agree to this. Have a privacy officer named for your place "
            "(privacy_officers in the place file), and ask again.",
        )
    # Those that stated it first: what came restricted because the household is stated nothing.
    of = tuple(sorted(restricting, key=lambda one: not restricting[one]))
    lifting = Lifting(new_id(), found.household_id, of, reason, actor_id, work.now)
    await store_lifting.save_lifting(work.connection, found.roster.place.id, lifting)
    route = await _route(work, lifting)
    await store_lifting.save_asked(work.connection, lifting.lifting_id, 1, asked[0])
    work.emit(
        asked_of(found.roster, lifting, lifting.household_id, asked, route),
        place_id=found.roster.place.id,
        journey_id=lifting.assessment_ids[0],
        cause=lifting.lifting_id,
        traceparent=route.traceparent,
    )
    return lifting


async def agree(
    work: Work, handlers: Handlers, actor_id: str, household_id: UUID, lifting_id: UUID
) -> None:
    """Lift the restriction: from now on the household is shown like any other."""
    found = await _standing(work, handlers, actor_id, household_id)
    lifting = _asked(found, lifting_id)
    restricting = await store_lifting.find_restricting(work.connection, found.family)
    stating = {one for one, stated in restricting.items() if stated}
    if why := why_not_agree(found.position, lifting, found.readers, stating):
        raise Problem(HTTPStatus.FORBIDDEN, why)
    event = RestrictionLiftedV1(
        lifting_id=lifting_id,
        household_id=found.household_id,
        # And those that came meanwhile, restricted because the household is.
        assessment_ids=tuple({*lifting.assessment_ids, *restricting}),
        reason=lifting.reason,
        asked_by=lifting.asked_by,
        agreed_by=actor_id,
        agreed_at=work.now,
    )
    await learn_access(work.connection, [event])
    work.emit(
        event,
        place_id=found.roster.place.id,
        journey_id=found.household_id,
        cause=lifting_id,
    )
    await _close(work, found, lifting, LiftingOutcome.AGREED, actor_id)


async def decline(
    work: Work, handlers: Handlers, actor_id: str, household_id: UUID, lifting_id: UUID
) -> None:
    """Leave the household restricted. Whoever asked may take it back as well."""
    found = await _standing(work, handlers, actor_id, household_id)
    lifting = _asked(found, lifting_id)
    mine = lifting.asked_by == actor_id
    if not (found.changes or mine):
        raise _not_yours()
    outcome = LiftingOutcome.WITHDRAWN if mine else LiftingOutcome.DECLINED
    await _close(work, found, lifting, outcome, actor_id)


async def restrict(work: Work, handlers: Handlers, actor_id: str, household_id: UUID) -> None:
    """Restrict a household again: what its assessments stated counts again, at once."""
    found = await _standing(work, handlers, actor_id, household_id)
    if not found.position.may_restrict:
        raise _not_yours()
    lifted = await store_lifting.find_lifted(work.connection, found.family)
    if not lifted:
        raise Problem(HTTPStatus.CONFLICT, "No restriction of this household is lifted.")
    restored_id, place_id = new_id(), found.roster.place.id
    event = RestrictionRestoredV1(
        household_id=found.household_id,
        assessment_ids=tuple(lifted),
        restored_by=actor_id,
        restored_at=work.now,
    )
    await learn_access(work.connection, [event])
    await store_lifting.save_restored(work.connection, place_id, restored_id, event)
    work.emit(event, place_id=place_id, journey_id=found.household_id, cause=restored_id)


async def _standing(work: Work, handlers: Handlers, actor_id: str, household_id: UUID) -> Standing:
    """Where somebody stands, in a place that nobody else changes meanwhile."""
    found = await find_standing(work.connection, handlers, actor_id, household_id, work.now)
    await work.lock_place(found.roster.place.id)
    return await find_standing(work.connection, handlers, actor_id, household_id, work.now)


async def _close(
    work: Work, found: Standing, lifting: Lifting, outcome: LiftingOutcome, actor_id: str
) -> None:
    """Keep the answer, and say that nobody else need give one; whoever asked hears another's."""
    await store_lifting.save_answer(
        work.connection, lifting.lifting_id, outcome, actor_id, work.now
    )
    route = await _route(work, lifting)
    work.emit(
        closed_of(found.roster, lifting, outcome, actor_id, found.barred, route),
        place_id=found.roster.place.id,
        journey_id=lifting.assessment_ids[0],
        cause=lifting.lifting_id,
        traceparent=route.traceparent,
    )


async def _route(work: Work, lifting: Lifting) -> Route:
    """What became of the assessment of which a lifting is told: one that stated the restriction."""
    of = lifting.assessment_ids[0]
    return (await load_routes(work.connection, {of}))[of]


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
