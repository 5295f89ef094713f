"""How long each stage of a journey may take before somebody should look, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Stage(StrEnum):
    """What a journey can wait for."""

    MATCH = "match"
    REVIEW = "review"
    DECISION = "decision"
    ROOM = "room"
    ALERT = "alert"
    ACKNOWLEDGEMENT = "acknowledgement"
    FRONT_DOOR = "front_door"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Limit:
    """``allowed``: from when the stage before was reached; ``waits_for``: in words."""

    allowed: timedelta
    waits_for: str


LIMITS: Mapping[Stage, Limit] = {
    Stage.MATCH: Limit(timedelta(minutes=1), "duplication detection to say which household it is"),
    Stage.REVIEW: Limit(timedelta(hours=24), "a person to review the possible match"),
    Stage.DECISION: Limit(timedelta(minutes=1), "key-worker assignment to route it"),
    Stage.ROOM: Limit(timedelta(hours=24), "a key worker with room"),
    Stage.ALERT: Limit(timedelta(minutes=1), "alerts to tell the key worker"),
    # These two count from the alert's own deadline, which is in working time.
    Stage.ACKNOWLEDGEMENT: Limit(timedelta(0), "the key worker to say that they know"),
    Stage.FRONT_DOOR: Limit(timedelta(0), "the front door to say that it knows"),
    Stage.OUTCOME: Limit(timedelta(minutes=1), "the agency to be told the outcome"),
}


def allowances(seconds: Mapping[Stage, float]) -> dict[Stage, timedelta]:
    """The limit of every stage; ``seconds`` replaces defaults."""
    return {
        stage: timedelta(seconds=seconds[stage]) if stage in seconds else limit.allowed
        for stage, limit in LIMITS.items()
    }
