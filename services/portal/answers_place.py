"""What the portal reads of the place file in force."""

from __future__ import annotations

from datetime import date, time

from pydantic import AwareDatetime

from services.portal.answers import Answer, Contact, Locality, Place, Team


class Calendar(Answer):
    """Working time and the days on which nobody but duty desks works."""

    time_zone: str
    working_days: tuple[str, ...] = ()
    opens: time
    closes: time
    bank_holidays: tuple[date, ...] = ()


class Deadlines(Answer):
    """How soon an alert must be acknowledged."""

    immediate_minutes: int
    urgent_working_minutes: int
    routine_working_minutes: int


class LocalityInFull(Locality):
    """A council with its districts and both desks."""

    districts: tuple[str, ...] = ()
    duty_desk: Contact


class PlaceInFull(Place):
    """The place as its file has it."""

    calendar: Calendar
    deadlines: Deadlines
    caseload_limit: int
    reserve_for_harm: int = 0
    re_referral_days: int = 365
    offer_working_minutes: int = 120
    duty_desk: Contact
    localities: tuple[LocalityInFull, ...] = ()


class TeamInFull(Team):
    """A team as the file has it. ``size``: how many work in it."""

    locality_id: str | None = None
    lead: Contact
    covers: tuple[str, ...] = ()
    assignment: str = "ranked"
    size: int = 0


class Version(Answer):
    """A version of the place file."""

    version: int
    loaded_at: AwareDatetime
    digest: str
    in_force: bool = False
