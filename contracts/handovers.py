"""How the relationship moves on: offers, handovers, cover, ends, and routing that is taken back.

Invariant: a household that has a key worker has one until the next has accepted or it has ended.
Each event follows from a household; ``cause`` is the assessment that its referral follows from.
"""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.envelope import Event, Slug
from contracts.keyworkers import AlertPlan, Cause, Recipient
from contracts.vocabulary_changes import (
    ChangeReason,
    HandoverOutcome,
    RefusalReason,
    ReversalReason,
)

_TOPIC = "keyworkers.assignments"


class HouseholdOfferedV1(Event):
    """The household is offered to its team; any member may claim it until ``claim_by``.

    After that it is assigned as in a team that does not offer. ``offered_to``: the team's lead.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.household.offered.v1"
    TOPIC: ClassVar[str] = _TOPIC

    household_id: UUID
    referral_id: UUID
    team_id: Slug
    offered_to: Recipient
    claim_by: AwareDatetime
    cause: Cause
    alert: AlertPlan
    reasons: tuple[str, ...] = ()

    def subject(self) -> str:
        return str(self.household_id)


class HandoverProposedV1(Event):
    """A key worker is asked to take a household over; until they accept, nothing changes."""

    TYPE: ClassVar[str] = "kith.keyworkers.handover.proposed.v1"
    TOPIC: ClassVar[str] = _TOPIC

    handover_id: UUID
    engagement_id: UUID
    household_id: UUID
    from_key_worker: Recipient
    to_key_worker: Recipient
    reason: ChangeReason
    proposed_by: str
    expires_at: AwareDatetime
    cause: Cause
    alert: AlertPlan

    def subject(self) -> str:
        return str(self.household_id)


class HandoverDeclinedV1(Event):
    """It stays as it is: declined, withdrawn, or not answered in time. ``decided_by``: who.

    ``told``: whoever asked, to be told so with ``cause``, ``alert`` and ``reasons``; None where
    they took the question back themselves. Events from before ``outcome`` leave all of it out.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.handover.declined.v1"
    TOPIC: ClassVar[str] = _TOPIC

    handover_id: UUID
    engagement_id: UUID
    household_id: UUID
    decided_by: str | None = None
    outcome: HandoverOutcome | None = None
    told: Recipient | None = None
    cause: Cause | None = None
    alert: AlertPlan | None = None
    reasons: tuple[str, ...] = ()

    def subject(self) -> str:
        return str(self.household_id)


class HandoverRefusedV1(Event):
    """A handover that somebody asked for could not be proposed: nothing has changed.

    ``asked_for``: whom they named. ``told``, with ``cause`` and ``alert``: whoever asked, where
    they and the assessment are known here.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.handover.refused.v1"
    TOPIC: ClassVar[str] = _TOPIC

    handover_id: UUID
    engagement_id: UUID | None = None
    household_id: UUID | None = None
    asked_by: str
    asked_for: str | None = None
    reason: RefusalReason
    told: Recipient | None = None
    cause: Cause | None = None
    alert: AlertPlan | None = None
    reasons: tuple[str, ...] = ()

    def subject(self) -> str:
        return str(self.handover_id)


class KeyWorkerChangedV1(Event):
    """The engagement goes on with another key worker: open alerts and agencies follow.

    ``team_id``: the new key worker's team. ``previous``, whose it was until now, is asked by
    ``asked`` to introduce them; events from before these leave them out.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.keyworker.changed.v1"
    TOPIC: ClassVar[str] = _TOPIC

    engagement_id: UUID
    household_id: UUID
    team_id: Slug
    previous_key_worker_id: str
    key_worker: Recipient
    reason: ChangeReason
    handover_id: UUID | None = None
    cause: Cause
    alert: AlertPlan
    previous: Recipient | None = None
    asked: AlertPlan | None = None
    reasons: tuple[str, ...] = ()

    def subject(self) -> str:
        return str(self.household_id)


class CoverArrangedV1(Event):
    """Somebody answers for a key worker from ``starts_at`` until ``ends_at``; None ends a cover.

    The engagements stay the key worker's; alerts go to both. ``cover`` None: cover has ended early.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.cover.arranged.v1"
    TOPIC: ClassVar[str] = _TOPIC

    cover_id: UUID
    key_worker_id: str
    cover: Recipient | None = None
    starts_at: AwareDatetime
    ends_at: AwareDatetime

    def subject(self) -> str:
        return str(self.cover_id)


class EngagementEndedV1(Event):
    """The engagement is over, and its referral is closed.

    ``kept_engagement_id`` and ``key_worker``: after a link, the household's other engagement, with
    which it goes on; without them the household has no key worker any more. Then whoever had it,
    ``previous``, is asked to hand over, with ``cause``, ``asked`` and ``reasons``.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.engagement.ended.v1"
    TOPIC: ClassVar[str] = _TOPIC

    engagement_id: UUID
    referral_id: UUID
    household_id: UUID
    key_worker_id: str
    reason: ChangeReason
    ended_at: AwareDatetime
    kept_engagement_id: UUID | None = None
    key_worker: Recipient | None = None
    alert: AlertPlan | None = None
    previous: Recipient | None = None
    cause: Cause | None = None
    asked: AlertPlan | None = None
    reasons: tuple[str, ...] = ()

    def subject(self) -> str:
        return str(self.household_id)


class RoutingReversedV1(Event):
    """An assessment had been sent to the wrong household: what was said of it no longer holds.

    Its alert is withdrawn and its row in the ledger reversed. What is said of it instead follows as
    an event of its own. ``household_id`` and ``engagement_id``: what it had been sent to, settled
    or as a possible match; ``now_household_id``: the household that it is of now, where that is
    decided.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.routing.reversed.v1"
    TOPIC: ClassVar[str] = _TOPIC

    assessment_id: UUID
    household_id: UUID
    engagement_id: UUID | None = None
    now_household_id: UUID | None = None
    reason: ReversalReason

    def subject(self) -> str:
        return str(self.household_id)


class ReferralClosedV1(Event):
    """A referral is closed without an engagement of its own having ended.

    ``kept_referral_id``: the household's other one, with which it went on after a link;
    ``kept_engagement_id``: its engagement, where it has a key worker already.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.referral.closed.v1"
    TOPIC: ClassVar[str] = _TOPIC

    referral_id: UUID
    household_id: UUID
    kept_referral_id: UUID | None = None
    kept_engagement_id: UUID | None = None
    reason: ReversalReason

    def subject(self) -> str:
        return str(self.household_id)


class HouseholdMovedV1(Event):
    """After a link or a separation, an engagement or open referral is another household's.

    Alerts, outcomes and the ledger that name ``previous_household_id`` follow. After a separation,
    also one that a link had ended and that is taken up again, by ``key_worker`` with ``alert``:
    where it never left, both ids are the same. ``assessment_ids``: in events from before
    :class:`AssessmentsMovedV1`, those that went with it.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.household.moved.v1"
    TOPIC: ClassVar[str] = _TOPIC

    previous_household_id: UUID
    household_id: UUID
    referral_id: UUID
    engagement_id: UUID | None = None
    key_worker: Recipient | None = None
    alert: AlertPlan | None = None
    assessment_ids: tuple[UUID, ...] = ()
    reason: ReversalReason

    def subject(self) -> str:
        return str(self.household_id)


class AssessmentsMovedV1(Event):
    """After a link or a separation these assessments are this household's from now on.

    All that is, without having been decided anew: of a link everything of the household that was
    retired. Whom they went to has gone with them, in the same transaction. Whoever works with the
    household works on them, where a link has ended what they went to.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.assessments.moved.v1"
    TOPIC: ClassVar[str] = _TOPIC

    household_id: UUID
    assessment_ids: Annotated[tuple[UUID, ...], Field(min_length=1)]
    reason: ReversalReason

    def subject(self) -> str:
        return str(self.household_id)
