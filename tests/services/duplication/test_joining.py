"""An assessment that connects two established households asks; nothing is linked silently."""

from __future__ import annotations

from uuid import UUID

import pytest

from contracts.assessments import AssessmentRecordedV1
from contracts.links import HouseholdsLinkedV1, LinkProposedV1
from contracts.topics import HOUSEHOLDS
from contracts.vocabulary_changes import LinkCause
from services.duplication.fold import Resolution, assessed, resolve
from services.duplication.model import load
from services.duplication.state import State
from tests.services.duplication.building import person, recorded
from tests.services.duplication.case import ELSEWHERE, KARL, MAX, SOPHIE
from tests.services.duplication.running import Running

ION = person("Ion", "Whittle", "2012-04-08", sex="male")
ANA = person("Ana", "Whittle", "1984-02-29", sex="female")
FIRST = recorded(1, SOPHIE, MAX)
SECOND = recorded(2, KARL, ION, address=ELSEWHERE)
BOTH = recorded(3, SOPHIE, MAX, KARL, ION)


def decide(state: State, *events: AssessmentRecordedV1) -> list[Resolution]:
    return [
        resolve(
            load(),
            state,
            assessed(load(), event.assessment_id, event.submission, event.received_at),
        )
        for event in events
    ]


def test_two_families_seen_as_one_are_a_question() -> None:
    state = State()
    first, second, both = decide(state, FIRST, SECOND, BOTH)
    (joined,) = both.joins
    assert (joined.household_id, joined.other_household_id) == (
        first.household_id,
        second.household_id,
    )
    assert set(joined.people) == {link.person_id for link in second.links}
    assert set(state.households) == {first.household_id, second.household_id}
    assert first.joins == second.joins == ()


def test_a_household_of_one_seen_with_another_is_a_question() -> None:
    *_, last = decide(
        State(), FIRST, recorded(2, KARL, address=ELSEWHERE), recorded(3, SOPHIE, KARL)
    )
    assert len(last.joins) == 1


def test_one_of_several_who_moves_in_with_others_is_none() -> None:
    *_, last = decide(
        State(), FIRST, recorded(2, KARL, ANA, ION, address=ELSEWHERE), recorded(3, SOPHIE, KARL)
    )
    assert last.joins == ()


def test_what_a_person_has_kept_apart_is_not_asked_again() -> None:
    state = State()
    first, second = decide(state, FIRST, SECOND)
    state.apart.add((second.household_id, first.household_id))
    (both,) = decide(state, BOTH)
    assert both.joins == ()


async def test_the_question_is_asked_once_and_same_links_until_taken_back(
    running: Running,
) -> None:
    await running.take(FIRST, SECOND, BOTH, recorded(4, SOPHIE, MAX, KARL, ION))
    (case,) = await running.get("/v1/reviews")
    assert (case["kind"], case["assessment_id"]) == ("link", str(BOTH.assessment_id))
    rows = await running.rows("select household_id from assessment order by received_at")
    one, two = rows[0][0], rows[1][0]
    told = await running.stack.read(
        HOUSEHOLDS, lambda found: any(isinstance(e, LinkProposedV1) for _, e in found)
    )
    (event,) = [e for _, e in told if isinstance(e, LinkProposedV1)]
    assert event.household_ids == (one, two)
    assert event.review_id == UUID(case["id"])
    assert (event.evidence.rule, event.assessment_id) == (
        "joined_by_one_assessment",
        BOTH.assessment_id,
    )
    sides = await running.get(f"/v1/reviews/{case['id']}")
    assert sides["left"]["household_id"] == str(one)
    assert [side["household_id"] for side in sides["right"]] == [str(two)]
    answer = await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": "same"})
    assert answer.json()["household_id"] == str(one)
    assert (await running.get(f"/v1/households/{two}"))["id"] == str(one)
    assert await running.get("/v1/reviews") == []
    told = await running.stack.read(
        HOUSEHOLDS, lambda found: any(isinstance(e, HouseholdsLinkedV1) for _, e in found)
    )
    (linked,) = [e for _, e in told if isinstance(e, HouseholdsLinkedV1)]
    assert (linked.household_id, linked.retired_household_id) == (one, two)
    assert (linked.cause, linked.decided_by) == (LinkCause.REVIEW, "kw-7")
    again = await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": "same"})
    assert again.status_code == 200
    undone = await running.client.post(f"/v1/links/{linked.link_id}/undo")
    assert undone.status_code == 200
    assert (await running.get(f"/v1/households/{two}"))["id"] == str(two)


@pytest.mark.parametrize("verdict", ["different", "cannot_tell"])
async def test_two_that_stay_two_are_not_asked_about_again(
    running: Running,
    verdict: str,
) -> None:
    await running.take(FIRST, SECOND, BOTH)
    (case,) = await running.get("/v1/reviews")
    answer = await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": verdict})
    assert answer.status_code == 200, answer.text
    await running.take(SECOND.model_copy(update={"assessment_id": recorded(5, KARL).assessment_id}))
    await running.take(recorded(6, SOPHIE, MAX, KARL, ION))
    assert await running.get("/v1/reviews") == []
    rows = await running.rows("select count(distinct household_id) from assessment")
    assert rows == [(2,)]
    apart = await running.rows("select count(*) from cannot_link")
    assert apart == [(1 if verdict == "different" else 0,)]
