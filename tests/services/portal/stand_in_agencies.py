"""Agencies and what they sent, as agencies would answer."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from tests.services.portal import neighbourhood as n


def agency_routes(app: FastAPI) -> None:
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
