"""How and when messages reach a recipient: chosen, checked against the place, tried for real."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.vocabulary import Severity
from services.alerts.messages import Channel, Preference
from services.alerts.policy import PlacePolicy
from services.alerts.quiet import held_until, refusal
from tests.http_receiver import HttpReceiver, http_receiver
from tests.services.alerts.conftest import Clock, Served, serve
from tests.services.alerts.test_messages import (
    ASHA,
    alert,
    at,
    by_email,
    by_http,
    messages,
    settled,
    turn,
)
from tests.smtp_receiver import REFUSE, SmtpReceiver, smtp_receiver
from tests.stack import PLACE, Stack, eventually

PATH = f"/v1/recipients/{ASHA.id}/preferences"
TESTS = f"/v1/recipients/{ASHA.id}/test-messages"
HERE = {"place_id": PLACE}
CONTACT = {"contact": ASHA.contact.model_dump(mode="json")}
POLICY = PlacePolicy()


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpReceiver]:
    async with smtp_receiver() as smtp:
        yield smtp


@pytest.fixture
async def http() -> AsyncIterator[HttpReceiver]:
    async with http_receiver() as http:
        yield http


def on(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("only_working_time", "quiet", "now", "until"),
    [
        # A Monday in November: UTC is the place's own clock.
        (False, None, "2026-11-23T03:00", None),
        (True, None, "2026-11-23T10:00", None),
        (True, None, "2026-11-23T07:00", "2026-11-23T09:00"),
        (True, None, "2026-11-20T17:00", "2026-11-23T09:00"),
        (True, None, "2026-12-24T18:00", "2026-12-29T09:00"),
        (False, (time(12), time(14)), "2026-11-23T11:59", None),
        (False, (time(12), time(14)), "2026-11-23T12:00", "2026-11-23T14:00"),
        (False, (time(12), time(14)), "2026-11-23T14:00", None),
        (False, (time(12), time(14)), "2026-07-20T11:30", "2026-07-20T13:00"),
        (True, (time(9), time(10)), "2026-11-20T20:00", "2026-11-23T10:00"),
        (True, (time(16), time(17)), "2026-11-23T16:30", "2026-11-24T09:00"),
    ],
)
def test_what_is_not_wanted_now_waits_until_it_is(
    only_working_time: bool, quiet: Any, now: str, until: str | None
) -> None:
    said = Preference(frozenset(Channel), only_working_time=only_working_time, quiet=quiet)
    held = held_until(said, POLICY.calendar, Severity.URGENT, on(now))
    assert held == (on(until) if until else None)
    assert held_until(said, POLICY.calendar, Severity.IMMEDIATE, on(now)) is None
    assert held_until(None, POLICY.calendar, Severity.URGENT, on(now)) is None


@pytest.mark.parametrize(
    ("quiet", "word"),
    [
        ((time(12), time(14)), None),
        ((time(14), time(12)), "end before they begin"),
        ((time(8), time(10)), "09:00 to 17:00"),
        ((time(12), time(14, 1)), "at most 2 hours"),
    ],
)
def test_hours_that_the_place_does_not_let_be_quiet_are_refused_in_words(
    quiet: Any, word: str | None
) -> None:
    why = refusal(quiet, POLICY)
    assert (why is None) if word is None else (why is not None and word in why)
    none = PlacePolicy(quiet_hours_most=0)
    assert "keep hours free" in str(refusal(quiet, none))
    assert refusal(None, none) is None


async def put(served: Served, **wanted: Any) -> httpx.Response:
    return await served.client.put(PATH, params=HERE, json=wanted)


async def test_a_recipient_chooses_among_what_the_place_offers_but_not_for_what_is_immediate(
    stack: Stack, clock: Clock, smtp: SmtpReceiver, http: HttpReceiver, tmp_path: Path
) -> None:
    policy = {PLACE: {"channels": {"immediate": ["email", "sms"], "urgent": ["email"]}}}
    policy[PLACE]["may_choose"] = ["email", "sms"]  # type: ignore[assignment]
    (tmp_path / "policies.json").write_text(json.dumps(policy))
    settings = by_email(smtp) | by_http(http) | {"place_policies": tmp_path / "policies.json"}
    async with serve(stack, clock, **settings) as served:
        found = (await served.client.get("/v1/message-choices", params=HERE)).json()
        assert (found["channels"], found["always"]) == (["email", "sms"], ["email", "sms"])
        assert (await served.client.get(PATH)).json()["channels"] is None
        assert (await put(served, channels=["fax"])).status_code == 422
        refused = await put(served, channels=["webhook"])
        assert refused.status_code == 422
        assert refused.json()["detail"] == (
            "The place does not offer webhook. Choose among: email, text message."
        )
        long = await put(served, quiet_from="09:00", quiet_until="12:00")
        assert "at most 2 hours" in long.json()["detail"]
        assert (await put(served, quiet_from="09:00")).status_code == 422
        assert (await served.client.get(PATH)).json()["channels"] is None
        assert (await put(served, channels=["sms"], digest=False)).status_code == 200
        assert (await served.client.get(PATH)).json()["channels"] == ["sms"]
        await stack.publish(at(stack, alert()), at(stack, alert(Severity.IMMEDIATE)))
        await served.alerts(2)
        texts = await http.got(2)
        [mail] = await smtp.got(1)
        assert "Please look now" in mail.get_content()
        assert {r.path for r in texts} == {"/v2/notifications/sms"}
        told = {(m["severity"], m["channel"]) for m in await messages(served)}
        assert told == {("urgent", "sms"), ("immediate", "sms"), ("immediate", "email")}
        clock.turn(days=1)
        await stack.publish(at(stack, alert(Severity.ROUTINE)))
        await served.alerts(3)
        await turn(served, "digest")
        assert len(await messages(served)) == 3, "no digest was wanted"


async def test_messages_wait_for_the_hours_that_were_chosen_and_only_while_nobody_has_answered(
    stack: Stack, clock: Clock, smtp: SmtpReceiver
) -> None:
    async with serve(stack, clock, **by_email(smtp)) as served:
        await put(served, quiet_from="09:30", quiet_until="11:30", only_working_time=True)
        await stack.publish(*(at(stack, alert()) for _ in range(2)))
        await stack.publish(at(stack, alert(Severity.IMMEDIATE)))
        found = await served.alerts(3)
        await smtp.got(1)
        urgent = [a for a in found if a["severity"] == "urgent"]
        held = [m for m in await messages(served) if m["severity"] == "urgent"]
        assert {m["attempts"] for m in held} == {0}
        assert {m["next_attempt_at"] for m in held} == {"2026-11-23T11:30:00Z"}
        await served.acknowledge(urgent[0]["id"])
        clock.turn(hours=1.5)
        await smtp.got(2)
        await settled_all(served)
        states = sorted((m["alert_id"], m["state"]) for m in await messages(served))
        assert (urgent[0]["id"], "given_up") in states
        assert len(smtp.taken) == 2


async def settled_all(served: Served) -> None:
    await eventually(
        lambda: messages(served), lambda found: all(m["state"] != "waiting" for m in found)
    )


async def test_a_test_message_is_really_sent_by_each_channel_that_was_chosen(
    stack: Stack, clock: Clock, smtp: SmtpReceiver, http: HttpReceiver
) -> None:
    async with serve(stack, clock, **by_email(smtp), **by_http(http)) as served:
        await put(served, channels=["email", "sms"], only_working_time=True)
        clock.turn(hours=12)
        asked = await served.client.post(TESTS, params=HERE, json=CONTACT)
        assert (asked.status_code, len(asked.json())) == (202, 2)
        [mail] = await smtp.got(1)
        [text] = await http.got(1)
        assert mail["Subject"] == "Kith: a test message"
        assert "https://kith.example/inbox" in mail.get_content()
        assert text.json()["personalisation"]["reference"] == ""
        again = await served.client.post(TESTS, params=HERE, json=CONTACT)
        assert (again.status_code, "Wait a minute" in again.json()["detail"]) == (409, True)
        await settled_all(served)
        shown = (await served.client.get(TESTS)).json()
        assert {(t["channel"], t["state"]) for t in shown} == {
            ("email", "delivered"),
            ("sms", "delivered"),
        }


async def test_a_test_says_what_was_answered_and_who_cannot_be_reached(
    stack: Stack, clock: Clock, smtp: SmtpReceiver
) -> None:
    smtp.answers.append(REFUSE)
    async with serve(stack, clock, **by_email(smtp)) as served:
        await served.client.post(TESTS, params=HERE, json=CONTACT)
        await settled(served, "given_up", "SMTP 550")
        [shown] = (await served.client.get(TESTS)).json()
        assert shown["last_status"] == "SMTP 550"
        lost = (await served.client.get("/deliveries", params={"state": "given_up"})).json()
        assert lost["deliveries"] == [], "it concerns nobody but who asked"
        clock.turn(minutes=2)
        nowhere = {"contact": {"name": "Asha", "role": "Desk", "phone": "01942 555 010"}}
        unreached = await served.client.post(TESTS, params=HERE, json=nowhere)
        assert (unreached.status_code, "reaches you" in unreached.json()["detail"]) == (409, True)
