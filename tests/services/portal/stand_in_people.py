"""What keyworkers would answer of leave, conflicts of interest, and whom to hand over to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, Request

from tests.services.portal import neighbourhood as n

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn

LEAVE = n.an_id("leave")
_JOSEPH = {"id": n.JOSEPH, "name": "Joseph Okoro", "caseload": 12.0, "capacity": 16}
_SAM = {"id": "sam-reed", "name": "Sam Reed", "caseload": 2.0, "capacity": 16}


def leave(**changes: Any) -> dict[str, Any]:
    today = n.NOW.date()
    return {
        "leave_id": LEAVE,
        "key_worker_id": n.MORAG,
        "first": today.isoformat(),
        "last": (today + timedelta(days=4)).isoformat(),
        "cover": n.JOSEPH,
        "ended_at": None,
    } | changes


def conflict(household: str, by: str = n.MORAG, **changes: Any) -> dict[str, Any]:
    shown = {"household_id": household, "declared_at": n.ago(days=2), "declared_by": by}
    return shown | {"is_theirs": False} | changes


def people_routes(app: FastAPI, state: StandIn) -> None:
    base = "/keyworkers/v1/keyworkers/{id_}"

    @app.get(f"{base}/leave")
    async def list_leave(id_: str) -> Any:
        return state.leave

    @app.post(f"{base}/leave/look")
    async def look_at_leave(id_: str, body: dict[str, Any]) -> Any:
        first, last = date.fromisoformat(body["first"]), date.fromisoformat(body["last"])
        if last < first:
            raise HTTPException(409, "The leave ends before it begins. Exchange the days.")
        days = (last - first).days + 1
        look = {"first": body["first"], "last": body["last"], "days": days, "households": 2}
        look |= {"is_long": days >= 28, "begun": first <= n.NOW.date()}
        covers = [_JOSEPH | {"not_on": ["mon", "thu"]}, _SAM | {"not_on": ["fri"]}]
        return look | {"cover": covers[0], "covers": covers}

    @app.post(f"{base}/leave")
    async def arrange(id_: str, body: dict[str, Any]) -> Any:
        state.leave.append(leave(**body, key_worker_id=id_))
        state.said.append((f"leave {body['cover']}", id_))
        return state.leave[-1]

    @app.post("/keyworkers/v1/leave/{id_}/end")
    async def end(request: Request, id_: str) -> Any:
        state.leave = [one for one in state.leave if one["leave_id"] != id_]
        state.said.append(("end leave", request.headers["kith-actor"]))
        return {}

    @app.get(f"{base}/conflicts")
    async def list_conflicts(request: Request, id_: str) -> Any:
        who = request.headers["kith-actor"]
        shown = [one for one in state.conflicts if who in {id_, one["declared_by"]}]
        return {"conflicts": shown, "others": len(state.conflicts) - len(shown)}

    @app.post(f"{base}/conflicts/look")
    async def look_at_conflict(id_: str, body: dict[str, Any]) -> Any:
        theirs = body["household_id"] == n.GREEN
        look = body | {"declared": False, "is_theirs": theirs, "waits_for_them": not theirs}
        return look | {"asked": "Joseph Okoro" if theirs else None}

    @app.post(f"{base}/conflicts")
    async def declare(request: Request, id_: str, body: dict[str, Any]) -> Any:
        by = request.headers["kith-actor"]
        state.conflicts.append(conflict(body["household_id"], by))
        state.said.append(("declare", id_))
        return body

    @app.post(f"{base}/conflicts/{{household}}/withdraw")
    async def withdraw(request: Request, id_: str, household: str) -> Any:
        by = {one["household_id"]: one["declared_by"] for one in state.conflicts}
        if by[household] != request.headers["kith-actor"]:
            raise HTTPException(403, "Only who declared it can take it back: talk to them.")
        state.conflicts = [c for c in state.conflicts if c["household_id"] != household]
        state.said.append(("withdraw", id_))
        return {}

    @app.get("/keyworkers/v1/households/{id_}/handing-over")
    async def look_at_takers(id_: str, name: str = "", locality_id: str = "") -> Any:
        able: dict[str, Any] = {"eligible": True, "caseload": 12.0, "capacity": 16, "away": None}
        able |= {
            "reasons": ["has known this household", "has room: holds 12 of at most 16 households"]
        }
        unable: dict[str, Any] = {
            "key_worker_id": "sam-reed",
            "name": "Sam Reed",
            "eligible": False,
        }
        unable |= {"caseload": 16.0, "capacity": 16, "reasons": ["cannot take this household"]}
        candidates = [able | {"key_worker_id": n.JOSEPH, "name": "Joseph Okoro"}, unable]
        leigh = {"team_id": "leigh-west", "team_name": "Leigh West", "locality_name": "Wigan"}
        bolton = {"team_id": "halliwell", "team_name": "Halliwell", "locality_name": "Bolton"}
        there = able | {"reasons": ["has room: holds 12 of at most 16 households"]}
        elsewhere = [there | leigh | {"key_worker_id": "tom-farr", "name": "Tom Farr"}]
        if "sunita".startswith(name.casefold()[:6]) and (name or locality_id == "bolton"):
            elsewhere = [there | bolton | {"key_worker_id": "sunita-rao", "name": "Sunita Rao"}]
        return {
            "household_id": id_,
            "engagement_id": n.an_id("engagement"),
            "key_worker_id": n.MORAG,
            "team_id": n.TEAM,
            "asked": state.asked,
            "candidates": candidates,
            "moved_to": {"id": "leigh-west", "name": "Leigh West"},
            "localities": [{"id": "wigan", "name": "Wigan"}, {"id": "bolton", "name": "Bolton"}],
            "elsewhere": elsewhere,
        }

    @app.post("/keyworkers/v1/engagements/{id_}/handovers")
    async def propose(id_: str, body: dict[str, Any]) -> Any:
        assert id_ == n.an_id("engagement")
        state.said.append(("asked", body["to_key_worker_id"]))
        state.asked = body["to_key_worker_id"]
        return {}

    @app.get("/alerts/v1/counts")
    async def count(recipient: str) -> Any:
        mine = [a for a in state.alerts if a["recipient"]["id"] == recipient]
        return {"open": len(mine), "late": 0}


def message_routes(app: FastAPI, state: StandIn) -> None:
    base = "/alerts/v1/recipients/{id_}"

    @app.get("/alerts/v1/message-choices")
    async def read_choices(place_id: str) -> Any:
        assert place_id == "greater-manchester"
        hours = {"opens": "09:00:00", "closes": "17:00:00", "digest_at": "08:30:00"}
        return hours | {
            "channels": state.channels,
            "always": state.channels,
            "quiet_hours_most": 2.0,
        }

    @app.get(f"{base}/preferences")
    async def read_preferences(id_: str) -> Any:
        return state.preferences.get(id_, {"channels": None})

    @app.put(f"{base}/preferences")
    async def write_preferences(id_: str, place_id: str, body: dict[str, Any]) -> Any:
        if (body["quiet_until"] or "") > "17:00":
            raise HTTPException(422, "Quiet hours are within working time, 09:00 to 17:00.")
        state.preferences[id_] = body
        return body

    @app.get(f"{base}/test-messages")
    async def list_tests(id_: str) -> Any:
        return state.tests

    @app.post(f"{base}/test-messages")
    async def send_test(id_: str, place_id: str, body: dict[str, Any]) -> Any:
        if state.tests:
            raise HTTPException(409, "A test was sent a moment ago. Wait a minute, then again.")
        state.said.append((f"test to {body['contact']['email']}", id_))
        state.tests.append(
            {"channel": "email", "state": "delivered", "created_at": n.ago(seconds=5)}
        )
        return state.tests
