"""Alerts that ask whether a restriction be lifted, and that say what was answered: whose they are,
and when nobody need answer.

Invariant: whoever is asked may answer: where they may no more, keyworkers asks others, and the
alert goes from those who were asked before.
"""

from __future__ import annotations

from contracts.restrictions import LiftingAskedV1, LiftingClosedV1, RestrictionRestoredV1
from contracts.vocabulary_access import LiftingOutcome
from contracts.vocabulary_alerts import AlertKind
from contracts.vocabulary_changes import ReversalReason
from services.alerts import store_following
from services.alerts.settling import known_to, take_back
from services.kit.consume import Received
from services.kit.db import Connection
from services.kit.outbox import Outgoing


async def ask_again(
    connection: Connection, item: Received, event: LiftingAskedV1
) -> list[Outgoing]:
    """It is asked of others than before, who are told anew: whoever was asked may answer no more.
    The first time that it is asked there is nothing to take back."""
    before = await store_following.lock_of_lifting(connection, event.lifting_id)
    return await take_back(connection, item, before, ReversalReason.ASKED_OF_OTHERS)


async def close(connection: Connection, item: Received, event: LiftingClosedV1) -> list[Outgoing]:
    """Whoever agrees or declines has said that they know; what was taken back needs no answer."""
    asked = await store_following.lock_of_lifting(connection, event.lifting_id)
    if event.outcome is LiftingOutcome.WITHDRAWN or event.closed_by is None:
        return await take_back(connection, item, asked, ReversalReason.LIFTING_WITHDRAWN)
    return await known_to(connection, item, asked, event.closed_by)


async def restricted_again(
    connection: Connection, item: Received, event: RestrictionRestoredV1
) -> list[Outgoing]:
    """Whoever was to hear that the household is restricted no longer would hear what is not so."""
    found = await store_following.lock_of_assessments(
        connection, event.assessment_ids, [AlertKind.LIFTING_AGREED]
    )
    return await take_back(connection, item, found, ReversalReason.RESTRICTED_AGAIN)
