"""Who looked at a household, for a privacy officer: under every id it had, and of nobody else's."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.envelope import derive_id
from contracts.restrictions import AccessChangedV1
from services.duplication.handlers import on_access
from services.kit.consume import Received
from tests.services.duplication.building import FAR, ROOT, START, person, recorded
from tests.services.duplication.running import AGAIN, DESK, KNOWN, Running
from tests.services.duplication.test_linking import post
from tests.services.duplication.test_subject_access import find, names_officers

OFFICER = {"Kith-Actor": "privacy-officer", "Kith-Purpose": "who-looked"}
OTHER = person("Farida", "Aziz", "1979-11-23")


async def looked(
    run: Running, household: UUID | str, status: int = 200, who: str = "", **query: Any
) -> Any:
    headers = OFFICER | ({"Kith-Actor": who} if who else {})
    answer = await run.client.get(
        f"/v1/households/{household}/looks", params=query, headers=headers
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def look(run: Running, path: str, who: str, **query: Any) -> Any:
    answer = await run.client.get(path, params=query, headers={"Kith-Actor": who})
    assert answer.status_code == 200, answer.text
    return answer.json()


def told(found: Any) -> list[tuple[str, str, bool, bool]]:
    """Without looks at looks, and without those of whoever links and separates in these tests."""
    return [
        (one["actor"], one["what"], one["shown"], one["linked"])
        for one in found["looks"]
        if one["what"] != "looks" and one["actor"] != "kw-7"
    ]


async def two(run: Running) -> tuple[UUID, UUID]:
    await names_officers(run)
    await run.take(recorded(1, KNOWN), recorded(2, OTHER, address=FAR))
    rows = await run.rows("select household_id from assessment order by received_at")
    return rows[0][0], rows[1][0]


async def may_know(run: Running, household: UUID, *, barred: tuple[str, ...], restricted: bool):
    run.versions += 1
    event = AccessChangedV1(
        household_id=household, version=run.versions, restricted=restricted, barred=barred,
        desk=DESK, front_door=DESK, changed_at=START,
    )  # fmt: skip
    async with run.service.work() as work:
        await on_access(work.connection, [Received(run.stack.envelope(event), event, START)])


async def test_audit_looks_at_the_household_and_at_why_an_assessment_is_of_it_are_told(
    running: Running,
) -> None:
    one, other = await two(running)
    assessment = recorded(1, KNOWN).assessment_id
    await look(running, f"/v1/households/{one}", "ann")
    await look(running, "/v1/households", "ben", ids=f"{one},{other}")
    await look(running, f"/v1/decisions/{assessment}", "cat")
    await look(running, f"/v1/households/{other}", "dan")
    person_id = (await find(running, given_name="Catherine", family_name="Holroyd"))["people"]
    found = await looked(running, one)
    assert told(found) == [
        ("privacy-officer", "person", True, False),
        ("cat", "decision", True, False),
        ("ben", "household", True, False),
        ("ann", "household", True, False),
    ]
    assert person_id
    assert found["household_id"] == str(one)
    assert found["assessment_ids"] == [str(assessment)]
    assert "Holroyd" not in str(found)
    assert {one["purpose"] for one in found["looks"]} >= {"family help", "who-looked"}


async def test_audit_who_sat_at_a_desk_is_kept_beside_the_desk(running: Running) -> None:
    one, _ = await two(running)
    headers = {"Kith-Actor": "wigan", "Kith-Person": "jo-marsh"}
    await running.client.get(f"/v1/households/{one}", headers=headers)
    await look(running, f"/v1/households/{one}", "ann")
    found = await looked(running, one)
    assert [(x["actor"], x["person"]) for x in found["looks"] if x["what"] == "household"] == [
        ("ann", None),
        ("wigan", "jo-marsh"),
    ]


async def test_audit_looking_at_this_is_a_look_itself_answered_or_not(running: Running) -> None:
    one, _ = await two(running)
    await looked(running, one)
    for who in ("kw-7", "wigan-north", "reviewer", "operations", "service"):
        refused = await looked(running, one, 403, who)
        assert "privacy officers alone" in refused["detail"]
        answer = await running.client.post(
            "/v1/looks/find", json={"id": str(one)}, headers={"Kith-Actor": who}
        )
        assert answer.status_code == 403
    found = await looked(running, one)
    assert [(o["actor"], o["what"], o["shown"]) for o in found["looks"]] == [
        ("privacy-officer", "looks", True),
        ("service", "looks", False),
        ("operations", "looks", False),
        ("reviewer", "looks", False),
        ("wigan-north", "looks", False),
        ("kw-7", "looks", False),
        ("privacy-officer", "looks", True),
    ]


async def test_before_it_is_said_who_the_officers_are_and_of_another_place_nobody_is_told(
    running: Running,
) -> None:
    await running.take(recorded(1, KNOWN))
    ((one,),) = await running.rows("select household_id from assessment")
    await looked(running, one, 403)
    await names_officers(running)
    await looked(running, one)
    await running.service.pool.execute("update privacy_office set place_id = 'elsewhere'")
    await looked(running, one, 404)
    assert (await named(running, id=str(one))) == []
    await looked(running, uuid4(), 404)
    await looked(running, uuid4(), 403, "kw-7")


async def named(run: Running, **given: str) -> list[str]:
    answer = await run.client.post("/v1/looks/find", json=given, headers=OFFICER)
    assert answer.status_code == 200, answer.text
    found: list[str] = answer.json()["household_ids"]
    return found


async def test_a_household_is_found_by_reference_by_id_and_by_an_assessment(
    running: Running,
) -> None:
    one, other = await two(running)
    assessment = str(recorded(1, KNOWN).assessment_id)
    for given in (
        {"reference": str(one)[-12:]},
        {"reference": assessment[-12:]},
        {"id": str(one)},
        {"id": assessment},
    ):
        assert await named(running, **given) == [str(one)], given
    assert await named(running, reference="0" * 12) == []
    assert await named(running, id=str(uuid4())) == []
    link = await post(running, "/v1/links", {"household_ids": [str(one), str(other)],
                                             "id": str(derive_id(ROOT, "link"))})  # fmt: skip
    kept, retired = link["household_id"], link["other_household_id"]
    assert await named(running, reference=retired[-12:]) == [kept]
    answer = await running.client.post(
        "/v1/looks/find", json={"reference": "Holroyd"}, headers=OFFICER
    )
    assert answer.status_code == 422
    assert "Holroyd" not in answer.text


async def test_audit_looks_follow_a_household_through_a_link_and_back(running: Running) -> None:
    one, other = await two(running)
    await look(running, f"/v1/households/{one}", "before-one")
    await look(running, f"/v1/households/{other}", "before-other")
    link = await post(running, "/v1/links", {"household_ids": [str(one), str(other)],
                                             "id": str(derive_id(ROOT, "link"))})  # fmt: skip
    kept, retired = link["household_id"], link["other_household_id"]
    await look(running, f"/v1/households/{retired}", "while-one")
    for id_ in (kept, retired):
        found = await looked(running, id_)
        assert found["household_id"] == kept
        assert {(a, linked) for a, _, _, linked in told(found)} == {
            ("before-one", False), ("before-other", False), ("while-one", False),
        }  # fmt: skip
    await post(running, f"/v1/links/{link['id']}/undo")
    await look(running, f"/v1/households/{kept}", "after-kept")
    await look(running, f"/v1/households/{retired}", "after-retired")
    names = {str(one): "before-one", str(other): "before-other"}
    assert {(a, linked) for a, _, _, linked in told(await looked(running, kept))} == {
        (names[kept], False), ("while-one", False), ("after-kept", False),
    }  # fmt: skip
    assert {(a, linked) for a, _, _, linked in told(await looked(running, retired))} == {
        (names[retired], False), ("while-one", True), ("after-retired", False),
    }  # fmt: skip


async def test_audit_what_was_seen_before_a_separation_is_told_of_both(running: Running) -> None:
    await names_officers(running)
    first, second = recorded(1, KNOWN), recorded(2, AGAIN)
    await running.take(first)
    ((one,),) = await running.rows("select household_id from assessment")
    await look(running, f"/v1/households/{one}", "too-early")
    await running.service.pool.execute(
        "alter table access_audit disable trigger user;"
        "update access_audit set at = '2020-01-01' where actor = 'too-early';"
        "alter table access_audit enable trigger user"
    )
    await running.take(second)
    await look(running, f"/v1/households/{one}", "while-one")
    await look(running, f"/v1/decisions/{second.assessment_id}", "why")
    body = {"household_id": str(one), "assessment_ids": [str(second.assessment_id)],
            "id": str(derive_id(ROOT, "separation"))}  # fmt: skip
    separation = await post(running, "/v1/separations", body)
    new = separation["other_household_id"]
    await look(running, f"/v1/households/{one}", "after-one")
    await look(running, f"/v1/households/{new}", "after-new")
    assert set(told(await looked(running, new))) == {
        ("while-one", "household", True, True),
        ("why", "decision", True, False),
        ("after-new", "household", True, False),
    }
    assert {a for a, *_ in told(await looked(running, one))} == {
        "too-early", "while-one", "after-one",
    }  # fmt: skip


async def test_a_look_at_a_possible_match_is_one_at_whoever_is_offered(running: Running) -> None:
    await names_officers(running)
    await running.take(recorded(1, KNOWN))
    ((known,),) = await running.rows("select household_id from assessment")
    await running.take(recorded(2, AGAIN), wary=True)
    [review] = await running.get("/v1/reviews")
    await look(running, f"/v1/reviews/{review['id']}", "reviewer")
    mine = await running.rows("select household_id from review_case")
    for household in (known, mine[0][0]):
        assert ("reviewer", "review", True, False) in told(await looked(running, household))


async def test_of_a_restricted_household_looks_are_told_and_nothing_else(running: Running) -> None:
    one, _ = await two(running)
    await look(running, f"/v1/households/{one}", "ann")
    await may_know(running, one, barred=(), restricted=True)
    await look(running, f"/v1/households/{one}", "ben")
    found = await looked(running, one)
    assert told(found) == [("ben", "household", False, False), ("ann", "household", True, False)]
    for personal in ("Holroyd", "Catherine", "Milton Road", "WN1"):
        assert personal not in str(found)


@pytest.mark.parametrize("restricted", [True, False])
async def test_audit_an_officer_with_a_conflict_of_interest_sees_nothing(
    running: Running, restricted: bool
) -> None:
    one, other = await two(running)
    await look(running, f"/v1/households/{one}", "ann")
    await may_know(running, one, barred=("privacy-officer",), restricted=restricted)
    refused = await looked(running, one, 404)
    assert "ann" not in str(refused).split()
    assert await named(running, id=str(one)) == []
    assert await named(running, reference=str(one)[-12:]) == []
    assert await named(running, id=str(other)) == [str(other)]
    await names_officers(running, "privacy-officer", "another", version=2)
    seen = await looked(running, one, who="another")
    assert ("privacy-officer", "looks", False) in [
        (o["actor"], o["what"], o["shown"]) for o in seen["looks"]
    ]


async def test_page_by_page_all_looks_of_a_moment_stay_together(running: Running) -> None:
    one, _ = await two(running)
    await running.service.pool.execute(
        "insert into access_audit (at, actor, purpose, what, subject_id)"
        " select timestamptz '2026-03-02T09:00Z' + (n / 3) * interval '1 second', 'w' || n, 'x',"
        " 'household', $1 from generate_series(0, 29) n",
        one,
    )
    seen: list[str] = []
    before: str | None = "2026-03-03T00:00:00Z"
    for _ in range(20):
        page = await looked(running, one, before=before, most=4)
        seen += [one["actor"] for one in page["looks"]]
        assert page["more"] is (len(page["looks"]) > 0)
        if not page["more"]:
            break
        assert len(page["looks"]) == 6
        before = page["looks"][-1]["at"]
    assert seen == [f"w{number}" for number in range(29, -1, -1)]
