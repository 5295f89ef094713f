"""Erasing here what duplication has erased, and keeping that it was.

Invariant: nothing that is heard late, or again, of an erased assessment or household brings
anything of it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from contracts.duplication import HouseholdMatchedV1, MatchReviewedV1, ReviewRequestedV1
from contracts.envelope import Event
from contracts.erasure import AssessmentsErasedV1
from contracts.keyworkers import Cause
from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1
from contracts.restrictions import HouseholdRestrictedV1
from contracts.vocabulary_changes import ChangeReason
from services.keyworkers import store_erasing, store_erasures, store_linking
from services.keyworkers.keeping import close_liftings, households_in
from services.keyworkers.roster import Roster
from services.keyworkers.separating import close_needless
from services.keyworkers.store_lifting import find_waiting
from services.keyworkers.taking_out import settle_without, take_out
from services.kit.db import Connection
from services.kit.erased import find_erased, keep_erased
from services.kit.outbox import Outgoing
from services.kit.telemetry_metrics import record

if TYPE_CHECKING:
    from services.kit.consume import Received


async def without_erased(connection: Connection, received: Sequence[Received]) -> list[Received]:
    """What was received, without what is about something that was erased before, or by an event
    that came before it."""
    gone = set(await find_erased(connection, {i for item in received for i in _about(item.event)}))
    left = []
    for item in received:
        event = item.event
        if isinstance(event, AssessmentsErasedV1):
            gone.update(event.assessment_ids, event.household_ids)
        elif gone.intersection(_about(event)):
            continue
        left.append(item)
    return left


def _about(event: Event) -> tuple[UUID, ...]:
    """What an event would bring back, if it had been erased. An assessment's household is not: an
    assessment that there is must reach somebody, whatever was erased."""
    match event:
        case HouseholdMatchedV1() | ReviewRequestedV1() | MatchReviewedV1():
            return (event.assessment_id,)
        case HouseholdsLinkedV1():
            return (event.household_id, event.retired_household_id)
        case HouseholdsSeparatedV1():
            return (event.household_id, event.separated_household_id)
        case HouseholdRestrictedV1():
            return (event.household_id,)
        case _:
            return ()


def of_what_stays(heard: Sequence[Event], said: Sequence[Event]) -> list[Event]:
    """What was heard in one transaction and what followed, without what is about something that
    was erased in it."""
    erased = [event for event in heard if isinstance(event, AssessmentsErasedV1)]
    gone = {id_ for event in erased for id_ in (*event.assessment_ids, *event.household_ids)}
    if not gone:
        return [*heard, *said]
    return [
        event
        for event in (*heard, *said)
        if gone.isdisjoint((*households_in([event]), *_about(event), *_caused_by(event)))
    ]


def _caused_by(event: Event) -> tuple[UUID, ...]:
    cause = getattr(event, "cause", None)
    return (cause.assessment_id,) if isinstance(cause, Cause) else ()


async def erase(
    connection: Connection,
    roster: Roster,
    received: Sequence[tuple[Received, AssessmentsErasedV1]],
) -> list[Outgoing]:
    """Erase what several events of a place say: whole households, and single assessments of
    households that stay."""
    households = {h: e.erasure_id for _, e in received for h in e.household_ids}
    single = [(item, event) for item, event in received if not event.household_ids]
    touched, said = await take_out(connection, roster, single)
    said += await _end_what_is_open(connection, roster, received, households)
    await store_erasures.close_unanswered(connection, households, received[0][0].now)
    counted = [
        await store_erasing.erase_households(connection, households),
        await store_erasing.erase_assessments(
            connection, {a: e.erasure_id for _, e in received for a in e.assessment_ids}
        ),
        await store_erasing.erase_people(
            connection, {p: e.erasure_id for _, e in received for p in e.person_ids}
        ),
    ]
    said += await settle_without(connection, roster, single, touched)
    for _, event in received:
        counts = _sum(one.get(event.erasure_id, Counter()) for one in counted)
        await keep_erased(connection, event, roster.place.id, counts)
    erased = {event.erasure_id for _, event in received}
    record("kith.erasures", len(erased), place=roster.place.id)
    return said


async def _end_what_is_open(
    connection: Connection,
    roster: Roster,
    received: Sequence[tuple[Received, AssessmentsErasedV1]],
    households: Collection[UUID],
) -> list[Outgoing]:
    """Whoever works with a household, or is asked about its restriction, is told that they need no
    more. That somebody works with it, the order was to rule out."""
    said: list[Outgoing] = []
    still_open = await store_linking.load_open(connection, households)
    asked = {one.household_id for one, _, _ in await find_waiting(connection, households)}
    for item, event in received:
        for household in event.household_ids:
            if household in asked:
                said += await close_liftings(connection, roster, item, household)
            if (opened := still_open.get(household)) is not None:
                said += [
                    Outgoing(e.id, e.event, roster.place.id, e.journey_id, item.now, e.traceparent)
                    for e in await close_needless(
                        connection, item, opened, event.erased_at, ChangeReason.OTHER
                    )
                ]
    return said


def _sum(counts: Iterable[Counter[str]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total += one
    return dict(sorted(total.items()))
