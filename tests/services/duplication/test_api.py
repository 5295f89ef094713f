"""The API on real servers: households as they are shown, decisions explained, the audit."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from contracts.vocabulary import Restriction
from services.duplication.model import load
from tests.services.duplication.building import START, person, recorded
from tests.services.duplication.running import AGAIN, KNOWN, Running


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


async def test_only_kiths_services_may_ask(running: Running) -> None:
    answer = await running.client.get("/v1/reviews", headers={"Authorization": "Bearer other"})
    assert answer.status_code == 401
    assert (await running.client.get(f"/v1/households/{uuid4()}")).status_code == 404
