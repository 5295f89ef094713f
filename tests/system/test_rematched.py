"""Another model's decisions carried out beside every running service: engagements follow."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from services.duplication.model import read
from tests.stack import TOKEN, eventually
from tests.system.town import HOMES, POLICE, SCHOOL, Town, household, invariants

KITH = str(Path(sys.executable).with_name("kith"))
ACTIVE = "select household_id, key_worker_id from keyworkers.engagement where ended_at is null"


async def rematch(town: Town, model: dict[str, Any], *options: str) -> dict[str, Any]:
    """``kith rematch`` as an operator would run it; what it says, for the place."""
    file = town.folder / f"{model['version']}.json"
    file.write_text(json.dumps(model))
    process = await asyncio.create_subprocess_exec(
        KITH, "rematch", "--json", "--model", str(file), *options,
        "--keyworkers", town.url("keyworkers"),
        env={"KITH_POSTGRES": town.stack.dsn, "KITH_SERVICE_TOKEN": TOKEN},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    (place,) = json.loads(output)["places"].values()
    found: dict[str, Any] = place
    return found


async def test_households_taken_apart_by_a_model_get_a_key_worker_each_and_are_asked_about(
    town: Town,
) -> None:
    first = await town.send(SCHOOL, household("Danielle", "Riley", "Ashworth", "S-1"))
    await town.settled(SCHOOL, first)
    second = await town.send(POLICE, household("Danielle", "Riley", "Ashworth", "P-1"))
    assert (await town.settled(POLICE, second))["status"] == "routed"
    other = await town.send(HOMES, household("Chidi", "Ada", "Okonkwo", "H-1"))
    await town.settled(HOMES, other)
    before = await town.rows(ACTIVE)

    blind = read() | {"version": "blind"}
    blind["blocking"] = blind["blocking"] | {"candidates": 0}
    looked = await rematch(town, blind)
    (affected,) = looked["affected"]
    assert (affected["parts"], affected["has_key_worker"]) == ([1, 1], True)
    assert await town.rows(ACTIVE) == before

    done = await rematch(town, blind, "--apply", "--by", "ops-1")
    assert done["came_to"] == {"done": 3}
    again = await eventually(
        lambda: town.outcome(POLICE, second), lambda o: o["status"] == "opened", seconds=60
    )
    assert again["contact"] is not None
    assert len(await eventually(lambda: town.rows(ACTIVE), lambda rows: len(rows) == 3)) == 3
    reversed_ = await eventually(
        lambda: town.rows("select * from operations.ledger_entry where reversed_at is not null")
    )
    assert [row["assessment_id"] for row in reversed_] == [second]
    third = await town.send(HOMES, household("Danielle", "Riley", "Ashworth", "H-2"))
    assert (await town.settled(HOMES, third))["status"] == "opened"
    (decided,) = await town.rows(
        "select model_version from duplication.decision where assessment_id = $1", third
    )
    assert decided["model_version"] == "blind"

    sighted = read() | {"version": "sighted"}
    done = await rematch(town, sighted, "--apply", "--by", "ops-1")
    assert done["came_to"] == {"asked": 2}
    assert len(await town.rows(ACTIVE)) == 4
    cases = await town.get("duplication", "/v1/reviews")
    assert {(case["kind"], case["why"]) for case in cases} == {("link", "another_model")}
    answer = await town.client.post(
        f"{town.url('duplication')}/v1/reviews/{cases[0]['id']}",
        json={"verdict": "same"},
        headers={"Authorization": f"Bearer {TOKEN}", "Kith-Actor": "reviewer-1"},
    )
    assert answer.status_code == 200, answer.text
    await eventually(lambda: town.rows(ACTIVE), lambda rows: len(rows) == 3)
    await invariants(town, [first, second, other, third])
    assert UUID(answer.json()["household_id"])
