"""Tell people outside the pages, in the transaction that shows them the alert there.

Invariant: one message for each channel, recipient and step of an alert, however often its event is
delivered; nothing is asked of the store where no channel is set up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.vocabulary import Severity
from services.alerts import store_messages
from services.alerts.escalation import OpenAlert, Step
from services.alerts.messages import Telling, What, messages_for, recipients
from services.alerts.places import Places
from services.alerts.policy import PATIENCE, Policies
from services.alerts.quiet import held_until
from services.alerts.raising import NewAlert
from services.kit.db import Connection
from services.kit.deliveries import NewDelivery, save_deliveries
from services.kit.work import Work


async def tell_raised(
    connection: Connection,
    policies: Policies,
    alerts: Sequence[tuple[NewAlert, datetime]],
    now: datetime,
) -> None:
    """Tell the recipient of each new alert, and note when to remind them. With each alert comes
    the time from which it is counted: of what is long past, as when a log is read again from its
    start, only the pages tell."""
    alerts = [(alert, since) for alert, since in alerts if now - since < PATIENCE.limit]
    tellings = [_of_alert(What.RAISED, alert, (0,)) for alert, _ in alerts]
    await _tell(connection, policies, tellings, now)
    if policies.channels:
        at = [(a.id, policies.of(a.place_id).remind_at(a.severity, since)) for a, since in alerts]
        await store_messages.save_reminders(
            connection, [(alert_id, when) for alert_id, when in at if when and when > now]
        )


async def tell_steps(
    connection: Connection, policies: Policies, steps: Sequence[Step], now: datetime
) -> None:
    """Tell whom each step of escalation or cover names."""
    await _tell(connection, policies, [_of_step(step) for step in steps], now)


def _of_alert(
    what: What, alert: NewAlert | OpenAlert, parts: tuple[object, ...]
) -> tuple[str, Telling]:
    return alert.place_id, Telling(
        what=what,
        recipient=alert.recipient,
        severity=alert.severity,
        cause=alert.id,
        parts=parts,
        journey_id=alert.assessment_id,
        traceparent=alert.traceparent,
        content={"alert_id": str(alert.id), "due_at": alert.due_at.isoformat()},
    )


def _of_step(step: Step) -> tuple[str, Telling]:
    as_told = replace(step.alert, recipient=step.recipient, due_at=step.due_at)
    return _of_alert(What.ESCALATED, as_told, (step.number,))


async def _tell(
    connection: Connection,
    policies: Policies,
    tellings: Sequence[tuple[str, Telling]],
    now: datetime,
) -> None:
    tellings = [(p, t) for p, t in tellings if policies.may_tell(p, t.what, t.severity)]
    if not tellings:
        return
    said = await store_messages.load_preferences(connection, recipients([t for _, t in tellings]))
    messages: list[NewDelivery] = []
    for place_id, telling in tellings:
        preference = said.get(telling.recipient.id)
        channels = policies.channels_for(place_id, telling.what, telling.severity, preference)
        calendar = policies.of(place_id).calendar
        at = held_until(preference, calendar, telling.severity, now)
        messages += messages_for(telling, channels, at)
    await save_deliveries(connection, messages, now)


def remind(places: Places) -> Callable[[Work], Awaitable[None]]:
    """The periodic task that reminds recipients before the time to answer has passed."""

    async def turn(work: Work) -> None:
        due: list[OpenAlert] = await store_messages.take_reminders(work.connection, work.now)
        tellings = [_of_alert(What.REMINDER, alert, ()) for alert in due]
        await _tell(work.connection, await places.current(work.connection), tellings, work.now)

    return turn


def send_digests(places: Places) -> Callable[[Work], Awaitable[None]]:
    """The periodic task that tells each recipient, once a working day, how many routine alerts
    wait for them."""

    async def turn(work: Work) -> None:
        policies = await places.current(work.connection)
        for place_id in await store_messages.find_routine_places(work.connection):
            policy = policies.of(place_id)
            moment = policy.digest_of(work.now)
            if moment is None:
                continue
            day = moment.date()
            if not await store_messages.begin_digest(work.connection, place_id, day, work.now):
                continue
            waiting = await store_messages.load_waiting(work.connection, place_id, moment, work.now)
            tellings = [
                (
                    place_id,
                    Telling(
                        what=What.DIGEST,
                        recipient=one.recipient,
                        severity=Severity.ROUTINE,
                        cause=one.first_alert_id,
                        parts=(day.isoformat(),),
                        journey_id=one.assessment_id,
                        traceparent=None,
                        content={"open": one.open, "late": one.late, "place_id": place_id},
                    ),
                )
                for one in waiting
            ]
            await _tell(work.connection, policies, tellings, work.now)

    return turn
