"""A broker that asks who everybody is: SASL, TLS, mutual TLS, and an authorizer that denies.

Beside the one that tests share. Its plain listener on loopback, by which it is known to be ready,
may do everything; whoever comes by another listener may do what was granted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import trustme

from services.kit.kafka_rights import KafkaAdminSettings
from services.kit.kafka_security import KafkaAccess
from services.local.kafka.configuration import Further
from services.local.kafka.server import Kafka
from services.local.leash import Leash
from services.local.ports import HOST, free_port

ADMIN = "kith-admin"
ADMIN_PASSWORD = "the-admins-password"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
_PLAIN = (
    "org.apache.kafka.common.security.plain.PlainLoginModule required"
    f' username="unused" password="unused" user_{ADMIN}="{ADMIN_PASSWORD}";'
)


@dataclass(frozen=True)
class SecuredKafka:
    """``ports`` by listener: ``sasl``, ``tls`` (SASL over TLS), ``mutual``. ``folder``: of the
    files with the CA's certificate and a client's."""

    kafka: Kafka
    ports: dict[str, int]
    folder: Path

    @property
    def anybody(self) -> KafkaAccess:
        """By the listener that asks nobody."""
        return KafkaAccess(self.kafka.bootstrap)

    @property
    def admin(self) -> KafkaAccess:
        """Who may do everything, as the job that makes topics comes."""
        sasl = f"{HOST}:{self.ports['sasl']}"
        return KafkaAccess(sasl, "SASL_PLAINTEXT", "PLAIN", ADMIN, ADMIN_PASSWORD)

    def as_admin(self, monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
        """Have a command be told that it is the admin, and ``KITH_…`` besides."""
        told = self.admin.environment() | {f"KITH_{k.upper()}": v for k, v in variables.items()}
        for name, value in told.items():
            monkeypatch.setenv(name, value)

    def admin_settings(self, **settings: str) -> KafkaAdminSettings:
        """The same as a command's settings."""
        admin = self.admin
        told = {
            "kafka": admin.bootstrap,
            "kafka_security": admin.protocol,
            "kafka_mechanism": admin.mechanism,
            "kafka_user": admin.user,
            "kafka_password": admin.password,
        }
        return KafkaAdminSettings.model_validate(told | settings)

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    def user(self, name: str, password: str) -> KafkaAccess:
        """A user with a password on a network that nobody else is on."""
        sasl = f"{HOST}:{self.ports['sasl']}"
        return KafkaAccess(sasl, "SASL_PLAINTEXT", user=name, password=password)

    def over_tls(self, name: str, password: str) -> KafkaAccess:
        tls = f"{HOST}:{self.ports['tls']}"
        return replace(
            self.user(name, password), bootstrap=tls, protocol="SASL_SSL", ca_file=self.ca_file
        )

    @property
    def mutual(self) -> KafkaAccess:
        """Whoever has the client's certificate, whose name is ``CN=kith-alerts``."""
        file = self.folder / "client.pem"
        return KafkaAccess(
            f"{HOST}:{self.ports['mutual']}", "SSL", ca_file=self.ca_file, certificate_file=file
        )


@contextmanager
def secured_kafka(folder: Path, **settings: str) -> Iterator[SecuredKafka]:
    """Start one in ``folder``, with ``settings`` (dots as ``__``) besides."""
    ports = {name: free_port() for name in ("sasl", "tls", "mutual")}
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    ca.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(folder / "server.traditional")
    client = ca.issue_cert("client@kith.test", common_name="kith-alerts")
    client.private_key_and_cert_chain_pem.write_to_path(folder / "client.pem")
    further = Further(
        {
            "SASL": ("SASL_PLAINTEXT", ports["sasl"]),
            "TLS": ("SASL_SSL", ports["tls"]),
            "MUTUAL": ("SSL", ports["mutual"]),
        },
        {
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:ANONYMOUS;User:{ADMIN}",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            "listener.name.sasl.plain.sasl.jaas.config": _PLAIN,
            "listener.name.sasl.scram-sha-512.sasl.jaas.config": _SCRAM,
            "listener.name.tls.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.tls.scram-sha-512.sasl.jaas.config": _SCRAM,
            "listener.name.mutual.ssl.client.auth": "required",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(_key_store(folder)),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(folder / "ca.pem"),
        }
        | {name.replace("__", "."): value for name, value in settings.items()},
    )
    with Leash() as leash:
        kafka = Kafka(folder / "kafka", leash, further=further)
        kafka.start()
        try:
            yield SecuredKafka(kafka, ports, folder)
        finally:
            kafka.stop()


def _key_store(folder: Path) -> Path:
    """Kafka reads a key of PKCS #8 alone; trustme writes the traditional form."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    text = (folder / "server.traditional").read_bytes()
    key = load_pem_private_key(text, None)
    chain = text[text.index(b"-----BEGIN CERTIFICATE-----") :]
    store = folder / "server.pem"
    store.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + b"\n" + chain
    )
    return store
