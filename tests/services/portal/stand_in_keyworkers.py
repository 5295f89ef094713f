"""Key workers, teams, places and engagements, as keyworkers would answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException

from tests.services.portal import neighbourhood as n
from tests.services.portal.stand_in_team import team_routes

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn


def keyworker_routes(app: FastAPI, state: StandIn) -> None:
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
