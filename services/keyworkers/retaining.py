"""Every so often: what is due by a place's policy is put on notice, and ordered to be erased once
it has been on notice for as long as the policy says.

Invariant: whether a household is due is looked at again, under the place's lock, in the transaction
in which it is ordered; whatever happened with it since has ended the notice. A step takes few
households, in a transaction of its own, so that nobody waits long for the place.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from contracts.envelope import derive_id
from contracts.erasure import ErasureOrderedV1
from contracts.vocabulary_erasure import ErasureReason
from services.keyworkers import store_erasures, store_places
from services.keyworkers import store_retention as store
from services.keyworkers.loading import Rosters
from services.keyworkers.ordering import order
from services.keyworkers.place import Retention
from services.keyworkers.retention import Record, why_kept, years_before
from services.kit.db import Row
from services.kit.periodic import Task
from services.kit.work import Work

if TYPE_CHECKING:
    from services.kit.app import Service

STEP = 100
"""Households of one step."""
MOST_ORDERED = 2_000
"""Erasures that one turn orders in a place: matching is not to be kept from what comes in."""


def retaining(service: Service, rosters: Rosters) -> Task:
    """The periodic task. Its own transaction only reads: each step commits by itself."""

    async def turn(work: Work) -> None:
        for place_id in sorted(await store_places.find_places(work.connection)):
            await _look_again(service, rosters, work, place_id)
            await _give_notice(service, rosters, work, place_id)

    return turn


async def _look_again(service: Service, rosters: Rosters, work: Work, place_id: str) -> None:
    """Those on notice: ended where they are due no more, ordered where the time has run out."""
    after, ordered = None, 0
    while rows := await store.find_notices(work.connection, place_id, after, STEP):
        after = (rows[-1]["erases_at"], rows[-1]["household_id"])
        # The place is locked for those alone of which something is to be done.
        policy = await _policy(work, rosters, place_id)
        due = await _due(work, policy, [row["household_id"] for row in rows])
        left = MOST_ORDERED - ordered
        now = work.now
        rows = [
            row
            for row in rows
            if row["household_id"] not in due or (left and row["erases_at"] <= now)
        ]
        if not rows:
            continue
        async with service.work() as step:
            await step.lock_place(place_id)
            policy = await _policy(step, rosters, place_id)
            due = await _due(step, policy, [row["household_id"] for row in rows])
            over = [row for row in rows if row["household_id"] not in due]
            run_out = [
                (row, due[row["household_id"]])
                for row in rows
                if row["household_id"] in due and row["erases_at"] <= step.now
            ][:left]
            ended = [row["household_id"] for row in (*over, *(row for row, _ in run_out))]
            # A notice that was ended while the place was waited for has not run out.
            noticed = await store.end_notices(step.connection, ended)
            run_out = [(row, of) for row, of in run_out if row["household_id"] in noticed]
            if policy is not None and run_out:
                await _order(step, place_id, policy, run_out)
        ordered += len(run_out)


async def _order(
    step: Work, place_id: str, policy: Retention, run_out: Sequence[tuple[Row, Record]]
) -> None:
    """Ordered by the policy. The same notice is the same erasure, however often this is tried."""
    erasures = [
        (derive_id(of.household_id, ErasureOrderedV1.TYPE, notice["since"].isoformat()), of)
        for notice, of in run_out
    ]
    reason = ErasureReason.RETENTION
    await store_erasures.save_ordered(step.connection, place_id, reason, erasures, step.now)
    for erasure_id, of in erasures:
        order(step, place_id, of, erasure_id, reason, until_youngest_is=policy.until_youngest_is)


async def _give_notice(service: Service, rosters: Rosters, work: Work, place_id: str) -> None:
    """Those newly due. What may be is found without the lock, and looked at again under it."""
    policy = await _policy(work, rosters, place_id)
    if policy is None:
        return
    before, after = years_before(work.now, policy.years_after_last_contact), None
    while rows := await store.find_quiet(work.connection, place_id, before, after, STEP):
        after = (rows[-1]["closed_at"], rows[-1]["referral_id"])
        # Those that are held, or too young, are found every time: nobody waits for that.
        may_be = await _due(work, policy, [row["household_id"] for row in rows])
        if not may_be:
            continue
        async with service.work() as step:
            await step.lock_place(place_id)
            policy = await _policy(step, rosters, place_id)
            due = await _due(step, policy, may_be)
            if policy is not None and due:
                erases_at = step.now + timedelta(days=policy.notice_days)
                await store.save_notices(
                    step.connection, place_id, list(due.values()), step.now, erases_at
                )


async def _policy(work: Work, rosters: Rosters, place_id: str) -> Retention | None:
    """As the place file in force has it: it may have changed while the turn was at it."""
    return (await rosters.load(work.connection, [place_id]))[place_id].place.policy.retention


async def _due(
    step: Work, policy: Retention | None, household_ids: Collection[UUID]
) -> dict[UUID, Record]:
    """Those of the households that are due, by id; none where the place has no policy."""
    if policy is None:
        return {}
    records = await store.load_records(step.connection, household_ids, step.now)
    return {
        record.household_id: record
        for record in records
        if why_kept(record, policy, step.now) is None
    }
