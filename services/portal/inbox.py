"""The inbox: who was assessed again, how soon to say that you know, and your own households."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import MAY_SEE, Page
from services.portal.answers import Alert, Alerts, Engagement, KeyWorkerPage, TeamPage, Waiting
from services.portal.forms import Incomplete, shown_again
from services.portal.lookups import (
    ID,
    RESTRICTED,
    find_labels,
    household_name,
    load_agency_names,
    load_labels,
)
from services.portal.portal import Portal, redirect
from services.portal.relay import relay
from services.portal.session import Role, Visitor
from services.portal.sources import Caller, Part, settle
from services.portal.words import label

_RANK = {"immediate": 0, "urgent": 1, "routine": 2}
_MOST = 100
_ABOUT = {"lifting": "lifting", "answer": "read", "team": "team"}
"""Of which alerts no agency hears that they were acknowledged, and what is said of them instead."""
_TOLD = {"assigned", "routed", "changed"}
"""Alerts that tell and ask nothing: several about one household are acknowledged at once, but for
those that say that somebody may be in danger now."""
_ANSWERS = {"acknowledged", "spoken_to_them", "not_this_household"}


@dataclass(frozen=True, slots=True)
class Card:
    """An alert as it is shown. A restricted household has no name in a list. ``is_conflict``: it is
    not restricted, and hidden for a conflict of interest. ``together``: on the
    first of several that say what agencies saw of one household, all of these alerts."""

    alert: Alert
    household: str
    agency: str
    is_restricted: bool
    is_conflict: bool = False
    together: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cards(Part[list[Card]]):
    """The cards, or why there are none. ``unnamed``: why nobody can say what households are called;
    what is new shows all the same."""

    unnamed: str | None = None


@dataclass(frozen=True, slots=True)
class Mine:
    """One of the visitor's households."""

    id: str
    label: str
    since: datetime
    open_alerts: int


@dataclass(frozen=True, slots=True)
class TheirTeam:
    """A lead's team, and who waits for it, with what the household is called."""

    team: TeamPage
    waiting: list[tuple[Waiting, str]]


def create_router(portal: Portal) -> APIRouter:
    """``/inbox``, its live part and stream, and acknowledging."""
    router = APIRouter(include_in_schema=False)

    @router.get("/inbox")
    async def show(request: Request, done: str = "") -> Response:
        return await show_inbox(portal, request, done)

    @router.get("/parts/inbox")
    async def part(request: Request) -> Response:
        visitor = portal.admit(request, Page.INBOX)
        caller = portal.ask(visitor, "inbox")
        return portal.render(request, "_alerts.html", cards=await _load_cards(caller, visitor))

    @router.get("/events/inbox")
    async def events(request: Request) -> Response:
        visitor = portal.admit(request, Page.INBOX)
        return relay(
            request,
            portal.ask(visitor, "inbox"),
            "alerts",
            "/v1/alerts/stream",
            {"recipient": visitor.id},
            gap_seconds=0.05,
            lifetime_seconds=portal.session_seconds(request),
        )

    @router.post("/inbox/alerts/{alert_id}/acknowledge")
    @shown_again(show, "acknowledge")
    async def acknowledge(request: Request, alert_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.INBOX)
        form = await request.form()
        answer = str(form.get("answer", "acknowledged"))
        said = {"as_recipient": visitor.id, "answer": answer}
        await portal.ask(visitor, "acknowledge").change(
            "alerts", f"/v1/alerts/{alert_id}/acknowledge", said
        )
        done = answer if answer in _ANSWERS else "acknowledged"
        if done == "acknowledged" and form.get("about") in _ABOUT:
            done = _ABOUT[str(form.get("about"))]
        return redirect(f"/inbox?done={done}")

    @router.post("/inbox/acknowledge")
    @shown_again(show, "acknowledge")
    async def acknowledge_several(request: Request) -> Response:
        """The alerts that were shown, and no others that came meanwhile."""
        visitor = await portal.admit_change(request, Page.INBOX)
        form = await request.form()
        caller = portal.ask(visitor, "acknowledge")
        alert_ids = list(dict.fromkeys(map(str, form.getlist("alert")[:_MOST])))
        if not alert_ids or not all(map(ID.fullmatch, alert_ids)):
            raise Incomplete("This names no alert. Choose again.")
        for alert_id in alert_ids:
            said = {"as_recipient": visitor.id, "answer": "acknowledged"}
            await caller.change("alerts", f"/v1/alerts/{alert_id}/acknowledge", said)
        return redirect("/inbox?done=acknowledged")

    return router


async def show_inbox(portal: Portal, request: Request, done: str = "") -> Response:
    """The visitor's inbox. Raises as :meth:`Portal.admit`."""
    visitor = portal.admit(request, Page.INBOX)
    caller = portal.ask(visitor, "inbox")
    values: dict[str, Any] = {"mine": None, "team": None}
    if visitor.role is Role.KEY_WORKER:
        cards, engaged = await asyncio.gather(
            _load_cards(caller, visitor), settle(_load_engaged(caller, visitor), ())
        )
        values["mine"] = await _load_mine(caller, engaged, cards.value)
    elif visitor.role is Role.TEAM_LEAD:
        cards, team = await asyncio.gather(
            _load_cards(caller, visitor), _load_team(caller, visitor)
        )
        values["team"] = team
    else:
        cards = await _load_cards(caller, visitor)
    values["officer"] = visitor.role is Role.PRIVACY_OFFICER
    return portal.render(request, "inbox.html", cards=cards, done=done, **values)


async def _load_cards(caller: Caller, visitor: Visitor) -> Cards:
    """The visitor's open alerts, the most severe first, then the first due."""
    found = await settle(
        caller.read(Alerts, "alerts", "/v1/alerts", {"recipient": visitor.id, "limit": _MOST}),
        Alerts(),
    )
    alerts = found.value.alerts
    may_open = Page.HOUSEHOLD in MAY_SEE[visitor.role]
    households, agencies = await asyncio.gather(
        find_labels(caller, {a.household_id for a in alerts if a.household_id and may_open}),
        load_agency_names(caller),
    )
    cards = [
        Card(
            alert,
            household=household_name(household) if not alert.hidden or barred else RESTRICTED,
            agency=agencies.get(alert.agency_id or "") or label(alert.agency_id or "an agency"),
            is_restricted=bool(alert.hidden or alert.restrictions)
            or bool(household and household.restricted),
            is_conflict=barred,
        )
        for alert in _in_order(alerts)
        for household in [households.value.get(alert.household_id or "")]
        for barred in [bool(household and household.hidden and not household.restricted)]
    ]
    missing = found.missing
    if not missing and found.value.next:
        missing = f"Only the first {_MOST} alerts are shown: acknowledge some to see the others."
    return Cards(_together(cards), missing, households.missing)


def _in_order(alerts: Sequence[Alert]) -> list[Alert]:
    """The most severe first, then the first due; of these the alerts of one household together, as
    they came, the household first of which the first came."""
    began: dict[tuple[int, datetime, str | None], datetime] = {}
    for alert in alerts:
        key = (_RANK.get(alert.severity, 3), alert.due_at, alert.household_id)
        began[key] = min(alert.raised_at, began.get(key, alert.raised_at))

    def place(alert: Alert) -> tuple[int, datetime, datetime, str, datetime, str]:
        rank, household = _RANK.get(alert.severity, 3), alert.household_id
        first = began[rank, alert.due_at, household]
        return rank, alert.due_at, first, household or "", alert.raised_at, alert.id

    return sorted(alerts, key=place)


def _together(cards: Sequence[Card]) -> list[Card]:
    """The cards, with what can be acknowledged at once on the first of each household's."""
    told: dict[str, list[str]] = {}
    for card in cards:
        alert = card.alert
        is_told = alert.kind in _TOLD and alert.severity != "immediate" and not alert.hidden
        if is_told and alert.household_id:
            told.setdefault(alert.household_id, []).append(alert.id)
    several = {ids[0]: tuple(ids) for ids in told.values() if len(ids) > 1}
    return [replace(card, together=several.get(card.alert.id, ())) for card in cards]


async def _load_mine(
    caller: Caller, engaged: Part[tuple[Engagement, ...]], cards: list[Card]
) -> Part[list[Mine]]:
    labels = await find_labels(caller, {e.household_id for e in engaged.value})
    waiting = Counter(card.alert.household_id for card in cards)
    mine = [
        Mine(
            e.household_id,
            household_name(labels.value.get(e.household_id)),
            e.since,
            waiting[e.household_id],
        )
        for e in engaged.value
    ]
    return Part(
        sorted(mine, key=lambda m: (-m.open_alerts, m.label)), engaged.missing or labels.missing
    )


async def _load_engaged(caller: Caller, visitor: Visitor) -> tuple[Engagement, ...]:
    path = f"/v1/keyworkers/{quote(visitor.id, safe='')}"
    return (await caller.read(KeyWorkerPage, "keyworkers", path)).engagements


async def _load_team(caller: Caller, visitor: Visitor) -> Part[TheirTeam | None]:
    path = f"/v1/teams/{quote(visitor.id, safe='')}"
    found = await settle(_read_team(caller, path), None)
    if found.value is None:
        return Part(None, found.missing)
    waiting = found.value.waiting_list
    labels = await load_labels(caller, {w.household_id for w in waiting})
    named = [(w, household_name(labels.get(w.household_id))) for w in waiting]
    return Part(TheirTeam(found.value, named))


async def _read_team(caller: Caller, path: str) -> TeamPage | None:
    return await caller.read(TeamPage, "keyworkers", path)
