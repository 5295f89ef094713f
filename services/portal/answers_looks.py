"""What services answer of who looked at a household."""

from __future__ import annotations

from pydantic import AwareDatetime

from services.portal.answers import Answer


class Look(Answer):
    """One look. ``person``: who it was, where several share ``actor``; ``what``: at what;
    ``fields``: which of it, where that is kept; ``linked``: at another household, while this one
    was part of it. ``number``: of the row in its table."""

    number: int
    at: AwareDatetime
    actor: str
    person: str | None = None
    purpose: str
    what: str
    shown: bool
    linked: bool = False
    fields: tuple[str, ...] = ()


class Looks(Answer):
    """Of one service, the last first. ``more``: there are earlier ones."""

    looks: tuple[Look, ...] = ()
    more: bool = False


class HouseholdLooks(Looks):
    """Of matching, which knows the household's present id, and its assessments."""

    household_id: str
    assessment_ids: tuple[str, ...] = ()


class FoundHouseholds(Answer):
    """The households that may be meant by what was typed."""

    household_ids: tuple[str, ...] = ()
