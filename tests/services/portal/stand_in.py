"""The services behind the portal, played by one small server: same addresses, invented answers.

``down`` names services that fail; ``calls`` keeps what was asked, on whose behalf and why.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from contracts.topics import TOPICS
from tests.services.portal import neighbourhood as n
from tests.services.portal.stand_in_access import access_routes
from tests.services.portal.stand_in_deliveries import delivery_counts, delivery_routes
from tests.services.portal.stand_in_looks import looks_routes
from tests.services.portal.stand_in_people import message_routes, people_routes
from tests.services.portal.stand_in_team import team_routes

TOKEN = "a-token-of-services"


@dataclass
class StandIn:
    """What the services would answer; tests change it."""

    alerts: list[dict[str, Any]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    parked_left: int = 0
    obstacles: dict[str, list[str]] = field(default_factory=dict)
    calls: list[tuple[str, str, str, str]] = field(default_factory=list)
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
    changes: int = 0

    def add_alert(self, alert: dict[str, Any]) -> None:
        self.alerts.append(alert)
        self.changes += 1

    def add_journey(self, journey: dict[str, Any]) -> None:
        self.journeys.insert(0, journey)
        self.changes += 1


_WEIGHTS = {"-10": 3, "-5": 4, "10": 90, "15": 700, "5": 8, "none": 20}
"""Decisions by weight, in the order in which PostgreSQL sorts words."""


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
        answer: Response = await call_next(request)
        return answer

    _people(app, state)
    _duplication(app, state)
    _alerts(app, state)
    _operations(app, state)
    people_routes(app, state)
    access_routes(app, state)
    looks_routes(app, state)
    message_routes(app, state)
    delivery_routes(app, state)
    return app


def _people(app: FastAPI, state: StandIn) -> None:
    workers = [
        n.key_worker(n.MORAG, "Morag Ellis", 9.0),
        n.key_worker(n.JOSEPH, "Joseph Okoro", 12.0, away="on leave until 4 December"),
    ]
    team = {
        "id": n.TEAM,
        "name": "Wigan North",
        "place_id": "greater-manchester",
        "locality_id": "wigan",
        "locality_name": "Wigan",
        "caseload": 21.0,
        "capacity": 32,
        "waiting": 1,
        "covers": ["WN1", "WN2 1"],
        "assignment": "offer",
        "size": 2,
        "lead": n.LEAD,
    }
    waiting = {"household_id": n.SHAH, "severity": "urgent", "waiting_since": n.ago(hours=5)}
    mine = [
        n.engagement(n.GREEN, n.MORAG, "Morag Ellis", 200),
        n.engagement(n.HIDDEN, n.MORAG, "Morag Ellis", 20),
    ]
    team_routes(app, state, mine)
    desk = {"id": "wigan", "name": "Wigan", "districts": ["WN1"]}
    desks = {"front_door": n.DESK, "duty_desk": n.DESK}
    place = {"id": "greater-manchester", "name": "Greater Manchester", "key_worker_alias": n.ALIAS}

    @app.get("/keyworkers/v1/keyworkers")
    async def list_key_workers() -> Any:
        return workers

    @app.get("/keyworkers/v1/keyworkers/{id_}")
    async def read_key_worker(id_: str) -> Any:
        found = next((w for w in workers if w["id"] == id_), None)
        if found is None:
            raise HTTPException(404, "There is no key worker with this id.")
        contact = n.contact(found["name"])
        return found | {"contact": contact, "engagements": mine if id_ == n.MORAG else []}

    @app.get("/keyworkers/v1/teams")
    async def list_teams() -> Any:
        return [team]

    @app.get("/keyworkers/v1/teams/{id_}")
    async def read_team(id_: str) -> Any:
        return team | {"lead": n.LEAD, "members": workers, "waiting_list": [waiting]}

    @app.post("/keyworkers/v1/previews")
    async def preview(body: dict[str, Any]) -> Any:
        same = {"kind": "assessment.routed", "who": "Morag Ellis", "household_id": n.GREEN}
        other = [{"kind": "referral.opened"}, {"kind": "keyworker.assigned", "who": "Joseph Okoro"}]
        linked = {"kind": "engagement.ended", "who": "Morag Ellis", "former": "Joseph Okoro"}
        said = body["says"][0]["event"].get("verdict")
        if said is None:
            return [linked | {"goes_on": True}]
        return [same] if said == "same" else other

    @app.get("/keyworkers/v1/places")
    async def list_places() -> Any:
        return [place | desks | n.PLACE_FILE | {"localities": [desk | desks]}]

    @app.get("/keyworkers/v1/places/{id_}/versions")
    async def list_versions(id_: str) -> Any:
        first = {"version": 1, "loaded_at": n.ago(days=90), "digest": "0a1b2c3d4e5f"}
        now = {"version": 2, "loaded_at": n.ago(days=2), "digest": "f5e4d3c2b1a0"}
        return [now | {"in_force": True}, first | {"in_force": False}]

    @app.put("/keyworkers/v1/engagements/{id_}/intensity")
    async def weigh(id_: str, body: dict[str, Any]) -> Any:
        held = next(e for e in mine if e["engagement_id"] == id_)
        state.said.append((f"counts as {body['intensity']:g}", body["reason"]))
        changed = {"intensity": body["intensity"], "intensity_reason": body["reason"]}
        mine[mine.index(held)] = held | changed | {"intensity_since": n.ago(minutes=1)}
        return {}

    @app.get("/keyworkers/v1/households/{id_}/engagement")
    async def read_engagement(id_: str) -> Any:
        active = next((e for e in mine if e["household_id"] == id_), None)
        waits = {"state": "waiting", "opened_at": n.ago(hours=5)}
        return {
            "household_id": id_,
            "active": active,
            "history": [],
            "referrals": [waits] if id_ == n.SHAH else [],
            "assessments": [],
        }


def _duplication(app: FastAPI, state: StandIn) -> None:
    restricted = {"restricted": True, "restrictions": ["domestic_abuse"]}
    households = {
        n.GREEN: n.household(n.GREEN, "Green"),
        n.SHAH: n.household(n.SHAH, "Shah", members=[], assessment_ids=[]),
        n.HIDDEN: n.household(n.HIDDEN, None, **restricted),
    }
    review = {
        "id": n.REVIEW,
        "assessment_id": n.an_id("assessment police"),
        "place_id": "greater-manchester",
        "household_id": n.an_id("provisional"),
        "candidates": [],
        "rule": "likeliest",
        "weight": 4.2,
        "urgency": "urgent",
        "restricted": False,
        "asked_at": n.ago(minutes=30),
        "due_at": n.soon(hours=2),
        "verdict": None,
        "taken_by": None,
    }

    @app.get("/duplication/v1/households")
    async def label_households(ids: str) -> Any:
        known = [households[i] for i in ids.split(",") if i in households]
        named = [{k: h[k] for k in ("id", "label", "restricted")} for h in known]
        bare = {"label": None, "hidden": True}
        return [one | bare if one["id"] in state.barred else one for one in named]

    @app.get("/duplication/v1/households/{id_}")
    async def read_household(id_: str, request: Request) -> Any:
        if id_ not in households:
            raise HTTPException(404, "There is no such household.")
        found = households[id_]
        if found["restricted"] and request.headers["kith-actor"] != n.MORAG:
            bare: dict[str, Any] = {
                "members": [],
                "address": None,
                "assessment_ids": [],
                "restrictions": [],
            }
            return found | bare | {"hidden": True, "call": n.DESK}
        return found

    @app.get("/duplication/v1/decisions/{id_}")
    async def read_decision(id_: str) -> Any:
        if id_ == n.an_id("assessment school"):
            against = [{"field": "family", "level": "differs", "weight": -4.6}]
            new = {"decision": "new", "rule": "nobody", "weight": -3.8, "fields": against}
            return new | {"assessment_id": id_}
        shares = n.STRONGEST["fields"]
        fields = [
            {"field": s["comparison"], "level": s["level"], "weight": s["weight"]} for s in shares
        ]
        decision = {"decision": "matched", "rule": "likeliest", "weight": 17.4}
        likely = n.STRONGEST | {"prior": -11.0, "guards": ["generations"]}
        person = {"new": False, "candidates": 3, "best": likely, "runner_up": likely}
        detail: dict[str, Any] = {"thresholds": {"link": 6.0, "review": 2.0}, "people": [person]}
        detail["thresholds"] |= {"within": 1.0, "margin": 3.0}
        again = {"rule": "nobody_known", "weight": -3.0, "model_version": "2027-01"}
        again |= {"decided_at": n.ago(days=1), "detail": detail}
        shown = {"fields": fields, "detail": detail, "household_id": n.GREEN}
        shown |= {"again": [again]}
        return decision | shown | {"assessment_id": id_, "model_version": "2026-11"}

    @app.get("/duplication/v1/reviews")
    async def list_reviews() -> Any:
        hidden = review | {"hidden": True, "rule": "hidden", "weight": None, "restricted": True}
        others = [hidden | {"id": id_} for id_ in state.hidden_reviews]
        return others if state.verdicts else [*others, review]

    @app.post("/duplication/v1/reviews/{id_}/{change}")
    async def take_review(request: Request, change: str) -> Any:
        review["taken_by"] = request.headers["kith-actor"] if change == "take" else None
        return {"review_id": n.REVIEW, "taken_by": review["taken_by"]}

    def changed(kind: str, body: dict[str, Any], preview: bool) -> dict[str, Any]:
        link = kind == "links"
        ids = body["household_ids"] if link else (body["household_id"], n.SHAH)
        if ids[1] not in households:
            raise HTTPException(404, "There is no such household.")
        change = {"id": body["id"], "kind": "link" if link else "separation", "cause": "officer"}
        change |= {
            "household_id": ids[0],
            "other_household_id": ids[1],
            "decided_at": n.ago(days=1),
        }
        change["assessment_ids"] = body.get("assessment_ids", [n.an_id("assessment school")])
        change["cannot_links"] = [] if link else [[ids[0], ids[1]]]
        if not preview:
            state.links.append(change | {"body": body})
            return change
        return change | n.SAYS

    @app.post("/duplication/v1/links")
    async def link(body: dict[str, Any], preview: bool = False) -> Any:
        return changed("links", body, preview)

    @app.post("/duplication/v1/separations")
    async def separate(body: dict[str, Any], preview: bool = False) -> Any:
        return changed("separations", body, preview)

    @app.get("/duplication/v1/households/{id_}/people")
    async def list_people(id_: str) -> Any:
        return [n.seen(m["name"], m["born"]) for m in households[id_]["members"]] or [
            n.seen("Priya Shah", "2016-09-04")
        ]

    def of_people(kind: str, body: dict[str, Any], preview: bool) -> dict[str, Any]:
        change = {"id": body["id"], "kind": kind, "household_id": n.GREEN, "cause": "officer"}
        change |= {"other_household_id": n.GREEN, "person_id": n.an_id("one")}
        change |= {"other_person_id": n.an_id("two"), "decided_at": n.ago(days=1)}
        change["assessment_ids"] = body.get("assessment_ids", [n.an_id("assessment homes")])
        change["cannot_links"] = [] if kind == "people_link" else [[n.GREEN, n.SHAH]]
        if not preview:
            state.links.append(change | {"body": body})
        return change

    @app.post("/duplication/v1/people/links")
    async def link_people(body: dict[str, Any], preview: bool = False) -> Any:
        return of_people("people_link", body, preview)

    @app.post("/duplication/v1/people/separations")
    async def separate_people(body: dict[str, Any], preview: bool = False) -> Any:
        return of_people("people_separation", body, preview)

    @app.post("/duplication/v1/people/{kind}/{id_}/undo")
    async def undo_people(kind: str, id_: str, preview: bool = False) -> Any:
        found = await undo(kind, id_, preview)
        kind = "people_separation" if kind == "links" else "people_link"
        return found | {"kind": kind, "cannot_links": [[n.GREEN, n.SHAH]]}

    @app.get("/duplication/v1/households/{id_}/changes")
    async def list_changes(id_: str) -> Any:
        return [c for c in state.links if c["household_id"] == id_]

    @app.post("/duplication/v1/{kind}/{id_}/undo")
    async def undo(kind: str, id_: str, preview: bool = False) -> Any:
        found = next((c for c in state.links if c["id"] == id_), None)
        if found is None:
            raise HTTPException(404, "There is no such change.")
        if not preview:
            found["undone_by"] = n.an_id("undo")
        kind = "separation" if kind == "links" else "link"
        return found | {"id": n.an_id("undo"), "undoes": id_, "kind": kind} | n.SAYS

    @app.get("/duplication/v1/quality")
    async def read_quality() -> Any:
        counts: dict[str, Any] = {"decisions": 1284, "outcomes": {"matched": 861}}
        counts["verdicts"] = {"same": 31}
        counts |= {"reviews_open": 18, "not_this_household": 2, "weights": _WEIGHTS}
        steps = [{"weight": -5, "same": 1, "different": 4}, {"weight": 0, "same": 30}]
        counts["agreement"] = {"agreed": 34, "differed": 1, "cannot_tell": 2, "share": 0.9714}
        counts["agreement"] |= {"by_weight": steps}
        counts["agreement"]["recent"] = {"share": 0.61, "of_all": 41, "drifted": True}
        counts["agreement"]["recent"] |= {"share_before": 0.94, "of_all_before": 122}
        counts["proposed_links"] = {"agreed": 5, "differed": 3}
        seen: dict[str, Any] = {
            "share": 0.52,
            "of_all": 240,
            "share_before": 0.91,
            "of_all_before": 1030,
        }
        fields = [
            {"agency_id": "wigan-homes", "field": "date_of_birth", "drifted": True} | seen,
            {"agency_id": "wigan-homes", "field": "postcode"} | seen | {"share": 0.9},
            {"agency_id": "new-agency", "field": "phones", "share": 0.4, "of_all": 5},
        ]
        counts |= {"completeness": fields, "drift_rule": "Drifted: the share moved."}
        return counts | {"not_this_household_per_thousand": 2.3}

    @app.get("/duplication/v1/reviews/{id_}")
    async def read_review(id_: str) -> Any:
        sent = {"given_name": "Karin", "family_name": "Green", "date_of_birth": "1988-04-XX"}
        left = {"household_id": n.an_id("provisional"), "people": [sent], "address": None}
        right = {"household_id": n.GREEN, "label": "Green", "address": "14 Millfield Road"}
        right |= {"people": households[n.GREEN]["members"]}
        kind = "link" if id_ in (n.LINK_REVIEW, n.STRANGERS_REVIEW) else "match"
        sides = {"left": left, "right": [right], "detail": n.PEOPLE_DETAIL}
        sides["since"] = n.SINCE if kind == "match" else []
        why = "one_home" if id_ == n.STRANGERS_REVIEW else None
        return review | {"id": id_, "kind": kind, "why": why} | sides

    @app.post("/duplication/v1/reviews/{id_}")
    async def give_verdict(id_: str, body: dict[str, Any], preview: bool = False) -> Any:
        given = {"review_id": id_, "verdict": body["verdict"], "household_id": n.GREEN}
        if not preview:
            state.verdicts.append(body)
            return given
        says = [{"type": "reviewed", "event": {"verdict": body["verdict"]}}]
        return given | {"place_id": "greater-manchester", "people_linked": 1, "says": says}

    @app.get("/agencies/internal/agencies")
    async def list_agencies() -> Any:
        return {"agencies": [{"agency_id": i, "name": a} for i, a in n.AGENCIES.items()]}

    @app.post("/agencies/internal/assessments/find")
    async def find_assessment(body: dict[str, str]) -> Any:
        known = body == {"agency_id": "wigan-homes", "reference": "WH-7"}
        return {"assessment_id": n.an_id("assessment homes") if known else None}

    @app.get("/agencies/internal/assessments")
    async def read_assessments(ids: str) -> Any:
        good = "A good day is when we all walk to the allotment and nobody has to be anywhere."
        known = [
            n.assessment("school", "wigan-primary-school", 60, good_day=good),
            n.assessment("homes", "wigan-homes", 2, strengths=["Karen keeps every appointment"]),
        ]
        return {"assessments": [a for a in known if a["assessment_id"] in ids.split(",")]}


def _alerts(app: FastAPI, state: StandIn) -> None:
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
        return EventSourceResponse(_changes(state, request, "alerts", "raised"))

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


async def _changes(
    state: StandIn, request: Request, service: str, event: str
) -> AsyncIterator[dict[str, str]]:
    seen = int(request.headers.get("last-event-id", state.changes))
    yield {"event": "ready", "id": str(seen), "data": "{}"}
    while service not in state.down and not await request.is_disconnected():
        if state.changes > seen:
            seen = state.changes
            yield {"event": event, "id": str(seen), "data": "{}"}
        await asyncio.sleep(0.02)


def _operations(app: FastAPI, state: StandIn) -> None:
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
        return EventSourceResponse(_changes(state, request, "operations", "journeys"))

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
        return {"entries": [entry] if household in {n.GREEN, None} else [], "next": None}

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
