"""What duplication does when a practitioner answers "not this household": it believes them.

The assessment leaves the household, with its people; cannot-links keep the matcher from putting it
back; it goes to the next household that the model is sure of, or to a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.alerts import AlertAnsweredV1
from contracts.envelope import derive_id
from contracts.vocabulary_alerts import AlertAnswer
from contracts.vocabulary_changes import LinkCause
from services.duplication import linking
from services.duplication.linking import Said
from services.duplication.model import Model
from services.duplication.model_in_force import model_for
from services.duplication.store import linking as store
from services.duplication.store.reading import find_current
from services.kit.consume import Handle, Received
from services.kit.db import Connection
from services.kit.outbox import Outgoing
from services.kit.telemetry_metrics import record as measure

PURPOSE = "not this household"


def on_alerts(model: Model) -> Handle:
    """Separate what practitioners say is not of their household; each assessment once."""

    async def handle(connection: Connection, received: Sequence[Received]) -> list[Outgoing]:
        events: list[Outgoing] = []
        for item in received:
            event = item.event
            if (
                isinstance(event, AlertAnsweredV1)
                and event.answer is AlertAnswer.NOT_THIS_HOUSEHOLD
                and event.household_id is not None
            ):
                events += await _separate(connection, model, item, event, event.household_id)
        return events

    return handle


async def _separate(
    connection: Connection, model: Model, item: Received, event: AlertAnsweredV1, named: UUID
) -> list[Outgoing]:
    source = (await find_current(connection, [named])).get(named)
    of_it = await store.find_assessments_of(connection, [source]) if source else {}
    if source is None or event.assessment_id not in of_it:
        return []  # It has been separated, or moved, since: that answer is in effect already.
    place_id = item.envelope.place_id
    change = await linking.prepare_separation(
        connection,
        derive_id(item.envelope.id, "separation"),
        source,
        [event.assessment_id],
        await _next_best(connection, event.assessment_id, source),
        other_people=True,
    )
    measure("kith.matching.not_this_household", 1, place=place_id)
    said = Said(LinkCause.PRACTITIONER, event.answered_by, PURPOSE, item.now)
    own = await model_for(connection, place_id, model)
    events = await linking.effect(connection, own, place_id, change, said)
    return [item.emit(one, one.subject()) for one in events]


async def _next_best(connection: Connection, assessment_id: UUID, not_this: UUID) -> UUID | None:
    """The next household considered at arrival, where its own people were recognised for certain.

    None where nothing else was certain, two others were, or a person has said that it is not it.
    """
    considered = await store.find_considered(connection, assessment_id)
    current = await find_current(connection, list(considered))
    others = {current[one] for one in considered if one in current} - {not_this}
    if len(others) != 1:
        return None
    (other,) = others
    pairs = await store.find_apart(connection, [other])
    people = await store.find_people_of(connection, assessment_id)
    if any(one in people or two in people for one, two in pairs) or (
        (not_this, other) in pairs or (other, not_this) in pairs
    ):
        return None
    return other
