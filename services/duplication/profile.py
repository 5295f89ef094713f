"""A person as known: the distinct normalised values of each field over all mentions of them.

A mention (one person in one assessment) is a profile of one; so one comparison serves a mention
against a person and a person against a person. Bounded: at most ``MAX_VALUES`` of a field, the
newest kept, so that no person grows without end.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from services.duplication.addresses import Home

MAX_VALUES = 6


class Profile(NamedTuple):
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
        for mine, theirs in zip(self, newer, strict=True):
            added = [value for value in theirs if value not in mine] if theirs else ()
            changed = changed or bool(added)
            values.append((*mine, *added)[-MAX_VALUES:] if added else mine)
        return Profile._make(values) if changed else self

    def dump(self) -> dict[str, Any]:
        """The profile as JSON holds it: the fields that have values."""
        values: dict[str, Any] = {field: value for field, value in self._asdict().items() if value}
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


FIELDS = Profile._fields
EMPTY = Profile()
