"""Handing a household over: proposed, then accepted or not. Load, decide, save, say.

Invariant: the household has its key worker until the next one has accepted, and one only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from contracts.envelope import Event
from contracts.handovers import HandoverDeclinedV1, HandoverProposedV1, KeyWorkerChangedV1
from contracts.keyworkers import AlertPlan, Cause
from contracts.vocabulary import ChangeReason, Severity
from services.keyworkers import store_handovers as store
from services.keyworkers.roster import Roster
from services.kit.db import Row
from services.kit.errors import Problem
from services.kit.work import Work

TIME_TO_ANSWER = timedelta(days=5)


def _plan(roster: Roster, key_worker_id: str, severity: str, at: datetime) -> AlertPlan:
    return AlertPlan(
        severity=Severity(severity),
        escalation=roster.escalation(key_worker_id, roster.working_day(at)),
    )


async def propose(
    work: Work,
    roster: Roster,
    engagement: Row,
    handover_id: UUID,
    to: str,
    reason: ChangeReason,
    by: str,
) -> None:
    """Ask ``to`` to take the household over. Problem 409 or 422 where that cannot be asked."""
    if to not in roster.key_workers:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "There is no key worker with this id in this place."
        )
    if to == engagement["key_worker_id"]:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "They are this household's key worker now.")
    if to in engagement["conflicts"]:
        raise Problem(
            HTTPStatus.CONFLICT, "They have a conflict of interest here. Ask somebody else."
        )
    expires_at = work.now + TIME_TO_ANSWER
    if not await store.add_handover(
        work.connection, handover_id, engagement, to, reason.value, by, work.now, expires_at
    ):
        raise Problem(
            HTTPStatus.CONFLICT,
            "Somebody has been asked already. Withdraw that proposal first, or wait for them.",
        )
    cause = Cause.model_validate(engagement["cause"])
    event = HandoverProposedV1(
        handover_id=handover_id,
        engagement_id=engagement["engagement_id"],
        household_id=engagement["household_id"],
        from_key_worker=roster.key_worker(engagement["key_worker_id"]),
        to_key_worker=roster.key_worker(to),
        reason=reason,
        proposed_by=by,
        expires_at=expires_at,
        cause=cause,
        alert=_plan(roster, to, engagement["severity"], work.now),
    )
    _emit(work, roster, event, handover_id, cause, engagement["traceparent"])


async def accept(work: Work, roster: Roster, row: Row, by: str) -> str:
    """The household is theirs from now on; the team in which there is room now."""
    if not await store.decide_handover(
        work.connection, row["handover_id"], "accepted", by, work.now
    ):
        raise _decided_already()
    to = roster.key_workers[row["to_key_worker_id"]]
    household_id = await store.change_key_worker(
        work.connection, row["engagement_id"], to.id, to.team
    )
    cause = Cause.model_validate(row["cause"])
    event = KeyWorkerChangedV1(
        engagement_id=row["engagement_id"],
        household_id=household_id,
        team_id=to.team,
        previous_key_worker_id=row["from_key_worker_id"],
        key_worker=roster.key_worker(to.id),
        reason=ChangeReason(row["reason"]),
        handover_id=row["handover_id"],
        cause=cause,
        alert=_plan(roster, to.id, row["severity"], work.now),
        reasons=(f"{to.name} accepted the handover",),
    )
    _emit(work, roster, event, row["handover_id"], cause, row["traceparent"])
    return roster.key_workers[row["from_key_worker_id"]].team


async def close(work: Work, roster: Roster, row: Row, state: str, by: str | None) -> None:
    """Declined, withdrawn or expired: everything stays as it is."""
    if not await store.decide_handover(work.connection, row["handover_id"], state, by, work.now):
        raise _decided_already()
    event = HandoverDeclinedV1(
        handover_id=row["handover_id"],
        engagement_id=row["engagement_id"],
        household_id=row["household_id"],
        decided_by=by,
    )
    cause = Cause.model_validate(row["cause"])
    _emit(work, roster, event, row["handover_id"], cause, row["traceparent"])


def _emit(
    work: Work, roster: Roster, event: Event, handover_id: UUID, cause: Cause, trace: str | None
) -> None:
    work.emit(
        event,
        place_id=roster.place.id,
        journey_id=cause.assessment_id,
        cause=handover_id,
        traceparent=trace,
    )


def _decided_already() -> Problem:
    return Problem(HTTPStatus.CONFLICT, "This handover has been answered, or no longer applies.")
