"""Alerts, their answers and their stream, as alerts would answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, Request
from sse_starlette import EventSourceResponse

from tests.services.portal.stand_in_streams import changes

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn


def alert_routes(app: FastAPI, state: StandIn) -> None:
    @app.get("/alerts/v1/alerts")
    async def list_alerts(recipient: str) -> Any:
        mine = [
            alert
            for alert in state.alerts
            if any(one["recipient"]["id"] == recipient for one in (alert, *alert["escalations"]))
        ]
        return {"alerts": mine, "next": None, "cursor": state.changes}

    @app.get("/alerts/v1/alerts/stream")
    async def stream(request: Request) -> Any:
        return EventSourceResponse(changes(state, request, "alerts", "raised"))

    @app.post("/alerts/v1/alerts/{id_}/acknowledge")
    async def acknowledge(id_: str, body: dict[str, Any]) -> Any:
        found = next((a for a in state.alerts if a["id"] == id_), None)
        if found is None:
            raise HTTPException(404, "There is no alert with this id.")
        state.alerts.remove(found)
        state.changes += 1
        if body.get("hand_over_to"):
            state.said.append((f"hand over to {body['hand_over_to']}", body["as_recipient"]))
        return found

    @app.get("/alerts/v1/alerts/{id_}")
    async def read_alert(id_: str) -> Any:
        found = next((a for a in state.alerts if a["id"] == id_), None)
        if found is None:
            raise HTTPException(404, "There is no alert with this id.")
        return found
