"""What events say in figures: journeys are measured here, once, because every event comes here.

The id of a journey says when it began (UUID version 7, made when the assessment is accepted), so
that no look-up is needed for how long it took. Old events, as when a log is rebuilt, are not
counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from contracts.envelope import Envelope
from services.kit.telemetry_metrics import measuring, record
from services.operations.seen import (
    Acknowledged,
    Assigned,
    Escalated,
    FrontDoorTold,
    Matched,
    Offered,
    Opened,
    OutcomeStated,
    Queued,
    Raised,
    Recorded,
    ReviewAsked,
    Reviewed,
    Routed,
    Seen,
)

_TOO_OLD = timedelta(hours=6)
_BY_TYPE = {
    "kith.duplication.households.linked.v1": "kith.links",
    "kith.duplication.households.separated.v1": "kith.separations",
}
_COUNTED = {
    Matched: "kith.matches",
    ReviewAsked: "kith.reviews.requested",
    Reviewed: "kith.reviews.decided",
    Assigned: "kith.key_workers.assigned",
    Queued: "kith.households.queued",
    Offered: "kith.households.queued",
    FrontDoorTold: "kith.front_door",
    Escalated: "kith.alerts.escalated",
}


def begun(journey_id: UUID) -> float | None:
    """When the journey began, in seconds since 1970; None where its id does not say."""
    return (journey_id.int >> 80) / 1000 if journey_id.version == 7 else None


def measure(seen: Iterable[tuple[Envelope, Seen]], now: datetime) -> None:
    """Count what happened, and how long after acceptance it did."""
    if not measuring():
        return
    for envelope, event in seen:
        if now - envelope.time < _TOO_OLD:
            _count(envelope, event)


def _count(envelope: Envelope, event: Seen) -> None:
    place, view = envelope.place_id, event.view
    if (name := _COUNTED.get(type(view)) or _BY_TYPE.get(envelope.type)) is not None:
        record(name, 1, place=place)
    took = None
    if isinstance(view, Recorded):
        record("kith.assessments", 1, place=place, agency=view.agency_id)
    elif isinstance(view, Opened):
        record("kith.referrals.opened", 1, place=place, team=view.team_id)
    elif isinstance(view, Routed):
        record("kith.contacts.routed", 1, place=place, team=view.team_id)
        if view.referral_avoided and not view.provisional:
            record("kith.referrals.avoided", 1, place=place, team=view.team_id)
    elif isinstance(view, Matched):
        took = "kith.journey.to_match"
    elif isinstance(view, Raised):
        record("kith.alerts.raised", 1, place=place, kind=view.kind.value)
        took = "kith.journey.to_alert"
    elif isinstance(view, Acknowledged):
        record("kith.alerts.acknowledged", 1, place=place, kind=view.kind.value)
        took = "kith.journey.to_acknowledgement"
    elif isinstance(view, OutcomeStated):
        record("kith.outcomes", 1, place=place, outcome=view.outcome.value)
        took = "kith.journey.to_outcome"
    began = begun(envelope.journey_id)
    if took is not None and began is not None:
        record(took, max(0.0, envelope.time.timestamp() - began), place=place)
