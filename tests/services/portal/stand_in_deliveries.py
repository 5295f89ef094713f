"""What agencies and alerts would answer of their deliveries."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, Request

from tests.services.portal import neighbourhood as n

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn


def delivery(name: str, service: str, **changes: Any) -> dict[str, Any]:
    return {
        "service": service,
        "id": n.an_id(f"delivery {name}"),
        "channel": "webhook" if service == "agencies" else "email",
        "destination": "wigan-homes" if service == "agencies" else n.MORAG,
        "state": "given_up",
        "attempts": 14,
        "created_at": n.ago(days=3),
        "last_attempt_at": n.ago(hours=2),
        "next_attempt_at": None,
        "last_status": "503" if service == "agencies" else "SMTP 550",
        "overtaken": False,
    } | changes


def delivery_counts(state: StandIn, service: str) -> dict[str, Any]:
    mine = [d for d in state.deliveries if d["service"] == service]
    return {
        kind: Counter(d["channel"] for d in mine if d["state"] == kind)
        for kind in ("waiting", "given_up")
    }


def webhook(
    agency: str = "wigan-homes", name: str = "Wigan Homes", **changes: Any
) -> dict[str, Any]:
    return {
        "agency_id": agency,
        "name": name,
        "host": f"hooks.{agency}.example",
        "state": "enabled",
        "created_at": n.ago(days=30),
        "succeeded_at": n.ago(minutes=3),
        "failing_since": None,
        "disabled_at": None,
        "paused_at": None,
        "paused_by": None,
        "waiting": 0,
        "given_up": 0,
        "last_answer": "200",
    } | changes


def delivery_routes(app: FastAPI, state: StandIn) -> None:
    @app.get("/agencies/internal/webhooks")
    async def list_webhooks() -> Any:
        return state.webhooks

    @app.post("/agencies/internal/webhooks/{agency_id}/{decision}")
    async def pause(request: Request, agency_id: str, decision: str) -> Any:
        found = next(one for one in state.webhooks if one["agency_id"] == agency_id)
        actor = request.headers["kith-actor"]
        pauses = decision == "pause"
        if pauses == (found["state"] == "paused"):
            raise HTTPException(409, "It is so already.")
        state.said.append((f"{decision} {agency_id}", actor))
        found |= {"state": "paused" if pauses else "enabled"}
        found |= {"paused_at": n.ago(seconds=5) if pauses else None, "paused_by": actor}
        return {}

    @app.get("/{service}/deliveries")
    async def list_all(request: Request, service: str) -> Any:
        wanted = request.query_params["state"]
        found = [d for d in state.deliveries if (d["service"], d["state"]) == (service, wanted)]
        return {"deliveries": found, "next": None}

    @app.post("/{service}/deliveries/{decision}")
    async def decide_all(request: Request, service: str, decision: str) -> Any:
        found = [d for d in state.deliveries if d["service"] == service]
        state.deliveries = [d for d in state.deliveries if d not in found]
        state.said.append((f"{decision} all {service}", request.headers["kith-actor"]))
        return {"done": len(found), "overtaken": 0}

    @app.post("/{service}/deliveries/{id_}/{decision}")
    async def decide(request: Request, service: str, id_: str, decision: str) -> Any:
        found = [d for d in state.deliveries if (d["service"], d["id"]) == (service, id_)]
        if not found:
            raise HTTPException(409, "This is not given up any more: somebody dealt with it.")
        state.deliveries.remove(found[0])
        state.said.append((f"{decision} {id_}", request.headers["kith-actor"]))
        return {"done": 1, "overtaken": 0}
