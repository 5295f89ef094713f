"""What becomes of an open alert: the next one's, taken back, or known to somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contracts.alerts import AlertWithdrawnV1
from contracts.keyworkers import Recipient
from contracts.vocabulary_changes import ReversalReason
from services.alerts import store, store_following
from services.alerts.escalation import Answer, OpenAlert, acknowledged
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.outbox import Outgoing


def handed_on(alert: OpenAlert, to: Recipient, plan: tuple[Recipient, ...]) -> OpenAlert:
    """The alert as the next key worker's. Who was told in the plan has been; the rest is theirs."""
    told = alert.plan[: alert.step]
    known = {(one.kind, one.id) for one in (*told, to)}
    return replace(
        alert,
        recipient=to,
        plan=(*told, *(one for one in plan if (one.kind, one.id) not in known)),
    )


async def take_back(
    connection: Connection, item: Received, alerts: Sequence[OpenAlert], reason: ReversalReason
) -> list[Outgoing]:
    """Nobody need answer them any more."""
    await store_following.save_withdrawn(connection, alerts, reason, item.now)
    return [
        item.emit(
            AlertWithdrawnV1(alert_id=alert.id, assessment_id=alert.assessment_id, reason=reason),
            alert.id,
        )
        for alert in alerts
    ]


async def known_to(
    connection: Connection, item: Received, alerts: Sequence[OpenAlert], who: str
) -> list[Outgoing]:
    """Somebody has said, by what they did, that they know."""
    for alert in alerts:
        await store.save_acknowledgement(connection, alert, who, Answer.ACKNOWLEDGED, item.now)
    return [item.emit(acknowledged(alert, who, item.now), alert.id) for alert in alerts]
