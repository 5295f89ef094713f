"""Strangers at the home of a known household: a question, where households are seen in parts."""

from __future__ import annotations

from uuid import UUID

import pytest

from contracts.assessments import AssessmentRecordedV1
from contracts.links import LinkProposedV1
from contracts.topics import HOUSEHOLDS
from contracts.vocabulary import Restriction
from services.duplication.fold import Resolution, assessed, resolve
from services.duplication.frequencies import term
from services.duplication.model import load
from services.duplication.state import State
from services.duplication.strangers import ENOUGH, PART, WHOLE, are_seen_in_parts, counted
from tests.services.duplication.building import JOAN, NORA, ROAD, recorded, seen_in_parts
from tests.services.duplication.case import ELSEWHERE, KARL, MAX, SOPHIE
from tests.services.duplication.running import Running

ONE, OTHER, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)


def place(part: int = ENOUGH, whole: int = 0) -> State:
    state = State()
    state.counts |= {PART: part, WHOLE: whole}
    return state


def decide(state: State, *events: AssessmentRecordedV1) -> list[Resolution]:
    model = load()
    taken = [assessed(model, e.assessment_id, e.submission, e.received_at) for e in events]
    return [resolve(model, state, one) for one in taken]


def test_strangers_at_a_household_s_home_are_a_household_and_a_question() -> None:
    first, strangers = decide(place(), recorded(1, SOPHIE, MAX), recorded(2, KARL))
    assert strangers.new_household
    (asked,) = strangers.joins
    assert (asked.household_id, asked.other_household_id, asked.people, asked.why) == (
        first.household_id,
        strangers.household_id,
        (),
        "one_home",
    )


@pytest.mark.parametrize(
    "state",
    [place(part=ENOUGH - 1), place(part=ENOUGH, whole=ENOUGH)],
    ids=["too little is known of the place", "its agencies see whole households"],
)
def test_where_agencies_may_see_whole_households_nobody_is_asked(state: State) -> None:
    _, strangers = decide(state, recorded(1, SOPHIE, MAX), recorded(2, KARL))
    assert strangers.new_household
    assert strangers.joins == ()


def test_of_two_who_live_at_one_home_it_is_the_household_seen_last() -> None:
    _, second, third = decide(
        place(), recorded(1, SOPHIE, MAX), recorded(2, KARL), recorded(3, JOAN)
    )
    assert [one.household_id for one in third.joins] == [second.household_id]


def test_who_has_moved_on_is_not_asked_about() -> None:
    *_, strangers = decide(
        place(),
        recorded(1, SOPHIE, MAX),
        recorded(2, SOPHIE, MAX, address=ELSEWHERE),
        recorded(3, KARL),
    )
    assert strangers.joins == ()


@pytest.mark.parametrize(
    "first",
    [
        recorded(1, SOPHIE, MAX, restrictions=(Restriction.DOMESTIC_ABUSE,)),
        recorded(1, SOPHIE, MAX, address={**ROAD, "lines": ["Milton Road"]}),
    ],
    ids=["few may know of the household", "no house is named"],
)
def test_a_home_says_nothing_where(first: AssessmentRecordedV1) -> None:
    second = recorded(2, KARL, address=first.submission.address.model_dump(mode="json"))  # type: ignore[union-attr]
    _, strangers = decide(place(), first, second)
    assert strangers.joins == ()


def test_a_restricted_assessment_leads_nobody_to_the_household_next_to_it() -> None:
    _, strangers = decide(
        place(),
        recorded(1, SOPHIE, MAX),
        recorded(2, KARL, restrictions=(Restriction.DOMESTIC_ABUSE,)),
    )
    assert strangers.joins == ()


def test_a_household_that_is_itself_a_question_is_not_asked_about() -> None:
    _, moved, strangers = decide(
        place(), recorded(1, KARL, address=ELSEWHERE), recorded(2, KARL), recorded(3, JOAN)
    )
    assert moved.review
    assert strangers.joins == ()


def test_whom_a_person_has_kept_apart_from_a_household_raises_no_question_of_it() -> None:
    state = place()
    first, away = decide(
        state, recorded(1, SOPHIE, MAX), recorded(2, KARL, JOAN, address=ELSEWHERE)
    )
    state.apart.add((away.links[0].person_id, first.household_id))
    (back,) = decide(state, recorded(3, KARL, NORA))
    assert (back.choice.rule, back.joins) == ("moved_out", ())


def test_at_an_address_of_many_nobody_is_asked() -> None:
    state = place()
    (first,) = decide(state, recorded(1, SOPHIE, MAX))
    (home,) = state.households[first.household_id].homes
    state.counts[term("homes", home)] = 25
    (strangers,) = decide(state, recorded(2, KARL))
    assert strangers.joins == ()


def test_what_is_counted_is_whether_everybody_was_seen() -> None:
    assert counted([ONE], [ONE]) == counted([ONE, OTHER], [OTHER]) == []
    assert counted([ONE, OTHER], [OTHER, ONE]) == [WHOLE]
    assert counted([ONE, OTHER, THIRD], [ONE, OTHER]) == counted([ONE], [ONE, OTHER]) == [PART]
    state = State()
    decide(state, recorded(1, SOPHIE, MAX), recorded(2, SOPHIE, MAX), recorded(3, SOPHIE, JOAN))
    assert (state.counts[WHOLE], state.counts[PART]) == (1, 1)
    assert are_seen_in_parts({PART: 40, WHOLE: 39})
    assert not are_seen_in_parts({PART: 40, WHOLE: 40})


async def test_the_question_says_why_and_the_same_keeps_the_household_that_was_known(
    running: Running,
) -> None:
    known, strangers = recorded(1, SOPHIE, MAX), recorded(30, KARL)
    await running.take(known, *seen_in_parts(2))
    await running.take(strangers)
    (case,) = await running.get("/v1/reviews")
    assert (case["kind"], case["why"]) == ("link", "one_home")
    told = await running.stack.read(
        HOUSEHOLDS, lambda found: any(isinstance(e, LinkProposedV1) for _, e in found)
    )
    (asked,) = [e for _, e in told if isinstance(e, LinkProposedV1)]
    assert (asked.evidence.rule, asked.assessment_id) == (
        "strangers_at_one_home",
        strangers.assessment_id,
    )
    one, two = asked.household_ids
    of = dict(await running.rows("select id, household_id from assessment"))
    assert (of[known.assessment_id], of[strangers.assessment_id]) == (one, two)
    decision = await running.get(f"/v1/decisions/{strangers.assessment_id}")
    assert [join["household_id"] for join in decision["detail"]["joins"]] == [str(one)]
    answer = await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": "same"})
    assert answer.json()["household_id"] == str(one)
    assert (await running.get(f"/v1/households/{two}"))["id"] == str(one)
