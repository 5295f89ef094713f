"""Rule 3 on every path, and the invariants over generated histories."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    ReferralOpenedV1,
)
from contracts.vocabulary import Harm, Restriction, Severity, Urgency
from services.keyworkers.gathering import household_of
from services.keyworkers.place import Place
from services.keyworkers.review import send_on_provisionally
from services.keyworkers.routing import Consumed, decide
from services.keyworkers.situation import Emission, Load, RouteState, Situation
from services.keyworkers.waiting import drain, follow
from tests.services.keyworkers.building import (
    MONDAY_TEN,
    matched,
    place_document,
    review,
    reviewed,
    small_place,
)
from tests.services.keyworkers.folding import fold, fresh, known

QUIET = (Urgency.ROUTINE, Urgency.URGENT, Urgency.IMMEDIATE)


def _already_known() -> Situation:
    situation = fresh()
    situation.engagements = known("a", "ann")
    return situation


def _no_room() -> Situation:
    situation = fresh(small_place(policy={"caseload_limit": 1, "reserve_for_harm": 0}))
    fold(situation, matched("x", "x"), matched("y", "y"))
    return situation


def _already_waiting() -> Situation:
    situation = _no_room()
    fold(situation, matched("z", "a"))
    return situation


def _already_offered() -> Situation:
    teams = [team | {"assignment": "offer"} for team in place_document()["teams"]]
    situation = fresh(small_place(teams=teams))
    fold(situation, matched("z", "a"))
    return situation


@pytest.mark.parametrize("harm", list(Harm))
@pytest.mark.parametrize("restrictions", [(), tuple(Restriction)])
@pytest.mark.parametrize(
    "before", [fresh, _already_known, _no_room, _already_waiting, _already_offered]
)
@pytest.mark.parametrize(
    "path", [[matched], [review], [review, reviewed], [reviewed], [matched, matched]]
)
def test_rule_3_harm_reaches_the_front_door_once_and_somebody_at_once_on_every_path(
    harm: Harm, restrictions: tuple[Restriction, ...], before: Any, path: list[Any]
) -> None:
    situation = before()
    steps = [
        fold(situation, step(1, "a", significant_harm=(harm,), restrictions=restrictions))
        for step in path
    ]
    events = [event for step in steps for event in step]
    doors = [e for e in events if isinstance(e, FrontDoorNotifiedV1)]
    assert len(doors) == 1
    assert doors[0] is steps[0][0]
    assert doors[0].front_door.id == "wigan"
    assert doors[0].grounds == (harm,)
    assert (doors[0].household_id is None) == (path[0] is review)
    told = [
        e
        for e in steps[0]
        if isinstance(e, AssessmentRoutedV1 | KeyWorkerAssignedV1 | HouseholdQueuedV1)
    ]
    assert told
    assert all(e.alert.severity is Severity.IMMEDIATE for e in (*doors, told[-1]))


@st.composite
def histories(draw: st.DrawFn) -> list[Consumed]:
    """Matched, reviewed and repeated assessments of few households, in any order of kinds."""
    events: list[Consumed] = []
    for number in range(draw(st.integers(1, 15))):
        household = draw(st.integers(0, 5))
        changes: dict[str, Any] = {
            "urgency": draw(st.sampled_from(QUIET)),
            "significant_harm": tuple(draw(st.sets(st.sampled_from(Harm), max_size=2))),
            "restrictions": tuple(draw(st.sets(st.sampled_from(Restriction), max_size=1))),
            "area": draw(st.sampled_from(("WN7 1", "WN7 3", "BL1", None, "ZZ1"))),
            "locality_id": draw(st.sampled_from(("bolton", "elsewhere", None))),
        }
        path = draw(st.sampled_from(([matched], [review], [review, reviewed])))
        other = draw(st.integers(0, 5))
        for step in path:
            events.append(step(number, other if step is reviewed else household, number, **changes))
        if draw(st.booleans()):
            events.append(events[draw(st.integers(0, len(events) - 1))])
    return events


@settings(max_examples=60, deadline=None)
@given(histories())
def test_invariants_hold_over_generated_histories(events: list[Consumed]) -> None:
    situation = fresh(small_place(policy={"caseload_limit": 1, "reserve_for_harm": 1}))
    emissions = [e for event in events for e in decide(situation, event)]
    said = [e.event for e in emissions]
    harmed = {e.assessment_id for e in events if e.facts.significant_harm}
    doors = Counter(e.cause.assessment_id for e in said if isinstance(e, FrontDoorNotifiedV1))
    assert doors == dict.fromkeys(harmed, 1)
    assert len({e.id for e in emissions}) == len(emissions)
    opened = Counter(e.household_id for e in said if isinstance(e, ReferralOpenedV1))
    assigned = Counter(e.household_id for e in said if isinstance(e, KeyWorkerAssignedV1))
    assert all(count == 1 for count in opened.values())
    assert all(count == 1 for count in assigned.values())
    assert set(opened) == set(assigned) | set(situation.waiting)
    settled = {e.assessment_id for e in events if type(e).__name__ != "ReviewRequestedV1"}
    assert all(situation.routes[a].state.is_settled for a in settled)
    under_review = {e.assessment_id for e in events} - settled
    assert all(not situation.routes[a].state.is_settled for a in under_review)
    again = fresh(small_place(policy={"caseload_limit": 1, "reserve_for_harm": 1}))
    assert [e for event in events for e in decide(again, event)] == emissions


@st.composite
def places(draw: st.DrawFn) -> Place:
    """With room or without, teams that are asked or told, and people who are away."""
    document = place_document(
        policy={
            "caseload_limit": draw(st.integers(1, 3)),
            "reserve_for_harm": draw(st.integers(0, 1)),
        }
    )
    away = draw(st.sets(st.sampled_from(("ann", "cat", "eve", "fay"))))
    for team in document["teams"]:
        team["assignment"] = draw(st.sampled_from(("ranked", "offer")))
    for person in document["key_workers"]:
        if person["id"] in away:
            person["leave"] = [{"first": "2026-03-02", "last": "2026-03-03"}]
    return small_place(**document)


DOOR_OF_AREA = {"WN7 1": "wigan", "WN7 3": "wigan", "BL1": "bolton"}


@settings(max_examples=150, deadline=None)
@given(places(), histories(), st.booleans())
def test_rule_3_over_generated_histories_the_door_at_once_and_the_key_worker_once_there_is_one(
    place: Place, events: list[Consumed], somebody_was_known: bool
) -> None:
    situation = fresh(place)
    if somebody_was_known:
        situation.engagements = known(0, "ann")
    said: list[Emission] = []
    met, heard = set(), set()
    for event in events:
        step = decide(situation, event)
        said += step
        if not event.facts.significant_harm:
            continue
        if event.assessment_id not in met:
            met.add(event.assessment_id)
            _door_and_somebody_at_once(step, event)
        if (event.assessment_id, event.TYPE) in heard:
            continue
        heard.add((event.assessment_id, event.TYPE))
        if situation.active(household_of(event)):
            assert event.assessment_id in _key_workers_told(said)
    assert sorted(e.journey_id for e in said if _is_door(e)) == sorted(met)

    for key_worker in situation.loads:
        situation.loads[key_worker] = Load()
    said += drain(situation, list(situation.waiting.values()), MONDAY_TEN)
    engagements = {e.referral_id: e for all_ in situation.engagements.values() for e in all_}
    waited = [
        route
        for route in situation.routes.values()
        if route.state is RouteState.QUEUED and route.referral_id in engagements
    ]
    causes = {r.referral_id: r.cause.assessment_id for r in situation.changes.referrals.values()}
    said += follow(situation, waited, engagements, causes)
    for review_ in situation.changes.pending.values():  # as the store finds them
        untold = situation.routes[review_.assessment_id].engagement_id is None
        if untold and situation.active(review_.candidates[0].household_id):
            said += send_on_provisionally(situation, review_)
    for assessment_id in met:
        household = situation.routes[assessment_id].household_id
        if household and situation.active(household):
            assert assessment_id in _key_workers_told(said)
    assert sorted(e.journey_id for e in said if _is_door(e)) == sorted(met)


def _is_door(emission: Emission) -> bool:
    return isinstance(emission.event, FrontDoorNotifiedV1)


def _door_and_somebody_at_once(step: list[Emission], event: Consumed) -> None:
    door, *others = (e.event for e in step)
    assert isinstance(door, FrontDoorNotifiedV1)
    area, locality = event.facts.area, event.facts.locality_id
    if area in DOOR_OF_AREA:
        assert door.front_door.id == DOOR_OF_AREA[area]
    elif locality == "bolton":
        assert door.front_door.id != "greater-manchester"
    told = [
        e
        for e in others
        if isinstance(e, AssessmentRoutedV1 | KeyWorkerAssignedV1 | HouseholdQueuedV1)
    ]
    assert told
    assert all(e.alert.severity is Severity.IMMEDIATE for e in (door, told[-1]))
    assert all(e.alert.escalation for e in (door, told[-1]))


def _key_workers_told(said: list[Emission]) -> set[Any]:
    """Assessments of which a key worker was told, with somebody to tell after them or instead."""
    told = set()
    for emission in said:
        event = emission.event
        if isinstance(event, AssessmentRoutedV1 | KeyWorkerAssignedV1):
            assert event.alert.escalation
            told.add(event.cause.assessment_id)
    return told
