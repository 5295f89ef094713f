"""A key worker's "hand over": an answer to an alert becomes a proposed handover.

The rules are those of the API (:mod:`services.keyworkers.handovers`). An answer that breaks one is
recorded and told to whoever gave it, never parked: the person who answered did nothing wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from contracts.alerts import AlertAnsweredV1
from contracts.envelope import derive_id
from contracts.handovers import HandoverRefusedV1
from contracts.vocabulary_alerts import AlertAnswer
from contracts.vocabulary_changes import ChangeReason, RefusalReason
from services.keyworkers import handovers, store, store_handovers, store_linking
from services.keyworkers.candidates import first_taker
from services.keyworkers.roster import Roster
from services.kit.consume import Received
from services.kit.db import Connection, Row
from services.kit.outbox import Outgoing


def asked_to_hand_over(received: Sequence[Received]) -> list[tuple[Received, AlertAnsweredV1]]:
    """The answers that ask for a handover; nothing else of the topic matters here."""
    return [
        (item, item.event)
        for item in received
        if isinstance(item.event, AlertAnsweredV1) and item.event.answer is AlertAnswer.HAND_OVER
    ]


async def follow(
    connection: Connection,
    rosters: Mapping[str, Roster],
    asked: Sequence[tuple[Received, AlertAnsweredV1]],
) -> list[Outgoing]:
    """Propose each handover, in order, or say why not."""
    outgoing = []
    for item, event in asked:
        roster = rosters[item.envelope.place_id]
        outgoing.append(await _propose(connection, roster, item, event))
    return outgoing


async def _propose(
    connection: Connection, roster: Roster, item: Received, event: AlertAnsweredV1
) -> Outgoing:
    handover_id = derive_id(item.envelope.id, "handover")
    engagement = await _engagement(connection, event)
    to = event.hand_over_to
    why = _refusal_of_asker(roster, engagement, event.answered_by)
    if why is None and engagement is not None:
        # Where nobody is named: the first of the key worker's own team who can.
        to = to or await first_taker(connection, roster, engagement, item.now)
        why = (
            handovers.refusal(roster, engagement, to, item.now)
            if to is not None
            else RefusalReason.NOBODY_CAN
        )
        if why is None and to is not None:
            proposed = handovers.proposed(
                roster,
                engagement,
                handover_id,
                to,
                ChangeReason.REQUESTED,
                event.answered_by,
                item.now,
            )
            if await store_handovers.add_handovers(
                connection, engagement["place_id"], [proposed], item.now
            ):
                return item.emit(proposed)
            why = RefusalReason.ASKED_ALREADY
    assert why is not None
    refused = await _refused(connection, roster, item, event, handover_id, engagement, why)
    return item.emit(refused)


async def _engagement(connection: Connection, event: AlertAnsweredV1) -> Row | None:
    """The active engagement of the household that the alert was about, by its id as of now."""
    if event.household_id is None:
        return None
    household = await store_linking.find_current(connection, event.household_id)
    active = await store_handovers.find_active_of_household(connection, household)
    return await store_handovers.find_engagement(connection, active) if active else None


def _refusal_of_asker(
    roster: Roster, engagement: Row | None, asked_by: str
) -> RefusalReason | None:
    """Of all key workers only the household's own hands it over; leads and desks may."""
    if engagement is None:
        return RefusalReason.NOBODY_TO_HAND_OVER
    if asked_by in roster.key_workers and asked_by != engagement["key_worker_id"]:
        return RefusalReason.NOT_THEIR_HOUSEHOLD
    return None


async def _refused(
    connection: Connection,
    roster: Roster,
    item: Received,
    event: AlertAnsweredV1,
    handover_id: UUID,
    engagement: Row | None,
    why: RefusalReason,
) -> HandoverRefusedV1:
    """Record the refusal, and say it to whoever asked."""
    await store_handovers.save_refusal(
        connection, roster.place.id, handover_id, event, why, item.now
    )
    team_id = roster.key_workers[engagement["key_worker_id"]].team if engagement else None
    told = handovers.whom_to_tell(roster, event.answered_by, team_id, item.now)
    routes = await store.load_routes(connection, {event.assessment_id})
    cause = routes[event.assessment_id].cause if routes else None
    return HandoverRefusedV1(
        handover_id=handover_id,
        engagement_id=engagement and engagement["engagement_id"],
        household_id=event.household_id,
        asked_by=event.answered_by,
        asked_for=event.hand_over_to,
        reason=why,
        told=told[0] if told else None,
        cause=cause,
        alert=told[1] if told else None,
        reasons=(handovers.WORDS[why],),
    )
