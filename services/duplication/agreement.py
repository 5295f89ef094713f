"""Whether reviewers' answers are what the weights lean to. Pure.

A weight is the log2 of the odds: from 0 bits up it leans to the same, below to different.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from contracts.vocabulary import Verdict
from services.duplication.drift import Compared
from services.duplication.quality_views import AgreementView, AnsweredView, RecentView

AGREED, DIFFERED, CANNOT_TELL = "agreed", "differed", "cannot_tell"


def agreement_of(verdict: str, weight: float) -> str:
    """What an answer to a question of this weight is to the matcher."""
    if verdict == Verdict.CANNOT_TELL:
        return CANNOT_TELL
    return AGREED if (verdict == Verdict.SAME) is (weight >= 0) else DIFFERED


def agreement(answers: Iterable[dict[str, Any]], recent: Iterable[Compared]) -> AgreementView:
    """How often reviewers' answers are what the weight leans to: the same from even odds up.

    ``answers``: rows with ``verdict``, ``weight`` (from, in steps of five bits), ``leaned`` (to the
    same) and ``number``. ``recent``: how many agreed of those decided lately, to be summed.
    """
    told: Counter[str] = Counter()
    steps: dict[int, dict[str, int]] = {}
    for row in answers:
        step = steps.setdefault(row["weight"], {})
        step[row["verdict"]] = step.get(row["verdict"], 0) + row["number"]
        told[agreement_of(row["verdict"], 0.0 if row["leaned"] else -1.0)] += row["number"]
    decided = told[AGREED] + told[DIFFERED]
    return AgreementView(
        agreed=told[AGREED],
        differed=told[DIFFERED],
        cannot_tell=told[CANNOT_TELL],
        share=round(told[AGREED] / decided, 4) if decided else None,
        recent=RecentView.of(sum(recent, Compared(0, 0, 0, 0))),
        by_weight=tuple(
            AnsweredView(
                weight=weight,
                same=found.get("same", 0),
                different=found.get("different", 0),
                cannot_tell=found.get("cannot_tell", 0),
            )
            for weight, found in sorted(steps.items())
        ),
    )
