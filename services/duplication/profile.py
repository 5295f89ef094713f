"""A person as known: the distinct normalised values of each field over all mentions of them.

A mention (one person in one assessment) is a profile of one; so one comparison serves a mention
against a person and a person against a person. Bounded: at most ``MAX_VALUES`` of a field, the
newest kept, so that no person grows without end.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from services.duplication.addresses import Home

MAX_VALUES = 6


@dataclass(frozen=True, slots=True)
class Profile:
    """Distinct values per field, oldest first; every field may be empty, which means not known.

    ``given`` holds folded given names and names known as, ``family`` family names now and before,
    ``births`` dates as ``YYYYMMDD`` with ``X``, ``identifiers`` ``scheme:value``.
    """

    given: tuple[str, ...] = ()
    middle: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    births: tuple[str, ...] = ()
    sexes: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    homes: tuple[Home, ...] = ()
    towns: tuple[str, ...] = ()

    def joined(self, newer: Profile) -> Profile:
        """This profile with the values of ``newer`` added; itself where it adds nothing."""
        changed = False
        values: list[tuple[Any, ...]] = []
        for field in FIELDS:
            mine, theirs = getattr(self, field), getattr(newer, field)
            added = [value for value in theirs if value not in mine]
            if added:
                changed = True
                mine = (*mine, *added)[-MAX_VALUES:]
            values.append(mine)
        return Profile(*values) if changed else self

    def dump(self) -> dict[str, Any]:
        """The profile as JSON holds it: the fields that have values."""
        values = {field: value for field in FIELDS if (value := getattr(self, field))}
        if self.homes:
            values["homes"] = [tuple(home) for home in self.homes]
        return values

    @staticmethod
    def load(stored: dict[str, Any]) -> Profile:
        """The profile that :meth:`dump` wrote."""
        values: dict[str, Any] = {field: tuple(value) for field, value in stored.items()}
        if "homes" in values:
            values["homes"] = tuple(Home(*home) for home in values["homes"])
        return Profile(**values)


FIELDS = tuple(field.name for field in fields(Profile))
EMPTY = Profile()
