"""How times, dates and weights are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from contracts import (
    vocabulary,
    vocabulary_access,
    vocabulary_alerts,
    vocabulary_changes,
    vocabulary_erasure,
)
from services.duplication import guards, household_rules, score
from services.keyworkers.erasures import AskedReason
from services.keyworkers.retention import Kept
from services.keyworkers.retention_views import Came
from services.portal import words, words_matching, words_request, words_retention, words_times

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 6, 10, 11, tzinfo=UTC)  # Wednesday, midday by the clock on the wall


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(minutes=40), "due in 40 minutes"),
        (timedelta(seconds=20), "due in less than a minute"),
        (timedelta(hours=4, minutes=30), "due today at 4:30pm"),
        (timedelta(days=1), "due tomorrow at midday"),
        (timedelta(days=5), "due on Monday 15 June at midday"),
        (timedelta(days=300), "due on Tuesday 6 April 2027 at midday"),
        (timedelta(hours=-2), "was due 2 hours ago"),
        (timedelta(days=-3), "was due 3 days ago"),
    ],
)
def test_a_deadline_is_told_as_people_say_it(length, told):
    assert words_times.due_in_words(NOON + length, NOON, LONDON) == told


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=3), "today at 9am"),
        (timedelta(hours=12), "today at midnight"),
        (timedelta(hours=20), "yesterday at 4pm"),
    ],
)
def test_a_moment_past_is_told_as_people_say_it(length, told):
    assert words_times.ago_in_words(NOON - length, NOON, LONDON) == told


@pytest.mark.parametrize(
    ("born", "told"),
    [
        ("1988-04-02", "2 April 1988"),
        ("1988-04-XX", "April 1988"),
        ("1988-XX-XX", "1988"),
        ("XXXX-04-02", "2 April"),
        ("1988-13-02", "1988"),
        ("", ""),
        (None, ""),
        ("about 40", "about 40"),
    ],
)
def test_a_date_of_birth_is_told_as_far_as_it_is_known(born, told):
    assert words_times.born_in_words(born) == told


@pytest.mark.parametrize(
    ("weight", "told"),
    [
        (0.2, "says little either way"),
        (1.0, "speaks a little for it"),
        (-3.0, "speaks clearly against it"),
        (17.0, "speaks strongly for it"),
    ],
)
def test_a_weight_is_told_in_words(weight, told):
    assert words_matching.evidence_in_words(weight) == told


def test_a_weight_has_a_sign():
    assert [words_matching.bits(w) for w in (6.24, -0.3)] == ["+6.2", "−0.3"]


@pytest.mark.parametrize(
    ("milliseconds", "told"),
    [(None, "–"), (12.4, "12 ms"), (3_210.0, "3.2 s"), (240_000.0, "4 minutes")],
)
def test_how_long_it_took_is_told(milliseconds, told):
    assert words_times.span(milliseconds) == told


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("Ann Lee has worked with this household since 2025", "you have worked with this"),
        ("Ann Lee accepted the handover", "Ann Lee accepted the handover"),
        ("Ann Leeds has worked with this household", "Ann Leeds has worked"),
        ("has room: holds 3 of at most 16 households", "has room"),
    ],
)
def test_a_reason_is_said_to_whom_it_is_about(reason, said):
    assert words.reason_to_them(reason, "Ann Lee").startswith(said)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("12A Oak Way, Reddish, sk53zg", "12A Oak Way, Reddish, SK5 3ZG"),
        ("14 Orchard Row, Wigan, WN1 2AB", "14 Orchard Row, Wigan, WN1 2AB"),
        ("Bridge House, Manchester m1 1ae", "Bridge House, Manchester M1 1AE"),
        ("No fixed abode", "No fixed abode"),
        (None, ""),
    ],
)
def test_a_postcode_is_told_as_the_post_writes_it(written: str | None, told: str):
    assert words.address_in_words(written) == told


def test_what_somebody_carries_is_told_with_what_they_may():
    assert words.load_of(9.5, 16) == "9.5 of at most 16 households"


def test_every_word_of_the_contracts_has_words():
    assert set(words.NEEDS) == set(vocabulary.Need)
    assert set(words.HARMS) == set(vocabulary.Harm)
    assert set(words.SEVERITIES) == set(vocabulary.Severity)
    assert set(words.RESTRICTIONS) == set(vocabulary.Restriction)
    assert set(words_request.IDENTITIES) == set(vocabulary_access.IdentityCheck)
    assert set(words_request.LEFT_OUT) == set(vocabulary_access.LeftOutBecause)
    assert set(words_request.AGENCY_KINDS) == set(vocabulary.AgencyKind)
    assert set(words_request.LAWFUL_BASES) == set(vocabulary.LawfulBasis)
    assert set(words_request.PURPOSES) == set(vocabulary.Purpose)
    assert set(words_request.CHANNELS) == set(vocabulary.Channel)
    assert set(words_request.SCHEMES) == set(vocabulary.IdentifierScheme)
    assert set(words_request.TOLD) == set(vocabulary.OutcomeKind)
    assert set(words_request.VERDICTS) == set(vocabulary.Verdict)
    assert set(words_request.CAUSES) == set(vocabulary_changes.LinkCause)
    assert set(words_request.RECIPIENTS) == set(vocabulary_alerts.RecipientKind)
    of_lists = {kind for kind in vocabulary_alerts.AlertKind if kind.value.startswith("lifting")}
    assert set(words_request.ALERTS) == set(vocabulary_alerts.AlertKind) - of_lists
    assert set(words_retention.HOLD_REASONS) == set(vocabulary_erasure.HoldReason)
    assert set(words_retention.ASKED_REASONS) == set(AskedReason)
    assert set(words_retention.ERASURE_REASONS) == set(vocabulary_erasure.ErasureReason)
    assert set(words_retention.KEPT_BECAUSE) == set(Kept)
    assert set(words_retention.REFUSALS) == set(vocabulary_erasure.ErasureRefusal)
    assert set(words_retention.CAME) == set(Came)
    unknown = vocabulary.Relationship.UNKNOWN
    assert set(words.RELATIONSHIPS) == set(vocabulary.Relationship) - {unknown}


def test_every_rule_and_guard_of_the_matcher_has_words():
    assert set(household_rules.ORDER) <= set(words_matching.RULES)
    said = {*(guard.name for guard in guards.GUARDS), guards.AMONG_OTHERS, score.ONE_TO_A_HOME}
    assert said <= set(words_matching.GUARDS)


def test_nobody_is_called_what_they_are_not():
    told = [*words.NEEDS.values(), *words.HARMS.values(), *words_matching.FIELDS.values()]
    told += [words.alert_headline(kind) for kind in vocabulary_alerts.AlertKind]
    for word in ("case", "unit", "problem", "customer", "merge"):
        assert not [text for text in told if word in text.lower().split()]
