"""Each place's policy as it is now: the place file in force, and what the operator says beside it.

Invariant: what ``KITH_PLACE_POLICIES`` says of a place holds; what it leaves out is as the place
file has it; without either it is as in England.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts.places import PlaceInForceV1
from contracts.vocabulary import Severity
from services.alerts import store_places
from services.alerts.deadlines import Allowance, Unit
from services.alerts.messages import Channel
from services.alerts.policy import DAYS, PlacePolicy, Policies
from services.kit.consume import Received
from services.kit.db import Connection, Pool

_NOT_THEIRS = {"acknowledge", "escalate"}


def policy_of(place: PlaceInForceV1, said: PlacePolicy | None) -> PlacePolicy:
    """A place's policy. Who is told later has half the time: the household has waited once."""
    acknowledge = {
        Severity.IMMEDIATE: Allowance(place.immediate_minutes / 60, Unit.CLOCK_HOURS),
        Severity.URGENT: Allowance(place.urgent_working_minutes / 60, Unit.WORKING_HOURS),
        Severity.ROUTINE: Allowance(place.routine_working_minutes / 60, Unit.WORKING_HOURS),
    }
    escalate = {s: Allowance(a.amount / 2, a.unit) for s, a in acknowledge.items()}
    values: dict[str, Any] = {
        "timezone": place.time_zone,
        "opens": place.opens,
        "closes": place.closes,
        "working_days": tuple(DAYS[day] for day in place.working_days),
        "closed": frozenset(place.bank_holidays),
    }
    if place.bank_holidays:
        values["country"] = None  # the file names the days itself
    if said is not None:
        values |= {
            name: getattr(said, name) for name in said.model_fields_set if name not in _NOT_THEIRS
        }
        acknowledge |= said.acknowledge
        escalate |= said.escalate
    return PlacePolicy(**values, acknowledge=acknowledge, escalate=escalate)


class Places:
    """The policies of every place. Reads a place's file in force only when it has changed."""

    def __init__(self, said: Policies) -> None:
        self._said = said
        self._versions: dict[str, int] = {}
        self._by_place = dict(said.by_place)

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels that are set up here."""
        return self._said.channels

    async def current(self, connection: Connection | Pool) -> Policies:
        """As it is now."""
        for place_id, place in (await store_places.load_newer(connection, self._versions)).items():
            self._versions[place_id] = place.version
            self._by_place[place_id] = policy_of(place, self._said.by_place.get(place_id))
        return Policies(dict(self._by_place), self._said.default, self._said.channels)


async def keep_places(connection: Connection, received: Sequence[Received]) -> None:
    """Keep what is said of places in force."""
    for item in received:
        if isinstance(item.event, PlaceInForceV1):
            await store_places.save_place(connection, item.envelope.place_id, item.event)
