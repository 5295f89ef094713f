"""Handing a household over in answer to an alert: whom to ask, with the ranking's reasons."""

from __future__ import annotations

import asyncio
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Forbidden, Page
from services.portal.answers import Alert
from services.portal.answers_team import HandingOver
from services.portal.lookups import household_name, load_labels
from services.portal.portal import Portal

MAY_HAND_OVER = frozenset({"assigned", "routed", "changed"})
"""Kinds of alerts about a household that has a key worker."""


def create_router(portal: Portal) -> APIRouter:
    """``/inbox/alerts/{id}/hand-over``; choosing is an answer to the alert."""
    router = APIRouter(include_in_schema=False)

    @router.get("/inbox/alerts/{alert_id}/hand-over")
    async def show(request: Request, alert_id: UUID) -> Response:
        visitor = portal.admit(request, Page.INBOX)
        caller = portal.ask(visitor, "handing-over")
        alert = await caller.read(Alert, "alerts", f"/v1/alerts/{alert_id}")
        told = {alert.recipient.id, *(step.recipient.id for step in alert.escalations)}
        if visitor.id not in told:
            raise Forbidden("This alert is somebody else’s. Go back to your inbox.")
        if alert.household_id is None or alert.kind not in MAY_HAND_OVER:
            raise Forbidden("This alert is about nobody who could be handed over. Go back.")
        look, labels = await asyncio.gather(
            caller.read(
                HandingOver, "keyworkers", f"/v1/households/{alert.household_id}/handing-over"
            ),
            load_labels(caller, {alert.household_id}),
        )
        return portal.render(
            request,
            "hand_over.html",
            alert=alert,
            look=look,
            household=household_name(labels.get(alert.household_id)),
        )

    return router
