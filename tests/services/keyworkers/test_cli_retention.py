"""``kith retention``: the same steps and rules as the API, at a terminal."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner, Result

from services.keyworkers.cli_retention import app
from tests.services.keyworkers.conftest import Clock, handled, table
from tests.services.keyworkers.retaining import (
    OFFICER,
    OTHER,
    YEARS,
    A,
    erased,
    noticed,
    orders,
    quiet_household,
)
from tests.stack import Stack


class Terminal:
    """``kith retention`` as somebody runs it. It goes by the real time."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    async def run(self, by: str, *words: str) -> Result:
        arguments = [*words, "--by", by, "--postgres", self.dsn]
        return await asyncio.to_thread(CliRunner().invoke, app, arguments)

    async def done(self, by: str, *words: str) -> str:
        found = await self.run(by, *words)
        assert found.exit_code == 0, found.output
        return found.output

    async def refused(self, by: str, *words: str) -> str:
        found = await self.run(by, *words)
        assert found.exit_code == 1, found.output
        assert found.stdout == ""
        return found.stderr


async def test_what_is_due_is_seen_held_and_released_at_a_terminal_by_the_apis_rules(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, _):
        kith = Terminal(stack.dsn)
        clock.turn(days=YEARS)
        await noticed(service)
        shown = await kith.done(OFFICER, "due")
        assert "kept for 6 years after the last contact, 30 days of notice. 1 on notice" in shown
        assert f"{A}  last contact 2026-03-03, erased from 2032-04-" in shown
        assert "privacy officers" in await kith.refused("ann", "due")
        until = (datetime.now(UTC) + timedelta(days=90)).isoformat()
        hold = ["hold", str(A), "--reason", "legal_claim", "--until"]
        assert "privacy officers" in await kith.refused("ann", *hold, until)
        assert "within a year" in await kith.refused(OFFICER, *hold, "2199-01-01T00:00:00Z")
        assert (await kith.run(OFFICER, *hold, "tomorrow")).exit_code == 2
        assert "Held until" in await kith.done(OFFICER, *hold, until)
        [row] = await table(service, "select hold_id, held_by from retention_hold")
        assert row["held_by"] == OFFICER
        page = json.loads(await kith.done(OTHER, "due", "--json"))
        assert [one["hold_id"] for one in page["held"]] == [str(row["hold_id"])]
        assert page["notices"] == []
        assert f"legal claim, by {OFFICER} ({row['hold_id']})" in await kith.done(OTHER, "due")
        assert "no longer" in await kith.done(OTHER, "release", str(row["hold_id"]))
        assert "ended already" in await kith.refused(OTHER, "release", str(row["hold_id"]))


async def test_an_erasure_is_asked_for_and_agreed_to_at_a_terminal_by_two_people(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    async with quiet_household(stack, clock, tmp_path) as (service, _):
        kith = Terminal(stack.dsn)
        ask = ["ask", str(A), "--reason", "unlawful"]
        assert "privacy officers" in await kith.refused("leigh-east", *ask)
        assert "Nothing changes until" in await kith.done(OFFICER, *ask)
        [row] = await table(service, "select erasure_id from erasure_asked")
        first = str(row["erasure_id"])
        assert "you may take it back" in await kith.done(OFFICER, "list")
        assert "you may answer it" in await kith.done("leigh-east", "list")
        assert "stays as it is" in await kith.done(OFFICER, "decline", first)
        await kith.done(OFFICER, *ask)
        [row] = await table(
            service, f"select erasure_id from erasure_asked where erasure_id <> '{first}'"
        )
        second = str(row["erasure_id"])
        assert "yourself" in await kith.refused(OFFICER, "agree", second)
        assert "Ordered" in await kith.done(OTHER, "agree", second)
        assert "answered already" in await kith.refused(OTHER, "decline", second)
        [order] = await orders(service)
        await stack.publish(erased(order, clock))
        await handled(service, 2)
        register = await kith.done(OFFICER, "list")
        assert f"{second}  {A}: unlawful, erased, asked for by {OFFICER}" in register
        assert f"answered by {OTHER} on 2026-03-03" in register
        page = json.loads(await kith.done(OFFICER, "list", "--json"))
        came = {one["erasure_id"]: one["came"] for one in page["erasures"]}
        assert came == {first: "withdrawn", second: "erased"}
        assert "because there was no lawful basis" in await kith.refused(OFFICER, *ask)
