"""A person as known: the distinct normalised values of each field over all mentions of them.

A mention (one person in one assessment) is a profile of one; so one comparison serves a mention
against a person and a person against a person. Bounded: at most ``MAX_VALUES`` of a field, the
newest kept, so that no person grows without end.
"""

from __future__ import annotations

from functools import lru_cache
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

    def dump(self) -> str:
        """The profile as it is stored: compact text, quick to read. No normalised value holds a
        tab or a line's end."""
        if self == EMPTY:
            return ""
        packed = [
            dump_homes(self.homes) if n == _HOMES else _VALUE.join(map(str, values))
            for n, values in enumerate(self)
        ]
        return _FIELD.join(packed)

    @staticmethod
    def load(stored: str) -> Profile:
        """The profile that :meth:`dump` wrote."""
        if not stored:
            return EMPTY
        given, middle, family, born, sexes, identifiers, phones, emails, homes, towns = (
            stored.split(_FIELD)
        )
        return _new(
            Profile,
            (
                _shared(given),
                _shared(middle),
                _shared(family),
                _values(born),
                _shared(sexes),
                _values(identifiers),
                _values(phones),
                _values(emails),
                load_homes(homes),
                _shared(towns),
            ),
        )


_FIELD, _VALUE, _PART = "\t", "\n", "\r"


_new = tuple.__new__
"""Without the keyword arguments that a named tuple's own takes: ten of them for every candidate."""


def _values(stored: str) -> tuple[str, ...]:
    if _VALUE in stored:
        return tuple(stored.split(_VALUE))
    return (stored,) if stored else ()


_shared = lru_cache(maxsize=65536)(_values)
"""Of values that many people have: they are held once."""


def dump_homes(homes: tuple[Home, ...]) -> str:
    """Addresses as they are stored."""
    return _VALUE.join([_PART.join(home) for home in homes])


def load_homes(stored: str) -> tuple[Home, ...]:
    """The addresses that :func:`dump_homes` wrote."""
    if not stored:
        return ()
    if _VALUE in stored:
        return tuple([_new(Home, home.split(_PART)) for home in stored.split(_VALUE)])
    return (_new(Home, stored.split(_PART)),)


FIELDS = Profile._fields
_HOMES = FIELDS.index("homes")
EMPTY = Profile()
