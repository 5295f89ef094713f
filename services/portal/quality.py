"""How well matching does, live: what reviewers and key workers say of it, and what agencies send.

Names nobody.
"""

from __future__ import annotations

from math import inf

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Page
from services.portal.answers_matching import Quality
from services.portal.lookups import load_agency_names
from services.portal.portal import Portal


def _in_bits(step: tuple[str, int]) -> float:
    """Where a step stands: by its number; decisions without a weight come last."""
    return inf if step[0] == "none" else float(step[0])


def create_router(portal: Portal) -> APIRouter:
    """``/reviews/quality``; comes before a review's own page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/reviews/quality")
    async def show(request: Request) -> Response:
        visitor = portal.admit(request, Page.QUALITY)
        caller = portal.ask(visitor, "quality")
        quality = await caller.read(Quality, "duplication", "/v1/quality")
        steps = sorted(quality.weights.items(), key=_in_bits)
        return portal.render(
            request,
            "quality.html",
            quality=quality,
            steps=steps,
            most=max([1, *quality.weights.values()]),
            agencies=await load_agency_names(caller) if quality.completeness else {},
        )

    return router
