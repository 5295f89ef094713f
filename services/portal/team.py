"""The team's own page: who walks beside whom, what is offered, and handovers to be answered.

A lead plans the households of somebody who leaves anew; nothing changes until each is accepted.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import Forbidden, Page
from services.portal.answers import KeyWorker, TeamPage
from services.portal.answers_team import Handover, Held, Offer, Planned
from services.portal.forms import Incomplete, shown_again
from services.portal.lookups import find_labels, household_name, load_alias, load_labels
from services.portal.members import find_member, key_worker_path, load_team
from services.portal.portal import Portal, redirect
from services.portal.session import Role, Visitor
from services.portal.sources import Caller, Part, settle

_ANSWERS = {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn"}
_REASONS = {"leaving", "long_absence"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A handover as it is shown. ``mine``: it waits for the visitor's own answer."""

    handover: Handover
    household: str
    giver: str
    taker: str
    mine: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the team; of each of their households the id, what it is called, and as how many
    it counts."""

    key_worker: KeyWorker
    households: list[tuple[str, str, float]]


def create_router(portal: Portal) -> APIRouter:
    """``/team``, answering a handover, claiming an offer, and planning a caseload anew."""
    router = APIRouter(include_in_schema=False)

    @router.get("/team")
    async def show(request: Request, done: str = "") -> Response:
        visitor = portal.admit(request, Page.TEAM)
        caller = portal.ask(visitor, "team-page")
        team = await load_team(caller, visitor)
        held, asked, offers = await asyncio.gather(
            settle(_held(caller, team.id), ()),
            settle(_handovers(caller, team.id), ()),
            settle(_offers(caller, visitor), ()),
        )
        named = {one.household_id for part in (held, asked, offers) for one in part.value}
        labels, alias = await asyncio.gather(find_labels(caller, named), load_alias(caller))
        names = {id_: household_name(labels.value.get(id_)) for id_ in named}
        members = _members(team, held.value, names)
        return portal.render(
            request,
            "team.html",
            team=team,
            alias=alias,
            done=done,
            members=Part(members, held.missing or labels.missing),
            some_not_listed=not held.missing and any(map(holds_more, members)),
            asked=Part(_asked(team, visitor, asked.value, names), asked.missing),
            offers=Part([(o, names[o.household_id]) for o in offers.value], offers.missing),
            is_lead=visitor.role is Role.TEAM_LEAD,
        )

    @router.post("/team/handovers/{handover_id}/{answer}")
    @shown_again(show, "handover")
    async def answer_handover(request: Request, handover_id: UUID, answer: str) -> Response:
        visitor = await portal.admit_change(request, Page.TEAM)
        if answer not in _ANSWERS:
            raise Forbidden("A handover is accepted, declined or withdrawn, and nothing else.")
        caller = portal.ask(visitor, "handover")
        await caller.change("keyworkers", f"/v1/handovers/{handover_id}/{answer}")
        return redirect(f"/team?done={_ANSWERS[answer]}")

    @router.post("/team/offers/{offer_id}/claim")
    @shown_again(show, "offer")
    async def claim(request: Request, offer_id: UUID) -> Response:
        visitor = await portal.admit_change(request, Page.TEAM)
        await portal.ask(visitor, "offer").change("keyworkers", f"/v1/offers/{offer_id}/claim")
        return redirect("/team?done=claimed")

    @router.get("/team/members/{key_worker_id}/plan")
    async def look_at_plan(request: Request, key_worker_id: str) -> Response:
        visitor = _lead(portal.admit(request, Page.TEAM))
        caller = portal.ask(visitor, "re-planning")
        member = find_member(await load_team(caller, visitor), key_worker_id)
        planned = await caller.read(Planned, "keyworkers", _plan_of(member.id))
        about = {m.household_id for m in planned.moves} | {one.household_id for one in planned.left}
        labels = await load_labels(caller, about)
        return portal.render(
            request,
            "plan.html",
            member=member,
            planned=planned,
            names={id_: household_name(labels.get(id_)) for id_ in about},
        )

    @router.post("/team/members/{key_worker_id}/plan")
    @shown_again(look_at_plan, "plan")
    async def propose_plan(request: Request, key_worker_id: str) -> Response:
        visitor = _lead(await portal.admit_change(request, Page.TEAM))
        caller = portal.ask(visitor, "re-planning")
        member = find_member(await load_team(caller, visitor), key_worker_id)
        form = await request.form()
        digest, reason = str(form.get("digest", "")), str(form.get("reason", ""))
        if reason not in _REASONS:
            raise Incomplete({"reason": "Choose why the households move on."})
        await caller.change("keyworkers", _plan_of(member.id), {"digest": digest, "reason": reason})
        return redirect("/team?done=proposed")

    return router


def _lead(visitor: Visitor) -> Visitor:
    if visitor.role is not Role.TEAM_LEAD:
        raise Forbidden("A team's lead plans a caseload anew. Ask yours.")
    return visitor


def _plan_of(key_worker_id: str) -> str:
    return f"{key_worker_path(key_worker_id)}/replanning"


async def _held(caller: Caller, team_id: str) -> tuple[Held, ...]:
    path = f"/v1/teams/{quote(team_id, safe='')}/engagements"
    return await caller.read(tuple[Held, ...], "keyworkers", path)


async def _handovers(caller: Caller, team_id: str) -> tuple[Handover, ...]:
    query = {"team_id": team_id}
    return await caller.read(tuple[Handover, ...], "keyworkers", "/v1/handovers", query)


async def _offers(caller: Caller, visitor: Visitor) -> tuple[Offer, ...]:
    """What is offered, without what a key worker must not be given."""
    query = {"team_id" if visitor.role is Role.TEAM_LEAD else "key_worker_id": visitor.id}
    return await caller.read(tuple[Offer, ...], "keyworkers", "/v1/offers", query)


def _members(team: TeamPage, held: tuple[Held, ...], names: dict[str, str]) -> list[Member]:
    theirs: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
    for one in held:
        called = names[one.household_id]
        theirs[one.key_worker_id].append((one.household_id, called, one.intensity))
    return [Member(m, sorted(theirs[m.id], key=lambda h: h[1])) for m in team.members]


def holds_more(member: Member) -> bool:
    """Whether they hold households of which the visitor may not know: counted, and not listed."""
    return member.key_worker.caseload - sum(each for _, _, each in member.households) > 0.01


def _asked(
    team: TeamPage, visitor: Visitor, handovers: tuple[Handover, ...], names: dict[str, str]
) -> list[Asked]:
    called = {member.id: member.name for member in team.members}
    elsewhere = "somebody of another team"
    return [
        Asked(
            one,
            names[one.household_id],
            called.get(one.from_key_worker_id, elsewhere),
            called.get(one.to_key_worker_id, elsewhere),
            mine=one.to_key_worker_id == visitor.id,
            may_withdraw=visitor.id in {one.proposed_by, one.from_key_worker_id},
        )
        for one in handovers
    ]
