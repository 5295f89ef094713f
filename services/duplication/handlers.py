"""What duplication does when assessments arrive: load, decide in order, save, say; and when it is
said who may know of which household."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from contracts.assessments import AssessmentRecordedV1
from contracts.restrictions import RestrictionLiftedV1, RestrictionRestoredV1
from services.duplication.batch import Arrived, decide_batch
from services.duplication.erasing import on_orders
from services.duplication.model import Model
from services.duplication.model_in_force import models_for
from services.duplication.store import restricting
from services.duplication.store.matching import find_decided
from services.kit import heap
from services.kit.access import find_lifted, learn_access
from services.kit.consume import Handle, Received
from services.kit.db import Connection
from services.kit.officers import learn_officers
from services.kit.outbox import Outgoing
from services.kit.telemetry_metrics import record as measure

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
                places.setdefault(item.envelope.place_id, []).append((item, event))
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
    now = arrived[0][0].now
    decided, asked = await decide_batch(connection, model, place_id, arrived, now)
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


def on_assignments(model: Model) -> Handle:
    """What is said of who may know, first; then what is ordered to be erased. ``model``: as
    above."""

    async def handle(connection: Connection, received: Sequence[Received]) -> list[Outgoing]:
        events = await on_access(connection, received)
        return [*events, *await on_orders(connection, model, received)]

    return handle


async def on_access(connection: Connection, received: Sequence[Received]) -> list[Outgoing]:
    """Keep who may know of which household, and who answers for what is held: this service shows
    nothing to anybody else. Where what
    was stated is lifted, or counts again, say anew why few may know."""
    await learn_access(connection, [item.event for item in received])
    await learn_officers(connection, received)
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
