"""What practitioners tell of themselves: leave, conflicts of interest, how messages reach them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Page
from services.portal.answers_team import Conflicts
from services.portal.members import Subject, load_subject
from services.portal.portal import Portal
from services.portal.session import Role, Visitor
from services.portal.sources import Caller, settle


def create_router(portal: Portal) -> APIRouter:
    """``/you``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/you")
    async def show(request: Request) -> Response:
        visitor = portal.admit(request, Page.YOU)
        caller = portal.ask(visitor, "you")
        subject, conflicts = None, None
        if visitor.role is Role.KEY_WORKER:
            subject = await settle(_load(caller, visitor), None)
            if subject.value is not None:
                conflicts = await settle(_conflicts(caller, subject.value), Conflicts())
        return portal.render(request, "you.html", subject=subject, conflicts=conflicts)

    return router


async def _load(caller: Caller, visitor: Visitor) -> Subject | None:
    return await load_subject(caller, visitor, None)


async def _conflicts(caller: Caller, subject: Subject) -> Conflicts:
    return await caller.read(Conflicts, "keyworkers", f"{subject.path}/conflicts")
