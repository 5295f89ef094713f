"""Holding a household: its records are kept beyond the policy, until a moment or until a privacy
officer ends it. What was held stays on record, by whom, why and until when.

Invariant: nothing that is held is ordered to be erased, by the policy or by anybody.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from contracts.envelope import new_id
from contracts.vocabulary_erasure import HoldReason
from services.keyworkers import store_holds, store_retention
from services.keyworkers.handlers import Handlers
from services.keyworkers.keepers import keeper_of, offices_of
from services.kit.db import Row
from services.kit.errors import Problem
from services.kit.work import Work

LONGEST = timedelta(days=366)
"""A hold for longer is renewed: by another."""


async def hold(
    work: Work,
    handlers: Handlers,
    actor_id: str,
    household_id: UUID,
    reason: HoldReason,
    until: datetime,
) -> UUID:
    """Keep a household's records until a moment, whatever the policy says; the hold's id."""
    found = await keeper_of(work, handlers, actor_id, household_id)
    found.must_be_officer()
    if not work.now < until <= work.now + LONGEST:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "Name a moment to come, within a year: a hold is renewed by holding it again.",
        )
    if found.record.ordered:
        raise Problem(
            HTTPStatus.CONFLICT,
            "It is ordered already that this household be erased, and nothing here can stop it. "
            "Whether it was says the register, in a moment.",
        )
    hold_id, household = new_id(), found.record.household_id
    await store_holds.save_hold(
        work.connection, found.place_id, hold_id, household, reason, until, actor_id, work.now
    )
    await store_retention.end_notices(work.connection, [household])
    return hold_id


async def release(work: Work, handlers: Handlers, actor_id: str, hold_id: UUID) -> Row:
    """End a hold, whoever's; the hold."""
    row = await store_holds.find_hold(work.connection, hold_id)
    offices = await offices_of(work.connection, handlers, actor_id)
    if row is None or row["place_id"] not in offices:
        raise Problem(HTTPStatus.NOT_FOUND, "There is no hold with this id.")
    found = await keeper_of(work, handlers, actor_id, row["household_id"])
    found.must_be_officer()
    if row["until"] <= work.now or not await store_holds.end_hold(
        work.connection, hold_id, actor_id, work.now
    ):
        raise Problem(HTTPStatus.CONFLICT, "This hold has ended already.")
    return row
