"""Keeping the lists of those who may know: worked out anew whenever something they follow from has
changed, and said where they are other than they were.

Runs in every transaction of this service, before it commits, so that no path can forget it; and
every so often, because cover follows the calendar.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.duplication import HouseholdMatchedV1, MatchReviewedV1
from contracts.envelope import Event, derive_id
from contracts.handovers import CoverArrangedV1
from contracts.keyworkers import FrontDoorNotifiedV1
from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1
from contracts.restrictions import (
    AccessChangedV1,
    HouseholdRestrictedV1,
    Reader,
    RestrictionLiftedV1,
)
from contracts.vocabulary_access import AccessReason, LiftingOutcome
from services.keyworkers import store_access as store
from services.keyworkers import store_apart, store_lifting, store_restricted
from services.keyworkers.access import Entry, Joined, entries_in_force, readers
from services.keyworkers.roster import Roster
from services.keyworkers.second_word import closed_of
from services.keyworkers.store import load_routes
from services.keyworkers.store_linking import load_current
from services.kit.access import learn_access
from services.kit.consume import Received
from services.kit.db import Connection, Row
from services.kit.erased import find_erased
from services.kit.outbox import Outgoing


@dataclass(frozen=True, slots=True)
class Kept:
    """The lists that have changed; and the households that were looked at, with those linked into
    each."""

    changed: list[AccessChangedV1] = field(default_factory=list)
    families: Mapping[UUID, list[Row]] = field(default_factory=dict)


def households_in(events: Iterable[Event]) -> set[UUID]:
    """Every household that events name."""
    found: set[UUID] = set()
    for event in events:
        for name in (
            "household_id",
            "previous_household_id",
            "retired_household_id",
            "separated_household_id",
        ):
            if (id_ := getattr(event, name, None)) is not None:
                found.add(id_)
    return found


async def note(connection: Connection, place_id: str, received: Sequence[Received]) -> None:
    """What the events say of who is restricted and who is kept apart, before any is acted on."""
    pairs: list[tuple[UUID, UUID]] = []
    alleged: list[tuple[UUID, UUID]] = []
    for item in received:
        event = item.event
        if isinstance(event, HouseholdRestrictedV1):
            await store_restricted.save_restricted(
                connection, place_id, item.envelope.journey_id, event
            )
        elif isinstance(event, HouseholdsSeparatedV1):
            for moved in event.moved:
                home = event.separated_household_id
                pairs += [(home, other) for other in moved.facts.apart_household_ids]
                alleged += [(home, person) for person in moved.facts.alleged_perpetrator_ids]
        elif isinstance(event, HouseholdMatchedV1 | MatchReviewedV1):
            home = event.household_id
            pairs += [(home, other) for other in event.facts.apart_household_ids]
            alleged += [(home, person) for person in event.facts.alleged_perpetrator_ids]
    if pairs or alleged:
        await store_apart.save_apart(connection, place_id, pairs, alleged)


async def lifted_besides(
    connection: Connection, roster: Roster, received: Sequence[Received]
) -> list[Outgoing]:
    """Assessments that came while a lifting was on its way are lifted as well: they are restricted
    because their household was, and it is no longer."""
    said: list[Outgoing] = []
    for item in received:
        event = item.event
        if not isinstance(event, HouseholdRestrictedV1) or event.restrictions:
            continue
        said += await close_liftings(connection, roster, item, event.household_id)
        agreed = [
            one
            for one in await store_lifting.find_liftings(connection, [event.household_id])
            if one.answer is LiftingOutcome.AGREED and one.answered_by is not None
        ]
        if not agreed:
            continue
        found = await store_lifting.find_restricting(connection, [event.household_id])
        rest = tuple(one for one, stated in found.items() if not stated)
        if rest:
            last = agreed[0]
            lifted = RestrictionLiftedV1(
                lifting_id=last.lifting_id,
                household_id=event.household_id,
                assessment_ids=rest,
                reason=last.reason,
                asked_by=last.asked_by,
                agreed_by=str(last.answered_by),
                agreed_at=item.now,
            )
            await learn_access(connection, [lifted])
            said.append(item.emit(lifted, event.household_id))
    return said


async def close_liftings(
    connection: Connection, roster: Roster, item: Received, household_id: UUID
) -> list[Outgoing]:
    """Nobody need answer whether a restriction be lifted that is none any more, or of what is to be
    erased."""
    family = (await store_restricted.load_families(connection, [household_id]))[household_id]
    barred = {who for row in family for who in row["barred"]}
    waiting = await store_lifting.find_waiting(connection, [row["id"] for row in family])
    if not waiting:
        return []
    routes = await load_routes(connection, {one.assessment_ids[0] for one, _, _ in waiting})
    said: list[Outgoing] = []
    for one, _, _ in waiting:
        withdrawn = LiftingOutcome.WITHDRAWN
        await store_lifting.save_answer(connection, one.lifting_id, withdrawn, "kith", item.now)
        route = routes[one.assessment_ids[0]]
        closed = closed_of(roster, one, withdrawn, None, barred, route)
        said.append(item.emit(closed, one.lifting_id))
    return said


async def keep(
    connection: Connection,
    roster: Roster,
    events: Sequence[Event],
    now: datetime,
    also: Collection[UUID] = (),
) -> Kept:
    """The lists that have changed with these events, saved. ``also``: households besides those
    that the events name."""
    told = [event for event in events if isinstance(event, FrontDoorNotifiedV1)]
    if told:
        await store_restricted.save_front_doors(connection, told)
    named = households_in(events) | set(also)
    covers = [event for event in events if isinstance(event, CoverArrangedV1)]
    if covers:
        named.update(await store_restricted.find_restricted_of(connection, covers))
    tracked = await store_restricted.find_tracked(connection, named) if named else []
    # Of what was erased nothing is said any more, whatever is still kept of who could see it.
    gone = await find_erased(connection, tracked)
    tracked = [one for one in tracked if one not in gone]
    for event in events:
        if isinstance(event, HouseholdsLinkedV1):
            await store_apart.move_apart(connection, event.retired_household_id, event.household_id)
    if not tracked:
        return Kept()
    current = await load_current(connection, tracked)
    families = await store_restricted.load_families(
        connection, {current.get(id_, id_) for id_ in tracked}
    )
    for event in events:
        if isinstance(event, HouseholdsSeparatedV1) and event.undoes is None:
            await _follow_separation(connection, roster, families, event, now)
    return Kept(await _restate(connection, roster, families, now), families)


async def _restate(
    connection: Connection, roster: Roster, families: dict[UUID, list[Row]], now: datetime
) -> list[AccessChangedV1]:
    everybody = [row["id"] for family in families.values() for row in family]
    last = await store.load_last_versions(connection, everybody)
    entries = await store.find_entries(connection, everybody)
    said = []
    for kept, family in sorted(families.items()):
        ids = {row["id"] for row in family}
        who, barred, restricted = _list_of(
            roster, kept, family, [e for e in entries if e.household_id in ids], now
        )
        for row in family:
            before = last.get(row["id"])
            event = AccessChangedV1(
                household_id=row["id"],
                version=before["version"] + 1 if before else 1,
                restricted=restricted,
                restricted_at=row["restricted_at"],
                readers=who,
                barred=barred,
                desk=roster.place.duty_desk,
                front_door=roster.place.front_door,
                changed_at=now,
            )
            if _is_news(before, event):
                await store.save_version(connection, roster.place.id, event)
                said.append(event)
    await learn_access(connection, said)
    return said


def _list_of(
    roster: Roster, kept: UUID, family: Sequence[Row], entries: Sequence[Entry], now: datetime
) -> tuple[tuple[Reader, ...], tuple[str, ...], bool]:
    """Who may know of a household and of all linked into it, who must not, and whether it is
    restricted at all."""
    (own,) = [row for row in family if row["id"] == kept]
    barred = tuple(sorted({one for row in family for one in row["barred"]}))
    if not own["restrictions"]:
        return (), barred, False
    joined = [
        Joined(row["id"], row["linked_at"], _before(row, row["linked_at"]))
        for row in family
        if row["linked_at"] is not None
    ]
    first_link = min((j.linked_at for j in joined), default=None)
    standing = entries_in_force(
        kept, entries, joined, first_link is not None and _before(own, first_link), now
    )
    who = readers(roster, own["key_worker_id"], standing, barred, now)
    return who, barred, True


def _before(row: Row, moment: datetime) -> bool:
    """Whether the household was restricted before it was linked."""
    return row["since"] is not None and row["since"] < moment


def _is_news(before: Row | None, event: AccessChangedV1) -> bool:
    if before is None:
        return event.restricted or bool(event.barred)
    listed = [reader.model_dump(mode="json") for reader in event.readers]
    return (
        before["restricted"] != event.restricted
        or before["readers"]["readers"] != listed
        or tuple(before["barred"]) != event.barred
    )


async def _follow_separation(
    connection: Connection,
    roster: Roster,
    families: dict[UUID, list[Row]],
    event: HouseholdsSeparatedV1,
    now: datetime,
) -> None:
    """What was stated goes where it was stated: those named for a household are named for the
    restricted part that leaves it, where nobody has been yet."""
    source, part = event.household_id, event.separated_household_id
    leaving = [row for row in families.get(part, ()) if row["id"] == part]
    if not leaving or not leaving[0]["restrictions"]:
        return
    entries = await store.find_entries(connection, [source, part])
    if any(entry.household_id == part for entry in entries):
        return
    for entry in entries_in_force(source, entries, (), was_restricted=False, now=now):
        copied = Entry(
            derive_id(event.separation_id, "access", entry.entry_id),
            part,
            entry.reader_id,
            AccessReason.SEPARATED,
            entry.until,
            entry.added_by,
            now,
        )
        await store.add_entry(connection, roster.place.id, copied, entry.entry_id)
