"""``kith access``: the same steps and rules as the API, at a terminal."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from contracts.restrictions import LiftingAskedV1, LiftingClosedV1, RestrictionLiftedV1
from contracts.vocabulary_access import LiftingOutcome
from services.keyworkers.cli_access import app
from tests.services.keyworkers.conftest import Clock, handled, table
from tests.services.keyworkers.relationship import other_than
from tests.services.keyworkers.restricting import (
    LEAD,
    OFFICER,
    STATED,
    A,
    opened,
    restricted_household,
    said,
)
from tests.stack import Stack


class Terminal:
    """``kith access`` as somebody runs it about a household."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    async def run(self, command: str, by: str, *more: str) -> Result:
        arguments = [command, str(A), *more, "--by", by, "--postgres", self.dsn]
        return await asyncio.to_thread(CliRunner().invoke, app, arguments)

    async def done(self, command: str, by: str, *more: str) -> str:
        found = await self.run(command, by, *more)
        assert found.exit_code == 0, found.output
        return found.output

    async def refused(self, command: str, by: str, *more: str) -> str:
        found = await self.run(command, by, *more)
        assert found.exit_code == 1, found.output
        assert found.stdout == ""
        return found.stderr


async def test_rule_6_a_restriction_is_lifted_and_put_back_at_a_terminal_by_the_apis_rules(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock, **STATED) as (service, _, mine):
        kith, other = Terminal(stack.dsn), other_than(mine)
        assert "Those on this household's list" in await kith.refused(
            "lift", other, "--reason", "safe_now"
        )
        asked = await kith.done("lift", mine, "--reason", "safe_now")
        [event] = await said(service, LiftingAskedV1)
        assert str(event.lifting_id) in asked
        assert event.told.id == LEAD, "who may agree is told, as on the page"
        assert "waits for an answer" in await kith.refused("lift", LEAD, "--reason", "safe_now")
        lifting = str(event.lifting_id)
        assert f"asked for by {mine}" in await kith.done("show", LEAD)
        assert f"({lifting})" in await kith.done("lifting", mine)
        shown = json.loads(await kith.done("lifting", LEAD, "--json"))
        assert (shown["may_agree"], shown["asked"]["lifting_id"]) == (True, lifting)
        assert "shown to those on its list" in await kith.refused("lifting", other)

        assert "A team lead or a privacy officer" in await kith.refused("agree", mine, lifting)
        assert "lead" in await kith.refused("agree", other, lifting)
        assert "not asked about" in await kith.refused("agree", LEAD, str(uuid4()))
        assert "shown like any other" in await kith.done("agree", LEAD, lifting)
        assert "answered already" in await kith.refused("decline", LEAD, lifting)
        [lifted] = await said(service, RestrictionLiftedV1)
        assert (lifted.asked_by, lifted.agreed_by) == (mine, LEAD)
        await stack.publish(opened(A, 60))
        await handled(service, 3)
        after = await kith.done("lifting", mine)
        assert "agreed by leigh-east" in after
        assert "may restrict it again" in after

        assert "key worker may restrict it again" in await kith.refused("restrict", other)
        assert "restricted again" in await kith.done("restrict", mine)
        assert (await kith.done("lifting", mine)).startswith("Restricted.")
        looks = await table(service, "select actor, purpose, what, shown from access_look")
        assert {
            "actor": other, "purpose": "command line", "what": "lifting", "shown": False,
        } in looks  # fmt: skip


async def test_rule_6_at_a_terminal_it_is_taken_back_or_declined_and_one_alone_lifts_nothing(
    stack: Stack, clock: Clock
) -> None:
    async with restricted_household(stack, clock, **STATED) as (service, _, mine):
        kith = Terminal(stack.dsn)
        for who, answers in ((mine, mine), (mine, OFFICER)):
            await kith.done("lift", who, "--reason", "family_asked")
            lifting = str((await said(service, LiftingAskedV1))[-1].lifting_id)
            assert "stays restricted" in await kith.done("decline", answers, lifting)
        await kith.done("lift", LEAD, "--reason", "family_asked")
        lifting = str((await said(service, LiftingAskedV1))[-1].lifting_id)
        assert "asked for this yourself" in await kith.refused("agree", LEAD, lifting)
        assert "Neither of you" in await kith.refused("agree", OFFICER, lifting)
        closed = await said(service, LiftingClosedV1)
        assert [one.outcome for one in closed] == [
            LiftingOutcome.WITHDRAWN, LiftingOutcome.DECLINED,
        ]  # fmt: skip
        assert await said(service, RestrictionLiftedV1) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["lift", str(A), "--by", "ann"],
        ["lift", str(A), "--by", "ann", "--reason", "because"],
        ["lift", str(A), "--reason", "safe_now"],
        ["agree", str(A), "--by", "ann"],
        ["agree", "no-id", "no-id", "--by", "ann"],
        ["restrict", str(A), "--by", "ann"],
    ],
    ids=["no reason", "no such reason", "by nobody", "to nothing", "of nothing", "nowhere"],
)
def test_what_is_wrongly_asked_at_a_terminal_says_so(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KITH_POSTGRES", "KITH_POSTGRES_FILE"):
        monkeypatch.delenv(name, raising=False)
    found = CliRunner().invoke(app, arguments)
    assert (found.exit_code, found.stdout) == (2, "")


def test_every_command_says_what_it_does() -> None:
    for command in ("show", "add", "remove", "lifting", "lift", "agree", "decline", "restrict"):
        found = CliRunner().invoke(app, [command, "--help"])
        assert (found.exit_code, "HOUSEHOLD" in found.output) == (0, True), command
