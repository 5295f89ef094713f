"""What the key-worker service orders to be erased: erased or refused as a whole, and said so.

Under the place's lock. Invariant: an order is answered once, and the same however often it comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

from contracts.erasure import AssessmentsErasedV1, ErasureOrderedV1, ErasureRefusedV1
from services.duplication.erasable import Refused, Whole, refused
from services.duplication.erasure import erase
from services.duplication.erasure_plan import Erasure
from services.duplication.model import Model
from services.duplication.model_in_force import model_for
from services.duplication.rebuild import Mention
from services.duplication.store import erasing as store
from services.duplication.store import linking as linking_store
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.erased import Erased, find_erased, keep_all_erased
from services.kit.outbox import Outgoing

Ordered: TypeAlias = tuple[Received, ErasureOrderedV1]


async def on_orders(
    connection: Connection, default: Model, received: Sequence[Received]
) -> list[Outgoing]:
    """Erase what is ordered, or refuse it; one pass for all orders of a place. ``default``: the
    model of places in which no other was put in force."""
    places: dict[str, list[Ordered]] = defaultdict(list)
    for item in received:
        if isinstance(item.event, ErasureOrderedV1):
            places[item.envelope.place_id].append((item, item.event))
    events: list[Outgoing] = []
    for place_id, orders in places.items():
        model = await model_for(connection, place_id, default)
        for apart in _apart(orders):
            events += await _answer(connection, model, place_id, apart)
    return events


def _apart(orders: Sequence[Ordered]) -> Iterable[list[Ordered]]:
    """The orders in passes of which no two are about one household: nearly always one pass."""
    left = list(orders)
    while left:
        now, later, named = list[Ordered](), list[Ordered](), set[UUID]()
        for item, order in left:
            own = {*order.household_ids, *order.assessment_ids}
            (now if named.isdisjoint(own) else later).append((item, order))
            named |= own
        yield now
        left = later


async def _answer(
    connection: Connection, model: Model, place_id: str, orders: Sequence[Ordered]
) -> list[Outgoing]:
    ids = [id_ for _, o in orders for id_ in (*o.household_ids, *o.assessment_ids)]
    erased = await find_erased(connection, ids)
    before = [one for one in orders if _is_done(one[1], erased)]
    events = await _answer_again(connection, place_id, before, erased)
    asked = [one for one in orders if one not in before]
    if not asked:
        return events
    mentions, why_not = await _judge(connection, place_id, [order for _, order in asked], erased)
    going = [one for one in asked if one[1].erasure_id not in why_not]
    for item, order in asked:
        if (refusal := why_not.get(order.erasure_id)) is not None:
            events.append(item.emit(_refusal(item, order, refusal)))
    if not going:
        return events
    wanted = [Erasure(o.erasure_id, o.reason, o.assessment_ids, o.household_ids) for _, o in going]
    last, _ = going[-1]
    said, (closed, opened) = await erase(
        connection, model, place_id, wanted, last.now, known=mentions
    )
    return [
        *events,
        *(last.emit(one, one.household_id, "erased") for one in closed),
        *(item.emit(one) for (item, _), one in zip(going, said, strict=True)),
        *(last.emit(one, one.household_id, "erased") for one in opened),
    ]


def _refusal(item: Received, order: ErasureOrderedV1, refusal: Refused) -> ErasureRefusedV1:
    return ErasureRefusedV1(
        erasure_id=order.erasure_id,
        household_id=order.household_id,
        refusal=refusal.why,
        not_before=refusal.not_before,
        refused_at=item.now,
    )


def _is_done(order: ErasureOrderedV1, erased: Mapping[UUID, Erased]) -> bool:
    return {*order.household_ids, *order.assessment_ids} <= erased.keys()


async def _answer_again(
    connection: Connection,
    place_id: str,
    orders: Sequence[Ordered],
    erased: Mapping[UUID, Erased],
) -> list[Outgoing]:
    """All of these was erased before, by the same order or another."""
    if not orders:
        return []
    homes, people = defaultdict[UUID, list[UUID]](list), defaultdict[UUID, list[UUID]](list)
    kinds = {"household": homes, "retired_household": homes, "person": people}
    ids = list({one.erasure_id for one in erased.values()})
    for row in await store.find_kinds(connection, ids):
        if row["kind"] in kinds:
            kinds[row["kind"]][row["erasure_id"]].append(row["id"])
    said = []
    for item, order in orders:
        by = {erased[id_].erasure_id for id_ in order.household_ids}
        event = AssessmentsErasedV1(
            erasure_id=order.erasure_id,
            household_ids=tuple(sorted(one for erasure in by for one in homes[erasure])),
            assessment_ids=order.assessment_ids,
            person_ids=tuple(sorted(one for erasure in by for one in people[erasure])),
            reason=order.reason,
            erased_at=max(erased[id_].erased_at for id_ in order.household_ids),
        )
        said.append((item, event))
    # Whoever asks for what this order took is answered too: nothing, by table.
    await keep_all_erased(connection, place_id, [(event, {}) for _, event in said])
    return [item.emit(event) for item, event in said]


async def _judge(
    connection: Connection,
    place_id: str,
    orders: Sequence[ErasureOrderedV1],
    erased: Collection[UUID],
) -> tuple[list[Mention], dict[UUID, Refused]]:
    """All mentions of whoever is seen in what is ordered, and the orders that are refused."""
    named = [order.household_id for order in orders]
    families, current = defaultdict[UUID, set[UUID]](set), dict[UUID, UUID]()
    for row in await store.find_families(connection, named):
        families[row["asked"]].add(row["id"])
        current[row["asked"]] = row["current"]
    held = defaultdict[UUID, set[UUID]](set)
    of_them = await linking_store.find_assessments_of(connection, list(current.values()))
    for assessment_id, household_id in of_them.items():
        held[household_id].add(assessment_id)
    seen = defaultdict[UUID, set[UUID]](set)
    for row in await store.find_seen(connection, list(of_them)):
        seen[of_them[row["assessment_id"]]].add(row["person_id"])
    everybody = {person for people in seen.values() for person in people}
    mentions = await linking_store.load_mentions(connection, list(everybody))
    births = defaultdict[UUID, set[str]](set)
    if any(order.until_youngest_is is not None for order in orders):
        for mention in mentions:
            births[mention.person_id].update(mention.profile().births)
    asked = await store.find_asked(connection, place_id)
    found = {}
    for order in orders:
        now = current.get(order.household_id)
        whole, people = None, set[UUID]()
        if now is not None:
            whole = Whole(now, frozenset(families[order.household_id]), frozenset(held[now]))
            people = seen[now]
        dates = [births[person] for person in people]
        refusal = refused(order, whole, erased, asked, people, dates)
        if refusal is not None:
            found[order.erasure_id] = refusal
    return mentions, found
