"""How long each severity may wait, and when each place works: data, with defaults for England.

A place's policy is an entry of a JSON file, ``{"<place>": {...}}``, with the fields of
:class:`PlacePolicy`; what it leaves out keeps its default. Read once, at the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

from contracts.envelope import Slug
from contracts.vocabulary import Severity
from services.alerts.deadlines import Allowance, Calendar, Unit, due_at

ACKNOWLEDGE: Mapping[Severity, Allowance] = {
    Severity.IMMEDIATE: Allowance(1, Unit.CLOCK_HOURS),
    Severity.URGENT: Allowance(4, Unit.WORKING_HOURS),
    # A council must decide and acknowledge within one working day.
    Severity.ROUTINE: Allowance(1, Unit.WORKING_DAYS),
}
"""How long the first recipient has."""

ESCALATE: Mapping[Severity, Allowance] = {
    Severity.IMMEDIATE: Allowance(0.5, Unit.CLOCK_HOURS),
    Severity.URGENT: Allowance(2, Unit.WORKING_HOURS),
    Severity.ROUTINE: Allowance(4, Unit.WORKING_HOURS),
}
"""How long each next recipient has: half, because the household has waited once already."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class _ClosedDays:
    """Bank holidays of a country, and the place's own closures. Answers ``day in closed``."""

    def __init__(self, country: str, subdivision: str | None, own: frozenset[date]) -> None:
        self._bank = holidays.country_holidays(country, subdiv=subdivision)
        self._own = own

    def __contains__(self, day: object) -> bool:
        return day in self._own or day in self._bank


class PlacePolicy(BaseModel):
    """One place's working time and allowances. ``closed``: closures besides bank holidays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: str = "Europe/London"
    opens: time = time(9)
    closes: time = time(17)
    working_days: tuple[str, ...] = _DAYS[:5]
    country: str = "GB"
    subdivision: str | None = "ENG"
    closed: frozenset[date] = frozenset()
    acknowledge: dict[Severity, Allowance] = Field(default_factory=dict)
    escalate: dict[Severity, Allowance] = Field(default_factory=dict)

    @field_validator("working_days")
    @classmethod
    def _are_days(cls, days: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(days) - set(_DAYS):
            raise ValueError(f"not a day of the week: {', '.join(sorted(unknown))}")
        return days

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar(
            timezone=ZoneInfo(self.timezone),
            opens=self.opens,
            closes=self.closes,
            weekdays=frozenset(_DAYS.index(day) for day in self.working_days),
            holidays=_ClosedDays(self.country, self.subdivision, self.closed),
        )

    def acknowledge_by(self, severity: Severity, start: datetime) -> datetime:
        """When the first recipient must have said that they know."""
        allowance = self.acknowledge.get(severity, ACKNOWLEDGE[severity])
        return due_at(start, allowance, self.calendar)

    def escalate_by(self, severity: Severity, start: datetime) -> datetime:
        """When a later recipient must have."""
        return due_at(start, self.escalate.get(severity, ESCALATE[severity]), self.calendar)


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy of every place; a place without one of its own has the defaults."""

    by_place: Mapping[str, PlacePolicy] = field(default_factory=dict)
    default: PlacePolicy = field(default_factory=PlacePolicy)

    def of(self, place_id: str) -> PlacePolicy:
        return self.by_place.get(place_id, self.default)


def read_policies(path: Path | None) -> Policies:
    """The policies in a JSON file. Raises pydantic's ``ValidationError`` naming what is wrong."""
    if path is None:
        return Policies()
    entries = TypeAdapter(dict[Slug, PlacePolicy]).validate_json(path.read_bytes())
    for policy in entries.values():
        policy.acknowledge_by(Severity.ROUTINE, datetime.now().astimezone())
    return Policies(entries)
