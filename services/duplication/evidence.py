"""What a decision keeps so that it can be shown: weights per field, runner-up, guards."""

from __future__ import annotations

from typing import Any

from services.duplication.fold import Link, Resolution
from services.duplication.model import Model
from services.duplication.people import Scored


def outcome(resolution: Resolution) -> str:
    """``review``, ``new`` or ``matched``."""
    if resolution.review:
        return "review"
    return "new" if resolution.new_household else "matched"


def _scored(one: Scored | None, model: Model) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "person_id": str(one.person_id),
        "weight": round(one.score.weight, 3),
        "prior": round(one.score.prior, 3),
        "guards": list(one.score.guards),
        "fields": [share._asdict() for share in one.score.shares(model)],
    }


def _link(link: Link, model: Model) -> dict[str, Any]:
    choice = link.choice
    return {
        "person_id": str(link.person_id),
        "new": link.new,
        "candidates": choice.compared,
        "best": _scored(choice.best, model),
        "runner_up": _scored(choice.runner_up, model),
    }


def detail(resolution: Resolution, model: Model) -> dict[str, Any]:
    """The whole decision as JSON: thresholds, people with their fields, households considered."""
    bounds = model.thresholds
    return {
        "thresholds": {
            "link": bounds.link,
            "review": bounds.review,
            "within": bounds.within,
            "margin": bounds.margin,
        },
        "people": [_link(link, model) for link in resolution.links],
        "households": [
            {
                "household_id": str(possible.household_id),
                "rule": possible.rule,
                "shared": possible.shared,
                "weight": round(possible.weight, 3),
            }
            for possible in resolution.choice.candidates[:5]
        ],
        "joins": [
            {
                "household_id": str(joined.other_household_id),
                "person_ids": [str(person) for person in joined.people],
                "weight": round(joined.weight, 3),
            }
            for joined in resolution.joins
        ],
    }
