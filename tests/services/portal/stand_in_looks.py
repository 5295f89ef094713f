"""What services would answer of who looked at a household."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, Request

from tests.services.portal import neighbourhood as n

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn

OFFICER = "privacy-officer"
ASSESSMENT = n.an_id("assessment homes")


def look(number: int, minutes: float, actor: str, what: str, **changes: Any) -> dict[str, Any]:
    return {
        "number": number,
        "at": n.ago(minutes=minutes),
        "actor": actor,
        "purpose": "household-page",
        "what": what,
        "shown": True,
        "linked": False,
        "fields": [],
    } | changes


MATCHING = [
    look(9, 2, n.MORAG, "household"),
    look(8, 2.1, n.MORAG, "decision"),
    look(7, 40, n.JOSEPH, "household", shown=False),
    look(6, 300, "=cmd()", "household", purpose="made-up"),
    look(5, 3000, n.TEAM, "household", purpose="team-page", linked=True),
]
LISTS = [look(3, 2, n.MORAG, "engagement"), look(2, 40, n.JOSEPH, "engagement", shown=False)]
RECORDED = [look(4, 2.1, n.MORAG, "assessments", fields=["needs", "strengths"])]


def looks_routes(app: FastAPI, state: StandIn) -> None:
    def answer(
        request: Request, looks: list[dict[str, Any]], before: str | None, most: int
    ) -> dict[str, Any]:
        if request.headers["kith-actor"] != OFFICER:
            raise HTTPException(403, "Who looked at a household is shown to privacy officers alone")
        if "looks" in state.barred:
            raise HTTPException(404, "There is no household of this reference that you may ask")
        found = [one for one in looks if before is None or one["at"] < before]
        return {"looks": found[:most], "more": len(found) > most}

    @app.post("/duplication/v1/looks/find")
    async def find(request: Request, body: dict[str, Any]) -> Any:
        answer(request, [], None, 1)
        if body.get("reference") == "0" * 12:
            return {"household_ids": [n.GREEN, n.SHAH]}
        named = body.get("reference") == n.HIDDEN[-12:] or body.get("id") in {n.HIDDEN, ASSESSMENT}
        return {"household_ids": [n.HIDDEN] if named else []}

    @app.get("/duplication/v1/households/{id_}/looks")
    async def at_household(id_: str, request: Request, most: int, before: str | None = None) -> Any:
        found = answer(request, MATCHING, before, most)
        return found | {"household_id": n.HIDDEN, "assessment_ids": [ASSESSMENT]}

    @app.get("/keyworkers/v1/households/{id_}/looks")
    async def at_lists(id_: str, request: Request, most: int, before: str | None = None) -> Any:
        return answer(request, LISTS, before, most)

    @app.post("/agencies/internal/looks")
    async def at_assessments(request: Request, body: dict[str, Any]) -> Any:
        return answer(request, RECORDED, body["before"], body["most"])
