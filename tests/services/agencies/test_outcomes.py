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
from contracts.handovers import AssessmentsMovedV1
from contracts.vocabulary import OutcomeKind
from contracts.vocabulary_alerts import AlertKind
from contracts.vocabulary_changes import ChangeReason
from services.agencies.engagements import Engagement, both, engagement_said
from services.agencies.facts import Acknowledgement, Known, Standing, learn
from services.agencies.outcomes import stand, what_changed
from tests.services.agencies import events as told
from tests.services.agencies.events import minute

A, B = uuid4(), uuid4()
H1, H2 = uuid4(), uuid4()
R1, R2 = uuid4(), uuid4()
KIM, NOOR = told.assigned(A, H1, R1, "Kim"), told.assigned(B, H2, R2, "Noor")


@dataclass(frozen=True)
class At:
    """An event and when it became true."""

    minute: int
    event: Event
    id: UUID


def at(when: int, event: Event) -> At:
    return At(when, event, uuid4())


def _about(event: Event) -> tuple[UUID, ...]:
    if isinstance(event, AssessmentsMovedV1):
        return event.assessment_ids
    cause = getattr(event, "cause", event)
    return (getattr(cause, "assessment_id", None) or uuid4(),)


def standing(assessment_id: UUID, said: Iterable[At]) -> Standing:
    known = Known()
    engagements: dict[UUID, Engagement] = {}
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
        if (found := engagement_said(when, one.id, one.event)) is not None:
            known_of = engagements.get(found.engagement_id)
            engagements[found.engagement_id] = both(known_of, found)
        if assessment_id in _about(one.event):
            known = learn(known, when, one.id, one.event)
    return stand(assessment_id, known, engagements, answers)


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
    "waited with a household that has its key worker": (
        [
            at(0, told.queued(A, H1, R1, "Lee")),
            at(5, told.assigned(B, H1, R1, "Kim")),
            at(6, told.routed(A, H1, "Kim")),
        ],
        "routed",
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
    "another assessment's alert was acknowledged": (
        [
            at(0, told.assigned(B, H1, R1, "Kim")),
            at(5, told.routed(A, H1, "Kim")),
            at(6, told.acknowledged(B, H1, AlertKind.ASSIGNED, minute(6))),
        ],
        "routed",
        "Kim",
        False,
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
        [at(0, KIM), at(9, told.changed(KIM.engagement_id, H1, "Ola"))],
        "opened",
        "Ola",
        False,
    ),
    "the work has ended": (
        [at(0, KIM), at(9, told.ended(KIM.engagement_id, H1))],
        "opened",
        None,
        False,
    ),
    "the work has ended, and its household is another's": (
        [
            at(0, KIM),
            at(1, NOOR),
            at(5, told.ended(KIM.engagement_id, H1)),
            at(9, told.are_of(H2, A)),
        ],
        "opened",
        None,
        False,
    ),
    "linked, and the other's key worker goes on": (
        [
            at(0, KIM),
            at(1, NOOR),
            at(5, told.are_of(H2, A)),
            at(5, told.ended(KIM.engagement_id, H2, ChangeReason.LINKED)),
        ],
        "opened",
        "Noor",
        False,
    ),
    "linked, and who goes on hands over": (
        [
            at(0, KIM),
            at(1, NOOR),
            at(5, told.are_of(H2, A)),
            at(5, told.ended(KIM.engagement_id, H2, ChangeReason.LINKED)),
            at(8, told.changed(NOOR.engagement_id, H2, "Ola")),
        ],
        "opened",
        "Ola",
        False,
    ),
    "linked, and the work with both has ended": (
        [
            at(0, KIM),
            at(1, NOOR),
            at(5, told.are_of(H2, A)),
            at(5, told.ended(KIM.engagement_id, H2, ChangeReason.LINKED)),
            at(8, told.ended(NOOR.engagement_id, H2)),
        ],
        "opened",
        None,
        False,
    ),
    "linked, and two again": (
        [
            at(0, KIM),
            at(1, NOOR),
            at(5, told.are_of(H2, A)),
            at(5, told.ended(KIM.engagement_id, H2, ChangeReason.LINKED)),
            at(8, told.are_of(H1, A)),
            at(8, told.moved(KIM.engagement_id, H2, H1, "Kim")),
        ],
        "opened",
        "Kim",
        False,
    ),
    "linked, and decided anew since": (
        [
            at(0, KIM),
            at(1, NOOR),
            at(5, told.are_of(H2, A)),
            at(5, told.ended(KIM.engagement_id, H2, ChangeReason.LINKED)),
            at(8, told.queued(A, H1, R1, "Lee")),
        ],
        "queued",
        "Lee",
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
        KIM,
        NOOR,
        told.changed(KIM.engagement_id, H1, "Ola"),
        told.moved(KIM.engagement_id, H1, H2, "Kim"),
        told.moved(NOOR.engagement_id, H2, H1, "Noor"),
        told.ended(KIM.engagement_id, H1, ChangeReason.LINKED),
        told.ended(KIM.engagement_id, H1),
        told.are_of(H1, A, B),
        told.are_of(H2, A),
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
    if found.kind is OutcomeKind.QUEUED:
        assert found.contact is not None


def test_a_change_of_a_final_outcome_says_why() -> None:
    first = standing(A, [at(0, told.routed(A, H1, "Sam"))])
    second = standing(A, [at(0, told.routed(A, H1, "Sam")), at(1, told.routed(A, H2, "Ola"))])
    assert "decided again" in (what_changed(first, second) or "")
