"""Journeys, the ledger, flow and health, as operations and every service would answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, Request
from sse_starlette import EventSourceResponse

from contracts.topics import TOPICS
from tests.services.portal import neighbourhood as n
from tests.services.portal.stand_in_deliveries import delivery_counts
from tests.services.portal.stand_in_streams import changes

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn


def operation_routes(app: FastAPI, state: StandIn) -> None:
    impact = {
        "assessments": 1284,
        "referrals_opened": 402,
        "contacts_routed": 861,
        "referrals_avoided": 861,
        "avoided_then_reversed": 2,
        "avoided": [
            {"would_have_referred_for": "family-help", "match_rule": "likeliest", "count": 600},
            {"would_have_referred_for": None, "match_rule": "likeliest", "count": 261},
        ],
        "waiting_for_room": 3,
        "under_review": 18,
        "front_door": 41,
        "households": 405,
        "later_routed_share": 0.978,
    }
    stall = {"id": n.an_id("assessment stalled"), "agency_id": "wigan-homes", "state": "alerted"}
    stall |= {"waits_for": "the key worker to say that they know", "since": n.ago(hours=9)}
    entry: dict[str, Any] = {"would_have_referred_for": "family-help", "match_rule": "likeliest"}
    entry |= {"assessment_id": n.an_id("assessment homes"), "agency_id": "wigan-homes"}
    entry |= {"routed_at": n.ago(minutes=6), "model_version": "2026-11"}
    entry |= {"match_weight": 17.4, "acknowledged_at": None, "reversed_at": None}

    @app.get("/operations/v1/journeys")
    async def list_journeys() -> Any:
        return {"journeys": state.journeys, "next": None, "cursor": 1}

    @app.get("/operations/v1/journeys/stream")
    async def stream(request: Request) -> Any:
        return EventSourceResponse(changes(state, request, "operations", "journeys"))

    @app.get("/operations/v1/journeys/{id_}")
    async def read_journey(id_: str) -> Any:
        found = next((j for j in state.journeys if j["id"] == id_), None)
        if found is None:
            raise HTTPException(404, "There is no journey with this id.")
        event = {"type": "kith.agencies.assessment.recorded.v1", "time": found["started_at"]}
        event |= {"topic": "agencies.assessments", "partition": 2, "offset": 41, "after_ms": 0.0}
        return found | {"events": [event], "avoided": [entry]}

    @app.get("/operations/v1/journeys/{id_}/trace")
    async def read_trace(id_: str) -> Any:
        return {"journey_id": id_, "trace_id": "0af7", "spans": n.SPANS}

    @app.get("/operations/v1/ledger")
    async def list_ledger(household: str | None = None, limit: int = 100) -> Any:
        gone = {"assessment_id": n.ERASED, "erased": True, "agency_id": None}
        entries = [entry, entry | gone] if household in {n.GREEN, None} else []
        return {"entries": entries, "next": None}

    @app.get("/operations/v1/impact")
    async def read_impact() -> Any:
        return impact

    @app.get("/operations/v1/stalls")
    async def list_stalls() -> Any:
        return [stall | {"late_seconds": 18_400.0}]

    @app.get("/operations/v1/flow")
    async def list_flow() -> Any:
        return [{"topic": "agencies.assessments", "last_minute": 12, "last_hour": 731}]

    @app.get("/operations/v1/latency")
    async def read_latency() -> Any:
        times = {"journeys": 40, "p50": 17.0, "p95": 41.0, "p99": 88.0}
        return {"since": n.ago(minutes=15), "stages": {"accepted_to_alerted": times}}

    @app.get("/{service}/health/status")
    async def read_status(service: str) -> Any:
        parked = len(state.parked) if service == "keyworkers" else 0
        reads = {"topics": ["duplication.households"], "handled": 90, "halted": None}
        lag = {f"{service}.duplication.households": reads | {"lag": 2}}
        if service == "operations":
            everything = [topic.name for topic in TOPICS]
            lag = {"operations.all": reads | {"topics": everything, "lag": 0}}
        status: dict[str, Any] = {"service": service, "faults": [], "consumers": lag}
        if obstacles := state.obstacles.get(service):
            return status | {"obstacles": obstacles}
        status["unsent"] = 0
        if service in {"agencies", "alerts"}:
            status["deliveries"] = delivery_counts(state, service)
        return status | {"oldest_unsent_seconds": 0.0, "parked": parked}

    @app.get("/{service}/parked/alike")
    async def list_parked(service: str) -> Any:
        return state.parked

    @app.post("/{service}/parked/{id_}/{decision}")
    async def decide(service: str, id_: int, decision: str) -> Any:
        state.parked = [p for p in state.parked if p["id"] != id_]
        return {"state": decision, "records": 1, "left": state.parked_left}
