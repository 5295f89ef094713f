"""Who somebody is by what their organisation's directory calls them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.keyworkers.cli import app
from services.keyworkers.loading import load_place
from services.keyworkers.place import InvalidPlace, Place
from services.keyworkers.sign_ins import sign_in_faults
from tests.services.keyworkers.building import desk, key_worker, place_document, small_place
from tests.services.keyworkers.conftest import Clock, client_of, put_place, running
from tests.stack import Stack

JO = {"id": "jo-marsh", "name": "Jo Marsh", "email": "Jo.Marsh@council.example"}


def _place(staff: list[dict[str, Any]], **changes: Any) -> Place:
    return small_place(staff=staff, **changes)


def _led_by(name: str, email: str) -> list[dict[str, Any]]:
    teams: list[dict[str, Any]] = place_document()["teams"]
    teams[0]["lead"] = desk(name) | {"email": email}
    return teams


async def _ask(stack: Stack, clock: Clock, sign_in: str) -> dict[str, Any]:
    async with running(stack, clock) as service, client_of(service) as client:
        answer = await client.post("/v1/sign-in", json={"sign_in": sign_in})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _roles(found: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(o["role"], o["id"], o["name"], o["where"]) for o in found["offices"]]


async def test_whoever_signs_in_is_told_every_role_that_is_theirs_whatever_the_case(
    stack: Stack, tmp_path: Path, clock: Clock
) -> None:
    staff = [
        JO | {"roles": ["operations", "reviewer"], "desks": ["wigan"], "leads": ["halliwell"]},
        {"id": "ann", "name": "Ann", "sign_in": "ANN@example.org", "roles": ["privacy_officer"]},
    ]
    await put_place(stack, tmp_path, staff=staff, teams=_led_by("Ann", "Ann@Example.org "[:-1]))
    jo = await _ask(stack, clock, " jo.marsh@COUNCIL.example ")
    assert jo["person_id"] == "jo-marsh"
    assert _roles(jo) == [
        ("team_lead", "halliwell", "Jo Marsh", "Halliwell"),
        ("desk", "wigan", "Jo Marsh", "Wigan Front Door"),
        ("reviewer", "jo-marsh", "Jo Marsh", ""),
        ("operations", "jo-marsh", "Jo Marsh", ""),
    ]
    ann = await _ask(stack, clock, "ann@example.org")
    assert ann["person_id"] == "ann"
    assert _roles(ann) == [
        ("key_worker", "ann", "Ann", "Leigh East"),
        ("privacy_officer", "ann", "Ann", ""),
        ("team_lead", "leigh-east", "Ann", "Leigh East"),
    ]


async def test_nobody_is_told_of_a_stranger_a_desks_address_or_part_of_a_name(
    stack: Stack, tmp_path: Path, clock: Clock
) -> None:
    locality = place_document()["localities"]
    locality[0]["duty_desk"]["email"] = "duty.wigan@example.org"
    await put_place(stack, tmp_path, localities=locality)
    for name in ("nobody@example.org", "duty.wigan@example.org", "ann", "%", "ſann@example.org"):
        assert await _ask(stack, clock, name) == {
            "person_id": None,
            "offices": [],
            "ambiguous": False,
        }


async def test_only_a_service_may_ask_and_one_name_at_a_time(stack: Stack, clock: Clock) -> None:
    async with running(stack, clock) as service, client_of(service) as client:
        nameless = await client.post("/v1/sign-in", json={"sign_in": ""})
        assert nameless.status_code == 422
        asked = await client.get("/v1/sign-in")
        assert asked.status_code == 405
        del client.headers["Authorization"]
        stranger = await client.post("/v1/sign-in", json={"sign_in": "ann@example.org"})
        assert stranger.status_code == 401


async def test_a_sign_in_name_stands_in_for_the_address(
    stack: Stack, tmp_path: Path, clock: Clock
) -> None:
    known = place_document()["key_workers"]
    known[0]["sign_in"] = "0d5f7c1e-aaaa-4bbb-8ccc-123456789abc"
    await put_place(stack, tmp_path, key_workers=known)
    assert (await _ask(stack, clock, "0D5F7C1E-aaaa-4bbb-8ccc-123456789abc"))["person_id"] == "ann"
    assert (await _ask(stack, clock, "ann@example.org"))["person_id"] is None


async def test_whoever_has_left_is_nobody_from_the_day_after_as_the_place_reckons_days(
    stack: Stack, tmp_path: Path, clock: Clock
) -> None:
    known = [*place_document()["key_workers"], key_worker("gus", left_on="2026-07-01")]
    await put_place(stack, tmp_path, key_workers=known)
    clock.now = clock.now.replace(month=7, day=1, hour=22, minute=59)  # 23:59 in London
    assert (await _ask(stack, clock, "gus@example.org"))["person_id"] == "gus"
    clock.turn(minutes=1)
    assert (await _ask(stack, clock, "gus@example.org"))["person_id"] is None


async def test_a_new_version_of_the_file_counts_at_once(
    stack: Stack, tmp_path: Path, clock: Clock
) -> None:
    await put_place(stack, tmp_path, staff=[JO | {"roles": ["operations"]}])
    async with running(stack, clock) as service, client_of(service) as client:
        body = {"sign_in": "jo.marsh@council.example"}
        assert (await client.post("/v1/sign-in", json=body)).json()["offices"]
        await put_place(stack, tmp_path)
        assert not (await client.post("/v1/sign-in", json=body)).json()["offices"]


TWO = [*place_document()["key_workers"], key_worker("anne", email="ANN@example.org")]


@pytest.mark.parametrize(
    ("changes", "who"),
    [
        ({"key_workers": TWO}, "ann@example.org is how two people would sign in: Ann (ann) and"),
        ({"staff": [JO, JO | {"id": "jo-2"}]}, "Jo Marsh (jo-marsh) and Jo Marsh (jo-2)"),
        ({"staff": [JO | {"email": "ann@example.org"}]}, "Ann (ann) and Jo Marsh (jo-marsh)"),
        ({"teams": _led_by("Bo", "ben@example.org")}, "Ben (ben) and Bo (leigh-east)"),
    ],
)
async def test_two_people_of_one_sign_in_name_are_a_fault_said_in_words(
    stack: Stack, tmp_path: Path, changes: dict[str, Any], who: str
) -> None:
    file = tmp_path / "two.json"
    file.write_text(json.dumps(place_document(**changes)))
    with pytest.raises(InvalidPlace) as caught:
        await load_place(stack.dsn, file)
    assert len(caught.value.faults) == 1
    assert who in caught.value.faults[0]
    said = CliRunner().invoke(app, ["check", str(file)])
    assert said.exit_code == 1
    assert who in said.output.replace("\n", " ")


async def test_a_mailbox_that_leads_share_is_no_fault_and_nobodys_sign_in(
    stack: Stack, clock: Clock
) -> None:
    """The small place's leads share one."""
    found = await _ask(stack, clock, "desk@example.org")
    assert found == {"person_id": None, "offices": [], "ambiguous": True}


async def test_in_a_place_loaded_before_that_was_a_fault_neither_of_two_signs_in(
    stack: Stack, clock: Clock
) -> None:
    document = json.dumps(place_document(key_workers=TWO)).encode()
    async with running(stack, clock) as service:
        await service.pool.execute("update place_version set document = $1", document)
        async with client_of(service) as client:
            answer = await client.post("/v1/sign-in", json={"sign_in": "ann@example.org"})
    assert answer.json() == {"person_id": None, "offices": [], "ambiguous": True}


def test_somebody_who_left_may_have_had_the_address_before() -> None:
    known = [*place_document()["key_workers"], key_worker("gus", email="ann@example.org")]
    assert sign_in_faults(small_place(key_workers=known))
    known[-1]["left_on"] = "2026-02-01"
    assert not sign_in_faults(small_place(key_workers=known))


def test_nobody_shares_the_id_with_which_they_act_with_a_team_or_a_desk() -> None:
    known = place_document()
    teams = [*known["teams"], known["teams"][0] | {"id": "wigan", "covers": []}]
    workers = [
        *known["key_workers"],
        key_worker("kim", team="wigan"),
        key_worker("leigh-east"),
        key_worker("greater-manchester"),
    ]
    assert not sign_in_faults(small_place())
    assert [said.partition(":")[0] for said in sign_in_faults(
        small_place(teams=teams, key_workers=workers)
    )] == [
        "team wigan has the id of a desk",
        "key worker greater-manchester has the id of a team or desk, and would act as it",
        "key worker leigh-east has the id of a team or desk, and would act as it",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "fault"),
    [
        (JO | {"id": "wigan"}, "staff wigan has the id of a team or desk"),
        (JO | {"id": "ann"}, "staff ann has the id of the key worker Ann: give them another"),
        (JO | {"leads": ["nowhere"]}, "staff jo-marsh leads the unknown team nowhere"),
        (JO | {"desks": ["nowhere"]}, "staff jo-marsh sits at the unknown desk nowhere"),
        (JO | {"email": None}, "staff.0: give email or sign_in: it is how they sign in"),
    ],
)
def test_a_member_of_staff_who_cannot_be_is_a_fault(one: dict[str, Any], fault: str) -> None:
    from services.keyworkers.place import parse_place

    with pytest.raises(InvalidPlace) as caught:
        parse_place(json.dumps(place_document(staff=[one])))
    assert any(fault in said for said in caught.value.faults), caught.value.faults


def test_officers_and_reviewers_are_the_staff_who_are_said_to_be_unless_they_are_listed() -> None:
    jo = JO | {"roles": ["privacy_officer", "reviewer"]}
    place = _place([jo])
    assert (place.privacy_officers, place.reviewers) == (("jo-marsh",), ("jo-marsh",))
    assert _place([]).privacy_officers == ("privacy-officer",)
    with pytest.raises(Exception, match="staff jo-marsh is not in privacy_officers: add them"):
        _place([jo], privacy_officers=["kim"])
    assert _place([jo], privacy_officers=["kim", "jo-marsh"]).privacy_officers[0] == "kim"
