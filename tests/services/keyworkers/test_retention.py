"""How long records are kept: the rules, one by one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.keyworkers.place import InvalidPlace, Retention, parse_place
from services.keyworkers.retention import (
    Kept,
    Record,
    why_kept,
    why_not_ordered,
    years_before,
)
from tests.services.keyworkers.building import place_document, small_place, uid

NOW = datetime(2034, 3, 10, 12, tzinfo=UTC)
LONG_AGO = datetime(2028, 3, 10, 12, tzinfo=UTC)
POLICY = Retention()
QUIET = Record(
    household_id=uid("household", "a"),
    place_id="greater-manchester",
    household_ids=(uid("household", "a"),),
    assessment_ids=(uid("assessment", 1),),
    team_id="leigh-east",
    assessed_at=LONG_AGO,
)
MOMENTS = (
    "assessed_at",
    "engagement_ended_at",
    "referral_closed_at",
    "handover_decided_at",
    "restriction_asked_at",
)


def test_a_household_is_due_when_nothing_has_happened_for_as_long_as_the_policy_says() -> None:
    assert why_kept(QUIET, POLICY, NOW) is None
    assert why_kept(QUIET, POLICY, NOW - timedelta(seconds=1)) is Kept.RECENT
    assert why_kept(QUIET, Retention(years_after_last_contact=7), NOW) is Kept.RECENT
    assert why_kept(replace(QUIET, assessed_at=None), POLICY, NOW) is Kept.RECENT


@pytest.mark.parametrize("moment", MOMENTS)
def test_whatever_happened_last_counts(moment: str) -> None:
    changed: dict[str, Any] = {moment: LONG_AGO + timedelta(days=1)}
    since = replace(QUIET, **changed)
    assert why_kept(since, POLICY, NOW) is Kept.RECENT
    assert why_kept(since, POLICY, NOW + timedelta(days=1)) is None
    assert since.last_contact_at == LONG_AGO + timedelta(days=1)


@pytest.mark.parametrize(
    ("change", "why", "for_anybody"),
    [
        ({"worked_with": True}, Kept.WORKED_WITH, True),
        ({"waits": True}, Kept.WAITS, True),
        ({"held_until": NOW + timedelta(days=1)}, Kept.HELD, True),
        ({"ordered": True}, Kept.ORDERED, True),
        ({"linked_into": uid("household", "b")}, Kept.GONE, True),
        ({"place_id": None}, Kept.GONE, True),
        ({"possible_match": True}, Kept.POSSIBLE_MATCH, False),
        ({"lifting_asked": True}, Kept.LIFTING_ASKED, False),
    ],
)
def test_nothing_is_due_that_somebody_works_with_or_asks_about(
    change: dict[str, Any], why: Kept, for_anybody: bool
) -> None:
    record = replace(QUIET, **change)
    assert why_kept(record, POLICY, NOW) is why
    assert why_not_ordered(record) is (why if for_anybody else None)


def test_somebody_too_young_is_not_due_before_the_day_that_duplication_said() -> None:
    young = replace(QUIET, not_before=date(2034, 3, 11))
    ages = Retention(until_youngest_is=25)
    assert why_kept(young, ages, NOW) is Kept.TOO_YOUNG
    assert why_kept(young, ages, NOW + timedelta(days=1)) is None
    assert why_kept(young, POLICY, NOW) is None, "the policy names no age any more"


@pytest.mark.parametrize(
    ("moment", "years", "before"),
    [
        (datetime(2034, 3, 10, 12, tzinfo=UTC), 6, datetime(2028, 3, 10, 12, tzinfo=UTC)),
        (datetime(2036, 2, 29, tzinfo=UTC), 6, datetime(2030, 2, 28, tzinfo=UTC)),
        (datetime(2036, 2, 29, tzinfo=UTC), 8, datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_years_are_those_of_the_calendar(moment: datetime, years: int, before: datetime) -> None:
    assert years_before(moment, years) == before


def test_a_place_that_names_no_policy_has_none() -> None:
    assert small_place().policy.retention is None
    named = small_place(policy={"retention": {}}).policy.retention
    assert named == Retention(years_after_last_contact=6, until_youngest_is=None, notice_days=30)


@pytest.mark.parametrize(
    ("retention", "fault"),
    [
        (
            {"notice_days": 6},
            "policy.retention.notice_days: Input should be greater than or equal to 7",
        ),
        (
            {"notice_days": 366},
            "policy.retention.notice_days: Input should be less than or equal to 365",
        ),
        (
            {"years_after_last_contact": 0},
            "policy.retention.years_after_last_contact: Input should be greater than or equal to 1",
        ),
        (
            {"until_youngest_is": 101},
            "policy.retention.until_youngest_is: Input should be less than or equal to 100",
        ),
        ({"years": 6}, "policy.retention.years: Extra inputs are not permitted"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_in_words(
    retention: dict[str, int], fault: str
) -> None:
    document = place_document(policy={"retention": retention})
    with pytest.raises(InvalidPlace) as refused:
        parse_place(json.dumps(document))
    assert refused.value.faults == [fault]
