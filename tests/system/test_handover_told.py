"""A handover through every service: agencies are sent the new key worker, in order."""

from __future__ import annotations

import json
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.conftest import StackFactory
from tests.http_receiver import http_receiver
from tests.stack import TOKEN, eventually
from tests.system.town import PLACE_FOLDER, POLICE, SCHOOL, SERVICES, Town, household, open_town


async def hand_over(town: Town) -> None:
    """The household goes to a colleague of its key worker."""
    [engagement] = await eventually(lambda: town.rows("select * from keyworkers.engagement"))
    workers = json.loads((PLACE_FOLDER / "place.json").read_text("utf-8"))["key_workers"]
    colleague = next(
        one["id"]
        for one in workers
        if one["team"] == engagement["team_id"] and one["id"] != engagement["key_worker_id"]
    )
    token = {"Authorization": f"Bearer {TOKEN}"}
    url = town.url("keyworkers")
    proposed = await town.client.post(
        f"{url}/v1/engagements/{engagement['engagement_id']}/handovers",
        json={"to_key_worker_id": colleague, "reason": "leaving"},
        headers=token | {"Kith-Actor": engagement["key_worker_id"]},
    )
    assert proposed.status_code == 201, proposed.text
    handover: dict[str, Any] = proposed.json()
    accepted = await town.client.post(
        f"{url}/v1/handovers/{handover['handover_id']}/accept",
        headers=token | {"Kith-Actor": colleague},
    )
    assert accepted.status_code == 200, accepted.text


async def test_after_a_handover_each_agency_is_sent_the_new_key_worker(
    open_stack: StackFactory, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_LOCAL", "1")
    async with (
        open_stack(*SERVICES) as stack,
        open_town(stack, tmp_path, "agencies", "duplication", "keyworkers", "alerts") as town,
        http_receiver() as agency,
    ):
        secret = await town.put_webhook(POLICE, agency.url)
        first = await town.send(SCHOOL, household("Danielle", "Riley", "Ashworth", "S-1"))
        await town.settled(SCHOOL, first)
        second = await town.send(POLICE, household("Danielle", "Riley", "Ashworth", "P-1"))
        before = (await town.settled(POLICE, second))["contact"]
        await hand_over(town)
        told = await eventually(
            lambda: town.outcome(SCHOOL, first), lambda o: o["contact"] != before, seconds=30
        )
        assert told["status"] == "opened"
        assert told["history"][-1]["reason"] == "the household has another key worker now"
        polled = await eventually(
            lambda: town.outcome(POLICE, second), lambda o: o["contact"] == told["contact"]
        )
        assert polled["contact"]["name"] != before["name"]
        requests = await agency.got(polled["version"])
        sent = [Webhook(secret).verify(r.body, r.headers)["data"] for r in requests]
        assert [s["version"] for s in sent] == list(range(1, polled["version"] + 1))
        assert (sent[0]["contact"], sent[-1]["contact"]) == (before, told["contact"])
