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


def delivery_routes(app: FastAPI, state: StandIn) -> None:
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
