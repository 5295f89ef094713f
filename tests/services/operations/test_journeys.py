"""How events add up to a journey: pure, and the same whatever order they come in."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codec import Undecodable
from contracts.topics import TOPICS
from contracts.vocabulary import OutcomeKind
from contracts.vocabulary_alerts import AlertKind
from services.operations.journeys import Journey, journey_of, merge, put_together
from services.operations.seen import VIEWS, Whole, read_view
from services.operations.stalls import LIMITS, Stage, allowances
from tests.services.operations.examples import START, SURNAME, Sent, Tale
from tests.stack import Stack

NOWHERE = Stack("", "", "", "")


def everything() -> list[Sent]:
    """One journey in which everything happens that can."""
    tale = Tale(NOWHERE).recorded().review_requested().front_door().alerted(AlertKind.FRONT_DOOR)
    tale.routed(provisional=True).alerted(AlertKind.POSSIBLE_MATCH).escalated()
    tale.told(OutcomeKind.UNDER_REVIEW, final=False).matched().reviewed(uuid4()).queued()
    tale.alerted(AlertKind.QUEUED).acknowledged(AlertKind.QUEUED)
    tale.told(OutcomeKind.QUEUED, final=False, version=2).opened().assigned()
    tale.alerted(AlertKind.ASSIGNED).told(OutcomeKind.OPENED, version=3).routed()
    return tale.acknowledged().acknowledged(AlertKind.FRONT_DOOR).sent


SENT = everything()
PARTS = [
    journey_of(envelope, read_view(envelope.type, event.model_dump_json().encode()))
    for envelope, event in SENT
]


@given(st.randoms(use_true_random=False), st.lists(st.sampled_from(PARTS), max_size=5))
def test_order_and_repetition_do_not_matter(rng: random.Random, again: list[Journey]) -> None:
    parts = [*PARTS, *again]
    rng.shuffle(parts)
    assert put_together(parts) == put_together(PARTS)


@given(st.sampled_from(PARTS), st.sampled_from(PARTS), st.sampled_from(PARTS))
def test_merging_in_any_grouping_is_the_same(a: Journey, b: Journey, c: Journey) -> None:
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, b) == merge(b, a)
    assert merge(a, a) == a


def test_that_a_lifting_is_asked_long_after_changes_nothing_of_its_journey() -> None:
    tale = Tale(NOWHERE).recorded().matched().opened().queued().alerted(AlertKind.QUEUED)
    before = len(tale.sent)
    for kind in (kind for kind in AlertKind if kind.startswith("lifting")):
        tale.alerted(kind).acknowledged(kind)
    parts = [
        journey_of(envelope, read_view(envelope.type, event.model_dump_json().encode()))
        for envelope, event in tale.sent
    ]
    assert put_together(parts) == put_together(parts[:before])


def test_the_last_decision_and_the_highest_version_hold() -> None:
    [journey] = put_together(PARTS)
    assert journey.decision is not None
    assert journey.outcome is not None
    assert journey.known is not None
    assert (journey.decision.value, journey.outcome.kind) == ("routed", "opened")
    assert journey.household == max(p.household for p in PARTS if p.household)
    assert journey.agency_id == "wigan-schools"


def test_a_team_lead_who_knows_that_a_household_waits_does_not_end_the_journey() -> None:
    tale = Tale(NOWHERE).recorded().queued().alerted(AlertKind.QUEUED)
    tale.acknowledged(AlertKind.QUEUED)
    [journey] = put_together(
        journey_of(e, read_view(e.type, v.model_dump_json().encode())) for e, v in tale.sent
    )
    assert journey.known is None
    assert journey.alerted_at is not None


def test_a_provisional_route_decides_nothing() -> None:
    tale = Tale(NOWHERE).routed(provisional=True)
    [(envelope, event)] = tale.sent
    found = journey_of(envelope, read_view(envelope.type, event.model_dump_json().encode()))
    assert (found.decided_at, found.decision, found.household) == (None, None, None)


def test_every_event_of_every_topic_is_read_by_the_contracts_names() -> None:
    events = {event for topic in TOPICS for event in topic.events}
    assert events == set(VIEWS)
    for event, view in VIEWS.items():
        if not issubclass(view, Whole):  # kept whole, as the event has it
            assert view.model_fields.keys() <= event.model_fields.keys(), event


def test_the_view_of_an_assessment_holds_nobodys_name() -> None:
    envelope, event = Tale(NOWHERE).recorded().sent[0]
    text = event.model_dump_json()
    assert SURNAME in text
    assert SURNAME not in repr(read_view(envelope.type, text.encode()))


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("kith.unheard.of.v1", b"{}"),
        (SENT[0][0].type, None),
        (SENT[0][0].type, b"\xff"),
        (SENT[0][0].type, f'{{"agency_id": ["{SURNAME}"]}}'.encode()),
    ],
)
def test_what_cannot_be_read_is_refused_without_its_values(type_: str, value: bytes | None) -> None:
    with pytest.raises(Undecodable) as refused:
        read_view(type_, value)
    assert SURNAME not in str(refused.value)


def test_every_stage_has_a_limit_and_settings_replace_it() -> None:
    assert set(LIMITS) == set(Stage)
    allowed = allowances({Stage.REVIEW: 60})
    assert allowed[Stage.REVIEW] == timedelta(minutes=1)
    assert allowed[Stage.MATCH] == LIMITS[Stage.MATCH].allowed
    assert START.tzinfo is not None
