"""The API on real servers: households, decisions, reviews and their verdicts, the audit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from contracts.assessments import AssessmentRecordedV1
from contracts.duplication import MatchReviewedV1
from contracts.keyworkers import WorkContact
from contracts.restrictions import AccessChangedV1, Reader
from contracts.topics import HOUSEHOLDS
from contracts.vocabulary import Decision, KnowsBecause, Restriction, Verdict
from services.duplication.__main__ import create_service
from services.duplication.handlers import on_access, on_assessments
from services.duplication.model import load
from services.duplication.settings import DuplicationSettings
from services.kit.consume import Received
from services.kit.db import lock_places
from tests.conftest import StackFactory
from tests.services.duplication.building import START, person, recorded
from tests.stack import PLACE, TOKEN, Stack

WARY = replace(load(), thresholds=replace(load().thresholds, review=-100.0, link=100.0))
"""A model that sends every possible match to review."""
KNOWN = person("Catherine", "Holroyd", "1988-04-12", sex="female")
AGAIN = person("Kate", "Holroyd", "1988-04-12", sex="female")
DESK = WorkContact(name="Duty desk", role="Duty desk", phone="0161 496 0199")
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Kith-Actor": "kw-7", "Kith-Purpose": "family help"}


class Running:
    """A started service with a client, and a way to have assessments decided."""

    def __init__(self, stack: Stack, service: Any, client: httpx.AsyncClient) -> None:
        self.stack, self.service, self.client = stack, service, client
        self.versions = 0

    async def take(self, *events: AssessmentRecordedV1, wary: bool = False) -> None:
        for event in events:
            async with self.service.work() as work:
                await lock_places(work.connection, "duplication", {PLACE})
                item = Received(self.stack.envelope(event), event, START)
                handle = on_assessments(WARY if wary else load())
                work.outgoing += await handle(work.connection, [item])

    async def may_know(self, household_id: UUID, *readers: str) -> None:
        """The key-worker service says who may know of the household now."""
        self.versions += 1
        event = AccessChangedV1(
            household_id=household_id,
            version=self.versions,
            restricted=True,
            readers=tuple(Reader(id=r, because=KnowsBecause.NAMED) for r in readers),
            desk=DESK,
            front_door=DESK,
            changed_at=START,
        )
        async with self.service.work() as work:
            await on_access(work.connection, [Received(self.stack.envelope(event), event, START)])

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.service.pool.fetch(sql)]


@pytest.fixture
async def running(open_stack: StackFactory) -> AsyncIterator[Running]:
    async with _running(open_stack) as found:
        yield found


@asynccontextmanager
async def _running(open_stack: StackFactory) -> AsyncIterator[Running]:
    async with (
        open_stack("duplication") as stack,
        create_service(stack.settings(DuplicationSettings)) as service,
    ):
        transport = httpx.ASGITransport(app=service.api)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", headers=HEADERS
        ) as client:
            yield Running(stack, service, client)


async def test_a_household_shows_its_members_and_the_look_is_audited(running: Running) -> None:
    event = recorded(1, KNOWN, person("Daniel", "Holroyd", "2014-09-XX", relationship="child"))
    await running.take(event)
    household = (await running.rows("select household_id from assessment"))[0][0]
    shown = await running.get(f"/v1/households/{household}")
    assert shown["label"] == "Holroyd"
    assert shown["address"] == "12 Milton Road, Wigan, WN1 2AB"
    assert [m["name"] for m in shown["members"]] == ["Catherine Holroyd", "Daniel Holroyd"]
    assert shown["members"][1]["born"] == "2014-09-XX"
    assert shown["assessment_ids"] == [str(event.assessment_id)]
    listed = await running.get("/v1/households", ids=f"{household},{uuid4()}")
    assert [(one["id"], one["label"]) for one in listed] == [(str(household), "Holroyd")]
    looks = await running.rows("select actor, purpose, subject_id from access_audit")
    assert looks == [("kw-7", "family help", household)] * 2
    with pytest.raises(asyncpg.PostgresError):
        await running.service.pool.execute("delete from access_audit")


async def test_a_member_is_shown_as_best_known_not_as_written_last(running: Running) -> None:
    riley = person("Riley", "Holroyd", "2017-09-20", relationship="child")
    await running.take(
        recorded(1, KNOWN, riley),
        recorded(2, KNOWN, riley),
        recorded(3, KNOWN, person("Rylee", "Holroyde", "2017-XX-XX", relationship="child")),
    )
    ((household,),) = await running.rows("select distinct household_id from assessment")
    shown = await running.get(f"/v1/households/{household}")
    member = shown["members"][1]
    assert (member["name"], member["born"]) == ("Riley Holroyd", "2017-09-20")
    assert (member["also_written"], member["also_born"]) == (["Rylee Holroyde"], [])
    assert shown["label"] == "Holroyd"


@pytest.mark.parametrize(
    ("seen", "label"),
    [
        # The mother is seen under either spelling once, her son under one of them only.
        ((("Ashworth", "Ashworth"), ("Ashwerth", "Ashworth")), "Ashworth"),
        ((("Ashwerth", "Ashwerth"), ("Ashworth", "Ashworth")), "Ashworth"),
        ((("Ashworth", "Ashworth"), ("Ashwerth", "Ashwerth")), "Ashwerth"),
        ((("ASHWORTH", "Ashworth"), ("Ashworth", "ASHWORTH ")), "Ashworth"),
        ((("Pilling", "Ashworth"), ("Pilling", "Ashworth")), "Ashworth / Pilling"),
        ((("Pilling", "Ashworth"), ("Pilling", "Ashwerth")), "Ashwerth / Pilling"),
    ],
)
async def test_of_two_spellings_a_household_is_called_by_one_and_of_two_names_by_both(
    running: Running, seen: tuple[tuple[str, str], ...], label: str
) -> None:
    await running.take(
        *(
            recorded(
                number,
                person("Danielle", mother, "1991-04-12", sex="female"),
                person("Riley", child, "2017-09-20", relationship="child"),
            )
            for number, (mother, child) in enumerate(seen, start=1)
        )
    )
    ((household,),) = await running.rows("select distinct household_id from assessment")
    shown = await running.get(f"/v1/households/{household}")
    assert len(shown["members"]) == 2
    assert shown["label"] == label


async def test_a_household_is_not_called_by_the_name_somebody_has_in_a_restricted_one(
    running: Running,
) -> None:
    there = person(
        "Catherine", "Marsh", "1988-04-12", sex="female", previous_family_names=["Holroyd"]
    )
    await running.take(
        recorded(1, KNOWN), recorded(2, there), recorded(3, there),
        recorded(4, person("Zofia", "Quirke", "1961-02-03"), address=None),
    )  # fmt: skip
    rows = await running.rows("select household_id from assessment order by received_at")
    assert len(set(rows[:3])) == 1
    assert (await running.get(f"/v1/households/{rows[0][0]}"))["label"] == "Marsh"
    await running.service.pool.execute(
        "update assessment set household_id = $1, restrictions = '{domestic_abuse}'"
        " where household_id = $2 and received_at > $3",
        rows[3][0],
        rows[0][0],
        START + timedelta(minutes=1),
    )
    assert (await running.get(f"/v1/households/{rows[0][0]}"))["label"] == "Holroyd"


async def test_rule_6_a_restricted_household_is_shown_to_those_on_its_list_and_nobody_else(
    running: Running,
) -> None:
    event = recorded(1, KNOWN, restrictions=(Restriction.DOMESTIC_ABUSE,))
    await running.take(event)
    household = (await running.rows("select household_id from assessment"))[0][0]
    shown = await running.get(f"/v1/households/{household}")
    assert shown["restricted"]
    assert shown["label"] is None
    assert shown["address"] is None
    assert shown["members"] == []
    assert shown["assessment_ids"] == []
    assert shown["restrictions"] == []
    assert shown["hidden"]
    asked_for = await running.get(f"/v1/households/{household}", named="true")
    assert asked_for == shown, "nobody names themselves"
    await running.may_know(household, "kw-7")
    named = await running.get(f"/v1/households/{household}")
    assert [m["name"] for m in named["members"]] == ["Catherine Holroyd"]
    decision = await running.get(f"/v1/decisions/{event.assessment_id}")
    assert decision["household_id"] == str(household)
    await running.may_know(household, "kw-8")
    assert (await running.get(f"/v1/households/{household}"))["hidden"], "no longer on the list"
    decision = await running.get(f"/v1/decisions/{event.assessment_id}")
    assert (decision["hidden"], decision["household_id"], decision["detail"]) == (True, None, {})
    looks = await running.rows("select shown from access_audit order by id")
    assert [row[0] for row in looks] == [False, False, True, True, False, False]


async def test_a_decision_explains_itself_field_by_field(running: Running) -> None:
    await running.take(recorded(1, KNOWN), recorded(2, AGAIN))
    shown = await running.get(f"/v1/decisions/{recorded(2, AGAIN).assessment_id}")
    assert shown["decision"] == "matched"
    assert shown["rule"] == "person_at_same_address"
    levels = {field["field"]: field["level"] for field in shown["fields"]}
    assert levels["given"] == "nickname"
    assert levels["birth"] == "exact"
    best = shown["detail"]["people"][0]["best"]
    assert set(shown["detail"]["thresholds"]) == {"link", "review", "within", "margin"}
    assert shown["model_version"] == load().version
    assert best["guards"] == []
    assert any(f["adjustment"] for f in best["fields"])
    assert "runner_up" in shown["detail"]["people"][0]
    total = best["prior"] + sum(f["weight"] + f["adjustment"] for f in best["fields"])
    assert total == pytest.approx(best["weight"], abs=0.01)


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


async def test_only_kiths_services_may_ask(running: Running) -> None:
    answer = await running.client.get("/v1/reviews", headers={"Authorization": "Bearer other"})
    assert answer.status_code == 401
    assert (await running.client.get(f"/v1/households/{uuid4()}")).status_code == 404
