"""Journeys, the ledger and the measures as the API shows them. Times are in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.kit.db import Row
from services.operations.stalls import LIMITS, Stage

_STAGES = (
    # Name, the column that says when, the stage it follows.
    ("accepted", "accepted_at", None),
    ("under_review", "review_at", "accepted"),
    ("matched", "matched_at", "accepted"),
    ("decided", "decided_at", "matched"),
    ("front_door", "front_door_at", "accepted"),
    ("alerted", "alerted_at", "decided"),
    ("front_door_alerted", "front_door_alerted_at", "front_door"),
    ("outcome", "outcome_at", "decided"),
    ("front_door_acknowledged", "front_door_acknowledged_at", "front_door_alerted"),
    ("acknowledged", "acknowledged_at", "alerted"),
)


class StageView(BaseModel):
    """A stage that was reached. ``after_ms``: since the assessment was accepted.

    ``took_ms``: since the stage it follows; None where that is not known, or came later.
    """

    name: str
    at: AwareDatetime
    after_ms: float | None
    took_ms: float | None


class JourneyView(BaseModel):
    """What followed from one assessment. ``stages`` in the order in which they were reached.

    ``state``: accepted, under_review, matched, decided, queued, alerted or acknowledged.
    ``decision``: assigned, routed or queued. ``outcome``: what the agency was last told.
    ``agency_id``: None until it is known whose household it is, as that may be restricted.
    ``hidden``: whoever asks may not know of the household, so neither agency nor people are said.
    """

    id: UUID
    place_id: str
    agency_id: str | None
    urgency: str | None
    state: str
    household_id: UUID | None
    decision: str | None
    outcome: str | None
    outcome_final: bool | None
    front_door: bool
    started_at: AwareDatetime
    due_at: AwareDatetime | None
    acknowledged_by: str | None
    stages: list[StageView]
    restricted: Annotated[bool, Field(exclude=True)] = False
    hidden: bool = False


class EventView(BaseModel):
    """An event and where it stands in Kafka. ``after_ms``: since the assessment was accepted."""

    event_id: UUID
    type: str
    time: AwareDatetime
    topic: str
    partition: int
    offset: int
    subject: str
    after_ms: float


class EntryView(BaseModel):
    """One referral avoided: which assessment, which household, which match, who acknowledged.

    ``match_weight``: log2 odds, in bits. ``reversed_at``: when it was taken back, as the
    assessment is another household's or key worker's; it does not count any more.
    ``acknowledged_by``: who said first that they know of it, while it stood.
    ``first_assessment_id``: the one for which the key worker was named. ``household_now``: whose
    it is now; of one reversed, the household that ``household_id`` is one with.
    ``hidden``: whoever asks may not know of the household: that a referral was avoided is said, and
    no more. ``erased``: what it was of was erased since, and nobody knows of whom it was: the same.
    """

    assessment_id: UUID
    first_assessment_id: UUID | None
    household_id: UUID | None
    household_now: UUID | None
    place_id: str
    agency_id: str | None
    engagement_id: UUID | None
    team_id: str | None
    key_worker_id: str | None
    routed_at: AwareDatetime
    would_have_referred_for: str | None
    decision_id: UUID | None
    match_rule: str
    match_weight: float | None
    model_version: str
    reasons: list[str]
    accepted_at: AwareDatetime | None
    acknowledged_by: str | None
    acknowledged_at: AwareDatetime | None
    reversed_at: AwareDatetime | None
    hidden: bool = False
    erased: bool = False


class JourneyInFull(JourneyView):
    """A journey with every event of it, and the referrals it avoided."""

    events: list[EventView]
    avoided: list[EntryView]


class JourneyPage(BaseModel):
    """Some journeys. ``next``: pass it as ``after`` for more; None when there are no more.

    ``cursor``: pass it as ``after`` to the stream, to miss nothing that changes from here on.
    """

    journeys: list[JourneyView]
    next: str | None
    cursor: int


class LedgerPage(BaseModel):
    """Some ledger rows. ``next``: pass it as ``after`` for more."""

    entries: list[EntryView]
    next: str | None


class StallView(BaseModel):
    """A journey that has not reached a stage in time. ``since``: when the stage before was.
    ``hidden``: neither agency nor household is said."""

    id: UUID
    place_id: str
    agency_id: str | None
    household_id: UUID | None
    restricted: Annotated[bool, Field(exclude=True)] = False
    state: str
    stage: Stage
    waits_for: str
    since: AwareDatetime
    due_at: AwareDatetime
    late_seconds: float
    hidden: bool = False


class Avoided(BaseModel):
    """Referrals avoided, of one kind. ``would_have_referred_for``: the service, where said."""

    would_have_referred_for: str | None
    match_rule: str
    count: int


class Impact(BaseModel):
    """What the place gains. Referrals avoided are the ledger's rows that stand, counted.

    ``later_assessments``: second and later assessments of a household; ``later_routed_share``: the
    share of those that went to the key worker, 0 to 1. Medians are in minutes from acceptance.
    ``households_by_assessments``: number of assessments to number of households.
    """

    assessments: int
    referrals_opened: int
    re_referrals: int
    contacts_routed: int
    key_workers_assigned: int
    waiting_for_room: int
    under_review: int
    front_door: int
    referrals_avoided: int
    avoided_then_reversed: int
    avoided: list[Avoided]
    later_assessments: int
    later_routed: int
    later_routed_share: float | None
    median_minutes_to_alert: float | None
    median_minutes_to_acknowledgement: float | None
    households: int
    households_by_assessments: dict[int, int]
    households_by_agencies: dict[int, int]


class Flow(BaseModel):
    """Events of a topic that operations saw."""

    topic: str
    last_minute: int
    last_hour: int


class Latency(BaseModel):
    """Milliseconds between stages: ``{"accepted_to_alerted": {"journeys", "p50", "p95", ...}}``."""

    since: AwareDatetime
    stages: dict[str, dict[str, float]]


def show_journey(row: Row) -> JourneyView:
    """The journey in a row of the store."""
    return JourneyView(**_journey(row))


def show_in_full(row: Row, events: list[Row], entries: list[Row]) -> JourneyInFull:
    """A journey with its events and ledger rows."""
    begun = row["accepted_at"] or row["started_at"]
    return JourneyInFull(
        **_journey(row),
        events=[EventView(**dict(e), after_ms=_ms(begun, e["time"])) for e in events],
        avoided=[EntryView(**dict(e)) for e in entries],
    )


def show_stall(row: Row, now: datetime) -> StallView:
    """The stall in a row of the store."""
    stage = Stage(row["stage"])
    late = (now - row["due_at"]).total_seconds()
    return StallView(
        **(dict(row) | {"stage": stage}),
        waits_for=LIMITS[stage].waits_for,
        late_seconds=round(late, 1),
    )


def _journey(row: Row) -> dict[str, Any]:
    reached = {name: row[column] for name, column, _ in _STAGES if row[column] is not None}
    accepted = row["accepted_at"]
    stages = [
        StageView(
            name=name,
            at=reached[name],
            after_ms=_ms(accepted, reached[name]) if accepted else None,
            took_ms=_took(reached, name, follows),
        )
        for name, _, follows in _STAGES
        if name in reached
    ]
    return dict(row) | {
        "front_door": row["front_door_at"] is not None,
        "stages": sorted(stages, key=lambda stage: stage.at),
    }


def _took(reached: dict[str, datetime], name: str, follows: str | None) -> float | None:
    before = reached.get(follows) if follows else None
    if before is None or before > reached[name]:
        return None
    return _ms(before, reached[name])


def _ms(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds() * 1000, 3)
