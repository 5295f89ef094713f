"""Looks of several services as one list: put together, paged, and told as people look. Pure.

A page asks each service for as many as it shows, with all of the same moment as the earliest: so
whatever is at or after the moment at which the page ends is complete, and the next page begins
before that moment.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.portal.answers_looks import Look, Looks

_AT_ONCE = timedelta(seconds=60)
"""Looks of one person for one purpose within this are one: a page asks several services."""
_COLUMNS = (
    "at", "who", "name", "person", "purpose", "service", "what", "fields", "shown", "linked",
    "number",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """A look, and the service that kept it."""

    service: str
    look: Look


@dataclass(slots=True)
class Sitting:
    """What somebody looked at for one purpose at one time, the last first."""

    actor: str
    person: str | None
    purpose: str
    last: datetime
    first: datetime
    shown: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    linked: bool = False


@dataclass(frozen=True, slots=True)
class PageOfLooks:
    """The last looks. ``before``: where the next page begins; None where there are no more."""

    seen: tuple[Seen, ...]
    before: datetime | None


def put_together(answers: Mapping[str, Looks], most: int) -> PageOfLooks:
    """One page of what services answered, the last look first."""
    every = sorted(
        (Seen(service, look) for service, answer in answers.items() for look in answer.looks),
        key=lambda one: (one.look.at, one.service, one.look.number),
        reverse=True,
    )
    if not every:
        return PageOfLooks((), None)
    # Of a service that has more, nothing is known from before the earliest that it answered.
    edges = [
        min(look.at for look in answer.looks)
        for answer in answers.values()
        if answer.more and answer.looks
    ]
    if len(every) > most:
        edges.append(every[most - 1].look.at)
    edge = max(edges, default=None)
    shown = tuple(one for one in every if edge is None or one.look.at >= edge)
    earlier = len(shown) < len(every) or any(answer.more for answer in answers.values())
    return PageOfLooks(shown, edge if earlier else None)


def sittings(seen: Iterable[Seen]) -> list[Sitting]:
    """The looks, the last first, as people look: of one person for one purpose within a minute."""
    found: list[Sitting] = []
    latest: dict[tuple[str, str | None, str], Sitting] = {}
    for one in seen:
        look = one.look
        key = (look.actor, look.person, look.purpose)
        sitting = latest.get(key)
        if sitting is None or sitting.first - look.at > _AT_ONCE:
            sitting = latest[key] = Sitting(*key, look.at, look.at)
            found.append(sitting)
        sitting.first = look.at
        sitting.linked |= look.linked
        listed = sitting.shown if look.shown else sitting.refused
        for what in _what(look):
            if what not in listed:
                listed.append(what)
    return found


def _what(look: Look) -> list[str]:
    """What was looked at, as a word of its own."""
    if look.what != "assessments":
        return [look.what]
    if set(look.fields) <= {"looks", "assessment_id"}:
        return list(look.fields)
    return ["own assessment" if "person" in look.fields else "assessments"]


def as_csv(seen: Sequence[Seen], names: Mapping[str, str]) -> str:
    """Every look in a line of its own, for a spreadsheet: moments in UTC."""
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(seen, names):
        writer.writerow({name: _plain(value) for name, value in row.items()})
    return out.getvalue()


def as_json(household_id: str, seen: Sequence[Seen], names: Mapping[str, str]) -> str:
    """The same as one JSON object."""
    rows = [dict(row) for row in _rows(seen, names)]
    return json.dumps({"household_id": household_id, "looks": rows}, ensure_ascii=False, indent=1)


def _rows(seen: Sequence[Seen], names: Mapping[str, str]) -> Iterable[dict[str, object]]:
    for one in seen:
        look = one.look
        yield {
            "at": look.at.astimezone(UTC).isoformat(),
            "who": look.actor,
            "name": names.get(look.actor, ""),
            "person": look.person or "",
            "purpose": look.purpose,
            "service": one.service,
            "what": look.what,
            "fields": list(look.fields),
            "shown": look.shown,
            "linked": look.linked,
            "number": look.number,
        }


def _plain(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, list):
        value = " ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
