"""What operations see of a restricted household: that something happened and how long it took, and
neither which agency, whose household nor who answered. Until it is known whose household an
assessment is of, nobody knows whether it is restricted: its agency is not shown either.

Counts count everything: nobody is told by a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from contracts.topics import INBOUND_PREFIX
from services.kit.access import find_hidden
from services.kit.db import Connection, Row
from services.operations.views import EntryView, JourneyInFull, JourneyView, StallView

_J = TypeVar("_J", JourneyView, JourneyInFull, StallView)
_JOURNEY: dict[str, Any] = {"hidden": True, "agency_id": None, "household_id": None}
_ENTRY: dict[str, Any] = {
    "hidden": True,
    "first_assessment_id": None,
    "household_id": None,
    "household_now": None,
    "agency_id": None,
    "engagement_id": None,
    "team_id": None,
    "key_worker_id": None,
    "decision_id": None,
    "reasons": [],
    "acknowledged_by": None,
}


async def hidden_in(
    connection: Connection, actor_id: str, rows: Iterable[Row], now: datetime, *columns: str
) -> set[UUID]:
    """The households named in ``columns`` of these rows that the actor may not know of."""
    ids = {row[c] for row in rows for c in columns or ("household_id",) if row[c] is not None}
    return set(await find_hidden(connection, actor_id, ids, now))


def journeys(views: Sequence[_J], hidden: set[UUID]) -> list[_J]:
    """Journeys, or stalls, without what may not be known."""
    return [_journey(view) if _hides(view, hidden) else _settled(view) for view in views]


def says_agency(household_id: UUID | None, hidden: set[UUID]) -> bool:
    """Whether an assessment's agency may be shown: by its household's list, once that is known."""
    return household_id is not None and household_id not in hidden


def _hides(view: JourneyView | StallView, hidden: set[UUID]) -> bool:
    """By the list of its household; until that is known, by what was stated."""
    return view.household_id in hidden or (view.restricted and view.household_id is None)


def _settled(view: _J) -> _J:
    return view if view.household_id is not None else view.model_copy(update={"agency_id": None})


def _journey(view: _J) -> _J:
    more: dict[str, Any] = {"acknowledged_by": None} if isinstance(view, JourneyView) else {}
    return view.model_copy(update=_JOURNEY | more)


def in_full(view: JourneyInFull, hidden: set[UUID]) -> JourneyInFull:
    """One journey with its events and ledger rows. Events name the household as their subject."""
    entries_hidden = {e.household_id for e in view.avoided if e.household_id in hidden}
    if not _hides(view, hidden) and not entries_hidden:
        return _settled(view)
    return view.model_copy(
        update=_JOURNEY
        | {
            "acknowledged_by": None,
            "events": [event.model_copy(update={"subject": ""}) for event in view.events],
            "avoided": [entry.model_copy(update=_ENTRY) for entry in view.avoided],
        }
    )


def name_shown(name: str) -> str:
    """A span's name without that topic."""
    before, found, _ = name.partition(INBOUND_PREFIX)
    return f"{before}an agency's topic" if found else name


def attributes_shown(attributes: dict[str, Any]) -> dict[str, Any]:
    """A span's attributes without the topic of the agency that sent the assessment."""
    return {
        key: INBOUND_PREFIX.rstrip(".")
        if isinstance(value, str) and INBOUND_PREFIX in value
        else value
        for key, value in attributes.items()
    }


def entries(views: Sequence[EntryView], hidden: set[UUID]) -> list[EntryView]:
    """Ledger rows without what may not be known; each is still there to be counted."""
    return [
        view.model_copy(update=_ENTRY | {"hidden": not view.erased})
        if view.erased or view.household_id in hidden or view.household_now in hidden
        else view
        for view in views
    ]
