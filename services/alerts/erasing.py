"""Alerts of what was erased are deleted, and nothing that is late raises one again.

Invariants: an alert that somebody has yet to answer, about a household that is still there, stays:
who works with it is told, whatever became of the assessment by which it was said. An assessment
that was not erased reaches whoever is to be told of it, whatever became of its household.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

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
    about = [_about(alert) for _, alert in called_for]
    erased = await find_erased(connection, filter(None, about))
    return [one for one, id_ in zip(called_for, about, strict=True) if id_ not in erased]


def _about(alert: NewAlert) -> UUID | None:
    return alert.assessment_id if alert.kind in OF_THE_ASSESSMENT else alert.household_id
