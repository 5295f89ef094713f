"""How messages reach the visitor outside these pages: chosen, and tried by one really sent."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Page
from services.portal.answers import Contact, KeyWorkerPage, Place, TeamPage
from services.portal.answers_messages import Choices, Preferences, Test
from services.portal.forms import Fields, Incomplete, shown_again
from services.portal.members import key_worker_path
from services.portal.portal import Portal, redirect
from services.portal.session import Role, Visitor
from services.portal.sources import Caller, Part, Refused, settle

_MOBILE = re.compile(r"(\+44|0)7\d{9}")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class Reached:
    """Where the visitor works, and how they are reached at work."""

    place_id: str
    contact: Contact

    @property
    def has_mobile(self) -> bool:
        """Whether a text message reaches them."""
        return bool(_MOBILE.fullmatch(re.sub(r"[\s()-]", "", self.contact.phone or "")))


def create_router(portal: Portal) -> APIRouter:
    """``/you/messages``: choosing, and a test message."""
    router = APIRouter(include_in_schema=False)

    @router.get("/you/messages")
    async def show(request: Request, done: str = "") -> Response:
        visitor = portal.admit(request, Page.YOU)
        caller = portal.ask(visitor, "messages")
        reached = await _load_reached(caller, visitor)
        path = _path(visitor)
        choices, said, tests = await asyncio.gather(
            caller.read(Choices, "alerts", "/v1/message-choices", {"place_id": reached.place_id}),
            caller.read(Preferences, "alerts", f"{path}/preferences"),
            _load_tests(caller, visitor),
        )
        return portal.render(
            request,
            "messages.html",
            reached=reached,
            choices=choices,
            tests=tests,
            kept=said,
            done=done,
        )

    @router.get("/parts/test-messages")
    async def part(request: Request) -> Response:
        visitor = portal.admit(request, Page.YOU)
        tests = await _load_tests(portal.ask(visitor, "messages"), visitor)
        return portal.render(request, "_test_messages.html", tests=tests)

    @router.post("/you/messages")
    @shown_again(show, "messages")
    async def choose(request: Request) -> Response:
        visitor = await portal.admit_change(request, Page.YOU)
        caller = portal.ask(visitor, "messages")
        wanted = _wanted(await request.form())
        reached = await _load_reached(caller, visitor)
        await caller.put(
            "alerts", f"{_path(visitor)}/preferences", wanted, {"place_id": reached.place_id}
        )
        return redirect("/you/messages?done=chosen")

    @router.post("/you/messages/test")
    @shown_again(show, "test")
    async def test(request: Request) -> Response:
        visitor = await portal.admit_change(request, Page.YOU)
        caller = portal.ask(visitor, "messages")
        reached = await _load_reached(caller, visitor)
        await caller.ask(
            tuple[Test, ...],
            "alerts",
            f"{_path(visitor)}/test-messages",
            {"contact": reached.contact.model_dump()},
            {"place_id": reached.place_id},
        )
        return redirect("/you/messages?done=sent#tests")

    return router


def _path(visitor: Visitor) -> str:
    return f"/v1/recipients/{quote(visitor.id, safe='')}"


def _wanted(form: Fields) -> dict[str, Any]:
    """What was chosen, as alerts takes it. Raises :class:`Incomplete`."""
    times = {name: str(form.get(name) or "") or None for name in ("quiet_from", "quiet_until")}
    faults = {
        name: "Write times of the clock, such as 12:30, or leave both empty."
        for name, at in times.items()
        if (at is None and any(times.values())) or (at is not None and not _CLOCK.fullmatch(at))
    }
    if faults:
        raise Incomplete(faults)
    return {
        "channels": [str(channel)[:20] for channel in form.getlist("channel")],
        "digest": form.get("digest") == "yes",
        "only_working_time": form.get("only_working_time") == "yes",
        **times,
    }


async def _load_tests(caller: Caller, visitor: Visitor) -> Part[tuple[Test, ...]]:
    path = f"{_path(visitor)}/test-messages"
    return await settle(caller.read(tuple[Test, ...], "alerts", path), ())


async def _load_reached(caller: Caller, visitor: Visitor) -> Reached:
    """Raises :class:`Refused` where the place knows no such recipient."""
    if visitor.role is Role.KEY_WORKER:
        person = await caller.read(KeyWorkerPage, "keyworkers", key_worker_path(visitor.id))
        return Reached(person.place_id, person.contact or Contact(name=visitor.name))
    if visitor.role is Role.TEAM_LEAD:
        path = f"/v1/teams/{quote(visitor.id, safe='')}"
        team = await caller.read(TeamPage, "keyworkers", path)
        return Reached(team.place_id, team.lead)
    for place in await caller.read(tuple[Place, ...], "keyworkers", "/v1/places"):
        for desk in (*place.localities, place):
            if desk.id == visitor.id:
                return Reached(place.id, desk.front_door)
    raise Refused("keyworkers", 404, "The place has no desk of this name any more.")
