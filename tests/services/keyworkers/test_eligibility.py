"""Who may be given a household, and on which day it counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from services.keyworkers.eligibility import ineligible
from services.keyworkers.working_time import Calendar
from tests.services.keyworkers.building import day, uid, worker

HOUSEHOLD = uid("household")


@pytest.mark.parametrize(
    ("about", "when", "caseload", "obstacle"),
    [
        ({}, "2026-03-02", 2, None),
        ({}, "2026-03-02", 3, "has no room: 3 of 3 households"),
        ({}, "2026-03-02", 2.5, "has no room: 2.5 of 3 households"),
        ({"working_days": ["tue"]}, "2026-03-02", 0, "does not work on Mondays"),
        ({"left_on": "2026-03-01"}, "2026-03-02", 0, "has left"),
        ({"left_on": "2026-03-02"}, "2026-03-02", 0, None),
        (
            {"leave": [{"first": "2026-02-27", "last": "2026-03-02"}]},
            "2026-03-02",
            0,
            "is on leave until 2 March 2026",
        ),
        ({"leave": [{"first": "2026-03-03", "last": "2026-03-09"}]}, "2026-03-02", 0, None),
    ],
)
def test_assigning_only_to_who_works_then_and_has_room(
    about: dict[str, Any], when: str, caseload: float, obstacle: str | None
) -> None:
    found = ineligible(
        worker("ann", **about),
        day(when),
        caseload=caseload,
        limit=3,
        household_id=HOUSEHOLD,
        conflicts=(),
    )
    assert found == obstacle


def test_assigning_a_declared_conflict_of_interest_rules_out() -> None:
    found = ineligible(
        worker("ann"),
        day("2026-03-02"),
        caseload=0,
        limit=3,
        household_id=HOUSEHOLD,
        conflicts={HOUSEHOLD},
    )
    assert found == "cannot take this household"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T10:00+00:00", "2026-03-02"),
        ("2026-03-02T07:00+00:00", "2026-03-02"),
        ("2026-03-02T16:59+00:00", "2026-03-02"),
        ("2026-03-02T17:00+00:00", "2026-03-03"),
        ("2026-03-06T17:30+00:00", "2026-03-09"),
        ("2026-03-07T12:00+00:00", "2026-03-09"),
        ("2026-04-02T18:00+01:00", "2026-04-07"),
        ("2026-06-01T16:30+00:00", "2026-06-02"),
    ],
)
def test_what_happens_after_hours_counts_on_the_next_working_day(at: str, expected: str) -> None:
    """Easter 2026 is closed from Friday 3 to Monday 6 April; British Summer Time counts."""
    calendar = Calendar(bank_holidays=(day("2026-04-03"), day("2026-04-06")))
    assert calendar.working_day(datetime.fromisoformat(at)) == day(expected)
