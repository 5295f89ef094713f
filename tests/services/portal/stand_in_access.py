"""What keyworkers would answer of who may know of a restricted household."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, Request

from tests.services.portal import neighbourhood as n

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn

LIFTING = n.an_id("lifting")
_NAMES = {n.MORAG: "Morag Ellis", n.TEAM: "Denise Hartley", "privacy-officer": "Privacy officer"}


def asked(by: str = n.MORAG, **changes: Any) -> dict[str, Any]:
    """That a household be restricted no longer."""
    return {
        "lifting_id": LIFTING,
        "reason": "safe_now",
        "asked_by": by,
        "asked_by_name": _NAMES[by],
        "asked_at": n.ago(hours=3),
        "answer": None,
        "answered_by_name": None,
        "answered_at": None,
    } | changes


def second_word(of: str = n.TEAM) -> dict[str, Any]:
    """The alert by which a lead, or an officer, is asked for it: by reference alone."""
    kind = "team_lead" if of == n.TEAM else "privacy_officer"
    return n.alert(
        f"lifting {of}",
        n.HIDDEN,
        "routine",
        kind="lifting",
        recipient={"kind": kind, "id": of, "contact": n.contact(_NAMES[of])},
        hidden=True,
        agency_id=None,
        agency_kind=None,
        would_have_referred_for=None,
        reasons=[],
    )


def answered(to: str, word: str) -> dict[str, Any]:
    """The alert by which whoever asked hears what another answered."""
    kind = {n.MORAG: "key_worker", n.TEAM: "team_lead"}.get(to, "privacy_officer")
    return n.alert(
        f"answered {to} {word}",
        n.HIDDEN,
        "routine",
        kind=f"lifting_{word}",
        recipient={"kind": kind, "id": to, "contact": n.contact(_NAMES[to])},
        hidden=to != n.MORAG,
        would_have_referred_for=None,
        reasons=[],
    )


def access_routes(app: FastAPI, state: StandIn) -> None:
    base = "/keyworkers/v1/households/{id_}"

    def listed(actor: str) -> dict[str, Any]:
        lifted = next((one for one in state.liftings if one["answer"] == "agreed"), None)
        lifted = None if state.restored else lifted
        waits = next((one for one in state.liftings if one["answer"] is None), None)
        leads = actor in {n.TEAM, "privacy-officer"}
        knows, was_told = actor == n.MORAG, actor == "wigan"
        if not (leads or knows or was_told):
            raise HTTPException(403, "Who may know of this household is shown to those on its list")
        readers = [
            {"id": n.MORAG, "name": "Morag Ellis", "contact": n.contact("Morag Ellis"),
             "because": "key_worker"},
            {"id": n.JOSEPH, "name": "Joseph Okoro", "because": "named", "reason": "joint_work",
             "added_by": n.TEAM, "since": n.ago(days=2), "until": n.soon(hours=20)},
        ]  # fmt: skip
        return {
            "household_id": n.HIDDEN,
            "at": n.NOW.isoformat(),
            "version": 2,
            "restricted": lifted is None,
            "restrictions": ["domestic_abuse"] if lifted is None else [],
            "team_name": "Wigan North",
            "readers": readers if lifted is None else [],
            "may_enter": was_told,
            "may_change": leads,
            "asked": waits,
            "lifted": lifted,
            "may_ask": lifted is None and waits is None,
            "may_agree": waits is not None and leads and waits["asked_by"] == n.MORAG,
            "may_restrict": lifted is not None,
        }

    @app.get(f"{base}/access")
    async def read_access(id_: str, request: Request) -> Any:
        if id_ != n.HIDDEN:
            raise HTTPException(404, "No restricted household is called so.")
        return listed(request.headers["kith-actor"])

    @app.post(f"{base}/access")
    async def add(id_: str, request: Request, body: dict[str, Any]) -> Any:
        state.said.append((f"may know: {body['reader_id']}", body["reason"]))
        return listed(request.headers["kith-actor"])

    @app.post(f"{base}/access/{{reader}}/remove")
    async def remove(id_: str, reader: str, request: Request) -> Any:
        state.said.append((f"may not know: {reader}", request.headers["kith-actor"]))
        return listed(request.headers["kith-actor"])

    @app.get(f"{base}/access/history")
    async def read_history(id_: str) -> Any:
        versions = [{"version": 1, "at": n.ago(days=9), "restricted": True, "readers": []}]
        restored = [{"restored_by_name": "Morag Ellis", "restored_at": n.ago(minutes=1)}]
        return {
            "versions": versions,
            "log": [],
            "liftings": state.liftings,
            "restored": restored if state.restored else [],
        }

    @app.get("/keyworkers/v1/restricted")
    async def list_restricted() -> Any:
        at = next((one["answered_at"] for one in state.liftings if one["answer"] == "agreed"), None)
        waits = any(one["answer"] is None for one in state.liftings)
        one = {"household_id": n.HIDDEN, "team_name": "Wigan North", "since": n.ago(days=9)}
        return [one | {"asked": waits, "lifted_at": None if state.restored else at}]

    @app.get("/keyworkers/v1/restricted/{reference}")
    async def find(reference: str) -> Any:
        if reference != n.HIDDEN[-12:]:
            raise HTTPException(404, "No restricted household you may see is called so.")
        return {"household_id": n.HIDDEN}

    @app.post(f"{base}/liftings")
    async def ask(id_: str, request: Request, body: dict[str, Any]) -> Any:
        actor = request.headers["kith-actor"]
        state.liftings.append(asked(actor, reason=body["reason"]))
        state.add_alert(second_word())
        return listed(actor)

    @app.post(f"{base}/liftings/{{lifting_id}}/{{answer}}")
    async def answer(id_: str, lifting_id: str, answer: str, request: Request) -> Any:
        actor = request.headers["kith-actor"]
        waits = state.liftings[-1]
        if answer == "agree" and waits["asked_by"] == actor:
            raise HTTPException(403, "You asked for this yourself.")
        word = {"agree": "agreed", "decline": "declined"}[answer]
        state.alerts = [one for one in state.alerts if one["kind"] != "lifting"]
        waits |= {
            "answer": word, "answered_by_name": _NAMES[actor], "answered_at": n.ago(minutes=2),
        }  # fmt: skip
        if waits["asked_by"] != actor:
            state.add_alert(answered(waits["asked_by"], word))
        return listed(actor)

    @app.post(f"{base}/restrict")
    async def restrict(id_: str, request: Request) -> Any:
        state.restored = True
        return listed(request.headers["kith-actor"])
