"""Reviews on real servers: what a reviewer is shown, and what each verdict does."""

from __future__ import annotations

import pytest

from contracts.duplication import MatchReviewedV1
from contracts.topics import HOUSEHOLDS
from contracts.vocabulary import Decision, Verdict
from tests.services.duplication.building import recorded
from tests.services.duplication.running import AGAIN, KNOWN, Running


async def test_rule_6_a_question_about_a_restricted_household_does_not_say_who_it_may_be(
    running: Running,
) -> None:
    await running.take(recorded(1, KNOWN))
    ((household,),) = await running.rows("select household_id from assessment")
    await running.take(recorded(2, AGAIN), wary=True)
    (case,) = await running.get("/v1/reviews")
    await running.may_know(household, "kw-8")
    asked = await running.get(f"/v1/reviews/{case['id']}")
    assert asked["hidden"]
    assert (asked["rule"], asked["weight"], asked["candidates"]) == ("hidden", None, [])
    assert (asked["left"]["people"], asked["left"]["address"]) == ([], None)
    assert (asked["right"], asked["detail"]) == ([], {})
    assert "Kate" not in str(asked)
    await running.may_know(household, "kw-7", "kw-8")
    asked = await running.get(f"/v1/reviews/{case['id']}")
    assert asked["left"]["people"][0]["given_name"] == "Kate"


async def test_same_joins_the_provisional_household_and_its_id_redirects(
    running: Running,
) -> None:
    known, doubtful = recorded(1, KNOWN), recorded(2, AGAIN)
    await running.take(known)
    await running.take(doubtful, wary=True)
    (case,) = await running.get("/v1/reviews")
    assert case["assessment_id"] == str(doubtful.assessment_id)
    sides = await running.get(f"/v1/reviews/{case['id']}")
    assert sides["left"]["people"][0]["given_name"] == "Kate"
    assert sides["right"][0]["people"][0]["name"] == "Catherine Holroyd"
    answer = await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": "same"})
    target = answer.json()["household_id"]
    assert target == case["candidates"][0]["household_id"]
    retired = await running.get(f"/v1/households/{case['household_id']}")
    assert retired["id"] == target
    assert len(retired["members"]) == 1
    assert len(retired["assessment_ids"]) == 2
    again = await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": "same"})
    assert again.json() == answer.json()
    other = await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": "different"})
    assert other.status_code == 409
    assert await running.get("/v1/reviews") == []
    told = await running.stack.read(
        HOUSEHOLDS, lambda found: any(isinstance(e, MatchReviewedV1) for _, e in found)
    )
    (reviewed,) = [e for _, e in told if isinstance(e, MatchReviewedV1)]
    assert reviewed.verdict is Verdict.SAME
    assert reviewed.decision is Decision.MATCHED
    assert str(reviewed.household_id) == target
    assert str(reviewed.facts.person_ids[0]) == retired["members"][0]["person_id"]


async def test_same_is_taken_back_like_any_link(running: Running) -> None:
    await running.take(recorded(1, KNOWN))
    await running.take(recorded(2, AGAIN), wary=True)
    (case,) = await running.get("/v1/reviews")
    people = "select id, profile, households, mentions from person order by 1"
    before = await running.rows(people)
    await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": "same"})
    (change,) = await running.get(f"/v1/households/{case['household_id']}/changes")
    assert (change["id"], change["cause"], change["decided_by"]) == (case["id"], "review", "kw-7")
    undone = await running.client.post(f"/v1/links/{case['id']}/undo")
    assert undone.status_code == 200, undone.text
    assert await running.rows(people) == before
    stands = await running.get(f"/v1/households/{case['household_id']}")
    assert (stands["id"], stands["provisional"]) == (case["household_id"], False)
    await running.take(recorded(3, AGAIN))
    rows = await running.rows("select count(distinct household_id) from assessment")
    assert rows == [(2,)]


async def test_different_is_never_crossed_again(running: Running) -> None:
    await running.take(recorded(1, KNOWN))
    await running.take(recorded(2, AGAIN), wary=True)
    (case,) = await running.get("/v1/reviews")
    await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": "different"})
    await running.take(*(recorded(n, AGAIN) for n in range(3, 6)))
    households = await running.rows(
        "select household_id, count(*) from assessment group by 1 order by 2"
    )
    assert len(households) == 2
    apart = await running.rows(
        "select 1 from cannot_link c join person p on p.id = c.one and c.other = any(p.households)"
    )
    assert apart == []


@pytest.mark.parametrize("verdict", ["same", "different"])
async def test_a_lone_person_elsewhere_stays_one_person_whatever_the_household(
    running: Running, verdict: str
) -> None:
    house = {"lines": ["7 Poolstock Lane"], "postcode": "WN3 5DJ"}
    await running.take(recorded(1, KNOWN), recorded(2, KNOWN, address=house))
    (case,) = await running.get("/v1/reviews")
    assert case["rule"] == "lone_person_elsewhere"
    assert [s["label"] for s in (await running.get(f"/v1/reviews/{case['id']}"))["right"]] == [
        "Holroyd"
    ]
    before = await running.rows("select person_id, count(*) from mention group by 1")
    answer = await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": verdict})
    assert answer.status_code == 200, answer.text
    await running.take(recorded(3, AGAIN, address=house), recorded(4, AGAIN))
    rows = await running.rows("select household_id from assessment order by received_at")
    first, second, third, fourth = (row[0] for row in rows)
    assert (first == second) is (verdict == "same")
    assert (third, fourth) == (second, first)
    ((person_id, mentions),) = await running.rows(
        "select person_id, count(*) from mention group by 1"
    )
    assert (person_id, mentions) == (before[0][0], 4)
    assert await running.rows("select mentions from person") == [(4,)]
    assert await running.rows("select 1 from block_key limit 1") == [(1,)]


async def test_cannot_tell_leaves_the_provisional_household_standing(running: Running) -> None:
    await running.take(recorded(1, KNOWN))
    await running.take(recorded(2, AGAIN), wary=True)
    (case,) = await running.get("/v1/reviews")
    answer = await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": "cannot_tell"})
    assert answer.json()["household_id"] == case["household_id"]
    shown = await running.get(f"/v1/households/{case['household_id']}")
    assert shown["provisional"] is False
