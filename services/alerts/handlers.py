"""What alerts does when an assignment arrives, and every few seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from services.alerts import store
from services.alerts.escalation import next_steps
from services.alerts.policy import Policies
from services.alerts.raising import alert_for
from services.alerts.withdrawing import withdraw
from services.kit.consume import Handle, Received
from services.kit.db import Connection, lock_places
from services.kit.outbox import Outgoing
from services.kit.work import Work


def on_assignments(policies: Policies) -> Handle:
    """Raise the alert that each assignment calls for; take back what no longer holds."""

    async def handle(connection: Connection, received: Sequence[Received]) -> list[Outgoing]:
        raised = [
            (item, alert)
            for item in received
            if (alert := alert_for(item.envelope, item.event, policies, item.now))
        ]
        # What is taken back comes first: what is raised in the same batch says what holds instead.
        withdrawn = await withdraw(connection, received)
        await store.save_alerts(connection, [alert for _, alert in raised])
        return [*withdrawn, *(item.emit(alert.raised()) for item, alert in raised)]

    return handle


def escalate_late(policies: Policies) -> Callable[[Work], Awaitable[None]]:
    """Tell the next in the plan of every alert that nobody has acknowledged in time."""

    async def escalate(work: Work) -> None:
        places = await store.find_late_places(work.connection, work.now)
        await lock_places(work.connection, work.service, set(places))
        late = await store.lock_late_alerts(work.connection, places, work.now)
        steps = next_steps(late, policies, work.now)
        await store.save_escalations(work.connection, steps)
        for step in steps:
            work.emit(
                step.escalated(),
                place_id=step.alert.place_id,
                journey_id=step.alert.assessment_id,
                cause=step.alert.id,
                parts=(step.number,),
                traceparent=step.alert.traceparent,
            )

    return escalate
