"""From an agency's assessment to the key worker's alert and the agency's outcome, for real."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

from tests.stack import TOKEN, eventually
from tests.system.town import HOMES, POLICE, SCHOOL, Town, household, invariants

PAIRS = (
    ("Danielle", "Riley", "Ashworth"),
    ("Chidi", "Ada", "Okonkwo"),
    ("Marta", "Filip", "Kowalski"),
    ("Shazia", "Bilal", "Hussain"),
    ("Craig", "Ellie-Mae", "Pilling"),
)


async def test_rule_1_the_second_agency_is_routed_to_the_same_key_worker(
    town: Town,
) -> None:
    first = await town.send(SCHOOL, household("Danielle", "Riley", "Ashworth", "S-1"))
    opened = await town.settled(SCHOOL, first)
    assert opened["status"] == "opened"
    misspelt = household("Danielle", "Riley", "Ashworth", "P-1")
    misspelt["people"][0] |= {"given_name": "Daniele", "family_name": "Ashwerth"}
    second = await town.send(POLICE, misspelt)
    routed = await town.settled(POLICE, second)
    assert routed["status"] == "routed"
    assert routed["contact"] == opened["contact"]
    referrals = await town.rows("select * from keyworkers.referral")
    assert len(referrals) == 1
    alerts = await eventually(lambda: _alerts(town), lambda found: len(found) >= 2)
    assert len({a["recipient"] for a in alerts}) == 1
    ledger = await eventually(lambda: town.rows("select * from operations.ledger"))
    assert [row["assessment_id"] for row in ledger] == [second]
    await invariants(town, [first, second])


async def test_rule_7_not_this_household_takes_the_assessment_back_and_routes_it_again(
    town: Town,
) -> None:
    first = await town.send(SCHOOL, household("Danielle", "Riley", "Ashworth", "S-1"))
    await town.settled(SCHOOL, first)
    second = await town.send(POLICE, household("Danielle", "Riley", "Ashworth", "P-1"))
    assert (await town.settled(POLICE, second))["status"] == "routed"
    alerts = await eventually(lambda: _alerts(town), lambda found: len(found) >= 2)
    alert = next(a for a in alerts if a["assessment_id"] == second)
    key_worker = json.loads(alert["recipient"])["id"]
    answer = await town.client.post(
        f"{town.url('alerts')}/v1/alerts/{alert['id']}/acknowledge",
        json={"answer": "not_this_household"},
        headers={"Authorization": f"Bearer {TOKEN}", "Kith-Actor": key_worker},
    )
    assert answer.status_code == 200, answer.text
    again = await eventually(
        lambda: town.outcome(POLICE, second), lambda o: o["status"] == "opened", seconds=60
    )
    assert again["contact"] is not None
    avoided = await eventually(
        lambda: town.rows("select * from operations.ledger_entry where reversed_at is not null")
    )
    assert [row["assessment_id"] for row in avoided] == [second]
    third = await town.send(HOMES, household("Danielle", "Riley", "Ashworth", "P-1"))
    await eventually(lambda: town.outcome(HOMES, third), lambda o: o["status"] != "accepted")
    await invariants(town, [first, second, third])
    households = await town.rows(
        "select household_id from duplication.assessment where id = any($1::uuid[])",
        [first, second],
    )
    assert len({row["household_id"] for row in households}) == 2  # never put together again


async def _alerts(town: Town) -> list[Any]:
    return await town.rows("select * from alerts.alert order by raised_at")


async def test_rule_3_harm_reaches_the_front_door_and_the_key_worker_even_for_a_new_household(
    town: Town,
) -> None:
    harm = household("Aisha", "Omar", "Rahman", "H-1") | {
        "significant_harm": ["child_significant_harm"],
        "urgency": "immediate",
    }
    assessment = await town.send(SCHOOL, harm)
    outcome = await town.settled(SCHOOL, assessment)
    assert outcome["status"] == "opened"
    outcome = await eventually(
        lambda: town.outcome(SCHOOL, assessment), lambda o: bool(o["front_door"])
    )
    kinds = await eventually(
        lambda: town.rows("select kind from alerts.alert"), lambda rows: len(rows) >= 2
    )
    assert {row["kind"] for row in kinds} == {"assigned", "front_door"}


async def test_harm_with_no_fixed_abode_reaches_the_front_door_of_the_agencys_locality(
    town: Town,
) -> None:
    harm = household("Aisha", "Omar", "Rahman", "H-1") | {
        "significant_harm": ["immediate_danger"],
        "no_fixed_abode": True,
    }
    del harm["address"]
    assessment = await town.send(SCHOOL, harm)
    outcome = await eventually(
        lambda: town.outcome(SCHOOL, assessment), lambda o: bool(o["front_door"]), seconds=30
    )
    assert "Wigan" in outcome["front_door"]["name"]
    await town.settled(SCHOOL, assessment)
    await invariants(town, [assessment])


async def test_two_agencies_at_the_same_instant_through_two_instances_of_everything(
    town: Town,
) -> None:
    await town.start("agencies", "duplication", "keyworkers", "alerts", "operations")
    accepted: list[UUID] = []
    for n, (adult, child, family) in enumerate(PAIRS):
        pair = await asyncio.gather(
            town.send(SCHOOL, household(adult, child, family, f"A-{n}"), instance=0),
            town.send(POLICE, household(adult, child, family, f"B-{n}"), instance=1),
        )
        accepted += pair
        outcomes = await asyncio.gather(
            town.settled(SCHOOL, pair[0]), town.settled(POLICE, pair[1])
        )
        assert sorted(o["status"] for o in outcomes) == ["opened", "routed"]
        assert outcomes[0]["contact"] == outcomes[1]["contact"]
    assert len(await town.rows("select * from keyworkers.engagement")) == len(PAIRS)
    assert len(await town.rows("select * from keyworkers.referral")) == len(PAIRS)
    await invariants(town, accepted)
