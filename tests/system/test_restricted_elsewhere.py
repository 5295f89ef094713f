"""Rule 6 where no answer of a route shows it: event streams, what is logged, messages by email.

Routes are in ``test_restricted_routes.py``. The streams are read as they run, by somebody who may
not know of the household; logs are those of the services' own processes at their most talkative;
the emails are what a real SMTP server was handed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from contracts.assessments import AssessmentRecordedV1
from contracts.codec import encode_headers
from contracts.envelope import Envelope, new_id
from contracts.topics import ASSESSMENTS
from tests.conftest import StackFactory
from tests.services.portal.visitor import signed_in
from tests.smtp_receiver import SmtpReceiver, smtp_receiver
from tests.stack import PLACE, TOKEN, eventually
from tests.system.refuge import AGENCY, ELLIE, PERSONAL, REFUGE, SARAH, Refuge, assessed, flee
from tests.system.town import POLICE, SCHOOL, SERVICES, Town, open_town

_WORDS = (*PERSONAL, "reads aloud", "Orchard Row", "WN1 2AB", "Craig", "1990-03-11")
"""What no log and no message may hold of anybody in these assessments."""


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpReceiver]:
    async with smtp_receiver() as smtp:
        yield smtp


@pytest.fixture
async def talkative(
    open_stack: StackFactory, tmp_path: Path, smtp: SmtpReceiver
) -> AsyncIterator[Town]:
    """A town whose services log all they can and send messages by email."""
    settings = {
        "KITH_LOG_LEVEL": "DEBUG",
        "KITH_SMTP_HOST": "127.0.0.1",
        "KITH_SMTP_PORT": str(smtp.port),
        "KITH_SMTP_TLS": "none",
        "KITH_SMTP_SENDER": "kith@council.example",
        "KITH_DELIVERY_SECONDS": "0.1",
        "KITH_PORTAL_URL": "https://kith.example",
    }
    async with open_stack(*SERVICES) as stack, open_town(stack, tmp_path, **settings) as town:
        yield town


class Watching:
    """Somebody's stream, as it comes."""

    def __init__(self, client: httpx.AsyncClient, url: str, who: str) -> None:
        self.lines: list[str] = []
        self.task = asyncio.create_task(self._read(client, url, who))

    async def _read(self, client: httpx.AsyncClient, url: str, who: str) -> None:
        headers = {
            "Authorization": f"Bearer {TOKEN}",
            "Kith-Actor": who,
            "Kith-Purpose": "test",
            "Last-Event-ID": "0",
        }
        async with client.stream("GET", url, headers=headers) as response:
            assert response.status_code == 200, url
            async for line in response.aiter_lines():
                self.lines.append(line)

    async def until(self, *words: str) -> str:
        """All that came, once each of these has."""

        async def text() -> str:
            if self.task.done():
                self.task.result()
            return "\n".join(self.lines)

        return await eventually(
            text, lambda found: all(word in found for word in words), seconds=60
        )


async def colleague_of(refuge: Refuge) -> str:
    worker = (
        await refuge.call("keyworkers", f"/v1/keyworkers/{refuge.their_worker}", "test")
    ).json()
    team = (await refuge.call("keyworkers", f"/v1/teams/{worker['team_id']}", "test")).json()
    return str(next(m["id"] for m in team["members"] if m["id"] != refuge.their_worker))


@pytest.mark.timeout(300)
async def test_rule_6_no_stream_says_anything_to_who_is_not_on_the_list(town: Town) -> None:
    """From the first event there was to one that comes while they watch."""
    refuge = await flee(town)
    contact = await refuge.contact(refuge.their_worker)
    colleague = await colleague_of(refuge)
    alerts = f"{town.url('alerts')}/v1/alerts/stream?recipient={refuge.their_worker}"
    journeys = f"{town.url('operations')}/v1/journeys/stream"
    town.settings |= {f"KITH_{name.upper()}_URL": town.url(name) for name in SERVICES}
    await town.start("portal")
    # His key worker may be their colleague: nobody watches twice, or one would never be awaited.
    outsiders = {colleague, refuge.his_worker, "reviewer", "operations", "rochdale"}
    async with httpx.AsyncClient(timeout=60) as client:
        watching = {
            (who, url): Watching(client, url, who)
            for who in (*outsiders, refuge.their_worker)
            for url in (alerts, journeys)
        }
        for one in watching.values():
            await one.until(str(refuge.from_refuge))
        later = await town.send(
            POLICE,
            assessed(
                "P-2",
                SARAH,
                ELLIE,
                address=REFUGE,
                restrictions=["refuge"],
                significant_harm=["immediate_danger"],
                strengths=["Ottoline reads aloud"],
            ),
        )
        await town.settled(POLICE, later)
        told = {key: await one.until(str(later)) for key, one in watching.items()}
        told |= _pages(town.url("portal"), refuge, colleague)
        for one in watching.values():
            one.task.cancel()
        await asyncio.gather(*(one.task for one in watching.values()), return_exceptions=True)
    on_the_list = told[refuge.their_worker, alerts]
    assert AGENCY in on_the_list, "who is on the list reads on"
    assert refuge.their_worker in on_the_list
    hidden = (*_WORDS, AGENCY, str(refuge.theirs), contact["name"], contact["email"])
    leaks = [
        (who, url, word)
        for (who, url), text in told.items()
        if who != refuge.their_worker
        for word in hidden
        # An alert that is not theirs to read has its household's reference, and no more.
        if word in text and not (url == alerts and word == str(refuge.theirs))
    ]
    assert not leaks, "\n".join(map(str, leaks))


def _pages(url: str, refuge: Refuge, colleague: str) -> dict[tuple[str, str], str]:
    """What the portal's own streams say to a colleague and to operations."""
    found = {}
    for who, path in (
        (f"key_worker:{colleague}", "/events/inbox"),
        (f"key_worker:{refuge.his_worker}", "/events/inbox"),
        ("operations", "/events/journeys"),
    ):
        visitor = signed_in(url, who)
        lines: list[str] = []
        with visitor.client.stream("GET", path, headers={"Last-Event-ID": "0"}) as response:
            assert response.status_code == 200, path
            for line in response.iter_lines():
                lines.append(line)
                if line.startswith("event: changed") or len(lines) > 5:
                    break
        found[who, path] = "\n".join(lines)
        visitor.client.close()
    return found


async def test_rule_6_and_nothing_personal_is_logged_or_mailed(
    talkative: Town, smtp: SmtpReceiver
) -> None:
    """By services that log all they can, while they are asked by whoever may not know."""
    refuge = await flee(talkative)
    contact = await refuge.contact(refuge.their_worker)
    messages = await smtp.got(2)
    doors = {
        row["email"]
        for row in await talkative.rows(
            "select recipient->'contact'->>'email' as email from alerts.alert"
            " where assessment_id = $1",
            refuge.by_police,
        )
    }
    assert contact["email"] in doors, "the key worker and the front door were told of harm"
    assert doors <= set(smtp.to), "and by email"
    private = (AGENCY, str(refuge.theirs), str(refuge.by_police), "domestic", "police")
    for message in messages:
        text = f"{message.as_string()}\n{message.get_content()}"
        assert [w for w in (*_WORDS, *private) if w.lower() in text.lower()] == []
        assert "https://kith.example/" in text, "a reference and a link"

    for who in ("reviewer", "operations", refuge.his_worker):
        for service, path in (
            ("duplication", f"/v1/households/{refuge.theirs}"),
            ("duplication", f"/v1/decisions/{refuge.by_police}"),
            ("keyworkers", f"/v1/households/{refuge.theirs}/engagement"),
            ("agencies", f"/internal/assessments?ids={refuge.by_police}"),
            ("operations", f"/v1/journeys/{refuge.by_police}"),
            ("alerts", f"/v1/alerts?recipient={refuge.their_worker}"),
        ):
            await refuge.call(service, path, who)
    await refuge.call("keyworkers", f"/v1/households/{refuge.theirs}/access", "reviewer")
    faulty = assessed("P-9", SARAH | {"date_of_birth": "1990-03-111"}, address=REFUGE)
    refused = await talkative.client.post(
        f"{talkative.url('agencies')}/v1/assessments",
        json=faulty,
        headers={"Authorization": f"Bearer {talkative.credentials[SCHOOL]}"},
    )
    assert refused.status_code == 422, refused.text
    await _trouble(talkative)
    for service in SERVICES:
        talkative.stop(service)
    logs = {
        file.name: file.read_text("utf-8", "replace") for file in talkative.folder.glob("*.log")
    }
    assert len(logs) == len(SERVICES)
    assert "Undefined" in "".join(logs.values()), "what went wrong is logged"
    parked = await talkative.rows("select reason from duplication.parked_record")
    assert parked, "and what cannot be read is parked"
    logs["parked"] = str(parked)
    leaks = [
        (name, word, line[:200])
        for name, text in logs.items()
        for word in (*_WORDS, contact["name"], contact["email"])
        for line in text.splitlines()
        if word.lower() in line.lower()
    ]
    assert not leaks, "\n".join(map(str, leaks[:20]))


async def _trouble(town: Town) -> None:
    """What makes a service say something: a record that nobody can read, with people in it, and a
    store that fails under an assessment. Over once it is put right."""
    spoilt = {"assessment_id": "no id", "submission": {"people": [SARAH, ELLIE], "address": REFUGE}}
    envelope = Envelope(
        id=new_id(),
        type=AssessmentRecordedV1.TYPE,
        source="/test",
        time=datetime.now(UTC),
        subject="spoilt",
        journey_id=new_id(),
        place_id=PLACE,
    )
    await town.stack.publish_raw(ASSESSMENTS, json.dumps(spoilt).encode(), encode_headers(envelope))
    await town.rows("alter table duplication.mention rename to mention_gone")
    later = await town.send(SCHOOL, assessed("S-8", SARAH, ELLIE, address=REFUGE))
    log = town.instances["duplication"][0].log

    async def said() -> str:
        return log.read_text("utf-8")

    await eventually(said, lambda text: "Undefined" in text)
    await town.rows("alter table duplication.mention_gone rename to mention")
    await town.settled(SCHOOL, later)
