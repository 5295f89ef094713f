"""What the place gains, and the ledger that it is counted from, row by row with its evidence.

Invariant: what is said to be avoided is the number of the ledger's rows that stand. No household
and no person is named.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.portal.access import Page
from services.portal.answers_operations import Impact, Ledger
from services.portal.lookups import load_agency_names
from services.portal.portal import Portal
from services.portal.sources import Caller, settle

_ROWS = 50


def create_router(portal: Portal) -> APIRouter:
    """``/operations/impact``; ``after`` goes on in the ledger."""
    router = APIRouter(include_in_schema=False)

    @router.get("/operations/impact")
    async def show(
        request: Request, after: Annotated[str | None, Query(max_length=100)] = None
    ) -> Response:
        caller = portal.ask(portal.admit(request, Page.OPERATIONS), "impact")
        asked = {"limit": _ROWS} | ({"after": after} if after else {})
        impact, ledger, agencies = await asyncio.gather(
            settle(load_impact(caller), None),
            settle(caller.read(Ledger, "operations", "/v1/ledger", asked), Ledger()),
            load_agency_names(caller),
        )
        return portal.render(
            request, "impact.html", impact=impact, ledger=ledger, agencies=agencies, after=after
        )

    return router


async def load_impact(caller: Caller) -> Impact | None:
    """The counts. Raises :class:`Unavailable`."""
    return await caller.read(Impact, "operations", "/v1/impact")
