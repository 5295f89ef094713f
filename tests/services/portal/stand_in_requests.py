"""What the services would answer to a request for what is held about a person: Karen Green's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, Request

from tests.services.portal import neighbourhood as n

if TYPE_CHECKING:
    from tests.services.portal.stand_in import StandIn

KAREN, BLOCKED, MARKED = n.an_id("karen"), n.an_id("blocked"), n.an_id("marked")
SCHOOL, HOMES, POLICE = (n.an_id(f"assessment {who}") for who in ("school", "homes", "police"))
WALKED = n.an_id("engagement green")
PIECES = [f"{SCHOOL}/strengths.0", f"{SCHOOL}/good_day", f"{HOMES}/strengths.0"]


def matched(**changes: Any) -> dict[str, Any]:
    """Of duplication. Two assessments, one more under review, one left out."""
    share = {"field": "given", "level": "slip", "weight": 3.7}
    decided: dict[str, Any] = {
        "rule": "person_at_same_address",
        "model_version": "kith-2",
        "decided_again_at": None,
        "threshold": 0.5,
        "guards": [],
        "reviewed": None,
        "reviewed_at": None,
    }
    return {
        "person_id": KAREN,
        "retired_ids": [],
        "place_id": "greater-manchester",
        "name": "Karen Green",
        "born": "1988-04-XX",
        "blocked": [],
        "records": [
            {
                "assessment_id": id_,
                "position": 0,
                "household_id": n.GREEN,
                "agency_id": agency,
                "received_at": n.ago(days=days),
                "homes": ["14 orchard row WN12AB"],
            }
            for id_, agency, days in ((SCHOOL, "wigan-school", 200), (HOMES, "wigan-homes", 2))
        ],
        "left_out": [
            {
                "assessment_id": POLICE,
                "household_id": n.HIDDEN,
                "agency_id": None,
                "received_at": n.ago(days=40),
                "because": "alleged",
                "hidden": True,
            }
        ],
        "undecided": [
            {
                "review_id": n.REVIEW,
                "kind": "match",
                "asked_at": n.ago(days=1),
                "due_at": n.soon(hours=5),
                "agency_id": "wigan-homes",
                "received_at": n.ago(days=1),
                "hidden": False,
                "alleged": False,
            }
        ],
        "households": [
            {
                "household_id": n.GREEN,
                "since": n.ago(days=200),
                "until": None,
                "restricted": False,
            }
        ],
        "matched_by": {"given": ["karen"], "family": ["green"], "births": ["198804XX"]},
        "decisions": [
            decided
            | {
                "assessment_id": SCHOOL,
                "outcome": "new",
                "decided_at": n.ago(days=200),
                "new_person": True,
                "weight": None,
                "fields": [],
            },
            decided
            | {
                "assessment_id": HOMES,
                "outcome": "matched",
                "decided_at": n.ago(days=2),
                "new_person": False,
                "weight": 17.4,
                "fields": [share],
            },
        ],
        "changes": [],
        "looks": [
            {
                "purpose": "household-page",
                "looks": 4,
                "first_at": n.ago(days=100),
                "last_at": n.ago(days=2),
            }
        ],
        "unread": 1,
    } | changes


def received(id_: str, agency: str, name: str, days: float, others: int) -> dict[str, Any]:
    """An assessment, of agencies."""
    return {
        "assessment_id": id_,
        "agency_id": agency,
        "agency_name": name,
        "agency_kind": "school" if "School" in name else "housing",
        "agreement": "ISA-7",
        "reference": "R-17",
        "channel": "http",
        "recorded_at": n.ago(days=days),
        "received_at": n.ago(days=days),
        "others": others,
        "person": {"given_name": "Karen", "family_name": "Green", "date_of_birth": "1988-04-XX"},
        "address": {"lines": ["14 Orchard Row"], "town": "Wigan", "postcode": "WN1 2AB"},
        "household": {
            "no_fixed_abode": False,
            "needs": ["education"],
            "urgency": "routine",
            "significant_harm": [],
            "restrictions": [],
            "lawful_basis": "children_act_2004_s10",
            "purpose": "early_help",
            "would_have_referred_for": None,
            "languages": [],
            "skills": [],
        },
        "words": [],
        "statements": [
            {
                "kind": "routed",
                "names_somebody": True,
                "names_front_door": False,
                "acknowledged_at": None,
                "reason": "routed",
                "stated_at": n.ago(days=days),
            }
        ],
    }


def kept() -> dict[str, Any]:
    """Of keyworkers."""
    worker = {"name": "Morag Ellis", "contact": n.contact("Morag Ellis")}
    return {
        "place_name": "Greater Manchester",
        "key_worker_title": "Key worker",
        "office": n.contact("Privacy office", "Privacy officers"),
        "engagements": [
            {
                "engagement_id": WALKED,
                "household_id": n.GREEN,
                "team_name": "Wigan North",
                "key_worker": worker,
                "since": n.ago(days=200),
                "ended_at": None,
                "reasons": ["has room: holds 3 of at most 16 households"],
                "end_reason": None,
            }
        ],
        "handovers": [],
        "referrals": [],
        "routes": [
            {
                "assessment_id": id_,
                "state": state_,
                "referral_avoided": state_ == "routed",
                "front_door": False,
                "received_at": n.ago(days=2),
            }
            for id_, state_ in ((SCHOOL, "opened"), (HOMES, "routed"))
        ],
        "looks": [],
    }


def alerted() -> dict[str, Any]:
    """Of alerts."""
    told = {"kind": "key_worker", "name": "Morag Ellis", "role": "Key worker"}
    return {
        "alerts": [
            {
                "assessment_id": HOMES,
                "kind": "routed",
                "told": [told | {"at": n.ago(days=2)}],
                "acknowledged_at": n.ago(days=1),
                "answer": "acknowledged",
                "withdrawn_at": None,
            }
        ]
    }


def request_routes(app: FastAPI, state: StandIn) -> None:
    """Of duplication, agencies, keyworkers and alerts."""
    school = received(SCHOOL, "wigan-school", "Wigan Primary School", 200, 1)
    school["words"] = [
        {"piece": "strengths.0", "text": "Tommy reads to everybody", "shared": True},
        {"piece": "good_day", "text": "A Saturday at the allotment", "shared": False},
    ]
    homes = received(HOMES, "wigan-homes", "Wigan Homes", 2, 0)
    homes["words"] = [{"piece": "strengths.0", "text": "Mends anything", "shared": False}]

    @app.post("/duplication/v1/subject-access/find")
    async def find(asked: dict[str, Any]) -> Any:
        state.requests.append(asked)
        if asked.get("family_name") != "Green":
            return {"people": [], "restricted": [{"household_id": n.HIDDEN, "records": 1}]}
        one = {
            "person_id": KAREN,
            "name": "Karen Green",
            "born": "1988-04-XX",
            "also_written": ["Karin Green"],
            "also_born": ["1988-05-02"],
            "address": "14 Orchard Row, Wigan, wn12ab",
            "agencies": ["wigan-homes"],
            "records": 2,
            "first_received_at": n.ago(days=200),
            "last_received_at": n.ago(days=2),
            "hidden_records": 1,
        }
        blocked = one | {"person_id": BLOCKED, "name": "Karen Greene", "records": 1}
        return {"people": [one, blocked], "restricted": []}

    @app.post("/duplication/v1/subject-access")
    async def hold(asked: dict[str, Any]) -> Any:
        if asked["person_id"] == BLOCKED:
            blocked = [{"household_id": n.HIDDEN, "records": 1}]
            return matched(blocked=blocked, records=[], households=[], decisions=[], name=None)
        if asked["person_id"] == MARKED:
            return matched(records=[], households=[], decisions=[], undecided=[], unread=0)
        found = matched()
        found["undecided"][0]["alleged"] = state.asks_of_harm
        return found

    @app.post("/duplication/v1/subject-access/exports", status_code=201)
    async def keep(request: Request) -> Any:
        body = await request.json()
        if state.refuses_copies:
            raise HTTPException(409, "What may be given has changed meanwhile. Nothing left.")
        state.copies.append(body)
        return {"export_id": body["export_id"], "at": n.ago(seconds=1)}

    @app.get("/duplication/v1/subject-access/exports")
    async def list_copies() -> Any:
        return [
            {
                "export_id": one["export_id"],
                "at": n.ago(minutes=1),
                "actor": "privacy-officer",
                "request": one["request"],
                "identity": one["identity"],
                "assessments": len(one["assessment_ids"]),
                "left_out": len(one["left_out"]),
                "withheld": len(one["withheld"]),
                "undecided": one["undecided"],
                "sha256": one["sha256"],
                "bytes": one["bytes"],
            }
            for one in state.copies
        ]

    @app.post("/agencies/internal/subject-access")
    async def sent() -> Any:
        return {"assessments": [homes] if state.missing_records else [school, homes], "looks": []}

    @app.post("/keyworkers/v1/subject-access")
    async def of_keyworkers() -> Any:
        return kept()

    @app.post("/alerts/v1/subject-access")
    async def of_alerts() -> Any:
        return alerted()
