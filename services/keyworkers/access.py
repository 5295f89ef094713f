"""Who may know of a restricted household: its key worker, whoever stands in for them, whom a team
lead or privacy officer has named. Pure.

Invariants: an old key worker is off the list when the new one is on it; nobody with a conflict of
interest is on it; of two lists that became one, only who was on both is left: the stricter wins.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.restrictions import Reader
from contracts.vocabulary_access import AccessReason, KnowsBecause
from services.keyworkers.eligibility import works_on
from services.keyworkers.roster import Roster

EMERGENCY = timedelta(hours=24)
"""How long a front door that was told of harm may put itself on a list."""
LONGEST = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody was put on a list by name. ``removed_at`` None: nobody has taken them off it."""

    entry_id: UUID
    household_id: UUID
    reader_id: str
    reason: AccessReason
    until: datetime | None
    added_by: str
    added_at: datetime
    removed_at: datetime | None = None

    def stands(self, now: datetime) -> bool:
        return self.removed_at is None and (self.until is None or self.until > now)


@dataclass(frozen=True, slots=True)
class Joined:
    """A household that was linked into another, when, and whether it was restricted by then."""

    household_id: UUID
    linked_at: datetime
    was_restricted: bool


def entries_in_force(
    household_id: UUID,
    entries: Sequence[Entry],
    joined: Sequence[Joined],
    was_restricted: bool,
    now: datetime,
) -> list[Entry]:
    """The entries that count for a household and those linked into it, one for each reader.

    ``was_restricted``: whether the household itself was, before anything was linked into it. Where
    two restricted households became one, an entry from before stands only if its reader was on each
    of their lists.
    """
    standing = [entry for entry in entries if entry.stands(now)]
    last_link = max((j.linked_at for j in joined), default=None)
    lists = [j.household_id for j in joined if j.was_restricted]
    if was_restricted:
        lists.append(household_id)
    on: Mapping[UUID, set[str]] = {
        one: {e.reader_id for e in standing if e.household_id == one} for one in lists
    }
    found: dict[str, Entry] = {}
    for entry in sorted(standing, key=lambda e: (e.added_at, e.entry_id)):
        before = last_link is not None and entry.added_at < last_link
        if before and not all(entry.reader_id in readers for readers in on.values()):
            continue
        found[entry.reader_id] = entry
    return list(found.values())


def readers(
    roster: Roster,
    key_worker_id: str | None,
    entries: Sequence[Entry],
    barred: Collection[str],
    now: datetime,
) -> tuple[Reader, ...]:
    """Who may know as of ``now``, each once: by office before by name."""
    found: dict[str, Reader] = {}
    if key_worker_id is not None:
        found[key_worker_id] = Reader(id=key_worker_id, because=KnowsBecause.KEY_WORKER)
        if cover := _cover(roster, key_worker_id, barred, now):
            found.setdefault(cover.id, cover)
    for entry in entries:
        reader = Reader(
            id=entry.reader_id,
            because=KnowsBecause.NAMED,
            since=entry.added_at,
            until=entry.until,
        )
        known = found.get(entry.reader_id)
        if known is None or (known.until is not None and _later(reader, known)):
            found[entry.reader_id] = reader
    return tuple(reader for id_, reader in sorted(found.items()) if id_ not in barred)


def _later(one: Reader, other: Reader) -> bool:
    return other.until is not None and (one.until is None or one.until > other.until)


def _cover(
    roster: Roster, key_worker_id: str, barred: Collection[str], now: datetime
) -> Reader | None:
    """Whoever is told of the key worker's alerts while they are away; until they are back."""
    key_worker = roster.key_workers.get(key_worker_id)
    if key_worker is None:
        return None
    day = roster.working_day(now)
    if works_on(key_worker, day):
        return None
    cover = roster.cover_for(key_worker_id, day, without=barred)
    if cover is None:
        return None
    last = max(
        (leave.last for leave in key_worker.leave if leave.first <= day <= leave.last), default=day
    )
    zone = ZoneInfo(roster.place.calendar.time_zone)
    back = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    return Reader(id=cover.id, because=KnowsBecause.COVER, until=back)


def may_change(roster: Roster, actor_id: str, team_ids: Collection[str]) -> bool:
    """A privacy officer of the place, or the lead of the household's team."""
    return actor_id in roster.place.privacy_officers or actor_id in team_ids


def knows_the_reader(roster: Roster, reader_id: str) -> bool:
    """Whether there is somebody of this id in the place, to be put on a list."""
    place = roster.place
    return (
        reader_id in roster.key_workers
        or reader_id in roster.teams
        or reader_id in {place.id, *(locality.id for locality in place.localities)}
        or reader_id in {*place.privacy_officers, *place.reviewers}
    )
