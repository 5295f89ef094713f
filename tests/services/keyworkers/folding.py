"""Folding events over a situation that is not in any store."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from contracts.envelope import Event
from services.keyworkers.place import Place
from services.keyworkers.roster import Roster
from services.keyworkers.routing import Consumed, decide
from services.keyworkers.situation import Engagement, Situation
from tests.services.keyworkers.building import MONDAY_TEN, small_place, uid

PLACE = small_place()


def fresh(place: Place = PLACE) -> Situation:
    return Situation(Roster(place))


def fold(situation: Situation, *events: Consumed) -> list[Event]:
    return [e.event for event in events for e in decide(situation, event)]


def known(
    household: object, key_worker: str, days: int = 30, ended: int | None = None
) -> dict[UUID, list[Engagement]]:
    """The engagement of a household, begun ``days`` ago and, if so, ended ``ended`` days ago."""
    at = MONDAY_TEN - timedelta(days=days)
    id_ = uid("household", household)
    engagement = Engagement(
        uid("engagement", household, key_worker),
        id_,
        uid("referral", household),
        "leigh-east",
        key_worker,
        at,
        None if ended is None else MONDAY_TEN - timedelta(days=ended),
    )
    return {id_: [engagement]}
