"""Who signs in, as keyworkers answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn


def sign_in_routes(app: FastAPI, state: StandIn) -> None:
    @app.post("/keyworkers/v1/sign-in")
    async def sign_in(body: dict[str, str]) -> dict[str, Any]:
        name = body["sign_in"].lower()
        if name in state.ambiguous:
            return {"person_id": None, "offices": [], "ambiguous": True}
        offices = state.signs_in.get(name, [])
        person = offices[0].get("person", offices[0]["id"]) if offices else None
        return {
            "person_id": f"person-{person}" if person else None,
            "offices": [office | {"place_id": "greater-manchester"} for office in offices],
            "ambiguous": False,
        }
