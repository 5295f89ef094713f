"""Handing a household over: the rules and what is said of it. Pure but for the last two, which
save an answer.

Invariant: the household has its key worker until the next one has accepted, and one only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from contracts.envelope import Event
from contracts.handovers import (
    HandoverDeclinedV1,
    HandoverProposedV1,
    HandoverRefusedV1,
    KeyWorkerChangedV1,
)
from contracts.keyworkers import AlertPlan, Cause, Recipient
from contracts.vocabulary import Severity
from contracts.vocabulary_changes import ChangeReason, HandoverOutcome, RefusalReason
from services.keyworkers import store_handovers as store
from services.keyworkers.roster import Roster
from services.kit.db import Row
from services.kit.errors import Problem
from services.kit.work import Work

TIME_TO_ANSWER = timedelta(days=5)

WORDS: dict[RefusalReason, str] = {
    RefusalReason.NOBODY_TO_HAND_OVER: "This household has no key worker who could hand it over.",
    RefusalReason.NOT_THEIR_HOUSEHOLD: (
        "This household has another key worker. They or their team lead can hand it over."
    ),
    RefusalReason.NO_SUCH_KEY_WORKER: "There is no key worker with this id in this place.",
    RefusalReason.SAME_KEY_WORKER: "They are this household's key worker now.",
    RefusalReason.HAS_LEFT: "They have left. Ask somebody else.",
    RefusalReason.CONFLICT_OF_INTEREST: (
        "They have a conflict of interest here. Ask somebody else."
    ),
    RefusalReason.ASKED_ALREADY: (
        "Somebody has been asked already. Withdraw that proposal first, or wait for them."
    ),
    RefusalReason.NOBODY_CAN: "Nobody in the team can take a household now. Name somebody.",
}
_STATUSES = {
    RefusalReason.NOT_THEIR_HOUSEHOLD: HTTPStatus.FORBIDDEN,
    RefusalReason.NO_SUCH_KEY_WORKER: HTTPStatus.UNPROCESSABLE_ENTITY,
    RefusalReason.SAME_KEY_WORKER: HTTPStatus.UNPROCESSABLE_ENTITY,
}


def refusal_of_asker(roster: Roster, engagement: Row, asked_by: str) -> RefusalReason | None:
    """Which rule keeps ``asked_by`` from proposing it; None for the household's key worker and for
    the lead of that key worker's team: nobody else's work it is."""
    holds = engagement["key_worker_id"]
    if asked_by in {holds, roster.key_workers[holds].team}:
        return None
    return RefusalReason.NOT_THEIR_HOUSEHOLD


def refusal(roster: Roster, engagement: Row, to: str, now: datetime) -> RefusalReason | None:
    """Which rule keeps ``to`` from being asked; None where they may be."""
    asked = roster.key_workers.get(to)
    if asked is None:
        return RefusalReason.NO_SUCH_KEY_WORKER
    if to == engagement["key_worker_id"]:
        return RefusalReason.SAME_KEY_WORKER
    if asked.left_on is not None and asked.left_on < roster.working_day(now):
        return RefusalReason.HAS_LEFT
    if to in engagement["conflicts"]:
        return RefusalReason.CONFLICT_OF_INTEREST
    return None


def problem(reason: RefusalReason) -> Problem:
    """The refusal as an answer over HTTP."""
    return Problem(_STATUSES.get(reason, HTTPStatus.CONFLICT), WORDS[reason])


def proposed(
    roster: Roster,
    engagement: Row,
    handover_id: UUID,
    to: str,
    reason: ChangeReason,
    by: str,
    now: datetime,
) -> HandoverProposedV1:
    """``to`` is asked to take the household over."""
    return HandoverProposedV1(
        handover_id=handover_id,
        engagement_id=engagement["engagement_id"],
        household_id=engagement["household_id"],
        from_key_worker=roster.key_worker(engagement["key_worker_id"]),
        to_key_worker=roster.key_worker(to),
        reason=reason,
        proposed_by=by,
        expires_at=now + TIME_TO_ANSWER,
        cause=Cause.model_validate(engagement["cause"]),
        alert=roster.alert_plan(to, Severity(engagement["severity"]), now),
    )


def nobody_can(
    roster: Roster, engagement: Row, handover_id: UUID, asked_by: str
) -> HandoverRefusedV1:
    """Nobody in the team can take the household over: its lead is told."""
    why, team = RefusalReason.NOBODY_CAN, roster.key_workers[engagement["key_worker_id"]].team
    return HandoverRefusedV1(
        handover_id=handover_id,
        engagement_id=engagement["engagement_id"],
        household_id=engagement["household_id"],
        asked_by=asked_by,
        reason=why,
        told=roster.team_lead(team),
        cause=Cause.model_validate(engagement["cause"]),
        alert=AlertPlan(severity=Severity.ROUTINE),
        reasons=(WORDS[why],),
    )


def whom_to_tell(
    roster: Roster, asked_by: str, team_id: str | None, now: datetime
) -> tuple[Recipient, AlertPlan] | None:
    """Whoever asked for a handover, and when to tell them: a key worker, or else a team's lead.

    No duty desk is woken for it: nothing has changed for the household.
    """
    if asked_by in roster.key_workers:
        lead = (roster.team_lead(roster.key_workers[asked_by].team),)
        plan = roster.alert_plan(asked_by, Severity.ROUTINE, now)
        return roster.key_worker(asked_by), plan.model_copy(update={"escalation": lead})
    team = asked_by if asked_by in roster.teams else team_id
    if team is None:
        return None
    return roster.team_lead(team), AlertPlan(severity=Severity.ROUTINE)


def _stays(
    roster: Roster, row: Row, outcome: HandoverOutcome, by: str | None, now: datetime
) -> HandoverDeclinedV1:
    event = HandoverDeclinedV1(
        handover_id=row["handover_id"],
        engagement_id=row["engagement_id"],
        household_id=row["household_id"],
        decided_by=by,
        outcome=outcome,
    )
    if outcome is HandoverOutcome.WITHDRAWN:
        return event
    team = roster.key_workers[row["from_key_worker_id"]].team
    told = whom_to_tell(roster, row["proposed_by"], team, now)
    asked = roster.key_worker(row["to_key_worker_id"]).contact.name
    said = "declined" if outcome is HandoverOutcome.DECLINED else "has not answered in time"
    return event.model_copy(
        update={
            "told": told and told[0],
            "alert": told and told[1],
            "cause": Cause.model_validate(row["cause"]),
            "reasons": (f"{asked} {said}: ask them again, or somebody else",),
        }
    )


async def accept(work: Work, roster: Roster, row: Row, by: str) -> str:
    """The household is theirs from now on; the team in which there is room now.

    Problem 409 where it was answered before, or they have declared a conflict of interest since.
    """
    engagement = await store.find_engagement(work.connection, row["engagement_id"])
    if engagement is not None and by in engagement["conflicts"]:
        raise Problem(
            HTTPStatus.CONFLICT,
            "There is a conflict of interest: you cannot take this household. Decline it.",
        )
    if not await store.decide_handover(
        work.connection, row["handover_id"], "accepted", by, work.now
    ):
        raise _decided_already()
    to = roster.key_workers[row["to_key_worker_id"]]
    until_now = row["from_key_worker_id"]
    # Whoever has a conflict of interest is told nothing of the household.
    introduces = engagement is not None and until_now not in engagement["conflicts"]
    household_id = await store.change_key_worker(
        work.connection, row["engagement_id"], to.id, to.team
    )
    event = KeyWorkerChangedV1(
        engagement_id=row["engagement_id"],
        household_id=household_id,
        team_id=to.team,
        previous_key_worker_id=until_now,
        key_worker=roster.key_worker(to.id),
        reason=ChangeReason(row["reason"]),
        handover_id=row["handover_id"],
        cause=Cause.model_validate(row["cause"]),
        alert=roster.alert_plan(to.id, Severity(row["severity"]), work.now),
        previous=roster.key_worker(until_now) if introduces else None,
        asked=AlertPlan(severity=Severity.ROUTINE) if introduces else None,
        reasons=(f"{to.name} accepted the handover",),
    )
    emit(work, roster, event, row["handover_id"], row)
    return roster.key_workers[until_now].team


async def close(
    work: Work, roster: Roster, row: Row, outcome: HandoverOutcome, by: str | None
) -> None:
    """Declined, withdrawn or expired: everything stays as it is, and whoever asked is told."""
    if not await store.decide_handover(
        work.connection, row["handover_id"], outcome.value, by, work.now
    ):
        raise _decided_already()
    emit(work, roster, _stays(roster, row, outcome, by, work.now), row["handover_id"], row)


def emit(work: Work, roster: Roster, event: Event, handover_id: UUID, about: Row) -> None:
    """Send an event of a handover. ``about``: a row with the referral's cause and trace."""
    work.emit(
        event,
        place_id=roster.place.id,
        journey_id=UUID(about["cause"]["assessment_id"]),
        cause=handover_id,
        traceparent=about["traceparent"],
    )


def _decided_already() -> Problem:
    return Problem(HTTPStatus.CONFLICT, "This handover has been answered, or no longer applies.")
