"""The services behind the portal, played by one small server: same addresses, invented answers.

``down`` names services that fail; ``refuses`` says of which changes, by address, a service says no;
``calls`` keeps what was asked, on whose behalf and why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from tests.services.portal.stand_in_access import access_routes
from tests.services.portal.stand_in_agencies import agency_routes
from tests.services.portal.stand_in_alerts import alert_routes
from tests.services.portal.stand_in_deliveries import delivery_routes
from tests.services.portal.stand_in_duplication import duplication_routes
from tests.services.portal.stand_in_keyworkers import keyworker_routes
from tests.services.portal.stand_in_looks import looks_routes
from tests.services.portal.stand_in_operations import operation_routes
from tests.services.portal.stand_in_people import message_routes, people_routes
from tests.services.portal.stand_in_requests import request_routes
from tests.services.portal.stand_in_retention import retention_routes
from tests.services.portal.stand_in_sign_in import sign_in_routes

TOKEN = "a-token-of-services"
REFUSAL = "It is otherwise by now: somebody else has done something meanwhile."


@dataclass
class StandIn:
    """What the services would answer; tests change it."""

    alerts: list[dict[str, Any]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    refuses_with: int = 409
    refuses: Callable[[str], bool] = field(default=lambda _: False)
    parked_left: int = 0
    taken_by: str | None = None
    obstacles: dict[str, list[str]] = field(default_factory=dict)
    calls: list[tuple[str, str, str, str]] = field(default_factory=list)
    persons: set[tuple[str, str | None]] = field(default_factory=set)
    """Of every call: on whose behalf, and who that is where several share it."""
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    parked: list[dict[str, Any]] = field(default_factory=list)
    journeys: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    handovers: list[dict[str, Any]] = field(default_factory=list)
    offers: list[dict[str, Any]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    leave: list[dict[str, Any]] = field(default_factory=list)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    asked: str | None = None
    liftings: list[dict[str, Any]] = field(default_factory=list)
    hidden_reviews: list[str] = field(default_factory=list)
    barred: list[str] = field(default_factory=list)
    restored: bool = False
    channels: list[str] = field(default_factory=list)
    preferences: dict[str, Any] = field(default_factory=dict)
    tests: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    copies: list[dict[str, Any]] = field(default_factory=list)
    refuses_copies: bool = False
    missing_records: bool = False
    asks_of_harm: bool = False
    signs_in: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    """By what the directory calls them: the roles that the place has for them."""
    ambiguous: set[str] = field(default_factory=set)
    has_retention: bool = True
    holds: list[dict[str, Any]] = field(default_factory=list)
    erasures: list[dict[str, Any]] = field(default_factory=list)
    changes: int = 0

    def add_alert(self, alert: dict[str, Any]) -> None:
        self.alerts.append(alert)
        self.changes += 1

    def add_journey(self, journey: dict[str, Any]) -> None:
        self.journeys.insert(0, journey)
        self.changes += 1


def create_stand_in(state: StandIn) -> FastAPI:
    """Each service under its own name: ``/alerts/v1/alerts`` and so on."""
    app = FastAPI()

    @app.middleware("http")
    async def only_services(request: Request, call_next: Any) -> Response:
        service = request.url.path.split("/")[1]
        if service in state.down:
            return JSONResponse({"detail": "secret of the service"}, 503)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"detail": "no"}, 401)
        actor, purpose = request.headers["kith-actor"], request.headers["kith-purpose"]
        state.calls.append((request.method, request.url.path, actor, purpose))
        state.persons.add((actor, request.headers.get("kith-person")))
        if request.method != "GET" and state.refuses(str(request.url)):
            return JSONResponse({"detail": REFUSAL}, state.refuses_with)
        answer: Response = await call_next(request)
        return answer

    keyworker_routes(app, state)
    duplication_routes(app, state)
    agency_routes(app)
    alert_routes(app, state)
    operation_routes(app, state)
    people_routes(app, state)
    access_routes(app, state)
    looks_routes(app, state)
    message_routes(app, state)
    delivery_routes(app, state)
    request_routes(app, state)
    sign_in_routes(app, state)
    retention_routes(app, state)
    return app
