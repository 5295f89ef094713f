"""Deadlines in working time: a table of cases, and what holds for every one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Severity
from services.alerts.deadlines import Allowance, Calendar, Unit, due_at, working_time
from services.alerts.messages import Channel, What
from services.alerts.policy import PlacePolicy, Policies, read_policies

LONDON = ZoneInfo("Europe/London")
ENGLAND = PlacePolicy()
INSTANTS = st.integers(0, 6 * 366 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
ALLOWANCES = st.builds(
    Allowance,
    st.floats(0.25, 40).map(lambda hours: round(hours * 4) / 4),
    st.sampled_from((Unit.WORKING_HOURS, Unit.WORKING_DAYS)),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("severity", "start", "due"),
    [
        ("immediate", "2026-11-28 23:30", "2026-11-29 00:30"),  # a Saturday night: clock time
        ("urgent", "2026-11-23 10:00", "2026-11-23 14:00"),
        ("urgent", "2026-11-23 15:00", "2026-11-24 11:00"),
        ("urgent", "2026-11-27 16:00", "2026-11-30 12:00"),  # over a week-end
        ("urgent", "2026-11-23 07:00", "2026-11-23 13:00"),  # before opening
        ("routine", "2026-11-23 11:00", "2026-11-24 11:00"),
        ("routine", "2026-11-28 12:00", "2026-11-30 17:00"),  # Saturday: all of Monday
        ("routine", "2026-11-27 17:00", "2026-11-30 17:00"),  # at closing: all of Monday
        ("routine", "2026-12-24 11:00", "2026-12-29 11:00"),  # Christmas, Boxing Day on a Saturday
        ("routine", "2027-03-25 11:00", "2027-03-30 11:00"),  # Easter, with the clocks going on
        ("urgent", "2026-08-28 16:00", "2026-09-01 12:00"),  # the August bank holiday
    ],
)
def test_alerts_are_due_by_severity_in_working_time(severity: str, start: str, due: str) -> None:
    assert ENGLAND.acknowledge_by(Severity(severity), at(start)) == at(due)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-03-27 16:30", "2026-03-30 12:30"),  # clocks go on in the night to Sunday
        ("2026-10-23 16:30", "2026-10-26 12:30"),  # clocks go back
    ],
)
def test_working_hours_over_a_change_of_clocks(start: str, due: str) -> None:
    assert ENGLAND.acknowledge_by(Severity.URGENT, at(start)) == at(due)


def test_an_hour_is_an_hour_while_the_clocks_change() -> None:
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert ENGLAND.acknowledge_by(Severity.IMMEDIATE, start) - start == timedelta(hours=1)


@given(INSTANTS, ALLOWANCES)
def test_exactly_the_allowance_lies_between_start_and_due(
    start: datetime, allowance: Allowance
) -> None:
    calendar = ENGLAND.calendar
    due = due_at(start, allowance, calendar)
    hours = allowance.amount * (8 if allowance.unit is Unit.WORKING_DAYS else 1)
    assert working_time(start, due, calendar) == timedelta(hours=hours)


@given(INSTANTS, ALLOWANCES)
def test_due_is_later_and_within_opening_hours(start: datetime, allowance: Allowance) -> None:
    due = due_at(start, allowance, ENGLAND.calendar)
    local = due.astimezone(LONDON)
    assert due > start
    assert ENGLAND.calendar.is_working_day(local.date())
    assert time(9) < local.time() <= time(17)


@given(INSTANTS, INSTANTS, ALLOWANCES)
def test_who_is_told_later_is_due_no_earlier(
    one: datetime, other: datetime, allowance: Allowance
) -> None:
    first, second = sorted((one, other))
    calendar = ENGLAND.calendar
    assert due_at(first, allowance, calendar) <= due_at(second, allowance, calendar)


@given(INSTANTS, ALLOWANCES, st.sampled_from(("Asia/Kathmandu", "America/New_York")))
def test_the_zone_in_which_a_start_is_written_does_not_matter(
    start: datetime, allowance: Allowance, zone: str
) -> None:
    calendar = ENGLAND.calendar
    elsewhere = start.astimezone(ZoneInfo(zone))
    assert due_at(elsewhere, allowance, calendar) == due_at(start, allowance, calendar)


def test_a_calendar_that_never_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="day of the week"):
        Calendar(weekdays=frozenset())

    class Always:
        def __contains__(self, _: object) -> bool:
            return True

    with pytest.raises(ValueError, match="no working day"):
        due_at(at("2026-11-23 10:00"), Allowance(1, Unit.WORKING_DAYS), Calendar(holidays=Always()))


def test_a_place_has_its_own_hours_closures_and_allowances(tmp_path) -> None:
    file = tmp_path / "places.json"
    file.write_text(
        '{"wigan": {"opens": "08:00", "closes": "20:00", "closed": ["2026-11-24"],'
        ' "acknowledge": {"urgent": {"amount": 1, "unit": "working_days"}}}}'
    )
    policies = read_policies(file)
    wigan = policies.of("wigan")
    assert wigan.closed == {date(2026, 11, 24)}
    assert wigan.acknowledge_by(Severity.URGENT, at("2026-11-23 10:00")) == at("2026-11-25 10:00")
    assert policies.of("elsewhere") == Policies().default


@pytest.mark.parametrize(
    "text",
    [
        '{"wigan": {"working_days": ["mon"]}}',
        '{"wigan": {"closes": "08:00"}}',
        '{"wigan": {"acknowledge": {"urgent": {"amount": 0, "unit": "clock_hours"}}}}',
        '{"wigan": {"timezone": "Mars/Olympus"}}',
        '{"wigan": {"open": "08:00"}}',
    ],
)
def test_a_wrong_policy_is_refused_at_the_start(tmp_path, text: str) -> None:
    file = tmp_path / "places.json"
    file.write_text(text)
    with pytest.raises((ValueError, KeyError)):
        read_policies(file)


@pytest.mark.parametrize(
    ("severity", "start", "reminded"),
    [
        ("immediate", "2026-11-28 23:30", "2026-11-29 00:00"),
        ("urgent", "2026-11-23 10:00", "2026-11-23 13:00"),
        ("urgent", "2026-11-27 16:00", "2026-11-30 11:00"),  # over a week-end
        ("routine", "2026-11-23 12:00", "2026-11-24 10:00"),
    ],
)
def test_a_reminder_comes_before_the_deadline_in_working_time(
    severity: str, start: str, reminded: str
) -> None:
    assert ENGLAND.remind_at(Severity(severity), at(start)) == at(reminded)


def test_a_place_may_want_no_reminders_and_no_digest() -> None:
    policy = PlacePolicy(remind={Severity.URGENT: 0}, digest_at=None)
    assert policy.remind_at(Severity.URGENT, at("2026-11-23 10:00")) is None
    assert policy.digest_of(at("2026-11-23 10:00")) is None


@given(INSTANTS, st.sampled_from(Severity))
def test_a_reminder_is_never_after_the_deadline(start: datetime, severity: Severity) -> None:
    reminded = ENGLAND.remind_at(severity, start)
    assert reminded is not None
    assert start < reminded < ENGLAND.acknowledge_by(severity, start)


@pytest.mark.parametrize(
    ("now", "moment"),
    [
        ("2026-11-23 08:29", None),
        ("2026-11-23 08:30", "2026-11-23 08:30"),
        ("2026-11-23 23:00", "2026-11-23 08:30"),
        ("2026-11-28 10:00", None),  # a Saturday
        ("2026-12-25 10:00", None),  # a bank holiday
    ],
)
def test_the_digest_is_of_working_days(now: str, moment: str | None) -> None:
    assert ENGLAND.digest_of(at(now)) == (at(moment) if moment else None)


def test_the_policy_in_the_guide_is_one_that_is_read(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "operations.md").read_text("utf-8")
    [example] = [block for block in re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
                 if "digest_at" in block]  # fmt: skip
    file = tmp_path / "policies.json"
    file.write_text(example, "utf-8")
    policies = read_policies(file, frozenset(Channel))
    told = policies.channels_for("greater-manchester", What.RAISED, Severity.IMMEDIATE)
    assert told == [Channel.EMAIL, Channel.SMS]
    assert policies.channels_for("greater-manchester", What.RAISED, Severity.ROUTINE) == []
