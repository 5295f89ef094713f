"""What duplication does when assessments arrive: load, decide in order, save, say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from contracts.assessments import AssessmentRecordedV1
from contracts.restrictions import RestrictionLiftedV1, RestrictionRestoredV1
from services.duplication.decide import Decided, decide
from services.duplication.fold import Assessed, assessed
from services.duplication.model import Model
from services.duplication.model_in_force import models_for
from services.duplication.near import PART, breathe, link_near, load_near
from services.duplication.state import MeetingUnknown, NotLoaded, State
from services.duplication.store import restricting
from services.duplication.store.matching import (
    find_decided,
    load_meetings,
    save_decided,
    save_reviews,
    save_state,
)
from services.kit import heap
from services.kit.access import find_lifted, learn_access
from services.kit.consume import Handle, Received
from services.kit.db import Connection
from services.kit.outbox import Outgoing
from services.kit.side_by_side import side_by_side
from services.kit.telemetry_metrics import record as measure

Arrived = tuple[Received, AssessmentRecordedV1, Assessed]
_Decision = RestrictionLiftedV1 | RestrictionRestoredV1


def on_assessments(model: Model) -> Handle:
    """Decide which household each assessment is of, in order, each assessment once. ``model``
    decides for places in which no other was put in force."""

    async def handle(connection: Connection, received: Sequence[Received]) -> list[Outgoing]:
        taken = [(i, i.event) for i in received if isinstance(i.event, AssessmentRecordedV1)]
        done = await find_decided(connection, [event.assessment_id for _, event in taken])
        models = await models_for(connection, (i.envelope.place_id for i, _ in taken), model)
        places: dict[str, list[Arrived]] = {}
        for item, event in taken:
            if event.assessment_id not in done:
                done.add(event.assessment_id)
                own = models[item.envelope.place_id]
                arrived = (
                    item,
                    event,
                    assessed(own, event.assessment_id, event.submission, event.received_at),
                )
                places.setdefault(item.envelope.place_id, []).append(arrived)
        events: list[Outgoing] = []
        with heap.undisturbed():
            for place_id in sorted(places):
                batch = places[place_id]
                while batch:
                    told, count = await _decide_place(connection, models[place_id], place_id, batch)
                    events += told
                    batch = batch[count:]
        return events

    return handle


async def _decide_place(
    connection: Connection, model: Model, place_id: str, arrived: Sequence[Arrived]
) -> tuple[list[Outgoing], int]:
    """Decide these in order, and write it; what to send, and how many were decided. It is all of
    them, but where one wants somebody compared whom nothing said would be wanted: it and those
    after it are the next batch, which is loaded as things stand by then."""
    state = await load_near(connection, model, place_id, [taken for _, _, taken in arrived])
    now = arrived[0][0].now
    decided, asked = await _decide_all(connection, model, place_id, state, arrived, now)
    proposed = [(item, review, event) for item, d in decided for review, event in d.proposals]
    for _, d in decided:
        if d.row.weight is not None:
            measure("kith.matching.weight", d.row.weight, place=place_id, outcome=d.row.outcome)
    events: list[Outgoing] = []
    restricted = [d.restricted(item.now) for item, d in decided]
    await learn_access(connection, filter(None, restricted))
    for (item, d), news in zip(decided, restricted, strict=True):
        # Said first: whoever shows anything of the household knows that few may see it.
        if news is not None:
            events.append(item.emit(news, d.row.household_id))
        events.append(item.emit(d.event))
    for item, review, asking in proposed:
        if (review.id, review.assessment_id) in asked:
            events.append(item.emit(asking))
    # Only where the topic is read again from the start: a decision about it was heard before.
    known = await find_lifted(connection, [d.row.id for _, d in decided])
    if known:
        touched = await restricting.find_families(connection, (), known)
        await restricting.lift(connection, known, ())
        last, _ = decided[-1]
        after = now + timedelta(microseconds=1)
        closed, opened = await restricting.restate(connection, touched, after)
        events += [last.emit(event, event.household_id, "lifted") for event in (*closed, *opened)]
    return events, len(decided)


async def on_access(connection: Connection, received: Sequence[Received]) -> list[Outgoing]:
    """Keep who may know of which household: this service shows nothing to anybody else. Where what
    was stated is lifted, or counts again, say anew why few may know."""
    await learn_access(connection, [item.event for item in received])
    places: dict[str, list[tuple[Received, _Decision]]] = {}
    for item in received:
        if isinstance(item.event, RestrictionLiftedV1 | RestrictionRestoredV1):
            places.setdefault(item.envelope.place_id, []).append((item, item.event))
    events: list[Outgoing] = []
    for decisions in places.values():
        events += await _restate(connection, decisions)
    return events


async def _restate(
    connection: Connection, decisions: Sequence[tuple[Received, _Decision]]
) -> list[Outgoing]:
    """Once for all decisions of a batch, as it is after the last of them: two statements of one
    moment about one household would have no order."""
    touched: dict[UUID, None] = {}
    for _, event in decisions:
        ids = event.assessment_ids
        family = await restricting.find_families(connection, [event.household_id], ids)
        touched |= dict.fromkeys(family)
        if isinstance(event, RestrictionLiftedV1):
            await restricting.lift(connection, ids, family)
        else:
            await restricting.restore(connection, ids, family)
    last, _ = decisions[-1]
    closed, opened = await restricting.restate(connection, list(touched), last.now)
    return [last.emit(event, event.household_id) for event in (*closed, *opened)]


async def _decide_all(
    connection: Connection,
    model: Model,
    place_id: str,
    state: State,
    arrived: Sequence[Arrived],
    now: datetime,
) -> tuple[list[tuple[Received, Decided]], set[tuple[UUID, UUID]]]:
    """What these came to, as far as ``state`` reaches, written; and the review cases that are new,
    with the assessment of each."""
    decided: list[tuple[Received, Decided]] = []
    writing: list[asyncio.Task[set[tuple[UUID, UUID]]]] = []
    async with side_by_side() as group:
        # While PostgreSQL writes what one part came to, the next is decided.
        while part := arrived[len(decided) :][:PART]:
            some = await _decide_part(connection, model, state, part, writing)
            decided += some
            if writing:
                await writing[-1]
            rows = [d for _, d in some]
            writing.append(group.create_task(_write(connection, place_id, state, rows, now)))
            await asyncio.sleep(0)
            if some and (same := rows[-1].same):
                await asyncio.gather(*writing)
                shown_by = rows[-1].row.id
                if not await link_near(connection, model, place_id, state, shown_by, same, now):
                    break
            elif len(some) < len(part):
                break
    return decided, {one for task in writing for one in task.result()}


async def _decide_part(
    connection: Connection,
    model: Model,
    state: State,
    part: Sequence[Arrived],
    writing: Sequence[asyncio.Task[set[tuple[UUID, UUID]]]],
) -> list[tuple[Received, Decided]]:
    """What these came to, as far as whoever has to be known for it is, and up to one that shows two
    people to be one. ``writing``: what has to be done before the store can be asked something."""
    decided: list[tuple[Received, Decided]] = []
    for item, event, taken in part:
        ids = item.envelope.id, item.envelope.journey_id
        while True:
            try:
                found = decide(model, state, taken, event, *ids)
            except MeetingUnknown as unknown:
                await asyncio.gather(*writing)
                await load_meetings(connection, unknown.people, state)
            except NotLoaded:
                return decided
            else:
                break
        decided.append((item, found))
        if found.same:
            break
        await breathe(len(decided))
    return decided


async def _write(
    connection: Connection, place_id: str, state: State, decided: Sequence[Decided], now: datetime
) -> set[tuple[UUID, UUID]]:
    """Write what these came to; the review cases that are new, with the assessment of each."""
    await save_state(connection, place_id, state, now)
    await save_decided(connection, place_id, [d.row for d in decided], now)
    reviews = [d.review for d in decided if d.review is not None]
    proposals = [review for d in decided for review, _ in d.proposals]
    return await save_reviews(connection, place_id, [*reviews, *proposals], now)
