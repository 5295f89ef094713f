"""Cover: while a key worker is away, whoever stands in for them is told of their alerts as well.

Invariants: the alerts stay the key worker's, who sees them on coming back; a cover is told of each
once; when the cover ends, what is still open is the key worker's alone, with time to answer it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.envelope import Event
from contracts.handovers import CoverArrangedV1
from services.alerts import store, store_covering
from services.alerts.escalation import OpenAlert, Step
from services.alerts.places import Places
from services.alerts.policy import Policies
from services.alerts.store_covering import Covered
from services.alerts.telling import tell_steps
from services.kit.access import find_barred
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.work import Work


async def arrange(connection: Connection, received: Sequence[Received]) -> None:
    """Keep who stands in for whom, as it was said last."""
    for item in received:
        if isinstance(item.event, CoverArrangedV1):
            await store_covering.save_cover(connection, item.envelope.place_id, item.event)


def tell_cover(covered: Covered, policies: Policies, now: datetime) -> Step:
    """The step by which the cover is told: next in the plan, whoever would have been."""
    alert, cover = covered.alert, covered.cover
    told, left = alert.plan[: alert.step], alert.plan[alert.step :]
    rest = tuple(one for one in left if (one.kind, one.id) != (cover.kind, cover.id))
    due = policies.of(alert.place_id).escalate_by(alert.severity, now)
    return Step(
        alert=replace(alert, plan=(*told, cover, *rest)),
        number=alert.step + 1,
        recipient=cover,
        escalated_at=now,
        due_at=due,
        escalate_at=due if rest else None,
    )


def hand_back(covered: Covered, policies: Policies, now: datetime) -> OpenAlert:
    """The alert as the key worker finds it: theirs, and due anew."""
    due = policies.of(covered.alert.place_id).escalate_by(covered.alert.severity, now)
    return replace(covered.alert, due_at=due)


def keep_covered(known: Places) -> Callable[[Work], Awaitable[None]]:
    """The periodic task that tells covers of what is open, and gives it back at the end."""

    async def keep(work: Work) -> None:
        places = await store_covering.find_places(work.connection)
        await work.lock_places(set(places))
        if not places:
            return
        policies = await known.current(work.connection)
        uncovered = await store_covering.lock_uncovered(work.connection, places, work.now)
        barred = await find_barred(
            work.connection,
            {c.alert.household_id for c in uncovered if c.alert.household_id is not None},
        )
        open_now = [
            covered
            for covered in uncovered
            if covered.alert.household_id is None
            or covered.cover.id not in barred.get(covered.alert.household_id, ())
        ]
        steps = [tell_cover(covered, policies, work.now) for covered in open_now]
        await store_covering.save_plans(work.connection, [step.alert for step in steps])
        await store.save_escalations(work.connection, steps)
        await tell_steps(work.connection, policies, steps, work.now)
        for step in steps:
            _emit(work, step.alert, step.escalated(), (step.number,))
        over = await store_covering.lock_over(work.connection, places, work.now)
        back = [(one.cover, hand_back(one, policies, work.now)) for one in over]
        await store_covering.save_back(work.connection, back, places, work.now)
        for _, alert in back:
            _emit(work, alert, alert.moved(), ("back", work.now.isoformat()))

    return keep


def _emit(work: Work, alert: OpenAlert, event: Event, parts: tuple[object, ...]) -> None:
    work.emit(
        event,
        place_id=alert.place_id,
        journey_id=alert.assessment_id,
        cause=alert.id,
        parts=parts,
        traceparent=alert.traceparent,
    )
