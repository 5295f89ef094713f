"""A small place, and events as duplication sends them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from contracts.duplication import (
    Candidate,
    HouseholdMatchedV1,
    MatchEvidence,
    MatchReviewedV1,
    ReviewRequestedV1,
    RoutingFacts,
)
from contracts.links import HouseholdsLinkedV1, HouseholdsSeparatedV1, MovedAssessment
from contracts.vocabulary import AgencyKind, Decision, Urgency, Verdict
from contracts.vocabulary_changes import LinkCause
from services.keyworkers.place import KeyWorker, Place

MONDAY_TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
_NAMES = UUID("6b1f4b0e-54a1-4f0e-8f43-9d2a4a3f7f10")
EVIDENCE = MatchEvidence(decision_id=_NAMES, weight=21.5, model_version="test-1", rule="test")


def uid(*name: object) -> UUID:
    """The same id for the same name."""
    return uuid5(_NAMES, "/".join(map(str, name)))


def desk(name: str) -> dict[str, str]:
    return {"name": name, "role": "desk", "phone": "0161 496 0000", "email": "desk@example.org"}


def key_worker(id_: str, team: str = "leigh-east", **more: Any) -> dict[str, Any]:
    base = {"id": id_, "name": id_.title(), "team": team, "phone": "0161 496 0001"}
    return {**base, "email": f"{id_}@example.org", **more}


def worker(id_: str, **more: Any) -> KeyWorker:
    return KeyWorker.model_validate_json(json.dumps(key_worker(id_, **more)))


def place_document(**changes: Any) -> dict[str, Any]:
    """Wigan with two teams of two, Bolton with one of one, and a team for no fixed abode."""
    return {
        "id": "greater-manchester",
        "name": "Greater Manchester",
        "front_door": desk("Central Front Door"),
        "duty_desk": desk("Central Duty Desk"),
        "calendar": {"bank_holidays": ["2026-04-03", "2026-04-06"]},
        "policy": {"caseload_limit": 3, "reserve_for_harm": 1},
        "localities": [
            {
                "id": "wigan",
                "name": "Wigan",
                "districts": ["WN7", "WN1"],
                "front_door": desk("Wigan Front Door"),
                "duty_desk": desk("Wigan Duty Desk"),
            },
            {
                "id": "bolton",
                "name": "Bolton",
                "districts": ["BL1"],
                "front_door": desk("Bolton Front Door"),
                "duty_desk": desk("Bolton Duty Desk"),
            },
        ],
        "no_area_team": "no-fixed-abode",
        "teams": [
            _team("leigh-east", "wigan", "WN7", "WN1"),
            _team("leigh-west", "wigan", "WN7 3"),
            _team("halliwell", "bolton", "BL1"),
            _team("no-fixed-abode", None),
        ],
        "key_workers": [
            key_worker("ann"),
            key_worker("ben"),
            key_worker("cat", "leigh-west", languages=["ur"], skills=["housing"]),
            key_worker("dan", "leigh-west"),
            key_worker("eve", "halliwell"),
            key_worker("fay", "no-fixed-abode"),
        ],
    } | changes


def _team(id_: str, locality: str | None, *covers: str) -> dict[str, Any]:
    named = {"id": id_, "name": id_.replace("-", " ").title(), "lead": desk(f"{id_} lead")}
    return {**named, "locality": locality, "covers": list(covers)}


def small_place(**changes: Any) -> Place:
    return Place.model_validate_json(json.dumps(place_document(**changes)))


def facts(minute: float = 0, **changes: Any) -> RoutingFacts:
    values: dict[str, Any] = {
        "agency_id": "wigan-police",
        "agency_kind": AgencyKind.POLICE,
        "received_at": MONDAY_TEN + timedelta(minutes=minute),
        "urgency": Urgency.ROUTINE,
        "area": "WN7 1",
        "would_have_referred_for": "early-help",
    }
    return RoutingFacts(**(values | changes))


def matched(
    assessment: object, household: object, minute: float = 0, **changes: Any
) -> HouseholdMatchedV1:
    return HouseholdMatchedV1(
        assessment_id=uid("assessment", assessment),
        household_id=uid("household", household),
        decision=Decision.MATCHED,
        facts=facts(minute, **changes),
        evidence=EVIDENCE,
    )


def review(
    assessment: object, likeliest: object, minute: float = 0, due: float = 60, **changes: Any
) -> ReviewRequestedV1:
    """``due``: minutes after it was received."""
    return ReviewRequestedV1(
        review_id=uid("review", assessment),
        assessment_id=uid("assessment", assessment),
        candidates=(Candidate(household_id=uid("household", likeliest), weight=3.0),),
        due_at=MONDAY_TEN + timedelta(minutes=minute + due),
        facts=facts(minute, **changes),
        evidence=EVIDENCE,
    )


def reviewed(
    assessment: object, household: object, minute: float = 0, **changes: Any
) -> MatchReviewedV1:
    return MatchReviewedV1(
        review_id=uid("review", assessment),
        assessment_id=uid("assessment", assessment),
        verdict=Verdict.SAME,
        household_id=uid("household", household),
        decision=Decision.MATCHED,
        reviewed_by="reviewer",
        reviewed_at=MONDAY_TEN + timedelta(minutes=minute + 30),
        facts=facts(minute, **changes),
        evidence=EVIDENCE,
    )


def linked(kept: str, retired: str, minute: float) -> HouseholdsLinkedV1:
    return HouseholdsLinkedV1(
        link_id=uid("link", kept, retired),
        household_id=uid("household", kept),
        retired_household_id=uid("household", retired),
        cause=LinkCause.OFFICER,
        decided_by="officer",
        decided_at=MONDAY_TEN + timedelta(minutes=minute),
    )


def separated(
    left: str,
    other: str,
    minute: float,
    *assessments: int,
    undoes: UUID | None = None,
    **changes: Any,
) -> HouseholdsSeparatedV1:
    return HouseholdsSeparatedV1(
        separation_id=uid("separation", left, other, minute),
        household_id=uid("household", left),
        separated_household_id=uid("household", other),
        moved=tuple(
            MovedAssessment(
                assessment_id=uid("assessment", n), facts=facts(n, **changes), evidence=EVIDENCE
            )
            for n in assessments
        ),
        undoes=undoes,
        cause=LinkCause.UNDONE if undoes else LinkCause.PRACTITIONER,
        decided_by="ann",
        decided_at=MONDAY_TEN + timedelta(minutes=minute),
    )


def day(text: str) -> date:
    return date.fromisoformat(text)
