"""Who comes first, and why."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from services.keyworkers.ranking import Candidate, rank
from tests.services.keyworkers.building import MONDAY_TEN, worker

EARLIER = MONDAY_TEN - timedelta(days=30)


def candidate(id_: str, caseload: float = 0, limit: int = 10, **more: Any) -> Candidate:
    about = {k: more.pop(k) for k in ("languages", "skills") if k in more}
    return Candidate(worker(id_, **about), caseload, limit, **more)


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        (
            "who has known the household wins over everything else",
            candidate("zoe", 9, knew_household_until=EARLIER),
            candidate("ann", 0, languages=["ur"], knew_member_until=MONDAY_TEN),
        ),
        (
            "who knew it most recently wins",
            candidate("zoe", knew_household_until=MONDAY_TEN),
            candidate("ann", knew_household_until=EARLIER),
        ),
        (
            "who has known a member wins over language",
            candidate("zoe", knew_member_until=EARLIER),
            candidate("ann", languages=["ur"]),
        ),
        (
            "language wins over skills",
            candidate("zoe", languages=["ur"]),
            candidate("ann", skills=["housing", "parenting"]),
        ),
        (
            "more of the skills asked for win over headroom",
            candidate("zoe", 9, skills=["housing", "parenting"]),
            candidate("ann", 0, skills=["housing"]),
        ),
        (
            "headroom is relative to the limit",
            candidate("zoe", 8, 16),
            candidate("ann", 5, 8),
        ),
        (
            "longest since the last assignment",
            candidate("zoe", last_assigned_at=EARLIER),
            candidate("ann", last_assigned_at=MONDAY_TEN),
        ),
        (
            "who has never been given one comes before who has",
            candidate("zoe"),
            candidate("ann", last_assigned_at=EARLIER),
        ),
        ("at last the id", candidate("ann"), candidate("ben")),
        (
            "an obstacle outweighs all else",
            candidate("zoe", 9),
            candidate("ann", knew_household_until=MONDAY_TEN, obstacle="is on leave"),
        ),
    ],
)
def test_assigning_ranks_by(rule: str, first: Candidate, second: Candidate) -> None:
    ranked = rank([second, first], ("ur",), ("housing", "parenting"))
    assert ranked[0].key_worker_id == first.key_worker.id, rule


def test_assigning_is_the_same_in_whatever_order_candidates_come() -> None:
    candidates = [candidate(f"k{n}", n % 3, last_assigned_at=None) for n in range(12)]
    expected = rank(candidates, (), ())
    for seed in range(20):
        random.Random(seed).shuffle(candidates)
        assert rank(candidates, (), ()) == expected


def test_assigning_keeps_its_reasons_in_words_for_everybody() -> None:
    ranked = rank(
        [
            candidate(
                "ann",
                2,
                3,
                languages=["ur"],
                skills=["domestic-abuse"],
                knew_household_until=EARLIER,
                last_assigned_at=MONDAY_TEN,
            ),
            candidate("ben", obstacle="is on leave until 4 March 2026"),
        ],
        ("ur", "en"),
        ("domestic-abuse",),
    )
    assert ranked[0].reasons == (
        "has known this household, until 31 January 2026",
        "speaks Urdu, as asked",
        "skilled in domestic abuse, as asked",
        "has room: holds 2 of at most 3 households",
        "was last given a household on 2 March 2026",
    )
    assert (ranked[1].eligible, ranked[1].reasons) == (False, ("is on leave until 4 March 2026",))
