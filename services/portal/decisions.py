"""Why an assessment is thought to be of its household: every weight, guard and runner-up.

Shows fields by name and how they compare, never what is in them; so it names nobody.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Page
from services.portal.answers_matching import Decision
from services.portal.portal import Portal


def create_router(portal: Portal) -> APIRouter:
    """``/decisions/{assessment_id}``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/decisions/{assessment_id}")
    async def show(request: Request, assessment_id: UUID) -> Response:
        visitor = portal.admit(request, Page.DECISION)
        path = f"/v1/decisions/{assessment_id}"
        decision = await portal.ask(visitor, "decision").read(Decision, "duplication", path)
        return portal.render(
            request,
            "decision.html",
            decision=decision,
            people=_people(decision.detail),
            may_see_household=visitor.role.value in {"key_worker", "team_lead"},
        )

    return router


def _people(detail: dict[str, Any]) -> list[dict[str, Any]]:
    """The people of the assessment for whom anybody was likely, with best and runner-up."""
    return [person for person in detail.get("people", ()) if person.get("best")]
