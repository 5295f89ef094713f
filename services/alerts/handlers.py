"""What alerts does when an assignment arrives, and every few seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from services.alerts import store, store_covering
from services.alerts.covering import arrange
from services.alerts.erasing import without_erased
from services.alerts.escalation import away_step, next_steps
from services.alerts.following import close_waiting, follow, is_followed
from services.alerts.guarding import (
    pass_on_of_barred,
    plans_without_barred,
    without_barred,
)
from services.alerts.places import Places, keep_places
from services.alerts.policy import Policies
from services.alerts.raising import alerts_for
from services.alerts.telling import tell_raised, tell_steps
from services.kit.access import learn_access
from services.kit.consume import Handle, Received
from services.kit.db import Connection, lock_places
from services.kit.officers import learn_officers
from services.kit.outbox import Outgoing
from services.kit.work import Work


def on_assignments(places: Places) -> Handle:
    """Raise the alert that each event calls for; open ones follow what it says, in order."""

    async def handle(connection: Connection, received: Sequence[Received]) -> list[Outgoing]:
        await keep_places(connection, received)
        await learn_officers(connection, received)
        policies = await places.current(connection)
        await learn_access(connection, [item.event for item in received])
        await pass_on_of_barred(connection, received)
        await arrange(connection, received)
        events: list[Outgoing] = []
        together: list[Received] = []
        for item in received:
            if is_followed(item.event):
                # What was raised before this event may have to follow it; what comes after not.
                events += await _raise(connection, policies, together)
                together = []
                events += await follow(connection, policies, item)
            together.append(item)
        return events + await _raise(connection, policies, together)

    return handle


async def _raise(
    connection: Connection, policies: Policies, received: Sequence[Received]
) -> list[Outgoing]:
    called_for = [
        (item, alert)
        for item in received
        for alert in alerts_for(item.envelope, item.event, policies, item.now)
    ]
    called_for = await without_erased(connection, called_for)
    kept = await without_barred(connection, [alert for _, alert in called_for])
    raised = [(item, alert) for (item, _), alert in zip(called_for, kept, strict=True)]
    new = await store.save_alerts(connection, [alert for _, alert in raised])
    steps = [
        (item, step)
        for item, alert in raised
        if alert.id in new and (step := away_step(alert, item.now))
    ]
    await store.save_escalations(connection, [step for _, step in steps])
    if received:
        now = received[0].now
        fresh = [(alert, item.envelope.time) for item, alert in raised if alert.id in new]
        await tell_raised(connection, policies, fresh, now)
        await tell_steps(connection, policies, [step for _, step in steps], now)
    return (
        [item.emit(alert.raised(), *alert.parts) for item, alert in raised]
        + [item.emit(step.escalated(), step.number) for item, step in steps]
        + await close_waiting(connection, received)
    )


def escalate_late(places: Places) -> Callable[[Work], Awaitable[None]]:
    """Tell the next in the plan of every alert that nobody has acknowledged in time."""

    async def escalate(work: Work) -> None:
        late_in = await store.find_late_places(work.connection, work.now)
        await lock_places(work.connection, work.service, set(late_in))
        found = await store.lock_late_alerts(work.connection, late_in, work.now)
        policies = await places.current(work.connection)
        late, changed = await plans_without_barred(work.connection, found)
        if changed:
            await store_covering.save_plans(work.connection, changed)
            await store.save_ends(work.connection, [a.id for a in changed if not a.left])
        steps = next_steps(late, policies, work.now)
        await store.save_escalations(work.connection, steps)
        await tell_steps(work.connection, policies, steps, work.now)
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
