"""A household's page: what it is good at first, then who, whose, what was recorded, and why.

A restricted household shows people, address and agencies to those on its list only; everybody
else learns whom to call. Who is on it is not decided here: each service answers as it may.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.portal.access import MAY_SEE, Page
from services.portal.answers import Alert, Alerts, Assessment, WhoseHousehold
from services.portal.answers_matching import Decision, Household
from services.portal.answers_operations import Avoided, Ledger
from services.portal.forms import Incomplete, shown_again
from services.portal.lookups import household_name, load_alias, load_assessments
from services.portal.portal import Portal, redirect
from services.portal.session import Role, Visitor
from services.portal.sources import Caller, Part, settle
from services.portal.words import INTENSITY_REASONS, listed

_DECISIONS_SHOWN = 12
_INTENSITIES = (0.5, 1.0, 1.5, 2.0, 3.0)
"""As how many households one may count; keyworkers takes others as well."""


@dataclass(frozen=True, slots=True)
class Strength:
    """One thing the household is good at, and who wrote it down."""

    words: str
    agency: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One assessment in the timeline, and why it is thought to be of this household."""

    assessment: Assessment
    decision: Decision | None


def create_router(portal: Portal) -> APIRouter:
    """``/households/{id}``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/households/{household_id}")
    async def show(request: Request, household_id: UUID, done: str = "") -> Response:
        visitor = portal.admit(request, Page.HOUSEHOLD)
        caller = portal.ask(visitor, "household-page")
        whose = await _load_whose(caller, household_id)
        is_theirs = _is_theirs(whose.value, visitor)
        household = await caller.read(Household, "duplication", f"/v1/households/{household_id}")
        if household.id != str(household_id) and request.method == "GET":
            # It was linked into another, and is known under that one's id since.
            return redirect(f"/households/{household.id}")
        values: dict[str, Any] = {
            "household": household,
            "name": _name(household),
            "whose": whose,
            "is_theirs": is_theirs,
            "may_see_decision": Page.DECISION in MAY_SEE[visitor.role],
            "may_link": Page.LINKS in MAY_SEE[visitor.role],
            "may_list": household.restricted and Page.WHO_MAY_KNOW in MAY_SEE[visitor.role],
            "done": done,
            "intensities": _INTENSITIES,
            "intensity_reasons": tuple(INTENSITY_REASONS),
            "may_lead": _leads(whose.value, visitor),
            "may_see_list": is_theirs or visitor.role is Role.TEAM_LEAD,
        }
        if household.hidden or whose.value.hidden:
            return portal.render(request, "household_restricted.html", **values)
        timeline, alerts, avoided, alias = await asyncio.gather(
            _load_timeline(caller, household),
            _load_alerts(caller, visitor, household),
            _load_avoided(caller, household),
            load_alias(caller),
        )
        strengths, good_day = gather_strengths([e.assessment for e in timeline.value])
        return portal.render(
            request,
            "household.html",
            timeline=timeline,
            alerts=alerts,
            agencies={e.assessment.assessment_id: e.assessment.agency_name for e in timeline.value},
            avoided=avoided,
            alias=alias,
            strengths=strengths,
            good_day=good_day,
            **values,
        )

    @router.post("/households/{household_id}/intensity")
    @shown_again(show, "intensity")
    async def weigh(request: Request, household_id: UUID) -> Response:
        """How much of their caseload it takes: its key worker, or their lead, says so."""
        visitor = await portal.admit_change(request, Page.HOUSEHOLD)
        form = await request.form()
        reason = str(form.get("reason") or "")
        as_many = {f"{value:g}": value for value in _INTENSITIES}
        intensity = as_many.get(str(form.get("intensity") or ""))
        faults: dict[str, str] = {}
        if intensity is None:
            faults["intensity"] = "Choose as how many households it counts."
        if reason not in INTENSITY_REASONS:
            faults["reason"] = "Choose why it counts so."
        if faults:
            raise Incomplete(faults)
        caller = portal.ask(visitor, "household-page")
        active = (await _read_whose(caller, household_id)).active
        if active is None:
            raise Incomplete("This household has no key worker now.")
        path = f"/v1/engagements/{active.engagement_id}/intensity"
        await caller.put("keyworkers", path, {"intensity": intensity, "reason": reason}, {})
        return redirect(f"/households/{household_id}?done=weighed")

    return router


def gather_strengths(
    assessments: list[Assessment],
) -> tuple[list[Strength], Assessment | None]:
    """Every strength once, the latest words first; and the latest good day."""
    latest = sorted(assessments, key=lambda a: a.recorded_at, reverse=True)
    found: dict[str, Strength] = {}
    for assessment in latest:
        for words in assessment.strengths:
            key = words.casefold().strip(" .")
            found.setdefault(key, Strength(words, assessment.agency_name))
    return list(found.values()), next((a for a in latest if a.good_day), None)


def _name(household: Household) -> str:
    """Those on its list see a restricted household's family names, from its people."""
    if not household.restricted or household.hidden:
        return household_name(household)
    families = [
        m.name.split()[-1]
        for m in household.members
        if m.name and not m.until and not m.alleged_perpetrator
    ]
    names = sorted(set(families))
    return f"The {listed(names)} household" if names else household_name(household)


def _leads(whose: WhoseHousehold, visitor: Visitor) -> bool:
    """Whether they lead the team of the household's key worker."""
    return (
        visitor.role is Role.TEAM_LEAD
        and whose.active is not None
        and whose.active.team_id == visitor.id
    )


def _is_theirs(whose: WhoseHousehold, visitor: Visitor) -> bool:
    return (
        visitor.role is Role.KEY_WORKER
        and whose.active is not None
        and whose.active.key_worker_id == visitor.id
    )


async def _load_whose(caller: Caller, household_id: UUID) -> Part[WhoseHousehold]:
    return await settle(_read_whose(caller, household_id), WhoseHousehold())


async def _read_whose(caller: Caller, household_id: UUID) -> WhoseHousehold:
    path = f"/v1/households/{household_id}/engagement"
    return await caller.read(WhoseHousehold, "keyworkers", path)


async def _load_avoided(caller: Caller, household: Household) -> Part[list[Avoided]]:
    """Referrals avoided that still stand, of assessments that are still there."""
    found = await settle(
        caller.read(Ledger, "operations", "/v1/ledger", {"household": household.id}), Ledger()
    )
    return Part([e for e in found.value.entries if not (e.reversed_at or e.erased)], found.missing)


async def _load_timeline(caller: Caller, household: Household) -> Part[list[Entry]]:
    """The household's assessments, the latest first, each with its decision where it is known."""
    found = await settle(load_assessments(caller, household.assessment_ids), [])
    latest = sorted(found.value, key=lambda a: a.recorded_at, reverse=True)
    shown = latest[:_DECISIONS_SHOWN]
    decisions = await asyncio.gather(
        *(settle(_load_decision(caller, a.assessment_id), None) for a in shown)
    )
    why = {a.assessment_id: part.value for a, part in zip(shown, decisions, strict=True)}
    entries = [Entry(a, why.get(a.assessment_id)) for a in latest]
    missing = found.missing or next((d.missing for d in decisions if d.missing), None)
    return Part(entries, missing)


async def _load_decision(caller: Caller, assessment_id: str) -> Decision | None:
    return await caller.read(Decision, "duplication", f"/v1/decisions/{assessment_id}")


async def _load_alerts(caller: Caller, visitor: Visitor, household: Household) -> Part[list[Alert]]:
    """The visitor's own open alerts about this household."""
    found = await settle(
        caller.read(Alerts, "alerts", "/v1/alerts", {"recipient": visitor.id, "limit": 100}),
        Alerts(),
    )
    return Part([a for a in found.value.alerts if a.household_id == household.id], found.missing)
