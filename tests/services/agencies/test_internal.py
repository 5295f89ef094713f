"""What the other services may see, and that every look is kept."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest

from tests.services.agencies.place import SCHOOL, Place, submission
from tests.stack import TOKEN

PORTAL = {
    "authorization": f"Bearer {TOKEN}",
    "kith-actor": "practitioner-7",
    "kith-purpose": "key worker looks at a routed assessment",
}


async def test_assessments_are_shown_without_people_and_the_look_is_kept(place: Place) -> None:
    sent = submission(
        strengths=["They look after each other"], good_day="Sunday dinner", urgency="urgent"
    )
    first = (await place.post(sent)).json()["assessment_id"]
    second = (await place.post(submission("WPS-2"))).json()["assessment_id"]
    answer = await place.client.get(
        "/internal/assessments", params={"ids": f"{second},{first},{uuid4()}"}, headers=PORTAL
    )
    shown = answer.json()["assessments"]
    assert [a["assessment_id"] for a in shown] == [second, first]
    assert shown[1]["agency_name"] == "Wigan Primary School"
    assert shown[1]["strengths"] == ["They look after each other"]
    assert shown[1]["good_day"] == "Sunday dinner"
    assert shown[1]["urgency"] == "urgent"
    assert shown[0]["needs"] == ["education"]
    assert "Byrne" not in answer.text
    assert "Mesnes" not in answer.text

    [look] = await place.fetch("select actor, purpose, assessment_ids from disclosure")
    assert look["actor"] == "practitioner-7"
    assert {str(i) for i in look["assessment_ids"]} == {first, second}


async def test_an_assessment_is_found_by_reference_and_the_look_is_kept(place: Place) -> None:
    sent = (await place.post(submission("WPS-9"))).json()["assessment_id"]
    key = {"agency_id": SCHOOL, "reference": "WPS-9"}
    path = "/internal/assessments/find"
    assert (await place.client.post(path, json=key, headers=PORTAL)).json() == {
        "assessment_id": sent
    }
    other = await place.client.post(path, json=key | {"reference": "WPS-8"}, headers=PORTAL)
    assert other.json() == {"assessment_id": None}
    assert (await place.client.post(path, json=key)).status_code == 401
    [look] = await place.fetch("select actor, fields, assessment_ids from disclosure")
    assert (look["actor"], list(look["fields"])) == ("practitioner-7", ["assessment_id"])


@pytest.mark.parametrize(
    "sql", ["update disclosure set actor = 'x'", "delete from disclosure", "truncate disclosure"]
)
async def test_the_audit_is_append_only(place: Place, sql: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await place.fetch(sql)


@pytest.mark.parametrize("path", ["/internal/assessments?ids=x", "/internal/agencies"])
async def test_an_agency_may_not_look_inside(place: Place, path: str) -> None:
    assert (await place.get(path)).status_code == 401


async def test_ids_must_be_ids(place: Place) -> None:
    for ids in ("x", "", ",".join(str(uuid4()) for _ in range(201))):
        answer = await place.client.get(
            "/internal/assessments", params={"ids": ids}, headers=PORTAL
        )
        assert answer.status_code == 422


async def test_agencies_are_listed(place: Place) -> None:
    answer = await place.client.get("/internal/agencies", headers=PORTAL)
    assert [a["kind"] for a in answer.json()["agencies"]] == ["police", "housing", "school"]
