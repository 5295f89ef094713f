"""The routing rules, each by its name in the domain, over the pure fold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.envelope import Event
from contracts.handovers import RoutingReversedV1
from contracts.keyworkers import (
    AssessmentRoutedV1,
    FrontDoorNotifiedV1,
    HouseholdQueuedV1,
    KeyWorkerAssignedV1,
    ReferralOpenedV1,
)
from contracts.vocabulary import Harm, Severity, Urgency
from contracts.vocabulary_alerts import RecipientKind
from contracts.vocabulary_changes import ReversalReason
from services.keyworkers.review import send_on_provisionally
from services.keyworkers.situation import RouteState
from services.keyworkers.waiting import drain, in_turn
from tests.services.keyworkers.building import (
    MONDAY_TEN,
    key_worker,
    matched,
    place_document,
    review,
    reviewed,
    small_place,
    uid,
)
from tests.services.keyworkers.folding import fold, fresh, known

FULL = small_place(policy={"caseload_limit": 1, "reserve_for_harm": 0})
HARM: dict[str, Any] = {"significant_harm": (Harm.CHILD_SIGNIFICANT_HARM,)}
QUIET = (Urgency.ROUTINE, Urgency.URGENT, Urgency.IMMEDIATE)


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(event) for event in events]


def test_rule_1_a_household_with_a_key_worker_is_routed_and_no_referral_opened() -> None:
    situation = fresh()
    situation.engagements = known("a", "ann")
    (event,) = fold(situation, matched(1, "a", urgency=Urgency.URGENT))
    assert isinstance(event, AssessmentRoutedV1)
    assert (event.key_worker.id, event.referral_avoided) == ("ann", True)
    assert event.alert.severity is Severity.URGENT
    assert [r.kind for r in event.alert.escalation] == [
        RecipientKind.KEY_WORKER,
        RecipientKind.TEAM_LEAD,
        RecipientKind.DUTY_DESK,
    ]
    assert [r.id for r in event.alert.escalation] == ["ben", "leigh-east", "wigan"]


def test_rule_2_an_unknown_household_gets_one_referral_and_one_key_worker() -> None:
    situation = fresh()
    events = fold(situation, matched(1, "a"), matched(2, "a", 1), matched(3, "a", 2))
    assert kinds(events) == [
        ReferralOpenedV1,
        KeyWorkerAssignedV1,
        AssessmentRoutedV1,
        AssessmentRoutedV1,
    ]
    assert len(situation.changes.engagements) == len(situation.changes.referrals) == 1


@pytest.mark.parametrize(("ended", "again"), [(100, True), (400, False)])
def test_assigning_a_return_within_twelve_months_goes_to_who_knew_the_household(
    ended: int, again: bool
) -> None:
    situation = fresh()
    situation.engagements = known("a", "ben", days=500, ended=ended)
    opened, assigned = fold(situation, matched(1, "a"))
    assert isinstance(opened, ReferralOpenedV1)
    assert isinstance(assigned, KeyWorkerAssignedV1)
    assert opened.re_referral is again
    assert assigned.key_worker.id == "ben"


@pytest.mark.parametrize(
    ("gone", "goes_to"), [((), "joe"), (("joe",), "ben"), (("joe", "ben"), "zoe")]
)
def test_assigning_a_return_goes_to_the_last_who_held_it_and_else_to_who_handed_it_over(
    gone: tuple[str, ...], goes_to: str
) -> None:
    """Begun with zoe, handed to ben and then to joe; ann, first by name, never knew it."""
    left = {"left_on": (MONDAY_TEN - timedelta(days=1)).date().isoformat()}
    workers = [
        key_worker(id_, **(left if id_ in gone else {})) for id_ in ("ann", "ben", "joe", "zoe")
    ]
    others = place_document()["key_workers"][2:]
    situation = fresh(small_place(key_workers=[*workers, *others]))
    [held] = known("a", "joe", days=200, ended=30)[uid("household", "a")]
    before = (("zoe", MONDAY_TEN - timedelta(days=150)), ("ben", MONDAY_TEN - timedelta(days=90)))
    situation.engagements = {held.household_id: [replace(held, held_before=before)]}
    _, assigned = fold(situation, matched(1, "a"))
    assert isinstance(assigned, KeyWorkerAssignedV1)
    assert assigned.key_worker.id == goes_to
    assert "has known this household" in assigned.reasons[1]


def test_assigning_follows_a_member_from_another_household() -> None:
    situation = fresh()
    situation.engagements = known("before", "ben", ended=5)
    before = uid("household", "before")
    _, assigned = fold(situation, matched(1, "a", previous_household_ids=(before,)))
    assert isinstance(assigned, KeyWorkerAssignedV1)
    assert assigned.key_worker.id == "ben"


def test_rule_6_continuity_never_follows_an_alleged_perpetrator() -> None:
    situation = fresh()
    situation.engagements = known("his", "ben", ended=5)
    he, his = uid("he"), uid("household", "his")
    situation.households_of = {he: {his}}
    _, assigned = fold(
        situation,
        matched(
            1,
            "a",
            person_ids=(he, uid("she")),
            alleged_perpetrator_ids=(he,),
            previous_household_ids=(his,),
        ),
    )
    assert isinstance(assigned, KeyWorkerAssignedV1)
    assert assigned.key_worker.id == "ann"
    assert (uid("household", "a"), he) not in situation.changes.seen


@pytest.mark.parametrize("urgency", [Urgency.URGENT, Urgency.IMMEDIATE])
def test_rule_4_an_urgent_possible_match_goes_to_the_likeliest_key_worker_at_once(
    urgency: Urgency,
) -> None:
    situation = fresh()
    situation.engagements = known("a", "ann")
    (event,) = fold(situation, review(1, "a", urgency=urgency))
    assert isinstance(event, AssessmentRoutedV1)
    assert (event.provisional, event.referral_avoided) == (True, False)
    assert event.reasons[0].startswith("possible match")


def test_rule_4_a_routine_one_waits_for_its_deadline_and_is_counted_once() -> None:
    situation = fresh()
    situation.engagements = known("a", "ann")
    assert fold(situation, review(1, "a")) == []
    (pending,) = situation.changes.pending.values()
    (overdue,) = send_on_provisionally(situation, pending)
    assert isinstance(overdue.event, AssessmentRoutedV1)
    assert overdue.event.provisional
    taken_back, final = fold(situation, reviewed(1, "a"))
    assert isinstance(taken_back, RoutingReversedV1)
    assert taken_back.reason is ReversalReason.REVIEWED
    assert taken_back.engagement_id == overdue.event.engagement_id
    assert isinstance(final, AssessmentRoutedV1)
    assert (final.provisional, final.referral_avoided) == (False, True)
    assert send_on_provisionally(situation, pending) == []
    assert fold(situation, reviewed(1, "a")) == []


def test_rule_4_without_a_key_worker_the_team_lead_is_told_and_nothing_opened() -> None:
    situation = fresh()
    (told,) = fold(situation, review(1, "a", urgency=Urgency.URGENT))
    assert isinstance(told, HouseholdQueuedV1)
    assert not situation.changes.referrals
    taken_back, opened, _ = fold(situation, reviewed(1, "a"))
    assert isinstance(taken_back, RoutingReversedV1)
    assert taken_back.now_household_id == uid("household", "a")
    assert isinstance(opened, ReferralOpenedV1)
    assert opened.referral_id == told.referral_id


def test_rule_5_no_capacity_queues_visibly_and_tells_the_team_lead() -> None:
    situation = fresh(FULL)
    events = fold(situation, *(matched(n, n, n) for n in range(3)))
    *_, opened, queued = events
    assert isinstance(opened, ReferralOpenedV1)
    assert isinstance(queued, HouseholdQueuedV1)
    assert (queued.team_lead.id, queued.referral_id) == ("leigh-east", opened.referral_id)
    (again,) = fold(situation, matched(9, 2, 9, urgency=Urgency.URGENT))
    assert isinstance(again, HouseholdQueuedV1)
    assert again.referral_id == opened.referral_id
    assert situation.waiting[uid("household", 2)].severity is Severity.URGENT


def test_rule_5_the_waiting_list_goes_by_urgency_then_age() -> None:
    situation = fresh(small_place(policy={"caseload_limit": 1, "reserve_for_harm": 0}))
    fold(situation, *(matched(n, n) for n in (1, 2)))
    fold(
        situation,
        matched(3, "older", 1),
        matched(4, "newer", 2),
        matched(5, "urgent", 3, urgency=Urgency.URGENT),
    )
    order = [r.household_id for r in in_turn(situation.waiting.values())]
    assert order == [uid("household", h) for h in ("urgent", "older", "newer")]
    situation.loads.clear()
    given_now = drain(situation, list(situation.waiting.values()), MONDAY_TEN)
    assert [e.journey_id for e in given_now] == [uid("assessment", n) for n in (5, 3)]


def test_only_harm_passes_by_a_waiting_list_and_uses_the_reserve() -> None:
    situation = fresh(small_place(policy={"caseload_limit": 1, "reserve_for_harm": 1}))
    fold(situation, *(matched(n, n) for n in range(3)))
    events = fold(situation, matched(9, "harm", 9, **HARM))
    assert kinds(events) == [FrontDoorNotifiedV1, ReferralOpenedV1, KeyWorkerAssignedV1]
    waiting = fold(situation, matched(10, 2, 10, **HARM))
    assert kinds(waiting) == [FrontDoorNotifiedV1, KeyWorkerAssignedV1, AssessmentRoutedV1]


def test_assigning_no_fixed_abode_goes_to_the_places_own_team_and_desks() -> None:
    front_door, opened, assigned = fold(fresh(), matched(1, "a", area=None, **HARM))
    assert isinstance(front_door, FrontDoorNotifiedV1)
    assert isinstance(opened, ReferralOpenedV1)
    assert isinstance(assigned, KeyWorkerAssignedV1)
    assert front_door.front_door.id == "greater-manchester"
    assert (opened.team_id, assigned.key_worker.id) == ("no-fixed-abode", "fay")


@pytest.mark.parametrize("area", [None, "LS1 4"])
@pytest.mark.parametrize(
    ("locality", "door"),
    [("bolton", "bolton"), ("greater-manchester", "greater-manchester"), ("leeds", None)],
)
def test_rule_3_without_an_area_of_the_place_the_front_door_is_of_the_agencys_locality(
    area: str | None, locality: str, door: str | None
) -> None:
    events = fold(fresh(), matched(1, "a", area=area, locality_id=locality, **HARM))
    front_door, opened, assigned = events
    assert isinstance(front_door, FrontDoorNotifiedV1)
    assert isinstance(opened, ReferralOpenedV1)
    assert isinstance(assigned, KeyWorkerAssignedV1)
    expected = door or "greater-manchester"
    assert front_door.front_door.id == expected
    assert [r.id for r in front_door.alert.escalation] == [expected]
    assert (opened.team_id, assigned.key_worker.id) == ("no-fixed-abode", "fay")


def test_rule_3_where_the_household_lives_goes_before_where_the_agency_works() -> None:
    front_door, *_ = fold(fresh(), matched(1, "a", locality_id="bolton", **HARM))
    assert isinstance(front_door, FrontDoorNotifiedV1)
    assert front_door.front_door.id == "wigan"


def test_the_same_assessment_decided_again_changes_nothing() -> None:
    situation = fresh()
    fold(situation, matched(1, "a"))
    assert fold(situation, matched(1, "a")) == []
    assert situation.routes[uid("assessment", 1)].state is RouteState.OPENED
    moved = fold(situation, reviewed(1, "b"))
    assert kinds(moved) == [RoutingReversedV1, ReferralOpenedV1, KeyWorkerAssignedV1]
    assert replace(situation.routes[uid("assessment", 1)]).household_id == uid("household", "b")
