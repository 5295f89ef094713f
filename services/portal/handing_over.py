"""Handing a household over: whom to ask, with the ranking's reasons, their own team first.

In answer to an alert, or from the household's page by its key worker or their team's lead. Whoever
is asked may be of any team of the place: a household that has moved is found somebody there.
"""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.portal.access import Forbidden, Page
from services.portal.answers import Alert
from services.portal.answers_team import HandingOver
from services.portal.forms import Fields, Incomplete, shown_again
from services.portal.lookups import household_name, load_labels
from services.portal.portal import Portal, redirect
from services.portal.session import Role, Visitor
from services.portal.sources import Caller

MAY_HAND_OVER = frozenset({"assigned", "routed", "changed"})
"""Kinds of alerts about a household that has a key worker."""

Asked = Annotated[str, Query(max_length=100)]

_NOBODY = {"hand_over_to": "Choose who is asked."}


def create_router(portal: Portal) -> APIRouter:
    """``/inbox/alerts/{id}/hand-over``, where choosing is an answer to the alert, and
    ``/households/{id}/hand-over``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/inbox/alerts/{alert_id}/hand-over")
    async def show(
        request: Request, alert_id: UUID, name: Asked = "", locality: Asked = ""
    ) -> Response:
        visitor = portal.admit(request, Page.INBOX)
        name, locality = await _searched(request, name, locality)
        caller = portal.ask(visitor, "handing-over")
        alert = await caller.read(Alert, "alerts", f"/v1/alerts/{alert_id}")
        told = {alert.recipient.id, *(step.recipient.id for step in alert.escalations)}
        if visitor.id not in told:
            raise Forbidden("This alert is somebody else’s. Go back to your inbox.")
        if alert.household_id is None or alert.kind not in MAY_HAND_OVER:
            raise Forbidden("This alert is about nobody who could be handed over. Go back.")
        look, labels = await asyncio.gather(
            _look(caller, alert.household_id, name, locality),
            load_labels(caller, {alert.household_id}),
        )
        return portal.render(
            request,
            "hand_over.html",
            look=look,
            household=household_name(labels.get(alert.household_id)),
            name=name,
            locality=locality,
            here=f"/inbox/alerts/{alert.id}/hand-over",
            may_leave_it_open=True,
            back="/inbox",
        )

    @router.post("/inbox/alerts/{alert_id}/hand-over")
    @shown_again(show, "hand-over")
    async def answer(request: Request, alert_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.INBOX)
        said = {"as_recipient": visitor.id, "answer": "hand_over"}
        if to := _chosen(await request.form()):
            said["hand_over_to"] = to
        path = f"/v1/alerts/{alert_id}/acknowledge"
        await portal.ask(visitor, "acknowledge").change("alerts", path, said)
        return redirect("/inbox?done=hand_over")

    @router.get("/households/{household_id}/hand-over")
    async def show_household(
        request: Request, household_id: UUID, name: Asked = "", locality: Asked = ""
    ) -> Response:
        visitor = portal.admit(request, Page.HOUSEHOLD)
        name, locality = await _searched(request, name, locality)
        caller = portal.ask(visitor, "handing-over")
        look, labels = await asyncio.gather(
            _look(caller, str(household_id), name, locality),
            load_labels(caller, {str(household_id)}),
        )
        _may(visitor, look)
        return portal.render(
            request,
            "hand_over.html",
            look=look,
            household=household_name(labels.get(str(household_id))),
            name=name,
            locality=locality,
            here=f"/households/{household_id}/hand-over",
            may_leave_it_open=False,
            back=f"/households/{household_id}",
        )

    @router.post("/households/{household_id}/hand-over")
    @shown_again(show_household, "hand-over")
    async def ask(request: Request, household_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.HOUSEHOLD)
        to = _chosen(await request.form())
        if not to:
            raise Incomplete(_NOBODY)
        caller = portal.ask(visitor, "handing-over")
        look = await _look(caller, str(household_id), "", "")
        _may(visitor, look)
        path = f"/v1/engagements/{look.engagement_id}/handovers"
        await caller.change("keyworkers", path, {"to_key_worker_id": to})
        return redirect(f"/households/{household_id}?done=asked")

    return router


def _chosen(form: Fields) -> str:
    """Whom to ask; "" for the first who can. Raises :class:`Incomplete`."""
    if "hand_over_to" not in form:
        raise Incomplete(_NOBODY)
    return str(form["hand_over_to"])[:100]


async def _searched(request: Request, name: str, locality: str) -> tuple[str, str]:
    """What the page's search was for: the form has it too, or whom it found would be gone."""
    if request.method == "GET":
        return name, locality
    form = await request.form()
    return str(form.get("name") or "")[:100], str(form.get("locality") or "")[:100]


async def _look(caller: Caller, household_id: str, name: str, locality: str) -> HandingOver:
    asked = {"name": name, "locality_id": locality}
    return await caller.read(
        HandingOver,
        "keyworkers",
        f"/v1/households/{household_id}/handing-over",
        {key: value for key, value in asked.items() if value},
    )


def _may(visitor: Visitor, look: HandingOver) -> None:
    theirs = visitor.role is Role.KEY_WORKER and visitor.id == look.key_worker_id
    leads = visitor.role is Role.TEAM_LEAD and visitor.id == look.team_id
    if not (theirs or leads):
        raise Forbidden("Its key worker, or their team’s lead, hands a household over. Go back.")
