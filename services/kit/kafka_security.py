"""How a process makes itself known to Kafka, and what a person can do where it is not let in.

One :class:`KafkaAccess` has all of it and makes the keyword arguments of every client: consumers,
producers, the admin client, FastStream's broker. Names are those of Kafka's own configuration:
``security.protocol``, ``sasl.mechanism``.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

Protocol: TypeAlias = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism: TypeAlias = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]
_PROBE_MS = 5_000
_HOST_NAME_MISMATCH = frozenset({62, 64})
"""OpenSSL's ``X509_V_ERR_HOSTNAME_MISMATCH`` and ``…IP_ADDRESS_MISMATCH``."""
_EXPIRED = 10
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class _FromFile(str):
    """A password that is read from its file whenever a connection is made: aiokafka keeps the one
    that it was given for as long as it runs, and SCRAM asks it for its bytes each time."""

    __slots__ = ("_file",)
    _file: Path

    @classmethod
    def reading(cls, password: str, file: Path) -> _FromFile:
        made = cls(password)
        made._file = file
        return made

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        try:
            return self._file.read_text("utf-8").strip().encode(encoding, errors)
        except OSError:
            return super().encode(encoding, errors)


class _SaidOnce(logging.Filter):
    """aiokafka says with every connection that PLAIN without TLS sends the password as it is."""

    said = False

    def filter(self, record: logging.LogRecord) -> bool:
        if "in the clear" not in record.getMessage():
            return True
        before, self.said = self.said, True
        return not before


logging.getLogger("aiokafka.conn").addFilter(_SaidOnce())


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Where Kafka is and as whom. With the address alone: a broker that asks nobody who they are.

    ``bootstrap``: servers, comma separated. ``password_file``: where the password came from, if it
    did: one that is changed there is used from the next connection on.
    """

    bootstrap: str
    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    user: str = ""
    password: str = field(default="", repr=False)
    password_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    @property
    def servers(self) -> list[str]:
        return self.bootstrap.split(",")

    @property
    def sasl(self) -> bool:
        return self.protocol.startswith("SASL_")

    @property
    def tls(self) -> bool:
        return self.protocol.endswith("SSL")

    @property
    def loopback(self) -> bool:
        """Whether nothing leaves this machine."""
        return all(host in _LOOPBACK for host, _, _ in collect_hosts(self.bootstrap))

    def client(self) -> dict[str, Any]:
        """Keyword arguments of every client of aiokafka."""
        return {"bootstrap_servers": self.servers} | self._connection()

    def security(self) -> BaseSecurity:
        """The same for FastStream's broker."""
        context = self._ssl_context()
        if not self.sasl:
            return BaseSecurity(ssl_context=context, use_ssl=self.tls)
        kinds = {
            "PLAIN": SASLPlaintext,
            "SCRAM-SHA-256": SASLScram256,
            "SCRAM-SHA-512": SASLScram512,
        }
        return kinds[self.mechanism](
            self.user, self._password(), ssl_context=context, use_ssl=self.tls
        )

    def environment(self) -> dict[str, str]:
        """The variables by which a process that this one starts reaches Kafka as it does."""
        return {
            "KITH_KAFKA": self.bootstrap,
            "KITH_KAFKA_SECURITY": self.protocol,
            "KITH_KAFKA_MECHANISM": self.mechanism,
            "KITH_KAFKA_USER": self.user,
            "KITH_KAFKA_PASSWORD": "" if self.password_file else self.password,
            "KITH_KAFKA_PASSWORD_FILE": str(self.password_file or ""),
            "KITH_KAFKA_CA_FILE": str(self.ca_file or ""),
            "KITH_KAFKA_CERTIFICATE_FILE": str(self.certificate_file or ""),
            "KITH_KAFKA_KEY_FILE": str(self.key_file or ""),
        }

    def check(self) -> None:
        """Raise ``ValueError``, saying what to do, where the parts do not fit together."""
        if self.sasl and not (self.user and self.password):
            raise ValueError(
                f"KITH_KAFKA_SECURITY is {self.protocol}: KITH_KAFKA_USER and KITH_KAFKA_PASSWORD"
                " (or KITH_KAFKA_PASSWORD_FILE) have to be given"
            )
        if not self.sasl and (self.user or self.password):
            raise ValueError(
                f"KITH_KAFKA_SECURITY is {self.protocol}, which takes no KITH_KAFKA_USER and no"
                " KITH_KAFKA_PASSWORD: set it to SASL_SSL, or leave them out"
            )
        if not self.tls and (self.ca_file or self.certificate_file or self.key_file):
            raise ValueError(
                f"KITH_KAFKA_SECURITY is {self.protocol}, which takes no certificate: set it to"
                " SSL or SASL_SSL, or leave out KITH_KAFKA_CA_FILE, KITH_KAFKA_CERTIFICATE_FILE and"
                " KITH_KAFKA_KEY_FILE"
            )
        if self.key_file and not self.certificate_file:
            raise ValueError("KITH_KAFKA_KEY_FILE is set: name its KITH_KAFKA_CERTIFICATE_FILE too")
        self._ssl_context()

    def _connection(self) -> dict[str, Any]:
        told: dict[str, Any] = {"security_protocol": self.protocol}
        if self.tls:
            told["ssl_context"] = self._ssl_context()
        if self.sasl:
            told["sasl_mechanism"] = self.mechanism
            told["sasl_plain_username"] = self.user
            told["sasl_plain_password"] = self._password()
        return told

    def _password(self) -> str:
        file = self.password_file
        return self.password if file is None else _FromFile.reading(self.password, file)

    def _ssl_context(self) -> ssl.SSLContext | None:
        """Made anew each time, so that renewed certificates are read. Without ``ca_file``, the CAs
        that this machine trusts. The certificate has to be of the host that is named."""
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(
                f"KITH_KAFKA_CA_FILE names {self.ca_file}, which holds no CA certificate in PEM:"
                f" {error.strerror or type(error).__name__}"
            ) from None
        if self.certificate_file:
            try:
                context.load_cert_chain(self.certificate_file, self.key_file, _no_passphrase)
            except (OSError, ssl.SSLError, ValueError) as error:
                said = getattr(error, "strerror", None) or str(error)
                raise ValueError(
                    f"KITH_KAFKA_CERTIFICATE_FILE {self.certificate_file} and its key cannot be"
                    f" used: {said}"
                ) from None
        return context


def _no_passphrase() -> str:
    raise ValueError("the key is encrypted: store it without a passphrase, as a secret")


@dataclass(frozen=True, slots=True)
class _Said:
    """``passing``: whether it may be let in later without anybody doing anything."""

    words: str
    passing: bool = False


async def explain(access: KafkaAccess) -> str | None:
    """Why Kafka does not let this process in, and what to do; None where it does.

    Each bootstrap server is asked until one answers; what the last said is told.
    """
    said = await _ask_all(access)
    return None if said is None else said.words


async def barred(access: KafkaAccess) -> str | None:
    """The same, but None as well where Kafka may only not be there yet."""
    said = await _ask_all(access)
    return None if said is None or said.passing else said.words


async def _ask_all(access: KafkaAccess) -> _Said | None:
    said: _Said | None = None
    for host, port, _ in collect_hosts(access.bootstrap, randomize=False):
        said = await _ask(access, host, port)
        if said is None:
            return None
    return said


async def _ask(access: KafkaAccess, host: str, port: int) -> _Said | None:
    try:
        connection = await create_conn(
            host, port, client_id="kith", request_timeout_ms=_PROBE_MS, **access._connection()  # noqa: SLF001
        )  # fmt: skip
        try:
            await connection.send(MetadataRequest([]))
        finally:
            connection.close()
    except (OSError, TimeoutError, KafkaError, ValueError) as error:
        said = _words(access, host, error)
        return _Said(f"{host}:{port}: {said.words}", said.passing)
    return None


def _words(access: KafkaAccess, host: str, error: BaseException) -> _Said:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _Said(_of_certificate(host, error))
    if isinstance(error, SaslAuthenticationFailed | AuthenticationFailedError):
        return _Said(
            f"it refuses the user {access.user}: there is none of that name, or the password is"
            " another. Check KITH_KAFKA_USER and KITH_KAFKA_PASSWORD (or its file)"
        )
    if isinstance(error, UnsupportedSaslMechanismError):
        return _Said(
            f"it does not take {access.mechanism}. Set KITH_KAFKA_MECHANISM to one that it takes"
        )
    if isinstance(error, IllegalSaslStateError):
        return _Said("it asks nobody who they are. Set KITH_KAFKA_SECURITY to PLAINTEXT or SSL")
    if isinstance(error, ConnectionRefusedError):
        return _Said(
            "nothing listens there. Is Kafka running, and is KITH_KAFKA right?", passing=True
        )
    if isinstance(error, ssl.SSLError | ConnectionError | asyncio.IncompleteReadError | KafkaError):
        # One that is starting or stopping does so as well.
        return _Said(
            f"it closed the connection ({type(error).__name__}). Does that listener speak"
            f" {access.protocol}, which KITH_KAFKA_SECURITY says{_or_certificate(access)}?",
            passing=True,
        )
    said = f"it does not answer ({type(error).__name__}). Is Kafka running, and KITH_KAFKA right?"
    return _Said(said, passing=True)


def _of_certificate(host: str, error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in _HOST_NAME_MISMATCH:
        return f"its certificate is not for {host}. Name it in KITH_KAFKA as its certificate does"
    if error.verify_code == _EXPIRED:
        return "its certificate has expired. Have it renewed"
    return (
        f"its certificate is of a CA that is not trusted ({error.verify_message})."
        " KITH_KAFKA_CA_FILE has to name that CA's certificate"
    )


def _or_certificate(access: KafkaAccess) -> str:
    if access.tls and not access.certificate_file:
        return ", and may it ask for a client's certificate (KITH_KAFKA_CERTIFICATE_FILE)"
    return ""


async def kafka_words(access: KafkaAccess, error: BaseException) -> str:
    """What to tell a person of a failure of Kafka's, without data; what to do, if that is known."""
    denied = (
        TopicAuthorizationFailedError,
        GroupAuthorizationFailedError,
        ClusterAuthorizationFailedError,
    )
    if isinstance(error, denied):
        return (
            f"{type(error).__name__}: Kafka lets the user {access.user or '(none)'} in, and not do"
            " this. 'kith install topics' gives each service what it needs"
        )
    if isinstance(error, KafkaError | OSError) and (why := await explain(access)):
        return f"{type(error).__name__}: {why}"
    return type(error).__name__
