"""What services would answer about how long records are kept, and what was erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, Request

from tests.services.portal import neighbourhood as n

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn

OFFICER = "privacy-officer"
ERASURE, ERASED = n.an_id("erasure"), n.an_id("erased")
HOLD = n.an_id("hold")
PLACE = "greater-manchester"


def hold(**changes: Any) -> dict[str, Any]:
    """A household that is held."""
    return {
        "hold_id": HOLD,
        "household_id": n.HIDDEN,
        "place_id": PLACE,
        "reason": "inquiry",
        "until": n.ago(days=-100),
        "held_by": OFFICER,
        "held_by_name": "Privacy officer",
        "held_at": n.ago(days=2),
        "ended_by": None,
        "ended_by_name": None,
        "ended_at": None,
    } | changes


def erasure(**changes: Any) -> dict[str, Any]:
    """One of the register: one that waits for an answer."""
    return {
        "erasure_id": ERASURE,
        "place_id": PLACE,
        "household_id": n.HIDDEN,
        "reason": "in_error",
        "came": "waiting",
        "asked_by": "second-officer",
        "asked_by_name": "Second officer",
        "asked_at": n.ago(hours=3),
        "answered_by": None,
        "answered_by_name": None,
        "answered_at": None,
        "ordered_at": None,
        "refusal": None,
        "erased_at": None,
        "counts": {},
        "may_answer": True,
        "may_withdraw": False,
    } | changes


NOTICES = [
    {
        "household_id": id_,
        "place_id": PLACE,
        "last_contact_at": n.ago(days=6 * 366),
        "since": n.ago(days=10),
        "erases_at": n.ago(days=-20),
        "kept": kept,
        "refusal": refusal,
    }
    for id_, kept, refusal in (
        (n.HIDDEN, None, None),
        (n.SHAH, "worked_with", None),
        (
            n.GREEN,
            None,
            {"refusal": "seen_since", "not_before": None, "refused_at": n.ago(days=40)},
        ),
    )
]
GONE = erasure(
    erasure_id=ERASED,
    household_id=n.an_id("gone"),
    reason="retention",
    came="erased",
    asked_by=None,
    asked_by_name=None,
    ordered_at=n.ago(days=1),
    erased_at=n.ago(days=1),
    may_answer=False,
)


def retention_routes(app: FastAPI, state: StandIn) -> None:
    def officer(request: Request) -> None:
        if request.headers["kith-actor"] != OFFICER:
            raise HTTPException(403, "This is for the place's privacy officers.")

    def household() -> dict[str, Any]:
        waiting = next(iter(state.erasures), None)
        return {
            "household_id": n.HIDDEN,
            "place_id": PLACE,
            "last_contact_at": n.ago(days=6 * 366),
            "kept": "held" if state.holds else None,
            "due_on": "2026-01-12",
            "erases_at": None if state.holds else n.ago(days=-20),
            "holds": state.holds,
            "refusal": None,
            "asked": waiting,
            "may_ask": waiting is None and not state.holds,
        }

    @app.get("/keyworkers/v1/retention")
    async def kept(request: Request, notices_after: str = "") -> Any:
        officer(request)
        policy = {"years_after_last_contact": 6, "until_youngest_is": 25, "notice_days": 30}
        place = {"place_id": PLACE, "place_name": "Greater Manchester", "on_notice": 3}
        place |= {"policy": policy if state.has_retention else None, "held": len(state.holds)}
        return {
            "places": [place | {"waiting": len(state.erasures)}],
            "notices": [] if notices_after else NOTICES,
            "notices_next": None if notices_after else "2026-03-01T00:00:00+00:00_1",
            "held": state.holds,
            "held_next": None,
        }

    @app.get("/keyworkers/v1/households/{id_}/retention")
    async def of_household(id_: str, request: Request) -> Any:
        officer(request)
        if id_ == GONE["household_id"]:
            raise HTTPException(410, "This was erased on 1 March 2026.")
        if id_ != n.HIDDEN:
            raise HTTPException(404, "There is no household of this id.")
        return household()

    @app.post("/keyworkers/v1/retention/holds", status_code=201)
    async def keep(request: Request, body: dict[str, Any]) -> Any:
        officer(request)
        state.holds.append(hold(reason=body["reason"], until=body["until"]))
        return household()

    @app.post("/keyworkers/v1/retention/holds/{id_}/end")
    async def release(id_: str, request: Request) -> Any:
        officer(request)
        state.holds[:] = [one for one in state.holds if one["hold_id"] != id_]
        return household()

    @app.post("/keyworkers/v1/erasures", status_code=201)
    async def ask(request: Request, body: dict[str, Any]) -> Any:
        officer(request)
        mine = {"asked_by": OFFICER, "asked_by_name": "Privacy officer"}
        state.erasures.append(
            erasure(reason=body["reason"], may_answer=False, may_withdraw=True, **mine)
        )
        return household()

    @app.post("/keyworkers/v1/erasures/{id_}/{answer}")
    async def answer(id_: str, answer: str) -> Any:
        state.said.append((id_, answer))
        state.erasures[:] = [one for one in state.erasures if one["erasure_id"] != id_]
        return {"waiting": state.erasures, "erasures": [], "next": None}

    @app.get("/keyworkers/v1/erasures")
    async def register(request: Request, after: str = "") -> Any:
        theirs = request.headers["kith-actor"] == OFFICER and not after
        return {
            "waiting": state.erasures,
            "erasures": [*state.erasures, GONE] if theirs else [],
            "next": "2026-03-01T00:00:00+00:00_1" if theirs else None,
        }

    @app.get("/{service}/{version}/erasures/{id_}")
    async def erased(service: str, version: str, id_: str, request: Request) -> Any:
        officer(request)
        assert version == ("internal" if service == "agencies" else "v1")
        if id_ != ERASED or service == "operations":
            raise HTTPException(404, "Nothing has been erased here under this id.")
        counts = {"duplication": {"person": 2, "mention": 5}, "agencies": {"assessment": 3}}
        return {
            "erasure_id": id_,
            "reason": "retention",
            "erased_at": n.ago(days=1),
            "counts": counts.get(service, {}),
        }
