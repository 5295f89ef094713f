"""A small invented neighbourhood, as the services behind the portal would tell of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

TEAM = "wigan-north"
ALIAS = "Family Help Lead Practitioner"
LEAD = {"name": "Denise Hartley", "role": "Team lead", "phone": "01942 555 010", "email": None}
DESK = {"name": "Wigan front door", "role": "Front door", "phone": "01942 555 001", "email": None}
MORAG = "morag-ellis"
JOSEPH = "joseph-okoro"


def an_id(name: str) -> str:
    """The same id for the same name, always."""
    return str(uuid5(NAMESPACE_URL, name))


GREEN, SHAH, HIDDEN = an_id("green"), an_id("shah"), an_id("hidden")
ERASED = an_id("erased")
NOW = datetime.now(UTC)
STRONGEST: dict[str, Any] = {
    "weight": 17.4,
    "fields": [
        {"comparison": "given", "level": "slip", "weight": 3.7, "adjustment": 0.0},
        {"comparison": "family", "level": "exact", "weight": 6.2, "adjustment": 0.4},
        {"comparison": "birth", "level": "exact", "weight": 10.3, "adjustment": 0.0},
        {"comparison": "sex", "level": "same", "weight": -0.3, "adjustment": 0.0},
        {"comparison": "home", "level": "differs", "weight": -2.9, "adjustment": 0.0},
    ],
}
PLACE_FILE: dict[str, Any] = {
    "version": 2,
    "key_worker_title": "Key worker",
    "calendar": {
        "time_zone": "Europe/London",
        "working_days": ["mon", "tue", "wed", "thu", "fri"],
        "opens": "09:00:00",
        "closes": "17:00:00",
        "bank_holidays": ["2020-12-25", "2099-12-25"],
    },
    "deadlines": {
        "immediate_minutes": 60,
        "urgent_working_minutes": 240,
        "routine_working_minutes": 450,
    },
    "caseload_limit": 16,
    "reserve_for_harm": 2,
    "re_referral_days": 365,
    "offer_working_minutes": 120,
}
PEOPLE_DETAIL = {"people": [{"best": STRONGEST}]}


def ago(**length: float) -> str:
    return (NOW - timedelta(**length)).isoformat()


def soon(**length: float) -> str:
    return (NOW + timedelta(**length)).isoformat()


def contact(name: str, role: str = "Key worker") -> dict[str, Any]:
    email = f"{name.lower().replace(' ', '.')}@wigan.example"
    return {"name": name, "role": role, "phone": "01942 555 123", "email": email}


def key_worker(id_: str, name: str, caseload: float, away: str | None = None) -> dict[str, Any]:
    return {
        "id": id_,
        "name": name,
        "place_id": "greater-manchester",
        "team_id": TEAM,
        "team_name": "Wigan North",
        "caseload": caseload,
        "capacity": 16,
        "away": away,
    }


def engagement(household: str, who: str, name: str, days: int) -> dict[str, Any]:
    return {
        "engagement_id": an_id(f"engagement {household}"),
        "household_id": household,
        "referral_id": an_id(f"referral {household}"),
        "team_id": TEAM,
        "team_name": "Wigan North",
        "key_worker_id": who,
        "key_worker": contact(name),
        "since": ago(days=days),
        "ended_at": None,
        "end_reason": None,
        "reasons": [
            "has known this household before",
            "has room: holds 9 of at most 16 households",
        ],
        "ranking": [],
        "intensity": 1,
        "intensity_reason": None,
        "intensity_since": None,
    }


def alert(
    name: str, household: str | None = GREEN, severity: str = "urgent", **changes: Any
) -> dict[str, Any]:
    return {
        "id": an_id(f"alert {name}"),
        "place_id": "greater-manchester",
        "kind": "routed",
        "severity": severity,
        "state": "open",
        "late": False,
        "recipient": {"kind": "key_worker", "id": MORAG, "contact": contact("Morag Ellis")},
        "escalations": [],
        "assessment_id": an_id(f"assessment {name}"),
        "household_id": household,
        "agency_id": "wigan-homes",
        "agency_kind": "housing",
        "received_at": ago(minutes=5),
        "restrictions": [],
        "would_have_referred_for": "family-help",
        "reasons": ["is this household’s key worker since March"],
        "grounds": [],
        "raised_at": ago(minutes=5),
        "due_at": soon(hours=4),
        "next_step_at": None,
        "acknowledged_by": None,
        "acknowledged_at": None,
        "answer": None,
    } | changes


def assessment(name: str, agency: str, days: int, **changes: Any) -> dict[str, Any]:
    return {
        "assessment_id": an_id(f"assessment {name}"),
        "agency_id": agency,
        "agency_name": AGENCIES[agency],
        "agency_kind": "housing",
        "recorded_at": ago(days=days),
        "received_at": ago(days=days),
        "status": "routed",
        "needs": ["secure_housing", "financial_stability"],
        "strengths": ["Dad cooks for the whole landing on Sundays", "The girls read to each other"],
        "good_day": None,
        "urgency": "routine",
        "significant_harm": [],
        "restrictions": [],
        "would_have_referred_for": "housing-support",
    } | changes


def household(id_: str, label: str | None, **changes: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "place_id": "greater-manchester",
        "label": label,
        "address": "14 Millfield Road, Wigan, WN1 2AB",
        "provisional": False,
        "restricted": False,
        "restrictions": [],
        "members": [
            member("Karen Green", "parent", "1988-04-02"),
            member("Tommy Green", "child", "2016-09-XX")
            | {"also_written": ["Tommie Green"], "also_born": ["2015-09-XX"]},
            member("Lee Walsh", "partner", "1985-01-19", until=ago(days=90)),
        ],
        "assessment_ids": [an_id("assessment school"), an_id("assessment homes")],
    } | changes


def member(name: str, relationship: str, born: str, until: str | None = None) -> dict[str, Any]:
    return {
        "person_id": an_id(name),
        "name": name,
        "born": born,
        "relationship": relationship,
        "since": ago(days=400),
        "until": until,
    }


def journey(name: str, minutes: float, **changes: Any) -> dict[str, Any]:
    start = NOW - timedelta(minutes=minutes)
    marks = [
        ("accepted", 0.0, None),
        ("matched", 6.4, 6.4),
        ("decided", 11.9, 5.5),
        ("alerted", 16.2, 4.3),
        ("outcome", 19.8, 7.9),
        ("acknowledged", 190_000.0, 189_983.8),
    ]
    return {
        "id": an_id(f"assessment {name}"),
        "place_id": "greater-manchester",
        "agency_id": "wigan-homes",
        "urgency": "urgent",
        "state": "acknowledged",
        "household_id": GREEN,
        "decision": "routed",
        "outcome": "routed",
        "outcome_final": True,
        "front_door": False,
        "started_at": start.isoformat(),
        "due_at": soon(hours=3),
        "acknowledged_by": MORAG,
        "stages": [
            {
                "name": stage,
                "at": (start + timedelta(milliseconds=after)).isoformat(),
                "after_ms": after,
                "took_ms": took,
            }
            for stage, after, took in marks
        ],
    } | changes


def _hop(service: str, name: str, depth: int, after: float, took: float, **more: Any) -> Any:
    about = {"kind": "consumer", "waited_ms": None, "failed": False, "error": None, "detail": None}
    return about | {
        "service": service,
        "name": name,
        "depth": depth,
        "after_ms": after,
        "duration_ms": took,
        **more,
    }


_SQL = {"db.system.name": "postgresql"}
SPANS = [
    _hop("agencies", "POST /v1/assessments", 0, 0.0, 9.4, kind="server"),
    _hop("agencies", "insert assessment", 1, 2.1, 0.31, attributes=_SQL, detail="insert into a"),
    _hop("duplication", "process agencies.assessments", 1, 14.0, 6.2, waited_ms=5.5),
    _hop("alerts", "POST acknowledge", 1, 190_000.0, 4.0, failed=True, error="TimeoutError"),
]


AGENCIES = {
    "wigan-homes": "Wigan Homes",
    "wigan-primary-school": "Wigan Primary School",
    "greater-manchester-police": "Greater Manchester Police",
}
REVIEW = str(UUID(int=7))
LINK_REVIEW = str(UUID(int=8))
STRANGERS_REVIEW = str(UUID(int=9))
SINCE = [
    {
        "household_id": GREEN,
        "people_together": 2,
        "times_together": 3,
        "last_together": ago(days=1),
        "times_without": 1,
        "last_without": ago(days=2),
        "says_same": True,
    }
]
SAYS = {"place_id": "greater-manchester", "says": [{"type": "linked", "event": {}}]}
"""What a look at a change has besides the change."""


def seen(name: str, born: str) -> dict[str, Any]:
    """Somebody seen by two agencies."""
    mentions = [
        {"assessment_id": an_id(f"assessment {who}"), "household_id": GREEN, "agency_id": agency}
        | {"received_at": ago(days=days), "name": name, "born": born}
        for who, agency, days in (
            ("school", "wigan-primary-school", 60),
            ("homes", "wigan-homes", 2),
        )
    ]
    return {"person_id": an_id(name), "mentions": mentions}
