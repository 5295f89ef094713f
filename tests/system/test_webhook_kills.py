"""``kill -9`` while an agency is being told: it is told again, under the same id."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from standardwebhooks import Webhook

from tests.conftest import StackFactory
from tests.http_receiver import HANG, http_receiver
from tests.services.agencies import events as told
from tests.services.agencies.place import submission
from tests.system.town import SCHOOL, open_town


async def test_an_agency_is_told_again_with_the_same_id_after_a_kill(
    open_stack: StackFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_LOCAL", "1")
    monkeypatch.setenv("KITH_DELIVERY_SECONDS", "0.1")
    monkeypatch.setenv("KITH_DELIVERY_TIMEOUT_SECONDS", "2")
    monkeypatch.setenv("KITH_DELIVERY_CLAIM_SECONDS", "3")
    async with (
        open_stack("agencies", "keyworkers") as stack,
        open_town(stack, tmp_path, "agencies") as town,
        http_receiver() as agency,
    ):
        secret = await town.put_webhook(SCHOOL, agency.url)
        agency.answers.append(HANG)
        assessment = await town.send(SCHOOL, submission())
        await stack.publish(told.review(assessment))
        await agency.got(1)
        town.kill("agencies")
        await stack.publish(told.routed(assessment, uuid4(), "Sam"))
        await town.start("agencies")
        requests = await agency.got(3)
        assert [r.json()["data"]["version"] for r in requests] == [1, 1, 2]
        assert requests[0].id == requests[1].id != requests[2].id
        assert requests[0].body == requests[1].body
        for request in requests:
            Webhook(secret).verify(request.body, request.headers)
