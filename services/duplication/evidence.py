"""What a decision keeps so that it can be shown: weights per field, runner-up, guards."""

from __future__ import annotations

from functools import lru_cache
from operator import getitem
from typing import Any

from services.duplication.comparisons import COMPARISONS, LEVELS
from services.duplication.fold import Link, Resolution
from services.duplication.model import Model
from services.duplication.people import Scored
from services.duplication.score import Score


def outcome(resolution: Resolution) -> str:
    """``review``, ``new`` or ``matched``."""
    if resolution.review:
        return "review"
    return "new" if resolution.new_household else "matched"


@lru_cache(maxsize=16)
def _plain(weights: tuple[tuple[float, ...], ...]) -> tuple[tuple[dict[str, Any], ...], ...]:
    """For each comparison and level what a decision shows of it, where no value's frequency is
    weighed: most of what is shown is the same again and again. Shared, so never changed."""
    return tuple(
        (
            *(
                {"comparison": name, "level": level, "weight": weight, "adjustment": 0.0}
                for level, weight in zip(LEVELS[name], own[:-1], strict=True)
            ),
            {},  # The level of what is missing is the last.
        )
        for name, own in zip(COMPARISONS, weights, strict=True)
    )


def fields(score: Score, model: Model) -> list[dict[str, Any]]:
    """What each comparison gave: its level, its weight and its frequency adjustment, in bits.
    Missing fields are left out."""
    shown = list(map(getitem, _plain(model.weights), score.levels))
    for c, bits in score.surprises:
        shown[c] = shown[c] | {"adjustment": round(model.adjustment(c, score.levels[c], bits), 3)}
    return [one for one in shown if one]


def _scored(one: Scored | None, model: Model) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "person_id": str(one.person_id),
        "weight": round(one.score.weight, 3),
        "prior": round(one.score.prior, 3),
        "guards": list(one.score.guards),
        "fields": fields(one.score, model),
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
                "household_id": str(
                    joined.household_id
                    if joined.other_household_id == resolution.household_id
                    else joined.other_household_id
                ),
                "person_ids": [str(person) for person in joined.people],
                "weight": round(joined.weight, 3),
            }
            for joined in resolution.joins
        ],
        "same": [
            {
                "person_id": str(one.kept),
                "other_person_id": str(one.other),
                "weight": round(one.weight, 3),
                "between": round(one.between, 3),
            }
            for one in resolution.same
        ],
    }
