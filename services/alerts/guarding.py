"""What an alert says to somebody who may not know of its household: a reference, and by when.

Invariants: harm is never kept from the front door: it is told at once, with its grounds and whom to
ask; whoever has a conflict of interest is told nothing, and never stands in for anybody here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.keyworkers import Recipient, WorkContact
from contracts.restrictions import AccessChangedV1
from services.alerts import store_covering
from services.alerts.escalation import OpenAlert
from services.alerts.raising import NewAlert
from services.alerts.views import AlertView, show
from services.kit.access import Hidden, find_barred, find_hidden, find_lifted, find_restricted
from services.kit.auth import Actor
from services.kit.consume import Received
from services.kit.db import Connection, Row

_NOBODY = "restricted"


async def show_all(
    connection: Connection, actor: Actor, rows: Sequence[Row], now: datetime
) -> list[AlertView]:
    """The alerts in these rows, as much of each as ``actor`` may know."""
    households = {row["household_id"] for row in rows if row["household_id"] is not None}
    hidden = await find_hidden(connection, actor.id, households, now)
    restricted = await find_restricted(connection, households)
    stated = [row["assessment_id"] for row in rows if row["details"]["restrictions"]]
    lifted = await find_lifted(connection, stated)
    return [
        by_reference(show(row, now), actor.id, hidden.get(row["household_id"]))
        if _is_hidden(row, hidden, restricted, lifted)
        else _as_it_counts(show(row, now), lifted)
        for row in rows
    ]


def _is_hidden(
    row: Row, hidden: Mapping[UUID, Hidden], restricted: set[UUID], lifted: set[UUID]
) -> bool:
    """Also an assessment that is restricted itself and not, or not yet, of a household on whose
    list the reader is: a possible match, for instance."""
    if row["household_id"] in hidden:
        return True
    stated = bool(row["details"]["restrictions"]) and row["assessment_id"] not in lifted
    return stated and row["household_id"] not in restricted


def _as_it_counts(view: AlertView, lifted: set[UUID]) -> AlertView:
    """The alert without a restriction that was lifted since it was raised."""
    return view.model_copy(update={"restrictions": []}) if view.assessment_id in lifted else view


def by_reference(view: AlertView, reader_id: str, hidden: Hidden | None) -> AlertView:
    """The alert without household, agency, reasons or anybody else's name."""
    told = [
        view.recipient,
        *(escalation.recipient for escalation in view.escalations),
    ]
    own = next((recipient for recipient in told if recipient.id == reader_id), None)
    mine = view.acknowledged_by == reader_id
    return view.model_copy(
        update={
            "hidden": True,
            "call": hidden.desk if hidden else None,
            "recipient": own or _nobody(view.recipient),
            "escalations": [e for e in view.escalations if e.recipient.id == reader_id],
            "agency_id": None,
            "agency_kind": None,
            "restrictions": [],
            "would_have_referred_for": None,
            "reasons": [],
            "acknowledged_by": view.acknowledged_by if mine else None,
            "hand_over_to": view.hand_over_to if mine else None,
        }
    )


def _nobody(recipient: Recipient) -> Recipient:
    return Recipient(
        kind=recipient.kind,
        id=_NOBODY,
        contact=WorkContact(name="Somebody on its list", role="Restricted"),
    )


async def without_barred(connection: Connection, alerts: Sequence[NewAlert]) -> list[NewAlert]:
    """New alerts whose plans name nobody who must not be told; where the recipient must not, the
    next in the plan is told at once as well."""
    barred = await find_barred(
        connection, {a.household_id for a in alerts if a.household_id is not None}
    )
    found = []
    for alert in alerts:
        out = barred.get(alert.household_id, frozenset()) if alert.household_id else frozenset()
        plan = tuple(r for r in alert.plan if r.id not in out)
        away = alert.away or alert.recipient.id in out
        found.append(replace(alert, plan=plan, away=away))
    return found


async def pass_on_of_barred(connection: Connection, received: Sequence[Received]) -> None:
    """Whoever has declared a conflict of interest keeps nobody waiting: what they were told of last
    is due for the next in its plan."""
    for item in received:
        if isinstance(item.event, AccessChangedV1) and item.event.barred:
            household, barred = item.event.household_id, item.event.barred
            await store_covering.save_due_now(connection, household, barred, item.now)


async def plans_without_barred(
    connection: Connection, alerts: Sequence[OpenAlert]
) -> tuple[list[OpenAlert], list[OpenAlert]]:
    """Open alerts, with nobody still to be told who has declared a conflict of interest since; and
    those of them whose plan is another for it."""
    barred = await find_barred(
        connection, {a.household_id for a in alerts if a.household_id is not None}
    )
    found, changed = [], []
    for alert in alerts:
        out = barred.get(alert.household_id, frozenset()) if alert.household_id else frozenset()
        rest = tuple(r for r in alert.plan[alert.step :] if r.id not in out)
        kept = replace(alert, plan=(*alert.plan[: alert.step], *rest))
        found.append(kept)
        if kept != alert:
            changed.append(kept)
    return found, changed
