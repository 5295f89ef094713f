"""Alerts of what was erased are deleted, and nothing that is late raises one again.

Invariant: an alert that somebody has yet to answer, about a household that is still there, stays:
who works with it is told, whatever became of the assessment by which it was said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.erasure import AssessmentsErasedV1
from contracts.vocabulary_alerts import AlertKind
from services.alerts import store_erasing
from services.alerts.following import WITHDRAWABLE
from services.alerts.raising import NewAlert
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.erased import find_erased, follow_erasures
from services.kit.outbox import Outgoing

OF_THE_ASSESSMENT = (*WITHDRAWABLE, AlertKind.FRONT_DOOR)
"""Alerts that say what was recorded and where it went; all others are about who works with a
household, and name an assessment as what they follow from."""


async def on_erased(connection: Connection, received: Sequence[Received]) -> list[Outgoing]:
    """Delete what is kept of it."""
    await follow_erasures(connection, received, _erase)
    return []


async def _erase(connection: Connection, event: AssessmentsErasedV1) -> Mapping[str, int]:
    return await store_erasing.delete_alerts(
        connection, event.assessment_ids, event.household_ids, OF_THE_ASSESSMENT
    )


async def without_erased(
    connection: Connection, called_for: Sequence[tuple[Received, NewAlert]]
) -> list[tuple[Received, NewAlert]]:
    """Those that are not about what was erased."""
    ids = {alert.assessment_id for _, alert in called_for}
    ids |= {alert.household_id for _, alert in called_for if alert.household_id is not None}
    erased = await find_erased(connection, ids)
    if not erased:
        return list(called_for)
    return [
        (item, alert)
        for item, alert in called_for
        if alert.household_id not in erased
        and not (alert.assessment_id in erased and alert.kind in OF_THE_ASSESSMENT)
    ]
