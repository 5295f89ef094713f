"""What keyworkers would answer of a team: its households, handovers, offers and a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, Request

from tests.services.portal import neighbourhood as n

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn

HANDOVER, OFFER, DIGEST = n.an_id("handover"), n.an_id("offer"), "0123456789abcdef"


def handover(**changes: Any) -> dict[str, Any]:
    return {
        "handover_id": HANDOVER,
        "engagement_id": n.an_id("engagement elsewhere"),
        "household_id": n.SHAH,
        "from_key_worker_id": n.JOSEPH,
        "to_key_worker_id": n.MORAG,
        "reason": "leaving",
        "state": "proposed",
        "proposed_by": n.JOSEPH,
        "proposed_at": n.ago(hours=1),
        "expires_at": n.soon(days=4),
    } | changes


def offer() -> dict[str, Any]:
    return {
        "offer_id": OFFER,
        "household_id": n.GREEN,
        "team_id": n.TEAM,
        "team_name": "Wigan North",
        "severity": "routine",
        "claim_by": n.soon(hours=1),
    }


def team_routes(app: FastAPI, state: StandIn, held: list[dict[str, Any]]) -> None:
    @app.get("/keyworkers/v1/teams/{id_}/engagements")
    async def list_engagements(id_: str) -> Any:
        return held

    @app.get("/keyworkers/v1/handovers")
    async def list_handovers(team_id: str) -> Any:
        return state.handovers

    @app.post("/keyworkers/v1/handovers/{id_}/{answer}")
    async def answer(request: Request, id_: str, answer: str) -> Any:
        found = next((h for h in state.handovers if h["handover_id"] == id_), None)
        if found is None:
            raise HTTPException(409, "This handover has been answered, or no longer applies.")
        state.handovers.remove(found)
        state.said.append((answer, request.headers["kith-actor"]))
        return found

    @app.get("/keyworkers/v1/offers")
    async def list_offers() -> Any:
        return state.offers

    @app.post("/keyworkers/v1/offers/{id_}/claim")
    async def claim(request: Request, id_: str) -> Any:
        state.offers.clear()
        state.said.append(("claim", request.headers["kith-actor"]))
        return {"engagement_id": n.an_id("engagement new")}

    @app.get("/keyworkers/v1/keyworkers/{id_}/replanning")
    async def look(id_: str) -> Any:
        move = {"household_id": n.GREEN, "severity": "urgent", "to_name": "Joseph Okoro"}
        left = {"household_id": n.SHAH, "severity": "routine"}
        return {
            "key_worker_id": id_,
            "digest": DIGEST,
            "moves": [
                move
                | {
                    "reasons": [
                        "has known this household",
                        "has room: holds 12 of at most 16 households",
                    ]
                }
            ],
            "left": [left | {"reasons": ["Joseph Okoro is asked to take others"]}],
        }

    @app.post("/keyworkers/v1/keyworkers/{id_}/replanning")
    async def apply(id_: str, body: dict[str, Any]) -> Any:
        state.said.append((f"{body['digest']} {body['reason']}", id_))
        return {"handover_ids": [HANDOVER]}
