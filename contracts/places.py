"""The place file in force, as far as other services reckon by it: working time and deadlines.

Policy of a place, nothing of anybody who lives or works there.
"""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.envelope import Event, Slug


class PlaceInForceV1(Event):
    """A version of the place file is in force. The envelope names the place.

    ``working_days``: 0 is Monday; ``opens`` and ``closes`` are on the clock of ``time_zone``.
    ``bank_holidays``: days on which nobody but duty desks works; empty where the file names none.
    The minutes are how soon an alert must be acknowledged: immediate ones round the clock.
    ``privacy_officers``: who may ask each service what it holds about a person, by the ids with
    which they sign in.
    """

    TYPE: ClassVar[str] = "kith.keyworkers.place.inforce.v1"
    TOPIC: ClassVar[str] = "keyworkers.assignments"

    version: Annotated[int, Field(ge=1)]
    time_zone: str
    working_days: tuple[Annotated[int, Field(ge=0, le=6)], ...]
    opens: time
    closes: time
    bank_holidays: tuple[date, ...] = ()
    immediate_minutes: Annotated[int, Field(ge=1)]
    urgent_working_minutes: Annotated[int, Field(ge=1)]
    routine_working_minutes: Annotated[int, Field(ge=1)]
    privacy_officers: tuple[Slug, ...] = ()

    def subject(self) -> str:
        return f"version/{self.version}"
