"""Rule 6 in matching: nobody leads to a household in which they are alleged to have caused harm."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.assessments import AssessmentRecordedV1, Person
from contracts.vocabulary import Need, Restriction
from services.duplication.decide import Decided, decide
from services.duplication.fold import assessed
from services.duplication.model import load
from services.duplication.restricting import restrictions_of
from services.duplication.state import State
from tests.services.duplication.building import ROAD, person, recorded, submission
from tests.services.duplication.case import ELSEWHERE

SARAH = person("Sarah", "Whitworth", "1990-03-11", sex="female")
ELLIE = person("Ellie", "Whitworth", "2016-07-02", relationship="child")
HE: dict[str, Any] = {"given": "Craig", "family": "Whitworth", "born": "1988-11-23"}
JO = person("Jo", "Whitworth", "1999-01-30")
CRAIG = person(**HE)
ALLEGED = person(**HE, alleged_perpetrator=True)
STRANGER = person("Lee", "Whitworth", "1985-02-17", sex="male")
REFUGE = {"lines": ["Refuge, Church Lane"], "town": "Salford", "postcode": "M6 5AA"}
ABUSE = (Restriction.DOMESTIC_ABUSE,)


def decided(*events: AssessmentRecordedV1) -> list[Decided]:
    """One after the other, as one place's history."""
    state, model = State(), load()
    return [
        decide(
            model,
            state,
            assessed(model, e.assessment_id, e.submission, e.received_at),
            e,
            e.assessment_id,
            e.assessment_id,
        )
        for e in events
    ]


def households(*events: AssessmentRecordedV1) -> list[object]:
    return [one.row.household_id for one in decided(*events)]


@pytest.mark.parametrize("address", [ROAD, REFUGE, None], ids=["there", "refuge", "no address"])
def test_rule_6_the_alleged_perpetrators_own_record_never_leads_to_the_household(
    address: dict[str, Any] | None,
) -> None:
    theirs, later, again = decided(
        recorded(1, SARAH, ELLIE, ALLEGED, restrictions=ABUSE),
        recorded(2, CRAIG, address=address),
        recorded(3, CRAIG, address=address),
    )
    assert later.row.household_id != theirs.row.household_id
    assert later.review is None, "nor is anybody asked"
    assert later.event.facts.previous_household_ids == ()
    assert later.event.facts.apart_household_ids == (theirs.row.household_id,)
    assert again.row.household_id == later.row.household_id, "and it is known as their own"


def test_rule_6_someone_like_the_alleged_perpetrator_at_the_address_does_not_lead_there() -> None:
    theirs, his = households(recorded(1, SARAH, ELLIE, restrictions=ABUSE), recorded(2, STRANGER))
    assert his != theirs


def test_rule_6_an_assessment_of_abuse_does_not_lead_to_the_alleged_perpetrator() -> None:
    his, theirs, unnamed = decided(
        recorded(1, CRAIG),
        recorded(2, SARAH, ELLIE, ALLEGED, restrictions=ABUSE),
        recorded(3, person("Jo", "Whitworth", "1999-01-30"), restrictions=ABUSE),
    )
    assert theirs.row.household_id != his.row.household_id
    assert theirs.event.facts.apart_household_ids == (his.row.household_id,)
    assert theirs.event.facts.previous_household_ids == ()
    assert unnamed.row.household_id != his.row.household_id, "a shared name is not enough"


def test_rule_6_whoever_was_there_first_and_is_named_later_no_longer_leads_there() -> None:
    first, later, own = households(
        recorded(1, SARAH, ELLIE, CRAIG),
        recorded(2, SARAH, ALLEGED, restrictions=ABUSE),
        recorded(3, CRAIG),
    )
    assert first == later, "they live there, all three"
    assert own != first


def test_rule_6_who_is_seen_with_them_again_is_assessed_in_their_household() -> None:
    theirs, his, together = decided(
        recorded(1, SARAH, ELLIE, ALLEGED, restrictions=ABUSE),
        recorded(2, CRAIG, address=ELSEWHERE),
        recorded(3, SARAH, ELLIE, CRAIG, address=ELSEWHERE),
    )
    assert his.row.household_id != theirs.row.household_id
    assert together.row.household_id == theirs.row.household_id
    assert together.event.facts.alleged_perpetrator_ids == (his.event.facts.person_ids[0],)


def test_rule_6_who_moves_on_from_a_restricted_household_is_restricted_there_too() -> None:
    theirs, his, moved, perhaps = decided(
        recorded(1, SARAH, ELLIE, JO, ALLEGED, restrictions=ABUSE),
        recorded(2, CRAIG, address=ELSEWHERE),
        recorded(3, JO, person("Max", "Tarrant", "1997-03-02"), address=REFUGE),
        recorded(4, person("Sara", "Whitworth", "1990-03-11", sex="female"), address=ELSEWHERE),
    )
    assert moved.row.household_id not in {theirs.row.household_id, his.row.household_id}
    assert moved.row.restrictions == ABUSE
    assert moved.restrictions == ABUSE, "and it is said"
    if perhaps.review is not None:
        assert perhaps.row.restrictions == ABUSE, "and who may be one of them, until that is said"
    assert his.row.restrictions == ()
    assert his.restrictions is None


def test_rule_6_the_two_households_are_not_proposed_to_be_linked() -> None:
    *_, last = decided(
        recorded(1, SARAH, ELLIE),
        recorded(2, CRAIG, address=ELSEWHERE),
        recorded(3, SARAH, ELLIE, ALLEGED, restrictions=ABUSE),
    )
    assert last.proposals == ()


def test_an_alleged_perpetrator_assessed_alone_speaks_for_themselves() -> None:
    first, again = households(recorded(1, CRAIG), recorded(2, ALLEGED, needs=(Need.CRIME,)))
    assert first == again


@pytest.mark.parametrize(
    ("people", "needs", "stated", "expected"),
    [
        ((SARAH, ALLEGED), (Need.DOMESTIC_ABUSE,), (), ABUSE),
        ((SARAH, ALLEGED), (), (), ()),
        ((SARAH,), (Need.DOMESTIC_ABUSE,), (), ()),
        ((SARAH, ALLEGED), (Need.DOMESTIC_ABUSE,), (Restriction.REFUGE,),
         (Restriction.REFUGE, Restriction.DOMESTIC_ABUSE)),
    ],
)  # fmt: skip
def test_abuse_with_a_named_perpetrator_is_restricted_even_where_nobody_said_so(
    people: tuple[Person, ...],
    needs: tuple[Need, ...],
    stated: tuple[Restriction, ...],
    expected: tuple[Restriction, ...],
) -> None:
    assert restrictions_of(submission(*people, needs=needs, restrictions=stated)) == expected
