"""An erasure outside the policy, step by step, as the API and the command line do it: a privacy
officer asks, another or the household's team lead agrees or declines, whoever asked takes it back.

Invariants: it takes two people, whoever they are; nothing is ordered that somebody works with, that
waits, or that is held, when it is asked for and again when it is agreed to; nor what was linked to
it since it was asked for.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from uuid import UUID

from contracts.envelope import new_id
from contracts.vocabulary_erasure import ErasureReason
from services.keyworkers import store_erasures, store_retention
from services.keyworkers.handlers import Handlers
from services.keyworkers.keepers import Keeper, keeper_of
from services.keyworkers.ordering import order
from services.keyworkers.retention import Kept, why_not_ordered
from services.kit.db import Row
from services.kit.errors import Problem
from services.kit.work import Work


class AskedReason(StrEnum):
    """Why somebody may ask for it: an :class:`ErasureReason` that is not the policy's or an
    agency's."""

    IN_ERROR = ErasureReason.IN_ERROR.value
    UNLAWFUL = ErasureReason.UNLAWFUL.value
    OBJECTION = ErasureReason.OBJECTION.value
    COURT_ORDER = ErasureReason.COURT_ORDER.value


class Answer(StrEnum):
    """What became of what was asked."""

    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


_WHY_NOT = {
    Kept.WORKED_WITH: (
        "Somebody works with this household. End the work with it first, and ask again."
    ),
    Kept.WAITS: (
        "This household waits for a key worker. End the work with it first: it is given its key "
        "worker, who ends it. Then ask again."
    ),
    Kept.HELD: "This household is held. End its holds first, and ask again.",
    Kept.ORDERED: "It is ordered already that this household be erased.",
}


async def ask(
    work: Work, handlers: Handlers, actor_id: str, household_id: UUID, reason: AskedReason
) -> UUID:
    """Ask that a household be erased; the erasure's id. Nothing changes until another agrees."""
    found = await keeper_of(work, handlers, actor_id, household_id)
    found.must_be_officer()
    _must_be_possible(found)
    family = found.record.household_ids
    if await store_erasures.find_unanswered(work.connection, [found.place_id], family):
        raise Problem(HTTPStatus.CONFLICT, "This was asked before, and waits for an answer.")
    if not found.second_words(actor_id):
        raise Problem(
            HTTPStatus.CONFLICT,
            "Nobody but you could agree to this. Have another privacy officer named for your place "
            "(privacy_officers in the place file), and ask again.",
        )
    erasure_id = new_id()
    await store_erasures.save_asked(
        work.connection,
        found.place_id,
        erasure_id,
        found.record.household_ids,
        ErasureReason(reason.value),
        actor_id,
        work.now,
    )
    return erasure_id


async def agree(work: Work, handlers: Handlers, actor_id: str, erasure_id: UUID) -> None:
    """Order it: duplication erases, or refuses, in a moment."""
    found, asked = await _asked(work, handlers, actor_id, erasure_id)
    if actor_id not in found.second_words(asked["asked_by"]):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "You asked for this yourself: another privacy officer, or the lead of the household's "
            "team, agrees to it."
            if actor_id == asked["asked_by"]
            else "Another privacy officer, or the lead of the household's team, agrees to this.",
        )
    _must_be_possible(found)
    if not set(found.record.household_ids).issubset(asked["household_ids"]):
        raise Problem(
            HTTPStatus.CONFLICT,
            "This household has been linked to another since this was asked for, and the records of"
            " both would be erased. Decline it. Whoever means both asks again.",
        )
    await store_erasures.save_answer(work.connection, erasure_id, Answer.AGREED, actor_id, work.now)
    await store_retention.end_notices(work.connection, [found.record.household_id])
    order(
        work,
        found.place_id,
        found.record,
        erasure_id,
        ErasureReason(asked["reason"]),
        ordered_by=asked["asked_by"],
        agreed_by=actor_id,
    )


async def decline(work: Work, handlers: Handlers, actor_id: str, erasure_id: UUID) -> None:
    """Leave the household as it is. Whoever asked takes it back."""
    found, asked = await _asked(work, handlers, actor_id, erasure_id)
    mine = actor_id == asked["asked_by"]
    if not mine and actor_id not in found.second_words(asked["asked_by"]):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "Whoever may agree to this declines it, and whoever asked takes it back.",
        )
    answer = Answer.WITHDRAWN if mine else Answer.DECLINED
    await store_erasures.save_answer(work.connection, erasure_id, answer, actor_id, work.now)


async def withdraw(work: Work, handlers: Handlers, actor_id: str, erasure_id: UUID) -> None:
    """Take back what one has asked for."""
    _, asked = await _asked(work, handlers, actor_id, erasure_id)
    if actor_id != asked["asked_by"]:
        raise Problem(HTTPStatus.FORBIDDEN, "Only whoever asked for this can take it back.")
    await store_erasures.save_answer(
        work.connection, erasure_id, Answer.WITHDRAWN, actor_id, work.now
    )


async def _asked(
    work: Work, handlers: Handlers, actor_id: str, erasure_id: UUID
) -> tuple[Keeper, Row]:
    """What was asked and is not answered, and where somebody stands to its household."""
    missing = Problem(HTTPStatus.NOT_FOUND, "Nobody has asked for an erasure of this id.")
    asked = await store_erasures.find_asked(work.connection, erasure_id)
    if asked is None:
        raise missing
    found = await keeper_of(work, handlers, actor_id, asked["household_id"])
    if not found.is_officer and actor_id not in found.second_words(asked["asked_by"]):
        raise missing
    # Read again, under the place's lock.
    asked = await store_erasures.find_asked(work.connection, erasure_id)
    if asked is None or asked["answer"] is not None:
        raise Problem(HTTPStatus.CONFLICT, "This has been answered already.")
    return found, asked


def _must_be_possible(found: Keeper) -> None:
    if why := why_not_ordered(found.record):
        raise Problem(HTTPStatus.CONFLICT, _WHY_NOT[why])
