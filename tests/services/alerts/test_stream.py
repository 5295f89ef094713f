"""The live inbox: nothing is polled, nothing is missed, and it ends when the service does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from typing import Any

import httpx

from services.local.ports import free_port
from tests.services.alerts.conftest import Clock, Served, serve
from tests.services.alerts.examples import KEY_WORKER, assigned
from tests.stack import TOKEN, Stack, eventually


async def events(
    client: httpx.AsyncClient, recipient: str = KEY_WORKER.id, last: str | None = None, **query: Any
) -> AsyncGenerator[tuple[str, str, dict[str, Any]], None]:
    """Name, id and data of each server-sent event."""
    headers = {"Last-Event-ID": last} if last else {}
    async with client.stream(
        "GET",
        "/v1/alerts/stream",
        params={"recipient": recipient, **query},
        headers=headers,
    ) as response:
        assert response.status_code == 200
        event: dict[str, str] = {}
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if line:
                event[name] = value
            elif "data" in event:
                yield event["event"], event["id"], json.loads(event["data"])
                event = {}


async def test_another_process_shows_an_alert_the_moment_it_is_raised(
    stack: Stack, clock: Clock, served: Served
) -> None:
    # Heartbeats of an hour: whatever comes, comes through the commit's notification.
    async with serve(stack, clock, heartbeat_seconds=3600) as other:
        mine, theirs = events(other.client), events(served.client)
        assert (await anext(mine))[0] == (await anext(theirs))[0] == "ready"
        await stack.publish(assigned())
        for stream in (mine, theirs):
            async with asyncio.timeout(60):
                name, _, alert = await anext(stream)
            assert (name, alert["recipient"]["id"]) == ("raised", KEY_WORKER.id)
        await served.acknowledge(alert["id"])
        async with asyncio.timeout(60):
            assert (await anext(mine))[0] == "acknowledged"
        await mine.aclose()
        await theirs.aclose()


async def test_a_stream_resumes_where_it_broke_off(stack: Stack, served: Served) -> None:
    stream = events(served.client)
    await anext(stream)
    await stack.publish(assigned())
    _, last, first = await anext(stream)
    await stream.aclose()
    await stack.publish(assigned(), assigned())
    await served.alerts(3)
    again = events(served.client, last=last)
    assert (await anext(again))[:2] == ("ready", last)
    missed = [await anext(again), await anext(again)]
    await again.aclose()
    assert first["id"] not in {alert["id"] for _, _, alert in missed}
    assert [name for name, _, _ in missed] == ["raised", "raised"]


async def test_what_changes_after_a_list_was_read_is_in_the_stream(
    stack: Stack, served: Served
) -> None:
    cursor = (await served.inbox())["cursor"]
    await stack.publish(assigned())
    [alert] = await served.alerts(1)
    stream = events(served.client, after=cursor)
    await anext(stream)
    assert (await anext(stream))[2]["id"] == alert["id"]
    await stream.aclose()


async def test_a_recipient_sees_only_their_own(stack: Stack, served: Served) -> None:
    stream = events(served.client, "kw-somebody-else")
    await anext(stream)
    await stack.publish(assigned())
    await served.alerts(1)
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_sigterm_ends_open_streams_at_once(stack: Stack) -> None:
    port = free_port()
    environ = os.environ | {
        "KITH_POSTGRES": stack.dsn,
        "KITH_KAFKA": stack.kafka,
        "KITH_NAMESPACE": stack.namespace,
        "KITH_SERVICE_TOKEN": TOKEN,
        "KITH_HTTP_PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.alerts", env=environ, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            trust_env=False,
            verify=False,
        ) as client:

            async def is_ready() -> bool:
                try:
                    return (await client.get("/health/ready")).status_code == 200
                except httpx.HTTPError:
                    return False

            await eventually(is_ready)
            stream = events(client)
            assert (await anext(stream))[0] == "ready"
            process.send_signal(signal.SIGTERM)
            output, _ = await asyncio.wait_for(process.communicate(), 60)
            await asyncio.gather(anext(stream), return_exceptions=True)
        # What uvicorn says when it has to cut off what would not end by itself.
        assert b"graceful shutdown exceeded" not in output
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
