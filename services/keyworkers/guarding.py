"""What this service's answers leave out for whoever may not know of a household.

Invariant: a list says at most that there is a restricted household, by its reference, to whoever
must act on it (its team's lead, who is asked to take it over); nobody else learns whose it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from services.keyworkers import store_access, store_restricted
from services.keyworkers.views import HeldView, HouseholdPage, WaitingView
from services.kit.access import Hidden, find_hidden, find_restricted
from services.kit.auth import Actor
from services.kit.db import Connection, Row
from services.kit.erased import find_erased
from services.kit.errors import Problem


async def hidden_in(
    connection: Connection, actor: Actor, rows: Iterable[Row], now: datetime
) -> dict[UUID, Hidden]:
    """The households of these rows that ``actor`` may not know of."""
    return await find_hidden(connection, actor.id, {row["household_id"] for row in rows}, now)


async def refuse_erased(connection: Connection, *household_ids: UUID) -> None:
    """Problem 410 for a household that was erased, by any id that it had: when, and why."""
    erased = await find_erased(connection, household_ids)
    for one in erased.values():
        raise Problem(HTTPStatus.GONE, one.sentence())


async def look_at(
    connection: Connection, actor: Actor, household_id: UUID, now: datetime
) -> Hidden | None:
    """Whether one household is hidden from ``actor``. A look at a restricted one is kept."""
    hidden = (await find_hidden(connection, actor.id, [household_id], now)).get(household_id)
    if hidden is not None or await find_restricted(connection, [household_id]):
        await store_access.save_look(
            connection,
            now,
            actor,
            "engagement",
            [household_id],
            shown=hidden is None,
        )
    return hidden


def bare(household_id: UUID, hidden: Hidden) -> HouseholdPage:
    """A household of which only the reference may be shown, and whom to call."""
    return HouseholdPage(
        household_id=household_id,
        hidden=True,
        call=hidden.desk,
        key_worker=None,
        key_worker_id=None,
        team_id=None,
        team_name=None,
        since=None,
        reasons=[],
        waiting_since=None,
        referrals_avoided=0,
        active=None,
        history=[],
        referrals=[],
        assessments=[],
    )


def waiting_by_reference(view: WaitingView, hidden: Collection[UUID]) -> WaitingView:
    """A household that waits: how urgently and how long, and no more where it is hidden."""
    if view.household_id not in hidden:
        return view
    return view.model_copy(
        update={"assessment_id": None, "re_referral": False, "reasons": [], "hidden": True}
    )


def held_by_reference(
    views: Iterable[HeldView], hidden: Collection[UUID], *, by_lead: bool
) -> list[HeldView]:
    """Whose households are whose. A team's lead sees that one of them is restricted; others of the
    team do not see that it is there."""
    return [
        view.model_copy(update={"hidden": view.household_id in hidden})
        for view in views
        if by_lead or view.household_id not in hidden
    ]


def without_worker(view: HeldView, hidden: Collection[UUID]) -> HeldView:
    """That somebody works with a household, and not who, where it is hidden."""
    if view.household_id not in hidden:
        return view
    return view.model_copy(update={"key_worker_id": "restricted", "hidden": True})


async def admit(connection: Connection, actor: Actor, household_id: UUID, now: datetime) -> None:
    """Problem 403 for whoever may not know of the household and does not lead its team."""
    if not await find_hidden(connection, actor.id, [household_id], now):
        return
    row = await store_restricted.find_household(connection, household_id)
    barred = await store_access.has_conflict(connection, household_id, actor.id)
    if barred or row is None or actor.id not in row["team_ids"]:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "This household is restricted: only the people on its list may see or change it.",
        )
