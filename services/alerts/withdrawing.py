"""Alerts taken back: an assessment was of another household after all. Load, decide, save.

The front door's alerts are never taken back: harm is harm, whichever household it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from contracts.alerts import AlertWithdrawnV1
from contracts.handovers import RoutingReversedV1
from services.alerts import store
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.outbox import Outgoing


async def withdraw(connection: Connection, received: Sequence[Received]) -> list[Outgoing]:
    """Close the open alerts of what was taken back, for everybody who was told of them."""
    taken_back = {
        (item.event.assessment_id, item.event.household_id): (item, item.event)
        for item in received
        if isinstance(item.event, RoutingReversedV1)
    }
    if not taken_back:
        return []
    alerts = await store.lock_alerts_of(connection, list(taken_back))
    await store.save_withdrawals(connection, alerts, received[0].now)
    outgoing = []
    for alert in alerts:
        assert alert.household_id is not None
        item, event = taken_back[alert.assessment_id, alert.household_id]
        said = AlertWithdrawnV1(
            alert_id=alert.id, assessment_id=alert.assessment_id, reason=event.reason
        )
        outgoing.append(item.emit(said, alert.id))
    return outgoing
