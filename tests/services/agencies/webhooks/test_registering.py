"""Which addresses are taken, and how a secret is changed."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.agencies.app import create_service
from services.agencies.settings import AgenciesSettings
from tests.http_receiver import HttpReceiver
from tests.services.agencies import events as told
from tests.services.agencies.place import Place, register
from tests.services.agencies.webhooks.conftest import put, send
from tests.stack import Stack


async def test_while_a_secret_is_changed_both_verify_and_then_only_the_new(
    place: Place, stack: Stack, receiver: HttpReceiver
) -> None:
    old = (await put(place, receiver.url)).json()["secret"]
    new = (await put(place, receiver.url, new_secret=True)).json()["secret"]
    assert old != new
    await stack.publish(told.routed(await send(place, "WPS-1"), uuid4()))
    [request] = await receiver.got(1)
    for secret in (old, new):
        Webhook(secret).verify(request.body, request.headers)
    await place.fetch("update webhook_endpoint set previous_until = now() - interval '1 second'")
    await stack.publish(told.routed(await send(place, "WPS-2"), uuid4()))
    request = (await receiver.got(2))[1]
    Webhook(new).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(request.body, request.headers)


@pytest.mark.parametrize(("url", "rule"), [
    ("http://agency.example/kith", "https://"),
    ("http://127.0.0.1:9000", "https://"),
    ("https://127.0.0.1", "public"),
    ("https://localhost", "public"),
    ("https://10.1.2.3/kith", "public"),
    ("https://[::ffff:192.168.0.1]/", "public"),
    ("https://169.254.169.254/latest", "public"),
    ("https://kith:secret@agency.example", "password"),
    ("not a url", "cannot have"),
    ("https://nowhere.invalid/kith", "cannot be found"),
])  # fmt: skip
async def test_outside_local_use_only_public_https_addresses_are_taken(
    stack: Stack, tmp_path: Path, url: str, rule: str
) -> None:
    credentials = await register(stack.dsn, tmp_path)
    service = create_service(stack.settings(AgenciesSettings, local=False))
    service.pool = await asyncpg.create_pool(
        stack.dsn, min_size=1, max_size=2, server_settings={"search_path": "agencies"}
    )
    transport = httpx.ASGITransport(app=service.api)
    async with httpx.AsyncClient(transport=transport, base_url="http://agencies.test") as client:
        place = Place(service, client, credentials, stack.dsn)
        answer = await put(place, url)
    await service.pool.close()
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == "url"
    assert rule in error["rule"]
    assert url not in error["rule"]
