"""Waits grow, differ by chance, and end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.kit.patience import Patience

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
CHANCES = st.floats(0, 1)


def test_three_days_take_about_twenty_attempts() -> None:
    now: datetime | None = START
    attempts, last = 0, START
    while now is not None:
        attempts, last = attempts + 1, now
        now = Patience().next_attempt(attempts, START, now, 0.5)
    assert 15 <= attempts <= 25
    assert timedelta(days=2, hours=16) < last - START < timedelta(days=3)


@given(st.integers(1, 10_000), CHANCES)
def test_a_wait_is_never_longer_than_the_longest_and_a_fifth(attempts: int, chance: float) -> None:
    at = Patience().next_attempt(attempts, START, START, chance)
    assert at is not None
    assert timedelta(seconds=4) <= at - START <= timedelta(hours=6) * 1.2


@given(st.integers(1, 15), CHANCES)
def test_waits_grow_whatever_chance_says(attempts: int, chance: float) -> None:
    first = Patience().next_attempt(attempts, START, START, chance)
    later = Patience().next_attempt(attempts + 1, START, START, chance)
    assert first is not None
    assert later is not None
    assert first <= later


@given(st.integers(0, 10**9))
def test_what_the_receiver_asks_for_is_honoured_up_to_the_longest(seconds: int) -> None:
    asked = timedelta(seconds=seconds)
    at = Patience().next_attempt(1, START, START, 0.5, asked)
    assert at is not None
    assert at - START == max(timedelta(seconds=5), min(asked, timedelta(hours=6)))
