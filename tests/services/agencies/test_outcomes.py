"""What agencies are told is the same whatever order the facts arrive in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.alerts import AlertAcknowledgedV1
from contracts.envelope import Event
from contracts.keyworkers import KeyWorkerAssignedV1
from contracts.vocabulary import AlertKind, OutcomeKind
from services.agencies.facts import (
    Acknowledgement,
    Assignment,
    Known,
    Standing,
    assignment_of,
    latest,
    learn,
)
from services.agencies.outcomes import stand, what_changed
from tests.services.agencies import events as told
from tests.services.agencies.events import minute

A, B = uuid4(), uuid4()
H1, H2 = uuid4(), uuid4()
R1, R2 = uuid4(), uuid4()


@dataclass(frozen=True)
class At:
    """An event and when it became true."""

    minute: int
    event: Event
    id: UUID


def at(when: int, event: Event) -> At:
    return At(when, event, uuid4())


def _about(event: Event) -> UUID:
    cause = getattr(event, "cause", None)
    found = cause.assessment_id if cause else getattr(event, "assessment_id", None)
    assert isinstance(found, UUID)
    return found


def standing(assessment_id: UUID, said: Iterable[At]) -> Standing:
    known = Known()
    assignments: dict[UUID, Assignment] = {}
    answers: list[Acknowledgement] = []
    for one in said:
        when: datetime = minute(one.minute)
        if isinstance(one.event, AlertAcknowledgedV1):
            answers.append(
                Acknowledgement(
                    assessment_id=one.event.assessment_id,
                    kind=one.event.kind,
                    at=one.event.acknowledged_at,
                    household_id=one.event.household_id,
                )
            )
            continue
        if isinstance(one.event, KeyWorkerAssignedV1):
            new: Assignment = assignment_of(when, one.id, one.event)
            assignments[new.referral_id] = latest(assignments.get(new.referral_id), new)
        if _about(one.event) == assessment_id:
            known = learn(known, when, one.id, one.event)
    return stand(assessment_id, known, assignments.values(), answers)


CASES = {
    "nothing": ([], None, None, False),
    "only the front door": ([at(0, told.front_door(A))], None, None, False),
    "under review": ([at(0, told.review(A))], "under_review", None, False),
    "under review, sent on meanwhile": (
        [at(0, told.review(A)), at(1, told.routed(A, H1, "Sam", provisional=True))],
        "under_review",
        "Sam",
        False,
    ),
    "sent on, its review not heard of yet": (
        [at(1, told.routed(A, H1, "Sam", provisional=True))],
        "under_review",
        "Sam",
        False,
    ),
    "under review, a team's lead asked meanwhile": (
        [at(0, told.review(A)), at(1, told.queued(A, H1, R1, "Lee", provisional=True))],
        "under_review",
        "Lee",
        False,
    ),
    "reviewed and routed": (
        [
            at(0, told.review(A)),
            at(1, told.routed(A, H1, "Sam", provisional=True)),
            at(9, told.routed(A, H2, "Ola")),
        ],
        "routed",
        "Ola",
        False,
    ),
    "a referral and no key worker yet": ([at(0, told.referred(A, H1, R1))], None, None, False),
    "opened": (
        [at(0, told.referred(A, H1, R1)), at(0, told.assigned(A, H1, R1, "Kim"))],
        "opened",
        "Kim",
        False,
    ),
    "waiting": ([at(0, told.queued(A, H1, R1, "Lee"))], "queued", "Lee", False),
    "waiting, then named at the same instant": (
        [at(0, told.queued(A, H1, R1, "Lee")), at(0, told.assigned(A, H1, R1, "Kim"))],
        "opened",
        "Kim",
        False,
    ),
    "waiting on another assessment's referral": (
        [at(0, told.queued(A, H1, R1, "Lee")), at(5, told.assigned(B, H1, R1, "Kim"))],
        "opened",
        "Kim",
        False,
    ),
    "waiting in a household that another referral served": (
        [at(0, told.queued(A, H1, R1, "Lee")), at(5, told.assigned(B, H1, R2, "Kim"))],
        "opened",
        "Kim",
        False,
    ),
    "waiting again, after an earlier engagement ended": (
        [at(0, told.assigned(B, H1, R2, "Kim")), at(5, told.queued(A, H1, R1, "Lee"))],
        "queued",
        "Lee",
        False,
    ),
    "the lead's word is not the key worker's": (
        [
            at(0, told.queued(A, H1, R1, "Lee")),
            at(1, told.acknowledged(A, H1, AlertKind.QUEUED, minute(1))),
        ],
        "queued",
        "Lee",
        False,
    ),
    "acknowledged": (
        [
            at(0, told.routed(A, H1, "Sam")),
            at(2, told.acknowledged(A, H1, AlertKind.ROUTED, minute(2))),
        ],
        "routed",
        "Sam",
        True,
    ),
    "acknowledged for all that waited": (
        [
            at(0, told.queued(A, H1, R1, "Lee")),
            at(5, told.assigned(B, H1, R1, "Kim")),
            at(6, told.acknowledged(B, H1, AlertKind.ASSIGNED, minute(6))),
        ],
        "opened",
        "Kim",
        True,
    ),
    "routed anew: the first key worker's word counts no more": (
        [
            at(0, told.routed(A, H1, "Sam")),
            at(2, told.acknowledged(A, H1, AlertKind.ROUTED, minute(2))),
            at(3, told.routed(A, H2, "Ola")),
        ],
        "routed",
        "Ola",
        False,
    ),
    "not this household: reviewed again": (
        [at(0, told.routed(A, H1, "Sam")), at(5, told.review(A))],
        "under_review",
        None,
        False,
    ),
    "not this household: waits elsewhere": (
        [at(0, told.routed(A, H1, "Sam")), at(5, told.queued(A, H2, R2, "Lee"))],
        "queued",
        "Lee",
        False,
    ),
    "the key worker changed": (
        [at(0, told.assigned(A, H1, R1, "Kim")), at(9, told.assigned(B, H1, R1, "Ola"))],
        "opened",
        "Ola",
        False,
    ),
}


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_any_order_and_repetition_ends_in_the_same_standing(name: str, data) -> None:
    said, kind, contact, acknowledged = CASES[name]
    heard = list(data.draw(st.permutations(said)))
    heard += data.draw(st.lists(st.sampled_from(said), max_size=3)) if said else []
    found = standing(A, heard)
    assert found == standing(A, said)
    assert (found.kind, found.contact and found.contact.name) == (kind, contact)
    assert (found.acknowledged_at is not None) is acknowledged


_EVENTS = st.sampled_from(
    [
        told.review(A),
        told.routed(A, H1, "Sam"),
        told.routed(A, H2, "Ola"),
        told.routed(A, H2, "Ola", provisional=True),
        told.referred(A, H1, R1),
        told.queued(A, H1, R1, "Lee"),
        told.queued(A, H2, R2, "Lee"),
        told.assigned(A, H1, R1, "Kim"),
        told.assigned(B, H1, R1, "Noor"),
        told.assigned(B, H2, R2, "Noor"),
        told.front_door(A),
        told.acknowledged(A, H1, AlertKind.ROUTED, minute(7)),
        told.acknowledged(B, H1, AlertKind.ASSIGNED, minute(8)),
        told.acknowledged(A, None, AlertKind.POSSIBLE_MATCH, minute(9)),
    ]
)
_HISTORIES = st.lists(
    st.builds(At, st.integers(0, 6), _EVENTS, st.uuids(version=4)),
    max_size=8,
    unique_by=lambda x: x.id,
)


@given(said=_HISTORIES, data=st.data())
def test_any_history_stands_the_same_however_it_is_heard(said: list[At], data) -> None:
    heard = list(data.draw(st.permutations(said)))
    heard += data.draw(st.lists(st.sampled_from(said), max_size=4)) if said else []
    assert standing(A, heard) == standing(A, said)


@given(said=_HISTORIES)
def test_nothing_is_stated_twice(said: list[At]) -> None:
    found = standing(A, said)
    assert what_changed(found, found) is None
    assert (what_changed(Standing(), found) is None) is (found.kind is None)
    if found.kind in {OutcomeKind.OPENED, OutcomeKind.ROUTED, OutcomeKind.QUEUED}:
        assert found.contact is not None


def test_a_change_of_a_final_outcome_says_why() -> None:
    first = standing(A, [at(0, told.routed(A, H1, "Sam"))])
    second = standing(A, [at(0, told.routed(A, H1, "Sam")), at(1, told.routed(A, H2, "Ola"))])
    assert "decided again" in (what_changed(first, second) or "")
