"""What alerts answers to a person's request: whom it told of them, and of no other household."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from tests.services.alerts.conftest import Served
from tests.services.alerts.examples import KEY_WORKER, LEAD, assigned, cause, routed
from tests.services.alerts.test_places import in_force
from tests.stack import Stack, eventually


async def ask(served: Served, body: Any, who: str = "privacy-officer") -> httpx.Response:
    return await served.client.post(
        "/v1/subject-access", json=body, headers={"Kith-Actor": who, "Kith-Purpose": "x"}
    )


async def test_who_was_told_is_named_of_their_own_household_alone(
    stack: Stack, served: Served
) -> None:
    theirs, elsewhere = assigned(), routed(provisional=True)
    other = routed(cause=cause(), household_id=uuid4())
    body = {
        "household_ids": [str(theirs.household_id)],
        "assessment_ids": [
            str(theirs.cause.assessment_id),
            str(elsewhere.cause.assessment_id),
        ],
    }
    assert (await ask(served, body)).status_code == 403, "no place has said who they are"
    await stack.publish(in_force(privacy_officers=("privacy-officer",)), theirs, elsewhere, other)
    await served.alerts(3)

    async def answered() -> httpx.Response:
        return await ask(served, body)

    answer = await eventually(answered, lambda a: a.status_code == 200)
    own, asked = sorted(answer.json()["alerts"], key=lambda one: str(one["kind"]))
    assert (own["kind"], own["told"][0]["name"]) == ("assigned", KEY_WORKER.contact.name)
    assert own["told"][0]["kind"] == "key_worker"
    assert (asked["kind"], asked["told"][0]["name"]) == ("possible_match", None)
    assert str(other.cause.assessment_id) not in answer.text
    for who in (KEY_WORKER.id, LEAD.id, "operations", "service"):
        refused = await ask(served, body, who)
        assert refused.status_code == 403
        assert KEY_WORKER.contact.name not in refused.text
