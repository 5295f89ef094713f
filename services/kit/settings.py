"""What a service is told from outside: one frozen object, read once from ``KITH_`` variables.

``KITH_NAME`` holds a setting itself; ``KITH_NAME_FILE`` names a file that holds it, which is how
secrets come. Outside local use a secret that anybody could guess is refused.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from services.kit.kafka_security import KafkaAccess, Mechanism, Protocol

_PREFIX = "KITH_"
_RANDOM_CHARACTERS = 16
_GUESSED_FIRST = frozenset({"postgres", "password", "kith", "admin", "changeme", "secret", "test"})


def from_file(name: str) -> str | None:
    """What the file that ``<name>_FILE`` names holds, without the space around it; None where
    there is no such variable. Raises ``SettingsError`` saying what to do."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return None
    if os.environ.get(name):
        raise SettingsError(f"{name} and {name}_FILE are both set: keep one of them")
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise SettingsError(f"{name}_FILE names {path}, which cannot be read: {reason}") from None


class _Files(PydanticBaseSettingsSource):
    """Settings that come in a file of their own."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        content = from_file(f"{_PREFIX}{field_name.upper()}")
        return content, field_name, self.field_is_complex(field)

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, is_complex = self.get_field_value(field, name)
            if value is not None:
                found[key] = self.prepare_field_value(name, field, value, is_complex)
        return found


class Settings(BaseSettings):
    """From ``KITH_`` variables and the files they name. An empty variable is as good as none."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _Files(settings_cls)


S = TypeVar("S", bound=BaseSettings)


def read_settings(cls: type[S]) -> S:
    """The settings of a process. Ends it (exit code 2), naming what is wrong, where it cannot."""
    try:
        return cls()
    except ValidationError as error:
        faults = [
            f"{_PREFIX}{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
            if fault["loc"]
            else fault["msg"].removeprefix("Value error, ")
            for fault in error.errors()
        ]
    except SettingsError as error:
        faults = [str(error)]
    print("The settings are wrong:", *faults, sep="\n  ", file=sys.stderr)
    raise SystemExit(2)


def require_random(name: str, secret: SecretStr) -> None:
    """Raise ``ValueError`` for what somebody may have thought up."""
    if len(secret.get_secret_value()) < _RANDOM_CHARACTERS:
        raise ValueError(
            f"{name}: outside local use it needs at least {_RANDOM_CHARACTERS} random characters"
        )


class KafkaSettings(Settings):
    """As whom a process reaches Kafka. The words are those of Kafka's own clients."""

    kafka_security: Protocol = "PLAINTEXT"
    """What Kafka calls ``security.protocol``. ``SSL`` is TLS, with a certificate of one's own where
    the broker asks for it; ``SASL_SSL`` a user with a password over TLS; ``SASL_PLAINTEXT`` the
    same on a network that nobody else is on; ``PLAINTEXT`` nothing at all, on this machine."""
    kafka_mechanism: Mechanism = "SCRAM-SHA-512"
    """``sasl.mechanism``. ``PLAIN`` sends the password itself."""
    kafka_user: str = ""
    """The user with ``SASL_…``."""
    kafka_password: SecretStr | None = None
    """Its password. One that is changed in its file is used from the next connection on."""
    kafka_ca_file: Path | None = None
    """A PEM file with the CAs that the broker's certificate may be of; none: those that this
    machine trusts. The certificate has to be of the host that ``KITH_KAFKA`` names."""
    kafka_certificate_file: Path | None = None
    """A PEM file with this process's own certificate (mutual TLS), its chain and maybe its key."""
    kafka_key_file: Path | None = None
    """A PEM file with that certificate's key, not encrypted."""

    def reach(self, bootstrap: str) -> KafkaAccess:
        """Those servers, as what is set here."""
        password = self.kafka_password.get_secret_value() if self.kafka_password else ""
        file = os.environ.get(f"{_PREFIX}KAFKA_PASSWORD_FILE")
        return KafkaAccess(
            bootstrap,
            self.kafka_security,
            self.kafka_mechanism,
            self.kafka_user,
            password,
            Path(file) if file and password else None,
            self.kafka_ca_file,
            self.kafka_certificate_file,
            self.kafka_key_file,
        )

    @field_validator("kafka_security", "kafka_mechanism", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _kafka_fits_together(self) -> Self:
        self.reach("").check()
        return self


class ServiceSettings(KafkaSettings):
    """Settings every service has. Each service adds its own in its ``settings.py``."""

    postgres: str
    """DSN of this service's own role, e.g. ``postgresql://kith_alerts@/kith?host=/run/pg``."""
    kafka: str = "127.0.0.1:9192"
    """Bootstrap servers, comma separated."""
    service_token: SecretStr
    """The secret with which Kith's services call each other's JSON APIs."""
    http_host: str = "127.0.0.1"
    """The address that is listened on. In a container: ``0.0.0.0``."""
    http_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """The port that is listened on; 0: one that is free."""
    namespace: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]+\.)?$")] = ""
    """Prefix of topics and consumer groups, ending in a dot: several stacks on one broker."""
    instance: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    """A name that this process has whenever it is started, and no other of its service meanwhile.
    One that died then goes on at once; without, what it was reading waits ten seconds for others.
    Set it where one that stops is started again, not where it is replaced by another."""
    local: bool = False
    """Local use on one machine: sign-in without passwords, short deadlines allowed."""
    log_format: Literal["text", "json"] = "text"
    """``json``: one object a line, for machines."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least grave that is written."""
    otlp_endpoint: str | None = None
    """A collector for traces, metrics and logs (OTLP over HTTP), e.g. ``http://127.0.0.1:4318``."""
    otlp_metrics_endpoint: str | None = None
    """Where metrics go instead, in full, e.g. ``http://127.0.0.1:9090/api/v1/otlp/v1/metrics``."""
    span_store: str | None = None
    """Without a collector: the URL of operations, which keeps spans for its own pages."""
    trace_ratio: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of journeys whose spans are sent; failures and slow hops are sent whatever it is,
    unless it is 0: then nothing is traced."""
    trace_slow_seconds: Annotated[float, Field(gt=0)] = 5.0
    """A hop that took longer is always sent."""
    trace_seconds: Annotated[float, Field(gt=0)] = 1.0
    """How often spans are sent."""
    metrics_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How often metrics are sent."""
    pool_size: Annotated[int, Field(ge=2, le=200)] = 8
    """Most connections to PostgreSQL of one process."""
    answer_seconds: Annotated[float, Field(gt=0)] = 20.0
    """How long a request may wait for the beginning of its answer. Then it is answered 503."""
    batch_records: Annotated[int, Field(ge=1, le=10_000)] = 300
    """Most records handled in one transaction."""
    park_ratio: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Share of recent records that may be parked before a consumer stops and goes unhealthy."""
    newer_release_seconds: Annotated[float, Field(ge=0, le=240)] = 240.0
    """How long a consumer waits at an event of a type that it does not know, for the release that
    does to take over; then it parks it. 0: at once."""
    poll_deadline_seconds: Annotated[float, Field(gt=0)] = 60.0
    """A consumer that has not polled for this long is not alive."""
    lag_limit: Annotated[int, Field(ge=0)] = 50_000
    """Records behind, above which a consumer is not ready."""
    outbox_keep_days: Annotated[int, Field(ge=1)] = 7
    """How long sent events stay, to refill a lost broker (``kith rebuild-log``)."""
    delivery_keep_days: Annotated[int, Field(ge=1)] = 30
    """How long a delivery that arrived or was given up can be looked up."""

    seal_seconds: Annotated[float, Field(gt=0)] = 30.0
    """How often a service that keeps who looked seals what came: what is changed before that does
    not show."""
    seal_check_seconds: Annotated[float, Field(gt=0)] = 21_600.0
    """How often it compares all of it with the seals that were said, as ``kith audit verify``; and
    a minute after it has started."""
    seals_known: Path | None = None
    """A file of what ``kith audit verify --json`` found once and a person has explained, as after a
    backup was restored: it counts no more."""

    @property
    def kafka_access(self) -> KafkaAccess:
        """Kafka as this service reaches it."""
        return self.reach(self.kafka)

    @model_validator(mode="after")
    def _refuse_what_can_be_guessed(self) -> Self:
        if self.local:
            return self
        require_random("KITH_SERVICE_TOKEN", self.service_token)
        _refuse_what_can_be_read(self.kafka_access)
        login = urlsplit(self.postgres)
        password = unquote(login.password or "").lower()
        if password and password in _GUESSED_FIRST | {unquote(login.username or "").lower()}:
            raise ValueError(
                "KITH_POSTGRES: outside local use the role needs a password of its own,"
                " not a usual one"
            )
        return self


def _refuse_what_can_be_read(access: KafkaAccess) -> None:
    """Raise ``ValueError`` for a way to Kafka on which anybody may pass for a service."""
    if access.loopback or access.tls:
        return
    if not access.sasl:
        raise ValueError(
            "KITH_KAFKA_SECURITY: outside local use PLAINTEXT reaches a broker of this machine"
            " alone. Set SASL_SSL, with KITH_KAFKA_USER and KITH_KAFKA_PASSWORD, or SSL with a"
            " certificate"
        )
    if access.mechanism == "PLAIN":
        raise ValueError(
            "KITH_KAFKA_MECHANISM: PLAIN sends the password itself. Set KITH_KAFKA_SECURITY to"
            " SASL_SSL, or take SCRAM-SHA-512"
        )


class DeliverySettings(ServiceSettings):
    """Settings of a service that tells somebody outside (:mod:`services.kit.deliverer`)."""

    delivery_seconds: Annotated[float, Field(gt=0)] = 1.0
    """How often it is looked for what is due."""
    delivery_timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 10.0
    """How long one attempt may take."""
    delivery_claim_seconds: Annotated[float, Field(gt=0)] = 60.0
    """When an attempt nobody recorded is made again: longer than an attempt may take."""

    @model_validator(mode="after")
    def _claims_outlast_attempts(self) -> Self:
        if self.delivery_claim_seconds <= self.delivery_timeout_seconds:
            raise ValueError(
                "KITH_DELIVERY_CLAIM_SECONDS must be more than KITH_DELIVERY_TIMEOUT_SECONDS:"
                " otherwise an attempt is repeated while it is still being made"
            )
        return self
