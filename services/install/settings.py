"""What the one-shot jobs of an installation are told. ``KITH_`` variables, or files they name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from services.kit.acls import services_of
from services.kit.kafka_rights import KafkaAdminSettings


class InstallSettings(KafkaAdminSettings):
    """Each job needs some of these and says which when one is missing."""

    postgres: str = ""
    """DSN of a role that may create roles and schemas in Kith's database."""
    postgres_agencies: str = ""
    """DSN of agencies' own role, as that service itself is told."""
    postgres_duplication: str = ""
    """DSN of duplication's own role."""
    postgres_keyworkers: str = ""
    """DSN of keyworkers' own role."""
    postgres_alerts: str = ""
    """DSN of alerts' own role."""
    postgres_operations: str = ""
    """DSN of operations' own role."""
    kafka_password_agencies: SecretStr | None = None
    """The password with which agencies is to sign in to Kafka, as that service itself is told."""
    kafka_password_duplication: SecretStr | None = None
    """Of duplication."""
    kafka_password_keyworkers: SecretStr | None = None
    """Of keyworkers."""
    kafka_password_alerts: SecretStr | None = None
    """Of alerts."""
    kafka_password_operations: SecretStr | None = None
    """Of operations."""
    kafka_password_auditor: SecretStr | None = None
    """Of whoever runs ``kith audit``, which reads the seals and nothing else."""
    replication: Annotated[int, Field(ge=1, le=5)] = 1
    """Replicas of each topic. With 3, a record is acknowledged once two brokers have it."""
    place_folder: Path | None = None
    """A folder with ``place.json`` and ``agencies.json``."""
    credentials: Path | None = None
    """JSON file: agency id to the credential it is to have."""
    patience_seconds: Annotated[float, Field(ge=0)] = 120.0
    """How long to wait for a server that does not answer yet."""

    def dsn(self, service: str) -> str:
        dsn: str = getattr(self, f"postgres_{service}")
        return dsn

    def kafka_passwords(self) -> dict[str, str]:
        """By service, of those that are given."""
        given = {name: getattr(self, f"kafka_password_{name}", None) for name in services_of()}
        return {name: word.get_secret_value() for name, word in given.items() if word}
