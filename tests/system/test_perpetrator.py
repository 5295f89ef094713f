"""Rule 6, end to end: the alleged perpetrator's own records never lead to the household."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from contracts.topics import ALERTS, OUTCOMES
from tests.http_receiver import http_receiver
from tests.stack import eventually
from tests.system.refuge import (
    ALLEGED,
    CRAIG,
    ELLIE,
    OLD,
    PERSONAL,
    REFUGE,
    SARAH,
    Refuge,
    assessed,
    flee,
)
from tests.system.town import HOMES, POLICE, SCHOOL, Town


@pytest.fixture
async def refuge(town: Town) -> Refuge:
    return await flee(town)


async def told(refuge: Refuge, agency: str) -> str:
    """All that an agency can poll, as text: its assessments, their histories, its statements."""
    town = refuge.town
    headers = {"Authorization": f"Bearer {town.credentials[agency]}"}
    base = town.url("agencies")
    listed = (await town.client.get(f"{base}/v1/assessments", headers=headers)).json()
    found: list[Any] = [
        listed,
        (await town.client.get(f"{base}/v1/outcomes", headers=headers)).json(),
    ]
    for one in listed["assessments"]:
        path = f"{base}/v1/assessments/{one['assessment_id']}"
        found.append((await town.client.get(path, headers=headers)).json())
    return json.dumps(found)


async def test_rule_6_his_records_go_to_his_own_key_worker_before_and_after(refuge: Refuge) -> None:
    town = refuge.town
    assert refuge.theirs != refuge.his
    assert refuge.their_worker != refuge.his_worker, "and they never share a key worker"
    theirs, his = await refuge.contact(refuge.their_worker), await refuge.contact(refuge.his_worker)
    for number, more in enumerate(({"address": OLD}, {"address": REFUGE}, {})):
        later = await town.send(SCHOOL, assessed(f"S-1{number}", CRAIG, **more))
        outcome = await eventually(
            lambda later=later: town.outcome(SCHOOL, later),  # type: ignore[misc]
            lambda o: o["status"] != "accepted",
            seconds=60,
        )
        assert await refuge.home_of(later) != refuge.theirs, more
        assert (outcome["contact"] or {}).get("email") != theirs["email"], more
        for question in await town.rows(
            "select candidates from duplication.review_case where assessment_id = $1", later
        ):
            assert str(refuge.theirs) not in str(question["candidates"]), "nor is that asked"
        if more.get("address") is OLD:
            assert outcome["contact"]["email"] == his["email"]
    said = await told(refuge, SCHOOL) + await told(refuge, HOMES)
    for hidden in (theirs["name"], theirs["email"], theirs["phone"], *PERSONAL, "Bolton"):
        assert hidden not in said
    for _, event in await town.stack.read(OUTCOMES, lambda found: len(found) >= 6):
        assert theirs["email"] not in event.model_dump_json()
    rows = await town.rows(
        "select recipient->>'id' as who from alerts.alert where household_id = $1", refuge.theirs
    )
    assert refuge.his_worker not in {row["who"] for row in rows}
    inbox = await refuge.call(
        "alerts", f"/v1/alerts?recipient={refuge.his_worker}", refuge.his_worker
    )
    about = {alert["household_id"] for alert in inbox.json()["alerts"]}
    assert str(refuge.theirs) not in about


async def test_rule_6_agencies_call_the_places_desk_and_harm_reaches_the_front_door(
    refuge: Refuge,
) -> None:
    town = refuge.town
    place = (await refuge.call("keyworkers", "/v1/places/greater-manchester", "test")).json()
    for agency, one in ((POLICE, refuge.by_police), (SCHOOL, refuge.from_refuge)):
        outcome = await eventually(
            lambda agency=agency, one=one: town.outcome(agency, one),  # type: ignore[misc]
            lambda o: o["contact"] is not None,
        )
        assert outcome["contact"]["name"] == place["duty_desk"]["name"]
        assert outcome["status"] in {"opened", "routed"}
    theirs = await refuge.contact(refuge.their_worker)
    assert theirs["email"] not in await told(refuge, POLICE) + await told(refuge, SCHOOL)
    doors = await town.rows(
        "select id, recipient->>'id' as who from alerts.alert where kind = 'front_door'"
        " and assessment_id = $1",
        refuge.by_police,
    )
    [door] = doors
    alert = (await refuge.call("alerts", f"/v1/alerts/{door['id']}", door["who"])).json()
    assert (alert["hidden"], alert["grounds"]) == (True, ["child_significant_harm"])
    assert alert["recipient"]["id"] == door["who"]
    assert (alert["agency_id"], alert["reasons"]) == (None, [])
    mine = (
        await refuge.call(
            "alerts", f"/v1/alerts?recipient={refuge.their_worker}", refuge.their_worker
        )
    ).json()
    assert {a["agency_id"] for a in mine["alerts"]} == {POLICE, SCHOOL}, (
        "who is on the list reads on"
    )
    path = f"/v1/assessments/{refuge.by_police}/restricted-household"
    found = await refuge.call("keyworkers", path, door["who"])
    assert found.json() == {"household_id": str(refuge.theirs)}
    access = f"/v1/households/{refuge.theirs}/access"
    listed = (await refuge.call("keyworkers", access, door["who"])).json()
    assert [reader["id"] for reader in listed["readers"]] == [refuge.their_worker]
    assert (listed["may_enter"], listed["may_change"]) == (True, False)


async def test_rule_6_named_by_the_police_later_he_no_longer_leads_where_he_lived(
    town: Town,
) -> None:
    early = await town.send(SCHOOL, assessed("S-1", SARAH, ELLIE, CRAIG, address=OLD))
    named = (await town.settled(SCHOOL, early))["contact"]
    flagged = await town.send(
        POLICE,
        assessed(
            "P-1",
            SARAH,
            ALLEGED,
            address=OLD,
            needs=["domestic_abuse"],
            lawful_basis="crime_and_disorder_act_1998_s115",
            purpose="safeguarding",
        ),
    )
    await town.settled(POLICE, flagged)
    later = await town.send(HOMES, assessed("H-1", CRAIG, address=OLD))
    outcome = await town.settled(HOMES, later)
    homes = await town.rows(
        "select id, household_id from duplication.assessment where id = any($1::uuid[])",
        [early, flagged, later],
    )
    by_id = {row["id"]: row["household_id"] for row in homes}
    assert by_id[early] == by_id[flagged] != by_id[later]
    assert outcome["contact"]["email"] != named["email"]
    forgotten = await eventually(
        lambda: town.outcome(SCHOOL, early),
        lambda o: o["contact"] is not None and o["contact"]["email"] != named["email"],
    )
    assert named["email"] not in json.dumps(forgotten), "what was said before is not said again"


async def test_rule_6_his_household_is_never_linked_to_theirs_and_a_link_made_before_is_masked(
    refuge: Refuge,
) -> None:
    town = refuge.town
    for who in (refuge.their_worker, "reviewer"):
        body = {"household_ids": [str(refuge.theirs), str(refuge.his)], "people": []}
        refused = await refuge.call("duplication", "/v1/links", who, "POST", body)
        assert refused.status_code in {403, 409}, refused.text
    # A link that somebody made by mistake, with another of his households.
    his_other = await town.send(
        HOMES,
        assessed(
            "H-9",
            CRAIG,
            SARAH | {"given_name": "Gemma", "date_of_birth": "1995-05-05"},
            address={"lines": ["3 Mill Lane"], "town": "Leigh", "postcode": "WN7 1AA"},
        ),
    )
    await town.settled(HOMES, his_other)
    other = await refuge.home_of(his_other)
    body = {"household_ids": [str(refuge.theirs), str(other)], "people": []}
    linked = await refuge.call("duplication", "/v1/links", refuge.their_worker, "POST", body)
    assert linked.status_code == 200, linked.text
    await eventually(
        lambda: town.rows(
            "select household_id from agencies.household_access"
            " where household_id = $1 and restricted and version > 0",
            other,
        ),
        lambda rows: len(rows) == 1,
    )
    theirs = await refuge.contact(await refuge.worker_of(refuge.theirs))
    desk = (await refuge.call("keyworkers", "/v1/places/greater-manchester", "test")).json()[
        "duty_desk"
    ]
    outcome = await eventually(
        lambda: town.outcome(HOMES, his_other),
        lambda o: o["contact"] is not None and o["contact"]["name"] == desk["name"],
    )
    assert theirs["email"] not in json.dumps(outcome)
    shown = await refuge.call("duplication", f"/v1/households/{other}", "reviewer")
    assert shown.json()["hidden"], "a retired id is as restricted as the one it stands for"
    # Separated again, his own is open, and theirs stays closed.
    path = f"/v1/links/{linked.json()['id']}/undo"
    undone = await refuge.call("duplication", path, refuge.their_worker, "POST", {})
    assert undone.status_code == 200, undone.text
    shown = await refuge.call("duplication", f"/v1/households/{other}", "reviewer")
    assert not shown.json()["hidden"]
    shown = await refuge.call("duplication", f"/v1/households/{refuge.theirs}", "reviewer")
    assert shown.json()["hidden"]


async def test_rule_6_by_webhook_as_by_poll(town: Town) -> None:
    async with http_receiver() as received:
        await town.put_webhook(SCHOOL, received.url)
        found = await flee(town)
        await received.got(1)
        theirs = await found.contact(found.their_worker)
        for request in received.requests:
            text = request.body.decode()
            for hidden in (theirs["name"], theirs["email"], *PERSONAL):
                assert hidden not in text


async def test_rule_6_alerts_on_the_topic_name_nobody_of_his(refuge: Refuge) -> None:
    events = await refuge.town.stack.read(ALERTS, lambda found: len(found) >= 4)
    for _, event in events:
        if getattr(event, "household_id", None) == refuge.theirs:
            assert refuge.his_worker not in event.model_dump_json()
    assert UUID(str(refuge.theirs))
