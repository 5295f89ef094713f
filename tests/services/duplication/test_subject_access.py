"""What matching answers to a person's request: their own, all of it, and nobody else's."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.places import PlaceInForceV1
from contracts.restrictions import AccessChangedV1
from contracts.vocabulary import Need, Restriction
from services.duplication.handlers import on_access
from services.duplication.seeking import may_be_meant
from services.duplication.store.reading import LOOKS
from services.kit.consume import Received
from services.kit.seals import row_digest
from tests.services.alerts.test_places import in_force
from tests.services.duplication.building import FAR, START, person, recorded
from tests.services.duplication.running import AGAIN, DESK, KNOWN, Running

OFFICER = {"Kith-Actor": "privacy-officer", "Kith-Purpose": "subject-access"}
DANIEL = person("Daniel", "Holroyd", "2014-09-XX", relationship="child", phones=["0161 496 0455"])
CRAIG = person("Craig", "Holt", "1988-11-23", sex="male", relationship="partner")
ALLEGED = CRAIG.model_copy(update={"alleged_perpetrator": True})


async def names_officers(running: Running, *officers: str, version: int = 1) -> None:
    event = in_force(version, privacy_officers=officers or ("privacy-officer",))
    assert isinstance(event, PlaceInForceV1)
    async with running.service.work() as work:
        await on_access(work.connection, [Received(running.stack.envelope(event), event, START)])


async def ask(running: Running, path: str, body: Any, status: int = 200, **headers: str) -> Any:
    answer = await running.client.post(
        f"/v1/subject-access{path}", json=body, headers=OFFICER | headers
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def find(running: Running, **given: Any) -> Any:
    return await ask(running, "/find", given)


async def test_a_person_is_found_by_what_they_gave_whatever_slips_it_has(running: Running) -> None:
    await names_officers(running)
    numbered = person(
        "Catherine", "Holroyd", "1988-04-12",
        identifiers=[{"scheme": "nhs_number", "value": "999 000 0018"}],
    )  # fmt: skip
    await running.take(recorded(1, numbered, DANIEL), recorded(2, KNOWN, address=FAR))
    await running.take(recorded(3, person("Peter", "Grimshaw", "1971-02-03"), address=FAR))
    for given in (
        {"given_name": "Catherine", "family_name": "Holroyd"},
        {"given_name": "Katherine", "family_name": "Holroyde", "date_of_birth": "1988-04-12"},
        {"family_name": "Holroyd", "date_of_birth": "1988-12-04"},
        {"family_name": "Marsh", "given_name": "Catherine", "date_of_birth": "1988-04-12"},
        {"identifier": {"scheme": "nhs_number", "value": "9990000018"}},
    ):
        found = await find(running, **given)
        assert [one["name"] for one in found["people"]] == ["Catherine Holroyd"], given
    assert found["people"][0]["records"] == 2
    assert found["people"][0]["address"] == "7 Derby Close, Wigan, WN5 9XY"
    assert found["restricted"] == []
    by_assessment = await find(running, assessment_id=str(recorded(1, KNOWN).assessment_id))
    assert [one["name"] for one in by_assessment["people"]] == [
        "Catherine Holroyd",
        "Daniel Holroyd",
    ]
    assert (await find(running, given_name="Ada", family_name="Quill"))["people"] == []
    refused = await ask(running, "/find", {"family_name": "Holroyd"}, 422)
    assert "Holroyd" not in str(refused)


def test_another_birthday_and_another_name_are_somebody_else():
    levels = [0, 0, *[-1] * 12]
    assert may_be_meant(levels)
    assert not may_be_meant([0, 10, *[-1] * 12]), "another family name and no date"
    assert not may_be_meant([*levels[:3], 8, *levels[4:]]), "another birthday"


async def test_nobody_but_a_privacy_officer_of_the_place_is_answered(running: Running) -> None:
    await running.take(recorded(1, KNOWN, DANIEL))
    given = {"given_name": "Catherine", "family_name": "Holroyd"}
    before_it_is_said = await ask(running, "/find", given, 403)
    assert "Holroyd" not in str(before_it_is_said)
    await names_officers(running)
    found = (await find(running, **given))["people"][0]["person_id"]
    for who in ("kw-7", "reviewer", "operations", "wigan-north", "service"):
        for path, body in (("/find", given), ("", {"person_id": found}), ("/exports", copy(found))):
            refused = await ask(running, path, body, 403, **{"Kith-Actor": who})
            assert "privacy officer" in refused["detail"]
        listed = await running.client.get(
            "/v1/subject-access/exports", headers=OFFICER | {"Kith-Actor": who}
        )
        assert listed.status_code == 403
    await names_officers(running, "somebody-else", version=2)
    await ask(running, "/find", given, 403)
    await names_officers(running, version=1)
    await ask(running, "/find", given, 403)


async def test_all_that_is_held_about_the_person_and_nothing_of_the_others(
    running: Running,
) -> None:
    await names_officers(running)
    first, second = recorded(1, KNOWN, DANIEL), recorded(2, AGAIN, DANIEL)
    await running.take(first, second)
    ((household,),) = await running.rows("select distinct household_id from assessment")
    await running.get(f"/v1/households/{household}")
    found = (await find(running, given_name="Catherine", family_name="Holroyd"))["people"][0]
    held = await ask(running, "", {"person_id": found["person_id"]})
    assert [(one["assessment_id"], one["position"]) for one in held["records"]] == [
        (str(first.assessment_id), 0),
        (str(second.assessment_id), 0),
    ]
    assert held["matched_by"]["family"] == ["holroyd"]
    assert [one["homes"] for one in held["records"]] == [
        [*held["matched_by"]["homes"], *held["matched_by"]["towns"]]
    ] * 2
    assert held["matched_by"]["births"] == ["19880412"]
    assert [one["since"] for one in held["households"]] == [
        first.received_at.isoformat().replace("+00:00", "Z")
    ]
    began, matched = held["decisions"]
    assert (began["outcome"], began["new_person"], began["fields"]) == ("new", True, [])
    assert matched["rule"] in {"person_at_same_address", "several_people"}
    assert {field["field"] for field in matched["fields"]} >= {"given", "family", "birth"}
    assert {one["purpose"] for one in held["looks"]} == {"family help", "subject-access"}
    for other in ("Daniel", "2014", "0455", "daniel", "4960455"):
        assert other not in str(held), "nothing of her son"
    looks = await running.rows(
        "select what, shown from access_audit where actor = 'privacy-officer' order by id"
    )
    assert looks == [("person", True)] * 2


async def test_retired_ids_resolve_and_both_ids_are_theirs(running: Running) -> None:
    await names_officers(running)
    one, other = recorded(1, KNOWN), recorded(2, person("Kate", "Marsh", "1979-10-02"), address=FAR)
    await running.take(one, other)
    ids = [UUID(str(row[0])) for row in await running.rows("select id from person order by id")]
    assert len(ids) == 2
    linked = await running.client.post(
        "/v1/people/links", json={"person_ids": [str(i) for i in ids]}
    )
    assert linked.status_code == 200, linked.text
    retired = UUID(linked.json()["other_person_id"])
    held = await ask(running, "", {"person_id": str(retired)})
    assert held["person_id"] == linked.json()["person_id"]
    assert held["retired_ids"] == [str(retired)]
    assert len(held["records"]) == 2
    assert [one["kind"] for one in held["changes"]] == ["people_link"]


async def test_what_is_under_review_is_counted_and_named_and_no_part_of_it(
    running: Running,
) -> None:
    await names_officers(running)
    await running.take(recorded(1, KNOWN))
    await running.take(recorded(2, AGAIN), wary=True)
    given = {"given_name": "Catherine", "family_name": "Holroyd", "date_of_birth": "1988-04-12"}
    people = (await find(running, **given))["people"]
    theirs = {one["name"]: one["person_id"] for one in people}
    held = await ask(running, "", {"person_id": theirs["Catherine Holroyd"]})
    assert len(held["records"]) == 1
    (question,) = held["undecided"]
    (case,) = await running.get("/v1/reviews")
    assert (question["review_id"], question["kind"]) == (case["id"], "match")
    assert (question["agency_id"], question["hidden"]) == ("wigan-school", False)
    other = await ask(running, "", {"person_id": theirs["Kate Holroyd"]})
    assert [one["review_id"] for one in other["undecided"]] == [case["id"]], "from either side"
    answered = await running.client.post(f"/v1/reviews/{case['id']}", json={"verdict": "same"})
    assert answered.status_code == 200, answered.text
    held = await ask(running, "", {"person_id": theirs["Catherine Holroyd"]})
    assert (len(held["records"]), held["undecided"]) == (2, [])
    assert [one["reviewed"] for one in held["decisions"]] == [None, "same"]


async def test_a_restricted_household_is_answered_to_an_officer_on_its_list_alone(
    running: Running,
) -> None:
    await names_officers(running)
    event = recorded(1, KNOWN, DANIEL, restrictions=(Restriction.REFUGE,))
    await running.take(event)
    ((household,),) = await running.rows("select household_id from assessment")
    ((person_id,),) = await running.rows(
        f"select person_id from mention where assessment_id = '{event.assessment_id}'"
        " and position = 0"
    )
    given = {"given_name": "Catherine", "family_name": "Holroyd"}
    found = await find(running, **given)
    assert found == {
        "people": [],
        "restricted": [{"household_id": str(household), "records": 1}],
    }
    held = await ask(running, "", {"person_id": str(person_id)})
    assert held["blocked"] == [{"household_id": str(household), "records": 1}]
    assert (held["name"], held["records"], held["matched_by"]) == (None, [], {})
    refused = await ask(running, "/exports", copy(str(person_id)), 409)
    assert "Nothing left" in refused["detail"]
    looks = await running.rows("select shown from access_audit where what = 'person'")
    assert looks == [(False,), (False,)]
    await running.may_know(household, "kw-7", "privacy-officer")
    assert [one["name"] for one in (await find(running, **given))["people"]] == [
        "Catherine Holroyd"
    ]
    held = await ask(running, "", {"person_id": str(person_id)})
    assert (held["blocked"], len(held["records"])) == ([], 1)
    assert held["households"][0]["restricted"]


async def test_whoever_has_a_conflict_of_interest_finds_and_is_told_nothing(
    running: Running,
) -> None:
    await names_officers(running)
    await running.take(recorded(1, KNOWN))
    ((household, person_id),) = await running.rows(
        "select household_id, person_id from assessment join mention on assessment_id = id"
    )
    event = AccessChangedV1(
        household_id=household, version=1, restricted=False, barred=("privacy-officer",),
        desk=DESK, front_door=DESK, changed_at=START,
    )  # fmt: skip
    async with running.service.work() as work:
        await on_access(work.connection, [Received(running.stack.envelope(event), event, START)])
    found = await find(running, given_name="Catherine", family_name="Holroyd")
    assert found == {"people": [], "restricted": []}
    refused = await ask(running, "", {"person_id": str(person_id)}, 404)
    assert str(household) not in str(refused)
    assert await running.rows("select shown from access_audit where what = 'person'") == [(False,)]


async def test_whoever_is_alleged_to_have_caused_harm_is_given_nothing_of_that_household(
    running: Running,
) -> None:
    """Not the assessment that names him so, nor what was recorded there before it, nor the address
    that is kept so as to recognise him."""
    await names_officers(running)
    family = recorded(1, KNOWN, DANIEL, address=FAR)
    before = recorded(2, KNOWN, DANIEL, CRAIG, address=FAR)
    named = recorded(3, KNOWN, DANIEL, ALLEGED, address=FAR, needs=(Need.DOMESTIC_ABUSE,))
    his = recorded(4, CRAIG)
    await running.take(family, before, named, his)
    rows = await running.rows(
        "select m.person_id, a.household_id, a.id from mention m join assessment a"
        " on a.id = m.assessment_id where m.as_given->>'given_name' = 'Craig'"
        " order by a.received_at"
    )
    assert len({row[0] for row in rows}) == 1, "one person, as the matcher knows him"
    theirs = rows[0][1]
    for on_list in (False, True):
        if on_list:
            await running.may_know(theirs, "privacy-officer")
        held = await ask(running, "", {"person_id": str(rows[0][0])})
        assert [one["assessment_id"] for one in held["records"]] == [str(his.assessment_id)]
        out = {one["assessment_id"]: one for one in held["left_out"]}
        assert {id_: one["because"] for id_, one in out.items()} == {
            str(before.assessment_id): "alleged_elsewhere",
            str(named.assessment_id): "alleged",
        }
        for one in out.values():
            assert one["hidden"] is not on_list
            assert one["agency_id"] == ("wigan-school" if on_list else None)
        assert str(theirs) not in str(held["households"])
        shown = str({k: v for k, v in held.items() if k != "left_out"})
        for hidden in ("derby", "WN59XY", "wn5", str(named.assessment_id), str(theirs)):
            assert hidden not in shown
    assert held["blocked"] == []


async def test_no_copy_while_it_is_asked_whether_they_are_somebody_alleged_to_have_caused_harm(
    running: Running,
) -> None:
    """Nobody knows yet what must not be given: not the household in which they may be so named."""
    await names_officers(running)
    await running.take(recorded(1, KNOWN, DANIEL, CRAIG))
    named = recorded(2, KNOWN, ALLEGED, needs=(Need.DOMESTIC_ABUSE,))
    await running.take(named, wary=True)
    craig = await running.rows(
        "select person_id from mention where position = 2 and as_given->>'given_name' = 'Craig'"
    )
    held = await ask(running, "", {"person_id": str(craig[0][0])})
    (question,) = held["undecided"]
    assert question["alleged"]
    body = copy(str(craig[0][0]), assessment_ids=[held["records"][0]["assessment_id"]])
    await ask(running, "/exports", body, 409)
    (catherine,) = await running.rows(
        "select person_id from mention where position = 0 order by assessment_id limit 1"
    )
    theirs = await ask(running, "", {"person_id": str(catherine[0])})
    assert [one["alleged"] for one in theirs["undecided"]] == [False], "it is not she who is"


def copy(person_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "export_id": str(uuid4()),
        "person_id": person_id,
        "request": "SAR-2026-014",
        "identity": "photo_document",
        "assessment_ids": [str(recorded(1, KNOWN).assessment_id)],
        "kept": [f"{recorded(1, KNOWN).assessment_id}/strengths.0"],
        "withheld": [f"{recorded(1, KNOWN).assessment_id}/good_day"],
        "sha256": "ab" * 32,
        "bytes": 4096,
    } | changes


async def test_every_copy_is_on_record_before_it_leaves_and_the_record_only_grows(
    running: Running,
) -> None:
    await names_officers(running)
    await running.take(recorded(1, KNOWN, DANIEL))
    found = (await find(running, given_name="Catherine", family_name="Holroyd"))["people"][0]
    body = copy(found["person_id"])
    kept = await ask(running, "/exports", body, 201)
    assert kept["export_id"] == body["export_id"]
    await ask(running, "/exports", body, 409)
    await ask(running, "/exports", copy(found["person_id"], assessment_ids=[str(uuid4())]), 409)
    for wrong in (
        {"request": "Catherine Holroyd"},
        {"request": "Holroyd"},
        {"identity": "she told me"},
        {"kept": ["They read aloud every evening"]},
    ):
        refused = await ask(running, "/exports", copy(found["person_id"], **wrong), 422)
        assert "Holroyd" not in str(refused)
    answer = await running.client.get("/v1/subject-access/exports", headers=OFFICER)
    (listed,) = answer.json()
    assert (listed["request"], listed["actor"]) == ("SAR-2026-014", "privacy-officer")
    assert (listed["assessments"], listed["withheld"]) == (1, 1)
    assert listed["sha256"] == "ab" * 32
    assert "Holroyd" not in answer.text
    assert await running.rows("select subject_id from access_audit where what = 'export'") == [
        (UUID(body["export_id"]),)
    ]
    for sql in (
        "update subject_access_export set request = 'x1'",
        "delete from subject_access_export",
        "truncate subject_access_export",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await running.service.pool.execute(sql)


async def test_a_copy_on_record_is_sealed_and_one_that_was_changed_shows(running: Running) -> None:
    await names_officers(running)
    await running.take(recorded(1, KNOWN))
    found = (await find(running, given_name="Catherine", family_name="Holroyd"))["people"][0]
    await ask(running, "/exports", copy(found["person_id"], left_out=[]), 201)
    table = next(one for one in LOOKS if one.name == "subject_access_export")
    assert {
        row[0]
        for row in await running.rows(
            "select column_name::text from information_schema.columns"
            " where table_schema = 'duplication' and table_name = 'subject_access_export'"
        )
    } == set(table.columns), "all of it counts"
    connection = running.service.pool
    (before,) = [
        row_digest(list(row))
        for row in await connection.fetch(f"select {', '.join(table.columns)} from {table.name}")
    ]
    await connection.execute(
        "alter table subject_access_export disable trigger user;"
        " update subject_access_export set withheld = '{}'"
    )
    (after,) = [
        row_digest(list(row))
        for row in await connection.fetch(f"select {', '.join(table.columns)} from {table.name}")
    ]
    assert before != after
