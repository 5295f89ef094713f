"""Saying what a change in a transaction came to: its events in order, each under its own id."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.envelope import Event
from contracts.restrictions import HouseholdRestrictedV1
from services.kit.work import Work


def say(work: Work, events: Sequence[Event], place_id: str, journey_id: UUID, cause: UUID) -> None:
    """Send these, in order. Two of one type must be of different subjects."""
    for event in events:
        parts = (event.subject(),) if isinstance(event, HouseholdRestrictedV1) else ()
        work.emit(event, place_id=place_id, journey_id=journey_id, cause=cause, parts=parts)
