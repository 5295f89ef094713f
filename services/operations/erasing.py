"""What was erased is on no page here, and is still counted; what was ordered has to be answered.

Invariant: an erasure changes no figure of the place's impact; nothing that is late makes a journey
of what was erased.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from contracts.envelope import Envelope
from contracts.erasure import AssessmentsErasedV1
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.erased import find_erased, follow_erasures
from services.operations.seen import (
    Erased,
    ErasureAnswered,
    ErasureOrdered,
    Linked,
    OfNoJourney,
    Seen,
    Separated,
)
from services.operations.store import erasing as store


async def erase(connection: Connection, received: Sequence[Received]) -> None:
    """Forget whose it was; note which orders are answered."""
    seen = [(r, r.event.view) for r in received if isinstance(r.event, Seen)]
    await follow_erasures(
        connection,
        [replace(r, event=view.said) for r, view in seen if isinstance(view, Erased)],
        _forget,
    )
    await store.save_orders(
        connection,
        [(v.erasure_id, v.ordered_at) for _, v in seen if isinstance(v, ErasureOrdered)],
        [
            *((v.erasure_id, r.envelope.time) for r, v in seen if isinstance(v, ErasureAnswered)),
            *((v.erased.erasure_id, r.envelope.time) for r, v in seen if isinstance(v, Erased)),
        ],
    )


async def _forget(connection: Connection, event: AssessmentsErasedV1) -> Mapping[str, int]:
    return await store.forget_journeys(connection, event.assessment_ids, event.household_ids)


async def leave_out_erased(
    connection: Connection, seen: Sequence[tuple[Envelope, Seen]]
) -> list[tuple[Envelope, Seen]]:
    """Without what is said of the journey of what was erased."""
    ids = {envelope.journey_id for envelope, _ in seen}
    for _, event in seen:
        match event.view:
            case Separated(moved=moved):
                ids |= {one.assessment_id for one in moved}
            case Linked(household_id=kept, retired_household_id=retired):
                ids |= {kept, retired}
    erased = await find_erased(connection, ids)
    if not erased:
        return list(seen)
    found = []
    for envelope, event in seen:
        view = event.view
        if envelope.journey_id in erased and not isinstance(view, OfNoJourney):
            continue
        if isinstance(view, Linked) and not erased.keys().isdisjoint(
            {view.household_id, view.retired_household_id}
        ):
            continue
        if isinstance(view, Separated):
            moved = tuple(one for one in view.moved if one.assessment_id not in erased)
            view = view.model_copy(update={"moved": moved})
        found.append((envelope, event.model_copy(update={"view": view})))
    return found
