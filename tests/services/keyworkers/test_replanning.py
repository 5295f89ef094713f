"""A caseload planned anew: the best for all together, looked at first, nobody left alone."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.handovers import HandoverProposedV1, KeyWorkerChangedV1
from contracts.vocabulary import Severity
from contracts.vocabulary_changes import ChangeReason
from services.keyworkers import replanning
from services.keyworkers.assessment import cause_of
from services.keyworkers.replanning import Costs, Household, Plan, plan
from services.keyworkers.situation import Load, Referral, Situation
from tests.services.keyworkers.building import (
    MONDAY_TEN,
    facts,
    key_worker,
    matched,
    small_place,
    uid,
)
from tests.services.keyworkers.conftest import (
    Clock,
    client_of,
    events_of,
    handled,
    running,
    table,
    turn,
)
from tests.services.keyworkers.folding import fresh, known
from tests.stack import Stack

OTHERS = [key_worker("cat", "leigh-west"), key_worker("eve", "halliwell")]
OTHERS += [key_worker("fay", "no-fixed-abode")]


def household(name: str, severity: Severity = Severity.ROUTINE, **more: Any) -> Household:
    referral = Referral(
        uid("referral", name),
        uid("household", name),
        "leigh-east",
        cause_of(uid("assessment", name), facts()),
        severity,
        MONDAY_TEN,
    )
    own = {k: more.pop(k) for k in ("declined",) if k in more}
    return Household(uid("engagement", name), replace(referral, **more), **own)


def team(**limits: int | dict[str, Any]) -> Situation:
    """Ann, who leaves, and others of her team with room for so many households."""
    people = [key_worker("ann")]
    for id_, said in limits.items():
        more = said if isinstance(said, dict) else {"caseload_limit": said}
        people.append(key_worker(id_, **more))
    return fresh(small_place(key_workers=[*people, *OTHERS]))


def planned(situation: Situation, *households: Household, **proposed: int) -> Plan:
    return plan(situation, households, "ann", proposed, MONDAY_TEN)


def who_gets(found: Plan) -> dict[str, str]:
    names = {uid("engagement", n): n for n in "abcdefgh"}
    return {names[m.household.engagement_id]: m.to for m in found.moves}


def test_the_best_for_all_together_not_the_best_for_the_first() -> None:
    ben = {"caseload_limit": 1, "languages": ["pl"], "skills": ["housing"]}
    situation = team(ben=ben, gil={"caseload_limit": 1, "skills": ["housing"]})
    one = household("a", skills=("housing",))  # either can; ben is first by id
    two = household("b", languages=("pl",))  # only ben speaks it
    assert who_gets(planned(situation, one, two)) == {"a": "gil", "b": "ben"}


def test_who_has_known_the_household_has_it_though_others_have_more_room() -> None:
    situation = team(ben=9, gil=9)
    situation.engagements = known("a", "gil", days=90, ended=40)
    situation.loads["gil"] = Load(8, MONDAY_TEN)
    found = planned(situation, household("a"))
    assert who_gets(found) == {"a": "gil"}
    assert found.moves[0].reasons[0].startswith("has known this household")


def test_households_are_spread_by_the_room_there_is() -> None:
    situation = team(ben=6, gil=6, hal=6)
    situation.loads["ben"] = Load(3, MONDAY_TEN)
    found = who_gets(planned(situation, *(household(n) for n in "abcde")))
    assert sorted(Counter(found.values()).values()) == [2, 3]
    assert (
        "ben" not in found.values()
    )  # holds half of what he may; three of six is as far as it goes


def test_nobody_is_asked_beyond_their_room_and_the_most_urgent_come_first() -> None:
    situation = team(ben=1, gil=2)
    urgent = household("c", Severity.IMMEDIATE)
    found = planned(situation, household("a"), household("b", Severity.URGENT), urgent, gil=1)
    assert set(who_gets(found)) == {"b", "c"}
    [(left, why)] = found.left
    assert left.engagement_id == uid("engagement", "a")
    assert why == ("Ben is asked to take others", "Gil is asked to take others")


def test_a_conflict_leave_and_an_earlier_no_are_respected() -> None:
    away = {"leave": [{"first": "2026-03-01", "last": "2026-03-31"}]}
    situation = team(ben=9, gil=away, hal=9)
    situation.loads["ben"] = Load(0, None, frozenset({uid("household", "a")}))
    found = planned(situation, household("a", declined=frozenset({"hal"})), household("b"))
    assert set(who_gets(found)) == {"b"}
    [(_, why)] = found.left
    assert set(why) == {
        "Ben cannot take this household",
        "Gil is on leave until 31 March 2026",
        "Hal has declined to take this household",
    }


def test_alone_in_the_team_everything_stays() -> None:
    found = planned(team(), household("a"))
    assert found.moves == ()
    assert [why for _, why in found.left] == [("there is nobody else in the team",)]
    assert planned(team(ben=3)).moves == ()


@st.composite
def caseloads(draw: st.DrawFn) -> tuple[Situation, list[Household]]:
    languages = st.sampled_from(((), ("pl",), ("ur", "pl")))
    people = {
        id_: {"caseload_limit": draw(st.integers(1, 3)), "languages": list(draw(languages))}
        for id_ in ("ben", "gil", "hal")
    }
    situation = team(**people)
    for name in "abcd":
        if draw(st.booleans()):
            situation.engagements |= known(name, draw(st.sampled_from(sorted(people))), ended=9)
    for id_ in people:
        situation.loads[id_] = Load(draw(st.integers(0, 2)), None)
    severities = st.sampled_from(Severity)
    found = [
        household(n, draw(severities), languages=draw(languages))
        for n in "abcd"[: draw(st.integers(1, 4))]
    ]
    return situation, found


@settings(max_examples=60, deadline=None)
@given(caseloads(), st.randoms(use_true_random=False))
def test_assigning_a_leavers_households_anew_no_other_choice_costs_less(
    given_: tuple[Situation, list[Household]], shuffle: random.Random
) -> None:
    situation, households = given_
    found = planned(situation, *households)
    best = min(
        _cost(situation, dict(zip(households, choice, strict=True)))
        for choice in itertools.product((None, "ben", "gil", "hal"), repeat=len(households))
    )
    chosen = {m.household: m.to for m in found.moves}
    assert abs(_cost(situation, {h: chosen.get(h) for h in households}) - best) < 1e-6
    other = list(households)
    shuffle.shuffle(other)
    assert planned(situation, *other) == found


def _cost(situation: Situation, choice: dict[Household, str | None]) -> float:
    """What a choice costs, told without a table; infinite where somebody has no room for it."""
    total, taken = 0.0, dict.fromkeys(("ben", "gil", "hal"), 0)
    for household_, to in choice.items():
        if to is None:
            total += replanning.NOBODY[household_.referral.severity]
            continue
        candidate = replanning._candidate(situation, household_, to, 0, MONDAY_TEN)
        taken[to] += 1
        if candidate.obstacle or candidate.caseload + taken[to] > candidate.limit:
            return float("inf")
        total += replanning._cost(household_.referral, candidate, taken[to], Costs())
    return total


# -- the service -----------------------------------------------------------------------------


async def test_assigning_a_leavers_households_anew_is_looked_at_before_it_is_proposed(
    stack: Stack, clock: Clock
) -> None:
    await stack.publish(*(matched(n, n, n) for n in range(4)))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 4)
        active = "select household_id, key_worker_id from engagement where ended_at is null"
        before = await table(service, f"{active} order by 1")
        path = "/v1/keyworkers/ann/replanning"
        seen = (await client.get(path)).json()
        mine = [row for row in before if row["key_worker_id"] == "ann"]
        # Ben holds two of three: there is room for one, and the other household stays.
        assert (len(seen["moves"]), len(seen["left"]), len(mine)) == (1, 1, 2)
        assert seen["moves"][0]["to_key_worker_id"] == "ben"
        assert await table(service, "select * from handover") == []

        said = {"digest": seen["digest"], "reason": "leaving"}
        for nobody in ("cat", "ann", "ben", "leigh-west", "privacy-officer", "operations"):
            refused = await client.post(path, json=said, headers={"Kith-Actor": nobody})
            assert (refused.status_code, nobody) == (403, nobody)
        lead = {"Kith-Actor": "leigh-east"}
        wrong = await client.post(path, json=said | {"digest": "0" * 16}, headers=lead)
        assert wrong.status_code == 409
        helped = await client.post(path, json=said | {"reason": "helped"}, headers=lead)
        assert helped.status_code == 422
        applied = await client.post(path, json=said, headers=lead)
        assert applied.status_code == 201, applied.text
        [handover] = applied.json()["handover_ids"]
        assert await table(service, f"{active} order by 1") == before
        # Asked already: the same plan again asks nobody twice, and room is kept for the answer.
        again = (await client.get(path)).json()
        assert (again["moves"], len(again["left"])) == ([], 1)
        [waits] = (await client.get("/v1/handovers", params={"team_id": "leigh-east"})).json()
        assert (waits["handover_id"], waits["reason"]) == (handover, "leaving")
        answer = await client.post(
            f"/v1/handovers/{handover}/accept", headers={"Kith-Actor": "ben"}
        )
        assert answer.status_code == 200
        after = await table(service, f"{active} order by 1")
        held = (await client.get("/v1/teams/leigh-east/engagements")).json()
        assert [h["key_worker_id"] for h in held] == ["ann", "ben", "ben", "ben"]
        assert [r["household_id"] for r in after] == [r["household_id"] for r in before]
        assert sorted(r["key_worker_id"] for r in after) == ["ann", "ben", "ben", "ben"]
        events = await events_of(stack, 10)
        assert (await client.get("/v1/keyworkers/zoe/replanning")).status_code == 404
        assert (await client.get("/v1/handovers")).status_code == 422
    assert isinstance(events[-2], HandoverProposedV1)
    assert events[-2].reason is ChangeReason.LEAVING
    assert isinstance(events[-1], KeyWorkerChangedV1)


async def test_who_declined_is_not_asked_again(stack: Stack, clock: Clock) -> None:
    await stack.publish(matched(1, "a"))
    async with running(stack, clock) as service, client_of(service) as client:
        await handled(service, 1)
        path = "/v1/keyworkers/ann/replanning"
        seen = (await client.get(path)).json()
        said = {"digest": seen["digest"], "reason": "long_absence"}
        lead = {"Kith-Actor": "leigh-east"}
        [handover] = (await client.post(path, json=said, headers=lead)).json()["handover_ids"]
        await client.post(f"/v1/handovers/{handover}/decline", headers={"Kith-Actor": "ben"})
        [left] = (await client.get(path)).json()["left"]
        assert left["reasons"] == ["Ben has declined to take this household"]
        clock.turn(days=6)
        await turn(service, "handovers")
        [row] = await table(service, "select * from engagement where ended_at is null")
        assert row["key_worker_id"] == "ann"
