"""Messages outside the pages, over a real SMTP server and real HTTP servers."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook

from contracts.envelope import Envelope, Event
from contracts.keyworkers import AlertPlan, Recipient
from contracts.vocabulary import Severity
from contracts.vocabulary_alerts import RecipientKind
from services.alerts.settings import AlertsSettings
from services.kit.webhooks import new_secret
from services.portal.answers_operations import Deliveries, DeliveryCounts, Status
from tests.http_receiver import HttpReceiver, http_receiver
from tests.services.alerts.conftest import Clock, Served, serve
from tests.services.alerts.examples import MONDAY_TEN, assigned, cause
from tests.smtp_receiver import DROP, HANG, LATER, REFUSE, SmtpReceiver, smtp_receiver
from tests.stack import Stack, eventually

CANARY = "Zzyzxqvarnhold"
SERVICE_ID, KEY = str(uuid4()), str(uuid4())
SECRET = new_secret()


def worker(id_: str = "kw-asha", phone: str | None = "07700 900123") -> Recipient:
    contact = {"name": id_.title(), "role": "Key worker", "email": f"{id_}@council.example"}
    return Recipient.model_validate(
        {"kind": RecipientKind.KEY_WORKER, "id": id_, "contact": contact | {"phone": phone}}
    )


ASHA, BEN = worker(), worker("kw-ben")


def alert(severity: Severity = Severity.URGENT, **changes: Any) -> Event:
    return assigned(
        key_worker=ASHA,
        alert=AlertPlan(severity=severity, escalation=(BEN,)),
        cause=cause(agency_id=CANARY.lower(), would_have_referred_for=CANARY.lower()),
        reasons=(f"knows {CANARY}",),
        **changes,
    )


def at(stack: Stack, event: Event) -> tuple[Envelope, Event]:
    return replace(stack.envelope(event), time=MONDAY_TEN), event


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpReceiver]:
    async with smtp_receiver() as smtp:
        yield smtp


@pytest.fixture
async def http() -> AsyncIterator[HttpReceiver]:
    async with http_receiver() as http:
        yield http


def by_email(smtp: SmtpReceiver) -> dict[str, Any]:
    return {
        "delivery_seconds": 0.05,
        "delivery_timeout_seconds": 1,
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp.port,
        "smtp_tls": "none",
        "smtp_sender": "kith@council.example",
        "portal_url": "https://kith.example",
    }


def by_http(http: HttpReceiver) -> dict[str, Any]:
    return {
        "notify_url": http.url,
        "notify_api_key": f"kith-{SERVICE_ID}-{KEY}",
        "notify_email_template": uuid4(),
        "notify_sms_template": uuid4(),
        "message_webhook_url": f"{http.url}/own",
        "message_webhook_secret": SECRET,
    }


async def messages(served: Served, recipient: str = ASHA.id, **query: Any) -> list[dict[str, Any]]:
    answer = await served.client.get(f"/v1/recipients/{recipient}/messages", params=query)
    answer.raise_for_status()
    return list(answer.json()["messages"])


async def settled(served: Served, state: str, status: str, recipient: str = ASHA.id) -> None:
    await eventually(
        lambda: messages(served, recipient),
        lambda found: (
            bool(found) and (found[-1]["state"], found[-1]["last_status"]) == (state, status)
        ),
    )


async def turn(served: Served, task: str) -> None:
    await next(p for p in served.service._periodic if p.name == task).turn()


async def test_alerts_go_outside_once_by_every_channel_and_nothing_personal_does(
    stack: Stack, clock: Clock, smtp: SmtpReceiver, http: HttpReceiver
) -> None:
    event = at(stack, alert(Severity.IMMEDIATE))
    async with serve(stack, clock, **by_email(smtp), **by_http(http)) as served:
        await stack.publish(event, event)
        [mail] = await smtp.got(1)
        await http.got(3)
        await served.service.pool.execute("delete from consumed_event")
        marker = at(stack, alert(Severity.IMMEDIATE))
        await stack.publish(event, marker)
        await smtp.got(2)
        await http.got(6)
        sent = await messages(served, state="delivered")
        assert len(sent) == len({m["id"] for m in sent}) == 8
        found = next(a for a in await served.alerts(2) if a["id"] in mail.get_content())
        link = f"https://kith.example/inbox#a-{found['id']}"
        name = found["id"].replace("-", "")[:8].upper()
    assert (mail["To"], mail["From"]) == (ASHA.contact.email, "kith@council.example")
    assert name in mail["Subject"]
    assert link in mail.get_content()
    assert "11:00 on Monday 23 November" in mail.get_content()
    posts = {r.path: r for r in http.requests[:3]}
    email, text = (posts[f"/v2/notifications/{kind}"] for kind in ("email", "sms"))
    assert email.json()["email_address"] == ASHA.contact.email
    assert text.json()["phone_number"] == "07700900123"
    assert text.json()["personalisation"]["link"] == link
    for request in (email, text):
        token = request.headers["authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, KEY, ["HS256"], options={"verify_iat": False})
        assert claims == {"iss": SERVICE_ID, "iat": int(MONDAY_TEN.timestamp())}
    own = posts["/own"]
    signature = Webhook(SECRET).sign(own.id, MONDAY_TEN, own.body.decode())
    assert own.headers["webhook-signature"] == signature
    assert own.json()["data"]["recipient"] == ASHA.id
    about = event[1].model_dump(mode="json")
    left = b"".join([*smtp.taken, *http.raw]).decode().casefold()
    for secret in (CANARY, about["household_id"], about["cause"]["assessment_id"], "wigan-north"):
        assert secret.casefold() not in left


async def test_a_server_that_refuses_drops_and_hangs_is_tried_until_it_takes_the_message(
    stack: Stack, clock: Clock, smtp: SmtpReceiver
) -> None:
    smtp.answers.extend([LATER, DROP, HANG])
    async with serve(stack, clock, **by_email(smtp)) as served:
        await stack.publish(at(stack, alert()))
        for tried, status in enumerate(
            ("SMTP 451", "SMTPServerDisconnected", "no answer in time"), start=1
        ):
            await smtp.was_tried(tried)
            await settled(served, "waiting", status)
            clock.turn(minutes=20)
        [mail] = await smtp.got(1)
        await settled(served, "delivered", "accepted")
        [sent] = await messages(served)
        assert sent["attempts"] == 4
        assert mail["Message-ID"] == f"<{sent['id']}@council.example>"


async def test_an_address_the_server_will_never_take_is_given_up(
    stack: Stack, clock: Clock, smtp: SmtpReceiver
) -> None:
    smtp.answers.append(REFUSE)
    async with serve(stack, clock, **by_email(smtp)) as served:
        await stack.publish(at(stack, alert()))
        await settled(served, "given_up", "SMTP 550")


async def test_operations_see_what_was_given_up_without_what_it_says_and_have_it_tried_again(
    stack: Stack, clock: Clock, smtp: SmtpReceiver
) -> None:
    smtp.answers.append(REFUSE)
    async with serve(stack, clock, **by_email(smtp)) as served:
        await stack.publish(at(stack, alert()))
        await settled(served, "given_up", "SMTP 550")
        answer = await served.client.get("/deliveries", params={"state": "given_up"})
        [lost] = Deliveries.model_validate_json(answer.content).deliveries
        assert (lost.channel, lost.destination, lost.last_status) == ("email", ASHA.id, "SMTP 550")
        assert "council.example" not in answer.text
        status = (await served.client.get("/health/status")).json()
        assert Status.model_validate(status).deliveries == DeliveryCounts(given_up={"email": 1})
        clock.turn(days=2)
        smtp.answers.append(LATER)
        decided = await served.client.post(f"/deliveries/{lost.id}/retry")
        assert decided.json() == {"done": 1, "overtaken": 0}
        await settled(served, "waiting", "SMTP 451")  # with patience anew
        clock.turn(minutes=20)
        [mail] = await smtp.got(1)
        assert mail["Message-ID"] == f"<{lost.id}@council.example>"
        await settled(served, "delivered", "accepted")
        again = await served.client.post(f"/deliveries/{lost.id}/retry")
        assert (again.status_code, "dealt with" in again.json()["detail"]) == (409, True)


async def test_nobody_is_told_of_what_was_answered_in_the_meantime(
    stack: Stack, clock: Clock, smtp: SmtpReceiver
) -> None:
    smtp.answers.append(LATER)
    async with serve(stack, clock, **by_email(smtp)) as served:
        await stack.publish(at(stack, alert()))
        await settled(served, "waiting", "SMTP 451")
        [found] = await served.alerts(1)
        await served.acknowledge(found["id"])
        clock.turn(minutes=20)
        await settled(served, "given_up", "answered already")
        lost = (await served.client.get("/deliveries", params={"state": "given_up"})).json()
        assert lost["deliveries"] == [], "nobody need look at it"
    assert smtp.taken == []


async def test_a_step_of_escalation_is_told_to_whom_it_names(
    stack: Stack, clock: Clock, smtp: SmtpReceiver
) -> None:
    async with serve(stack, clock, **by_email(smtp)) as served:
        await stack.publish(at(stack, alert()))
        await smtp.got(1)
        clock.turn(hours=5)
        await turn(served, "escalate")
        await turn(served, "escalate")
        await smtp.got(2)
        [told] = await messages(served, BEN.id)
        assert told["what"] == "escalated"
    assert smtp.to == [ASHA.contact.email, BEN.contact.email]


async def test_a_recipient_is_reminded_once_before_the_time_has_passed_unless_they_answered(
    stack: Stack, clock: Clock, smtp: SmtpReceiver
) -> None:
    async with serve(stack, clock, **by_email(smtp)) as served:
        await stack.publish(at(stack, alert()), at(stack, alert()))
        await smtp.got(2)
        [first, _] = await served.alerts(2)
        await served.acknowledge(first["id"])
        clock.turn(hours=2.9)
        await turn(served, "remind")
        clock.turn(hours=0.2)
        await turn(served, "remind")
        await turn(served, "remind")
        found = await smtp.got(3)
        assert "still waits" in found[-1]["Subject"]
        await settled(served, "delivered", "accepted")
        assert [m["what"] for m in await messages(served)] == ["raised", "raised", "reminder"]


async def test_routine_alerts_come_as_one_digest_a_working_day(
    stack: Stack, clock: Clock, smtp: SmtpReceiver
) -> None:
    async with serve(stack, clock, **by_email(smtp)) as served:
        await stack.publish(*(at(stack, alert(Severity.ROUTINE)) for _ in range(3)))
        await served.alerts(3)
        await turn(served, "digest")
        clock.now = MONDAY_TEN + timedelta(days=1, hours=-2)
        await turn(served, "digest")
        assert await messages(served) == [], "not before half past eight"
        clock.turn(hours=0.6)
        await turn(served, "digest")
        await turn(served, "digest")
        [mail] = await smtp.got(1)
        assert "3 alerts wait for you; 0 past" in mail.get_content()
        assert "https://kith.example/inbox" in mail.get_content()
        clock.turn(days=4)
        await turn(served, "digest")
        assert len(await messages(served)) == 1, "Saturday"
        clock.turn(days=2)
        await turn(served, "digest")
        assert "3 alerts wait for you; 3 past" in (await smtp.got(2))[1].get_content()


async def test_without_a_channel_nothing_is_kept_to_be_sent(stack: Stack, clock: Clock) -> None:
    async with serve(stack, clock) as served:
        await stack.publish(at(stack, alert(Severity.IMMEDIATE)))
        await served.alerts(1)
        assert await messages(served) == []
        assert await served.service.pool.fetchval("select count(*) from reminder") == 0


def make_certificate(folder: Path) -> None:
    """``cert.pem`` and ``key.pem`` for this machine."""
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    made += " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    command = ["openssl", *made.split(), "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
async def test_email_is_encrypted_and_signed_in_for(
    stack: Stack, clock: Clock, tmp_path: Path
) -> None:
    make_certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    async with smtp_receiver(tls, ("kith", "pass word")) as smtp:
        settings = by_email(smtp) | {
            "smtp_host": "localhost",
            "smtp_tls": "starttls",
            "smtp_user": "kith",
            "smtp_password": "pass word",
        }
        async with serve(stack, clock, **settings) as served:
            await stack.publish(at(stack, alert()))
            await settled(served, "waiting", "SSLCertVerificationError")
        clock.turn(minutes=1)
        async with serve(stack, clock, **settings, smtp_ca_file=tmp_path / "cert.pem") as served:
            await settled(served, "delivered", "accepted")
    assert len(smtp.taken) == 1


@pytest.mark.parametrize(("settings", "said"), [
    ({"smtp_host": "mail"}, "KITH_SMTP_SENDER"),
    ({"smtp_host": "mail", "smtp_sender": "a@b", "smtp_tls": "none", "local": False},
     "KITH_SMTP_TLS"),
    ({"notify_api_key": "half-a-key"}, "KITH_NOTIFY_API_KEY"),
    ({"notify_api_key": f"kith-{SERVICE_ID}-{KEY}"}, "KITH_NOTIFY_SMS_TEMPLATE"),
    ({"message_webhook_url": "http://mail/"}, "KITH_MESSAGE_WEBHOOK_URL"),
    ({"message_webhook_url": "https://mail/"}, "KITH_MESSAGE_WEBHOOK_SECRET"),
    ({"message_webhook_url": "https://mail/", "message_webhook_secret": "whsec_"},
     "KITH_MESSAGE_WEBHOOK_SECRET"),
])  # fmt: skip
def test_a_channel_that_is_half_set_up_is_refused_by_name(
    settings: dict[str, Any], said: str
) -> None:
    needed: dict[str, Any] = {
        "postgres": "postgresql://x@/x",
        "service_token": "a-long-test-service-token",
        "local": True,
    }
    with pytest.raises(ValidationError, match=said):
        AlertsSettings(**(needed | settings))
