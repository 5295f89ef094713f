"""Who a process is to Kafka, against a real broker that asks; and what a person is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.topics import ALERTS
from services.kit.app import Service
from services.kit.kafka_security import KafkaAccess, explain
from services.kit.outbox import Outgoing
from services.kit.settings import KafkaSettings, ServiceSettings, read_settings
from tests.secured_kafka import ADMIN, SecuredKafka, secured_kafka
from tests.stack import eventually

TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    with secured_kafka(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka


def refused(secured: SecuredKafka, case: str) -> KafkaAccess:
    over_tls = secured.over_tls("kith-alerts", "guessed")
    return {
        "password": replace(secured.admin, password="guessed"),
        "nobody": over_tls,
        "ca": replace(over_tls, ca_file=None),
        "host": replace(over_tls, bootstrap=f"localhost:{secured.ports['tls']}"),
        "mechanism": replace(over_tls, mechanism="PLAIN"),
        "certificate": replace(secured.mutual, certificate_file=None),
        "plain to sasl": replace(secured.anybody, bootstrap=secured.admin.bootstrap),
        "sasl to plain": replace(secured.admin, bootstrap=secured.anybody.bootstrap),
        "tls to plain": replace(over_tls, bootstrap=secured.anybody.bootstrap),
        "nothing": KafkaAccess("127.0.0.1:9"),
    }[case]


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("password", "refuses the user kith-admin: there is none of that name, or the password"),
        ("nobody", "refuses the user kith-alerts"),
        ("ca", "KITH_KAFKA_CA_FILE has to name that CA's certificate"),
        ("host", "its certificate is not for localhost"),
        ("mechanism", "does not take PLAIN"),
        ("certificate", "KITH_KAFKA_CERTIFICATE_FILE"),
        ("plain to sasl", "Does that listener speak PLAINTEXT, which KITH_KAFKA_SECURITY says"),
        ("sasl to plain", "asks nobody who they are"),
        ("tls to plain", "Does that listener speak SASL_SSL, which KITH_KAFKA_SECURITY says"),
        ("nothing", "nothing listens there"),
    ],
)
async def test_whoever_is_not_let_in_is_told_what_to_do(
    secured: SecuredKafka, case: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    access = refused(secured, case)
    words = await explain(access)
    assert words is not None
    assert said in words
    assert access.servers[0] in words
    assert "guessed" not in words + repr(access) + caplog.text


async def test_whoever_is_let_in_is_told_nothing(secured: SecuredKafka) -> None:
    for access in (secured.anybody, secured.admin, secured.mutual):
        assert await explain(access) is None
    elsewhere = replace(secured.admin, bootstrap=f"127.0.0.1:9,{secured.admin.bootstrap}")
    assert await explain(elsewhere) is None


async def test_a_service_that_is_not_let_in_waits_and_its_log_says_why(
    secured: SecuredKafka, caplog: pytest.LogCaptureFixture
) -> None:
    access = secured.user("kith-alerts", "guessed")
    settings = ServiceSettings.model_validate(
        {
            "postgres": "",
            "service_token": TOKEN,
            "kafka": access.bootstrap,
            "kafka_security": access.protocol,
            "kafka_user": access.user,
            "kafka_password": access.password,
        }
    )
    service = Service("alerts", settings, has_database=False)

    async def handle(*_: object) -> list[Outgoing]:
        return []

    service.consume(ALERTS, handle)
    starting = asyncio.create_task(service.__aenter__())

    async def said() -> bool:
        return "waiting for Kafka" in caplog.text

    try:
        await eventually(said)
        [first, *_] = [r.getMessage() for r in caplog.records if "waiting" in r.getMessage()]
        assert "it refuses the user kith-alerts" in first
        assert "KITH_KAFKA_PASSWORD" in first
        assert not starting.done()
    finally:
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting
        await service.broker.stop()
    assert "guessed" not in caplog.text


def told(monkeypatch: pytest.MonkeyPatch, **variables: str) -> KafkaAccess:
    for name, value in variables.items():
        monkeypatch.setenv(f"KITH_KAFKA_{name.upper()}", value)
    return KafkaSettings().reach("kafka:9092")


def test_variables_say_as_whom_a_process_comes(
    secured: SecuredKafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("secret\n")
    access = told(
        monkeypatch,
        security="sasl_ssl",
        user="kith-alerts",
        password_file=str(tmp_path / "password"),
        ca_file=str(secured.ca_file),
    )
    client = access.client()
    assert client["security_protocol"] == "SASL_SSL"
    assert client["sasl_mechanism"] == "SCRAM-SHA-512"
    assert client["sasl_plain_username"] == "kith-alerts"
    assert client["sasl_plain_password"] == "secret"
    assert client["bootstrap_servers"] == ["kafka:9092"]
    assert access.loopback is False
    for name, value in access.environment().items():
        monkeypatch.setenv(name, value)
    assert KafkaSettings().reach("kafka:9092") == access


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"security": "SASL_SSL"}, "KITH_KAFKA_USER and KITH_KAFKA_PASSWORD (or"),
        ({"user": ADMIN}, "which takes no KITH_KAFKA_USER"),
        ({"ca_file": "/ca.pem"}, "which takes no certificate"),
        ({"security": "SSL", "ca_file": "/nowhere.pem"}, "KITH_KAFKA_CA_FILE names /nowhere.pem"),
        ({"security": "SSL", "key_file": "/key.pem"}, "name its KITH_KAFKA_CERTIFICATE_FILE"),
        (
            {"security": "SSL", "certificate_file": "/nowhere.pem"},
            "KITH_KAFKA_CERTIFICATE_FILE /nowhere.pem",
        ),
        ({"security": "TLS"}, "KITH_KAFKA_SECURITY: Input should be 'PLAINTEXT', 'SSL'"),
    ],
)
def test_settings_that_do_not_fit_together_say_so(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    said: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"KITH_KAFKA_{name.upper()}", value)
    with pytest.raises(SystemExit) as ended:
        read_settings(KafkaSettings)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kafka", "access", "said"),
    [
        ("kafka:9092", {}, "PLAINTEXT reaches a broker of this machine alone"),
        ("127.0.0.1:9092,kafka:9092", {}, "PLAINTEXT reaches"),
        ("127.0.0.1:9092,localhost:9092", {}, None),
        ("kafka:9092", {"kafka_security": "SASL_PLAINTEXT"}, None),
        (
            "kafka:9092",
            {"kafka_security": "SASL_PLAINTEXT", "kafka_mechanism": "PLAIN"},
            "PLAIN sends the password itself",
        ),
        ("kafka:9092", {"kafka_security": "SASL_SSL", "kafka_mechanism": "PLAIN"}, None),
    ],
)
def test_outside_local_use_nobody_may_pass_for_a_service(
    kafka: str, access: dict[str, str], said: str | None
) -> None:
    user = {"kafka_user": "kith-alerts", "kafka_password": "x"} if access else {}

    def settings(local: bool = False) -> ServiceSettings:
        values = {"postgres": "", "service_token": TOKEN, "kafka": kafka, "local": local}
        return ServiceSettings.model_validate(values | access | user)

    settings(local=True)
    if said is None:
        settings()
    else:
        with pytest.raises(ValueError, match=said):
            settings()


def test_a_password_is_never_shown() -> None:
    settings = KafkaSettings.model_validate(
        {"kafka_security": "SASL_PLAINTEXT", "kafka_user": "u", "kafka_password": "hidden"}
    )
    assert "hidden" not in repr(settings) + repr(settings.reach("kafka:9092"))
