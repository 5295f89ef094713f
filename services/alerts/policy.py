"""How long each severity may wait, and when each place works: data, with defaults for England.

A place's policy is an entry of a JSON file, ``{"<place>": {...}}``, with the fields of
:class:`PlacePolicy`, read once, at the start; what it leaves out is as the place file in force has
it (:mod:`services.alerts.places`), or keeps its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import holidays
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

from contracts.envelope import Slug
from contracts.vocabulary import Severity
from services.alerts.deadlines import Allowance, Calendar, Unit, due_at
from services.alerts.messages import Channel, Preference, What
from services.kit.patience import Patience

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

REMIND: Mapping[Severity, float] = {
    Severity.IMMEDIATE: 0.5,
    Severity.URGENT: 0.75,
    Severity.ROUTINE: 0.75,
}
"""After which share of that time the recipient is reminded; 0: not at all."""

CHANNELS: Mapping[Severity, tuple[Channel, ...]] = {
    Severity.IMMEDIATE: (Channel.EMAIL, Channel.NOTIFY, Channel.SMS, Channel.WEBHOOK),
    Severity.URGENT: (Channel.EMAIL, Channel.NOTIFY, Channel.WEBHOOK),
    # Routine alerts wait for the digest, not for a message each.
    Severity.ROUTINE: (Channel.WEBHOOK,),
}
"""By which channels a new or passed-on alert is told outside the pages, where they are set up."""

ASIDE: tuple[Channel, ...] = (Channel.EMAIL, Channel.NOTIFY)
"""By which channels reminders and digests come, besides those of the alert's severity."""

PATIENCE = Patience(longest=timedelta(minutes=15), limit=timedelta(days=1))
"""How long a message is tried: what comes days later helps nobody; the pages and escalation do."""

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class _ClosedDays:
    """Bank holidays of a country, and the place's own closures. Answers ``day in closed``."""

    def __init__(self, country: str | None, subdivision: str | None, own: frozenset[date]) -> None:
        self._bank = holidays.country_holidays(country, subdiv=subdivision) if country else ()
        self._own = own

    def __contains__(self, day: object) -> bool:
        return day in self._own or day in self._bank


class PlacePolicy(BaseModel):
    """One place's working time and allowances. ``closed``: closures besides the bank holidays of
    ``country``; None: there are no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: str = "Europe/London"
    opens: time = time(9)
    closes: time = time(17)
    working_days: tuple[str, ...] = DAYS[:5]
    country: str | None = "GB"
    subdivision: str | None = "ENG"
    closed: frozenset[date] = frozenset()
    acknowledge: dict[Severity, Allowance] = Field(default_factory=dict)
    escalate: dict[Severity, Allowance] = Field(default_factory=dict)
    remind: dict[Severity, Annotated[float, Field(ge=0, lt=1)]] = Field(default_factory=dict)
    channels: dict[Severity, tuple[Channel, ...]] = Field(default_factory=dict)
    digest_at: time | None = time(8, 30)
    may_choose: tuple[Channel, ...] | None = None
    """The channels that recipients may choose among; None: all that the place uses for anything."""
    quiet_hours_most: Annotated[float, Field(ge=0, le=8)] = 2.0
    """How many hours of a working day a recipient may keep free of messages; 0: none."""

    @field_validator("working_days")
    @classmethod
    def _are_days(cls, days: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(days) - set(DAYS):
            raise ValueError(f"not a day of the week: {', '.join(sorted(unknown))}")
        return days

    @field_validator("digest_at")
    @classmethod
    def _is_within_a_day(cls, at: time | None) -> time | None:
        if at is not None and at.tzinfo is not None:
            raise ValueError("a time of the place's own clock, without a time zone")
        return at

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar(
            timezone=ZoneInfo(self.timezone),
            opens=self.opens,
            closes=self.closes,
            weekdays=frozenset(DAYS.index(day) for day in self.working_days),
            holidays=_ClosedDays(self.country, self.subdivision, self.closed),
        )

    def acknowledge_by(self, severity: Severity, start: datetime) -> datetime:
        """When the first recipient must have said that they know."""
        allowance = self.acknowledge.get(severity, ACKNOWLEDGE[severity])
        return due_at(start, allowance, self.calendar)

    def escalate_by(self, severity: Severity, start: datetime) -> datetime:
        """When a later recipient must have."""
        return due_at(start, self.escalate.get(severity, ESCALATE[severity]), self.calendar)

    def remind_at(self, severity: Severity, start: datetime) -> datetime | None:
        """When the first recipient is reminded, counted as their time to answer is."""
        share = self.remind.get(severity, REMIND[severity])
        allowance = self.acknowledge.get(severity, ACKNOWLEDGE[severity])
        if not share:
            return None
        part = Allowance(allowance.amount * share, allowance.unit)
        return due_at(start, part, self.calendar)

    def offered(self) -> list[Channel]:
        """The channels that recipients may choose among."""
        used = {c for s in Severity for c in self.channels.get(s, CHANNELS[s])} | {*ASIDE}
        wanted = used if self.may_choose is None else set(self.may_choose)
        return [channel for channel in Channel if channel in wanted]

    def digest_of(self, now: datetime) -> datetime | None:
        """The moment of today's digest, on the place's clock; None: none today, or not yet."""
        here = now.astimezone(self.calendar.timezone)
        if self.digest_at is None or here.time() < self.digest_at:
            return None
        if not self.calendar.is_working_day(here.date()):
            return None
        return datetime.combine(here.date(), self.digest_at, self.calendar.timezone)


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy of every place; a place without one of its own has the defaults.

    ``channels``: those that are set up here.
    """

    by_place: Mapping[str, PlacePolicy] = field(default_factory=dict)
    default: PlacePolicy = field(default_factory=PlacePolicy)
    channels: frozenset[Channel] = frozenset()

    def of(self, place_id: str) -> PlacePolicy:
        return self.by_place.get(place_id, self.default)

    def offered(self, place_id: str) -> list[Channel]:
        """The channels that recipients of the place may choose among, of those that are set up."""
        return [c for c in self.of(place_id).offered() if c in self.channels]

    def may_tell(self, place_id: str, what: What, severity: Severity) -> bool:
        """Whether anybody can be told so by any channel, whatever they chose."""
        by_default = self.channels_for(place_id, what, severity)
        return bool(by_default or (self.offered(place_id) and not _is_single(what, severity)))

    def channels_for(
        self, place_id: str, what: What, severity: Severity, said: Preference | None = None
    ) -> list[Channel]:
        """By which channels somebody is told, of those that are set up. ``said``: their choice,
        which holds for all but what is immediate."""
        policy = self.of(place_id)
        named = policy.channels.get(severity, CHANNELS[severity])
        if what is What.DIGEST:
            named = ASIDE
        elif what is What.REMINDER:
            named = (*named, *ASIDE)
        if said is not None and severity is not Severity.IMMEDIATE:
            # One routine alert is no reason for a message where the place sends none; the rest
            # comes by whichever of the place's channels they have chosen.
            usable = named if _is_single(what, severity) or not named else policy.offered()
            named = tuple(c for c in usable if c in said.channels)
        if what is What.DIGEST:
            named = tuple(c for c in named if c is not Channel.WEBHOOK)
        return [channel for channel in dict.fromkeys(named) if channel in self.channels]


def _is_single(what: What, severity: Severity) -> bool:
    return severity is Severity.ROUTINE and what in {What.RAISED, What.ESCALATED}


def read_policies(path: Path | None, channels: frozenset[Channel] = frozenset()) -> Policies:
    """The policies in a JSON file. Raises pydantic's ``ValidationError`` naming what is wrong."""
    if path is None:
        return Policies(channels=channels)
    entries = TypeAdapter(dict[Slug, PlacePolicy]).validate_json(path.read_bytes())
    for policy in entries.values():
        policy.acknowledge_by(Severity.ROUTINE, datetime.now().astimezone())
    return Policies(entries, channels=channels)
