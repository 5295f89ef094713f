"""How long records are kept: what is on notice and held, one household's, and what was erased.

Nothing of a household is shown: not who is in it, where it is, nor which agency saw it. A team's
lead is shown what waits for their answer, and nothing else.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from contracts.topics import ASSESSMENTS
from services.portal.access import MAY_SEE, Forbidden, Page
from services.portal.answers_retention import Erased, HouseholdKept, Kept, Register
from services.portal.forms import Incomplete, shown_again
from services.portal.lookups import find_households
from services.portal.portal import Portal, redirect
from services.portal.session import Role, Visitor
from services.portal.sources import Caller, Part, Refused, settle
from services.portal.words_retention import ASKED_REASONS, HOLD_REASONS

_PURPOSE = "retention"
_LENGTHS = {"quarter": 92, "half": 183, "year": 365}
"""How long a household is held, in days."""
_ERASES = {
    "duplication": "/v1", "agencies": "/internal", "keyworkers": "/v1", "alerts": "/v1",
    "operations": "/v1",
}  # fmt: skip
"""Each service that erases, in the order in which they do, and where it says what it has."""
_ANSWERS = {"agree": "agreed", "decline": "declined", "withdraw": "taken"}
_DONE = {"held", "released", "asked", "agreed", "declined", "taken"}
_LOG_KEEPS = ASSESSMENTS.retention + timedelta(days=1)
_NO_HOUSEHOLD = (
    "Kith knows no household by this. Check it: a reference has twelve digits and letters from a "
    "to f; an id or a page’s address is longer."
)


def create_router(portal: Portal) -> APIRouter:
    """``/retention``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/retention")
    async def show(request: Request, notices: str = "", held: str = "", done: str = "") -> Response:
        visitor = portal.admit(request, Page.RETENTION)
        caller = portal.ask(visitor, _PURPOSE)
        is_officer = visitor.role is Role.PRIVACY_OFFICER
        kept = Kept()
        if is_officer:
            asked = {"notices_after": notices, "held_after": held}
            given = {name: value for name, value in asked.items() if value}
            kept = await caller.read(Kept, "keyworkers", "/v1/retention", given)
        register = await settle(load_register(caller), Register())
        return portal.render(
            request,
            "retention.html",
            kept=kept,
            is_officer=is_officer,
            waiting=Part(register.value.waiting, register.missing),
            shows_part=bool(notices or held),
            done=done if done in _DONE else "",
        )

    @router.post("/retention/find")
    @shown_again(show, "find")
    async def find(request: Request) -> Response:
        """From a reference or an address as a page shows it, or an assessment's id."""
        visitor = _officer(await portal.admit_change(request, Page.RETENTION))
        typed = str((await request.form()).get("id") or "").strip()[:200]
        found = await find_households(portal.ask(visitor, _PURPOSE), typed.lower())
        if not found:
            raise Incomplete({"id": _NO_HOUSEHOLD})
        if len(found) > 1:
            raise Incomplete({"id": "Several are called so. Give the whole id."})
        return redirect(f"/retention/{found[0]}")

    @router.get("/retention/erasures")
    async def show_register(request: Request, after: str = "") -> Response:
        """Everything that was erased, ordered, declined or taken back; the last first."""
        visitor = _officer(portal.admit(request, Page.RETENTION))
        register = await load_register(portal.ask(visitor, _PURPOSE), after)
        return portal.render(request, "retention_register.html", register=register, after=after)

    @router.get("/retention/erasures/{erasure_id}")
    async def show_erasure(request: Request, erasure_id: UUID) -> Response:
        """What each service says that it erased: the certificate."""
        caller = portal.ask(_officer(portal.admit(request, Page.RETENTION)), _PURPOSE)
        answers = await asyncio.gather(
            *(
                settle(_erased(caller, service, f"{at}/erasures/{erasure_id}"), None)
                for service, at in _ERASES.items()
            )
        )
        parts = dict(zip(_ERASES, answers, strict=True))
        known = [part.value for part in answers if part.value]
        if not known and not any(part.missing for part in answers):
            raise Refused("keyworkers", 404, "Nothing was erased under this id.")
        return portal.render(
            request,
            "retention_erasure.html",
            erasure_id=str(erasure_id),
            first=known[0] if known else None,
            parts=parts,
            log_until=max(one.erased_at for one in known) + _LOG_KEEPS if known else None,
        )

    @router.get("/retention/{household_id}")
    async def show_household(request: Request, household_id: UUID, done: str = "") -> Response:
        visitor = _officer(portal.admit(request, Page.RETENTION))
        caller = portal.ask(visitor, _PURPOSE)
        path = f"/v1/households/{household_id}/retention"
        kept = await caller.read(HouseholdKept, "keyworkers", path)
        now = portal.clock()
        return portal.render(
            request,
            "retention_household.html",
            kept=kept,
            in_force=[one for one in kept.holds if one.ended_at is None and one.until > now],
            over=[one for one in kept.holds if one.ended_at is not None or one.until <= now],
            hold_reasons=HOLD_REASONS,
            asked_reasons=ASKED_REASONS,
            may_see_looks=Page.WHO_LOOKED in MAY_SEE[visitor.role],
            done=done if done in _DONE else "",
        )

    @router.post("/retention/{household_id}/holds")
    @shown_again(show_household, "hold")
    async def hold(request: Request, household_id: UUID) -> Response:
        visitor = _officer(await portal.admit_change(request, Page.RETENTION))
        form = await request.form()
        reason, length = (str(form.get(name) or "") for name in ("reason", "for"))
        faults = {}
        if reason not in HOLD_REASONS:
            faults["reason"] = "Choose why the records are to be kept."
        if length not in _LENGTHS:
            faults["for"] = "Choose for how long."
        if faults:
            raise Incomplete(faults)
        until = (portal.clock() + timedelta(days=_LENGTHS[length])).astimezone(UTC)
        body = {
            "household_id": str(household_id),
            "reason": reason,
            "until": until.isoformat(),
        }
        await portal.ask(visitor, _PURPOSE).change("keyworkers", "/v1/retention/holds", body)
        return redirect(f"/retention/{household_id}?done=held")

    @router.post("/retention/{household_id}/holds/{hold_id}/end")
    @shown_again(show_household, "release")
    async def release(request: Request, household_id: UUID, hold_id: UUID) -> Response:
        visitor = _officer(await portal.admit_change(request, Page.RETENTION))
        path = f"/v1/retention/holds/{hold_id}/end"
        await portal.ask(visitor, _PURPOSE).change("keyworkers", path)
        return redirect(f"/retention/{household_id}?done=released")

    @router.post("/retention/{household_id}/erasures")
    @shown_again(show_household, "ask")
    async def ask(request: Request, household_id: UUID) -> Response:
        visitor = _officer(await portal.admit_change(request, Page.RETENTION))
        reason = str((await request.form()).get("reason") or "")
        if reason not in ASKED_REASONS:
            raise Incomplete({"reason": "Choose why it is to be erased."})
        body = {"household_id": str(household_id), "reason": reason}
        await portal.ask(visitor, _PURPOSE).change("keyworkers", "/v1/erasures", body)
        return redirect(f"/retention/{household_id}?done=asked")

    @router.post("/retention/erasures/{erasure_id}")
    @shown_again(show, "answer-{erasure_id}")
    async def answer(request: Request, erasure_id: UUID) -> Response:
        """The second word, a refusal, or that whoever asked takes it back."""
        visitor = await portal.admit_change(request, Page.RETENTION)
        form = await request.form()
        said = str(form.get("answer") or "")
        if said not in _ANSWERS:
            raise Incomplete("Say whether it is to be erased.")
        if said == "agree" and form.get("sure") != "yes":
            raise Incomplete({"sure": "Confirm that you know this cannot be undone."})
        path = f"/v1/erasures/{erasure_id}/{said}"
        await portal.ask(visitor, _PURPOSE).change("keyworkers", path)
        return redirect(f"/retention?done={_ANSWERS[said]}")

    return router


def _officer(visitor: Visitor) -> Visitor:
    """The visitor, a privacy officer; a team's lead gives the second word and no more."""
    if visitor.role is not Role.PRIVACY_OFFICER:
        raise Forbidden("How long records are kept is for the place’s privacy officers.")
    return visitor


async def load_register(caller: Caller, after: str = "") -> Register:
    """What waits for the visitor's answer; of an officer, every erasure as well."""
    given = {"after": after} if after else {}
    return await caller.read(Register, "keyworkers", "/v1/erasures", given)


async def _erased(caller: Caller, service: str, path: str) -> Erased | None:
    return await caller.read(Erased, service, path)
